import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EnginePlace } from '../e2e/support/engine-place.ts';
import type { RunningEngine } from '../e2e/support/engine-process.ts';
import { featureValue } from '../e2e/support/totals.ts';
import { waitUntil } from '../e2e/support/wait-until.ts';

const TILL = fileURLToPath(new URL('../../deploy/examples/pos/till.mjs', import.meta.url));
const run = promisify(execFile);

describe('the till', () => {
  const place = new EnginePlace();
  let engine: RunningEngine;
  beforeAll(async () => {
    engine = await place.start();
  });
  afterAll(() => place.remove());

  const sell = async (...flags: readonly string[]): Promise<string> => {
    const { address, secretKey } = engine.api;
    const { stdout } = await run(
      process.execPath,
      [TILL, '--url', address, '--journal', place.file('journal'), ...flags],
      {
        env: { PATH: process.env.PATH, TESSERA_SECRET_KEY: secretKey },
      },
    );
    return stdout;
  };
  const orders = async (): Promise<unknown> =>
    featureValue((await engine.api.profile('phone:13900001111')).features.orders_lifetime);

  it('sells, and shows who bought', async () => {
    await engine.api.apply({
      type: 'profile_identified',
      identifiers: { phone: '13900001111' },
      traits: { name: 'Ann Zhao' },
    });
    const ann = [
      '--phone',
      '13900001111',
      '--receipt',
      'r-1',
      '--item',
      'spu-1:399',
      '--item',
      'spu-2:59.90x2',
    ];
    const text = await sell(...ann);
    expect(text).toMatch(/^Receipt r-1: 518\.80 CNY\nCustomer: Ann Zhao.*, 1 order so far\n/);
    expect(text).toMatch(/^Offers:\n {2}\S/m);
    expect(featureValue((await engine.api.profile('phone:13900001111')).features.revenue_lifetime)).toBe(
      51_880,
    );
    // The same receipt again is the same sale.
    expect(await sell(...ann)).toContain(', 1 order so far');
    expect(await sell('--item', 'spu-1:399', '--receipt', 'r-2')).toMatch(/^Receipt r-2: 399\.00 CNY\n/);
  });

  it('offers what the store sells and has, out of the same call', async () => {
    const items = ['mat', 'block', 'strap'].map((name) => ({
      item_id: `yoga-${name}`,
      name: `Yoga ${name}`,
      category: 'sport/yoga',
    }));
    await engine.api.send('PUT', '/v1/catalog/items', JSON.stringify(items));
    await engine.api.send(
      'PUT',
      '/v1/catalog/stores',
      JSON.stringify([{ store_id: 'SH-001', name: 'Xintiandi' }]),
    );
    const stock = items.map(({ item_id }) => ({ item_id, store: 'SH-001', quantity: 5 }));
    await engine.api.send('PUT', '/v1/catalog/stock', JSON.stringify(stock));
    const sold = ['a', 'b', 'c'].map((buyer) => ({
      type: 'order_completed',
      channel: 'pos',
      identifiers: { member_id: buyer },
      properties: {
        order_id: `o-${buyer}`,
        total: 20,
        currency: 'CNY',
        products: ['yoga-mat', 'yoga-block'].map((item_id) => ({ item_id, price: 10, quantity: 1 })),
      },
      context: { store: 'SH-001' },
    }));
    await engine.api.apply(sold);
    // What is learned follows what is applied; the same receipt again is the same sale.
    let text = '';
    await waitUntil('there are offers', async () => {
      text = await sell('--phone', '13900002222', '--receipt', 'r-9', '--item', 'yoga-mat:10');
      return !text.includes('Offers:\n  none');
    });
    expect(text).toMatch(/^ {2}Yoga block \(yoga-block\)/m);
    expect(text).not.toContain('(yoga-mat)');
  });

  it('goes on selling without an engine, and sends what it sold when there is one again', async () => {
    const before = await orders();
    await engine.process.stop();
    const text = await sell('--phone', '13900001111', '--receipt', 'r-3', '--item', 'spu-1:399');
    expect(text).toContain('Sold. The engine cannot be asked now (unreachable)');
    expect(readFileSync(place.file('journal'), 'utf8').split('\n')).toHaveLength(2);
    engine = await place.start();
    expect(await sell('--receipt', 'r-4', '--item', 'spu-2:1')).toMatch(
      /^Sent from the journal: 1 sales, 0 refused\./,
    );
    expect(readFileSync(place.file('journal'), 'utf8')).toBe('');
    await engine.api.settled();
    expect([before, await orders()]).toEqual([1, 2]);
  });

  it('says how it is used', async () => {
    expect(await sell('--help')).toContain('--item ID:PRICE[xQUANTITY]');
  });
});
