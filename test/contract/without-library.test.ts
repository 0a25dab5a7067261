import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/model/json.ts';
import type { Answer } from '../e2e/support/engine-api.ts';
import { EnginePlace } from '../e2e/support/engine-place.ts';
import type { RunningEngine } from '../e2e/support/engine-process.ts';
import { featureValue } from '../e2e/support/totals.ts';
import { compressToBits, toBytes } from '../ingest/dialects/lz-compress.ts';

/** Protocols whose senders cannot be run here: their requests are made as their documentation has them. */
const SHOP = 'my-shop.myshopify.com';
const SECRET = 'shpss_0123456789abcdef';
const place = new EnginePlace();
let engine: RunningEngine;

beforeAll(async () => {
  const config = place.file('config.yaml');
  writeFileSync(config, `sources: { ${SHOP}: { secret: ${SECRET} } }\n`);
  engine = await place.start({ settings: { TESSERA_CONFIG: config } });
});
afterAll(() => place.remove());

async function features(identifier: string, names: readonly string[]): Promise<readonly unknown[]> {
  const { status, body } = await engine.api.get(`/v1/profiles/${encodeURIComponent(identifier)}`);
  expect(status).toBe(200);
  return names.map((name) => featureValue(body.features[name]));
}

describe('Shopify', () => {
  async function deliver(
    topic: string,
    eventId: string,
    object: JsonObject,
    secret = SECRET,
  ): Promise<Answer> {
    const body = JSON.stringify(object);
    const headers = {
      'content-type': 'application/json',
      'x-shopify-topic': topic,
      'x-shopify-shop-domain': SHOP,
      'x-shopify-event-id': eventId,
      'x-shopify-hmac-sha256': createHmac('sha256', secret).update(body).digest('base64'),
    };
    return await engine.api.post('/v1/webhooks/shopify', body, { key: 'none', headers });
  }
  const order = {
    id: 450789469,
    created_at: new Date().toISOString(),
    total_price: '379.00',
    currency: 'CNY',
    taxes_included: true,
    email: 'ann@shop.example',
    customer: { id: 207119551 },
    line_items: [
      { product_id: 1, price: '399.00', quantity: 1, discount_allocations: [{ amount: '20.00' }] },
    ],
  };

  it('lets only its own signature in', async () => {
    expect((await deliver('orders/paid', 'ev-0', order, 'another secret 0')).status).toBe(401);
    const unsigned = await engine.api.post('/v1/webhooks/shopify', '{}', { key: 'secret' });
    expect([unsigned.status, unsigned.body.code]).toEqual([401, 'unauthorized']);
  });

  it('brings orders and refunds of one customer, each once however often it is delivered', async () => {
    const refund = {
      id: 7,
      order_id: order.id,
      created_at: order.created_at,
      transactions: [{ kind: 'refund', status: 'success', amount: '79.00', currency: 'CNY' }],
    };
    for (let n = 0; n < 2; n++) {
      const answers = [
        await deliver('orders/create', 'ev-1', order),
        await deliver('orders/paid', 'ev-2', order),
        await deliver('orders/updated', `ev-${3 + n}`, { ...order, refunds: [refund] }),
      ];
      expect(answers.map(({ status, text }) => [status, text])).toEqual(Array(3).fill([200, '']));
    }
    await engine.api.settled();
    const names = ['orders_lifetime', 'revenue_lifetime'];
    expect(await features('user_id:207119551', names)).toEqual([1, 37_900 - 7_900]);
    expect(await features('email:ann@shop.example', names)).toEqual([1, 30_000]);
  });
});

describe('the Measurement Protocol', () => {
  it('brings a visitor and their order, twice the same once', async () => {
    const micros = Date.now() * 1_000;
    const item = { item_id: 'spu-1', item_name: 'Dress', price: 359, discount: 40, quantity: 1 };
    const view = {
      client_id: 'c-1',
      timestamp_micros: micros,
      events: [{ name: 'view_item', params: { currency: 'CNY', items: [item] } }],
    };
    const purchase = {
      client_id: 'c-1',
      user_id: 'ga-1',
      timestamp_micros: micros + 1_000_000,
      events: [
        {
          name: 'purchase',
          params: { transaction_id: 'ga-o-1', value: 359, currency: 'CNY', items: [item] },
        },
      ],
    };
    const path = `/mp/collect?measurement_id=G-1&api_secret=${engine.api.writeKey}`;
    for (const body of [view, view, purchase, purchase]) {
      const { status, text } = await engine.api.post(path, body, { key: 'none' });
      expect([status, text]).toEqual([204, '']);
    }
    await engine.api.settled();
    expect(await features('user_id:ga-1', ['views_lifetime', 'orders_lifetime', 'revenue_lifetime'])).toEqual(
      [1, 1, 35_900],
    );
  });
});

describe('GrowingIO', () => {
  it('brings a visitor whose events are compressed, and is answered as its library needs it', async () => {
    const event = {
      eventType: 'CUSTOM',
      eventName: 'product_viewed',
      deviceId: 'gio-d-1',
      userId: 'gio-1',
      sessionId: 's-1',
      globalSequenceId: 1,
      timestamp: Date.now(),
      attributes: { item_id: 'spu-1', name: '连衣裙' },
      platform: 'Web',
    };
    const body = toBytes(compressToBits(JSON.stringify([event])));
    const path = `/v3/projects/${engine.api.writeKey}/collect?stm=${Date.now()}&compress=1`;
    for (let n = 0; n < 2; n++) expect((await engine.api.post(path, body, { key: 'none' })).status).toBe(204);
    await engine.api.settled();
    expect(await features('user_id:gio-1', ['views_lifetime'])).toEqual([1]);
  });
});
