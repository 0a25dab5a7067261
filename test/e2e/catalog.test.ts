import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { type Engine, openEngine } from '../../src/engine.ts';
import { createTemporaryDirectory, type TemporaryDirectory } from '../adapters/temporary-directory.ts';
import { EngineApi } from './support/engine-api.ts';
import { storageSettings } from './support/engine-storage.ts';
import { waitUntil } from './support/wait-until.ts';

const SECRET_KEY = `sk_${'0'.repeat(32)}`;

const WRITE_KEY = `wk_${'0'.repeat(32)}`;

const LEGGINGS = {
  item_id: 'spu-3301',
  name: 'Yoga leggings',
  category: 'sport/yoga',
  brand: 'Lotus',
  price: '399.00',
  aliases: ['WEB-3301'],
  variants: [
    { variant_id: 'sku-3301-S', size: 'S', aliases: ['6901234567892'] },
    { variant_id: 'sku-3301-XL', size: 'XL', aliases: ['6901234567915'] },
  ],
};

const TRIGGERS = {
  back_again: {
    purpose: 'service',
    on: {
      catalog: 'back_in_stock',
      interest: { event: 'stock_inquired', where: { 'properties.notify': { equals: true } } },
      key: 'properties.variant_id',
      for: '90d',
    },
    action: { channel: 'none' },
  },
  cheaper_now: {
    purpose: 'service',
    on: {
      catalog: 'price_drop',
      interest: { event: 'product_favorited' },
      key: 'properties.item_id',
      for: '90d',
      drop: { percent: 10 },
    },
    action: { channel: 'none' },
  },
};

