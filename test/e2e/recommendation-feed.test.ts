import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EnginePlace } from './support/engine-place.ts';
import type { RunningEngine } from './support/engine-process.ts';
import { waitUntil } from './support/wait-until.ts';

const MAT = { item_id: 'spu-mat', name: 'Mat', category: 'sport/yoga', aliases: ['WEB-mat'] };
const ITEMS = [
  MAT,
  { item_id: 'spu-strap', name: 'Strap', category: 'sport/yoga' },
  { item_id: 'spu-top', name: 'Top', category: 'sport/tops' },
];

describe('what recommendations learn from', () => {
  const place = new EnginePlace();
  let engine: RunningEngine;
  /** Ids of answers that were given at least two seconds before a death. */
  const kept: string[] = [];
  let time = Date.now() - 3_600_000;
  let n = 0;

  beforeAll(async () => {
    engine = await place.start();
    const { status } = await engine.api.send('PUT', '/v1/catalog/items', JSON.stringify(ITEMS));
    expect(status).toBe(200);
  }, 120_000);
  afterAll(() => place.remove());

  const send = async (user: string, type: string, properties: object): Promise<void> => {
    time += 1_000;
    const event = { id: `e${n++}`, type, time: new Date(time).toISOString(), properties };
    await engine.api.apply({ events: [{ ...event, identifiers: { user_id: user } }] });
  };
  const metric = async (name: string): Promise<number> => {
    const { text } = await engine.api.get('/metrics');
    const line = text.split('\n').find((each) => each.startsWith(`${name} `) || each.startsWith(`${name}{`));
    return Number(line?.split(' ').at(-1) ?? Number.NaN);
  };
  const ready = (): Promise<void> =>
    waitUntil('what happened before is known', async () => {
      return (
        (await metric('tessera_recommender_ready')) === 1 && (await metric('tessera_recommender_gaps')) === 0
      );
    });
  const answer = async () => {
    const { body } = await engine.api.get('/v1/recommendations?placement=item&item=spu-mat');
    kept.push(body.id);
    const items = body.items as { item_id: string; strategy: string }[];
    return items.map(({ item_id, strategy }) => `${item_id} ${strategy}`);
  };
  const rows = async (): Promise<{ n: number; ids: unknown }> => {
    const sql = 'SELECT count() AS n, arraySort(groupArray(id)) AS ids FROM recommendations';
    const [row] = await engine.api.sql(sql);
    return { n: Number(row?.n), ids: row?.ids };
  };

  it('is taught by events under any name of a product, and known after a kill as before it', async () => {
    await ready();
    for (const user of ['u1', 'u2', 'u3']) {
      await send(user, 'product_viewed', { item_id: 'WEB-mat' });
      await send(user, 'product_viewed', { item_id: 'spu-strap' });
      const products = [{ item_id: 'WEB-mat' }, { item_id: 'spu-strap' }];
      await send(user, 'order_completed', { order_id: `o-${user}`, total: 5, products });
    }
    const before = await answer();
    expect(before[0]).toMatch(/^spu-strap /);
    await waitUntil('the answers are in history', async () => (await rows()).n === kept.length);
    const learned = await metric('tessera_recommender_learned_total');
    expect(learned).toBe(9);
    for (let death = 0; death < 2; death++) {
      await engine.process.kill();
      engine = await place.start({ port: engine.port });
      await ready();
      // Killed: there is no snapshot, and history tells all of it.
      expect(await metric('tessera_recommender_learned_total')).toBe(learned);
      expect(await answer()).toEqual(before);
      await waitUntil('the answers are in history', async () => (await rows()).n >= kept.length);
    }
    const { n: count, ids } = await rows();
    expect([count, ids]).toEqual([kept.length, kept.toSorted()]);
  }, 240_000);

  it('is written down at the stop, and nothing of it is learned again', async () => {
    const before = await answer();
    await engine.process.stop();
    engine = await place.start({ port: engine.port });
    await ready();
    expect(await metric('tessera_recommender_learned_total')).toBe(0);
    expect(await answer()).toEqual(before);
    await waitUntil('the answers are in history', async () => (await rows()).n === kept.length);
  }, 240_000);
});