describe('the catalog over HTTP', () => {
  let directory: TemporaryDirectory;
  let engine: Engine;
  let api: EngineApi;

  const start = async (): Promise<void> => {
    const flags = { dataDir: directory.path, port: '0', logLevel: 'silent' };
    const env = {
      TESSERA_SECRET_KEY: SECRET_KEY,
      TESSERA_WRITE_KEY: WRITE_KEY,
      ...storageSettings(directory.path),
    };
    engine = await openEngine(loadConfig({ env, flags, readFile: (path) => readFileSync(path) }), 'test');
    api = new EngineApi({ address: await engine.listen(), write_key: WRITE_KEY, secret_key: SECRET_KEY });
  };
  const put = async (part: string, rows: readonly object[]) => {
    const { status, body } = await api.send('PUT', `/v1/catalog/${part}`, JSON.stringify(rows));
    return { status, body };
  };

  beforeAll(async () => {
    directory = createTemporaryDirectory();
    await start();
    for (const [name, definition] of Object.entries(TRIGGERS)) {
      const { status, body } = await api.send(
        'PUT',
        `/v1/definitions/triggers/${name}`,
        JSON.stringify(definition),
      );
      expect({ status, body: JSON.stringify(body) }).toMatchObject({ status: 200 });
    }
  }, 60_000);
  afterAll(async () => {
    await engine.stop();
    directory.remove();
  });

  it('takes goods, stores and stock, finds them by every name, and has them after a restart', async () => {
    expect(await put('items', [LEGGINGS])).toMatchObject({ status: 200, body: { changed: 1, refused: 0 } });
    expect(await put('items', [LEGGINGS])).toMatchObject({ status: 200, body: { changed: 0, unchanged: 1 } });
    const position = { latitude: 31.17530398364597, longitude: 121.531541859215, datum: 'gcj02' };
    await put('stores', [{ store_id: 'SH-001', aliases: ['310001'], zone: 'Asia/Shanghai', position }]);
    const levels = [
      { variant_id: '6901234567915', store: '310001', quantity: 3, reserved: 2, safety: 1 },
      { variant_id: 'sku-3301-S', store: 'SH-001', quantity: 7 },
    ];
    expect(await put('stock', levels)).toMatchObject({ status: 200, body: { changed: 2 } });

    const look = async (): Promise<void> => {
      const { body } = await api.get('/v1/catalog/items/6901234567915');
      expect(body).toMatchObject({ item_id: 'spu-3301', price: '399.00', asked_variant: 'sku-3301-XL' });
      expect((await api.get('/v1/catalog/items/WEB-3301')).body.item_id).toBe('spu-3301');
      expect((await api.get('/v1/catalog/items/nowhere')).status).toBe(404);
      const { stock } = (await api.get('/v1/catalog/stock?store=310001')).body;
      expect(stock).toMatchObject([
        { variant_id: 'sku-3301-S', store: 'SH-001', available: 7 },
        { variant_id: 'sku-3301-XL', store: 'SH-001', available: 0 },
      ]);
      const { stores } = (await api.get('/v1/catalog/stores')).body;
      expect(stores).toMatchObject([
        { store_id: 'SH-001', position: { latitude: 31.177428, longitude: 121.527211 } },
      ]);
    };
    await look();
    await engine.stop();
    await start();
    await waitUntil(
      'the catalog is read',
      async () => (await api.get('/v1/catalog/items/spu-3301')).status === 200,
    );
    await look();
  }, 60_000);

  it('refuses all rows for one that does not fit, and says where', async () => {
    const rows = [
      { ...LEGGINGS, item_id: 'spu-1' },
      { ...LEGGINGS, item_id: 'spu-2', price: 'much' },
    ];
    expect(await put('items', rows)).toMatchObject({
      status: 400,
      body: { code: 'invalid_catalog', errors: [{ path: '/1/price' }] },
    });
    expect((await api.get('/v1/catalog/items/spu-1')).status).toBe(404);
    expect(await put('stock', [{ item_id: 'x', quantity: 1 }])).toMatchObject({ status: 400 });
    expect(await put('stores', [{ store_id: 'x', zone: 'Nowhere/Town' }])).toMatchObject({ status: 400 });
    expect(await put('items', [{ item_id: 'x', colour: 'red' }])).toMatchObject({ status: 400 });
    expect((await api.get('/v1/catalog/stock')).status).toBe(400);
  });

  it('takes changes as events, from secret keys only, the newest stock whatever order they come in', async () => {
    const stock = (id: string, quantity: number, time: string) => ({
      id,
      type: 'stock_changed',
      time,
      identifiers: {},
      properties: { item_id: 'ev-1', store: 'SH-001', quantity },
    });
    const item = {
      id: 'c-1',
      type: 'item_changed',
      identifiers: {},
      properties: { item_id: 'ev-1', price: '12.50', currency: 'EUR', aliases: ['old-1'] },
    };
    const minutesAgo = (n: number): string => new Date(Date.now() - n * 60_000).toISOString();
    await api.apply([item, stock('c-2', 4, minutesAgo(1)), stock('c-3', 9, minutesAgo(5))]);
    await waitUntil('the event is in the catalog', async () => {
      const { body } = await api.get('/v1/catalog/stock?item=old-1');
      return body.stock?.[0]?.quantity === 4;
    });
    expect((await api.get('/v1/catalog/items/old-1')).body).toMatchObject({
      item_id: 'ev-1',
      price: '12.50',
    });
    const refused = await api.post('/v1/events', [stock('c-4', 0, minutesAgo(0))], { key: 'write' });
    expect(refused.text).toContain('source_not_allowed');
  }, 60_000);

  it('wakes whoever waits when an item is back or cheaper, once, across a restart', async () => {
    const inquired = (id: string, user: string, variant_id: string) => ({
      id,
      type: 'stock_inquired',
      identifiers: { user_id: user },
      properties: { item_id: 'spu-3301', variant_id, store: 'SH-001', available: false, notify: true },
    });
    await api.apply([
      inquired('q-1', 'waits-xl', 'sku-3301-XL'),
      inquired('q-2', 'waits-barcode', '6901234567915'),
      inquired('q-3', 'waits-s', 'sku-3301-S'),
      {
        id: 'q-4',
        type: 'product_favorited',
        identifiers: { user_id: 'likes' },
        properties: { item_id: 'spu-3301' },
      },
    ]);
    await engine.stop();
    await start();
    await put('stock', [{ variant_id: 'sku-3301-XL', store: 'SH-001', quantity: 5 }]);
    await put('items', [{ ...LEGGINGS, price: '379.00' }]);
    await put('items', [{ ...LEGGINGS, price: '299.00' }]);
    const fired = async (): Promise<readonly unknown[]> => {
      // The shipped triggers have their say beside these.
      const rows = await api.sql(
        "SELECT trigger FROM decisions WHERE decision = 'fired' AND trigger IN ('back_again', 'cheaper_now') ORDER BY trigger",
      );
      return rows.map(({ trigger }) => trigger);
    };
    await waitUntil('three are told', async () => (await fired()).length >= 3);
    expect(await fired()).toEqual(['back_again', 'back_again', 'cheaper_now']);
    // Gone and back once more: nobody waits for that any longer. Moments have an order, so the last one says that all are done.
    await put('stock', [{ variant_id: 'sku-3301-XL', store: 'SH-001', quantity: 0 }]);
    await put('stock', [{ variant_id: 'sku-3301-XL', store: 'SH-001', quantity: 5 }]);
    await put('items', [{ ...LEGGINGS, price: '199.00' }]);
    await put('stock', [{ variant_id: 'sku-3301-S', store: 'SH-001', quantity: 0 }]);
    await put('stock', [{ variant_id: 'sku-3301-S', store: 'SH-001', quantity: 1 }]);
    await waitUntil('the fourth is told', async () => (await fired()).length >= 4);
    expect(await fired()).toEqual(['back_again', 'back_again', 'back_again', 'cheaper_now']);
  }, 120_000);
});
