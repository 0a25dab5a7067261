import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/model/json.ts';
import { DAY_MS } from '../../src/model/time.ts';
import type { EngineApi } from './support/engine-api.ts';
import { EnginePlace } from './support/engine-place.ts';
import type { RunningEngine } from './support/engine-process.ts';
import { createRandom, type Random } from './support/seeded-random.ts';
import { waitUntil } from './support/wait-until.ts';

const PEOPLE = 500;
const BATCH = 500;

/** Written twice: one is there before the first event, the other comes later and is filled. */
const written: Readonly<Record<string, JsonObject>> = {
  views: { on: ['product_viewed'], aggregate: 'count', windows: ['7d', 'lifetime'] },
  items: { on: ['product_viewed'], aggregate: 'distinct', of: 'properties.item_id', window: '30d' },
  paid: {
    on: ['order_completed', 'order_refunded'],
    aggregate: 'sum',
    of: 'order.spend',
    money: true,
    windows: ['30d', 'lifetime'],
  },
};

function eventOf(n: number, random: Random): JsonObject {
  const order_id = `o-${random.between(1, 900)}`;
  const products = [
    { item_id: `i-${random.between(1, 50)}`, quantity: 1, price: `${random.between(1, 900)}.50` },
  ];
  const bodies = [
    { type: 'order_completed', properties: { order_id, products } },
    { type: 'order_cancelled', properties: { order_id } },
    { type: 'order_refunded', properties: { order_id, total: '1.50', kind: 'return' } },
  ];
  const kind = random.between(0, 19);
  const person = random.between(1, PEOPLE);
  const nobody = random.between(0, 9) === 0;
  return {
    id: `e-${n}`,
    time: new Date(Date.now() - random.between(0, 40 * DAY_MS)).toISOString(),
    identifiers: nobody
      ? {}
      : { device_id: `d-${person}`, ...(random.between(0, 3) === 0 ? { user_id: `u-${person % 400}` } : {}) },
    ...(bodies[kind] ?? { type: 'product_viewed', properties: { item_id: `i-${random.between(1, 50)}` } }),
  };
}

async function define(api: EngineApi, name: string, definition: JsonObject): Promise<void> {
  const answer = await api.send('PUT', `/v1/definitions/features/${name}`, JSON.stringify(definition));
  expect(answer.status, answer.text).toBe(200);
}

/** Names of what one definition stands for. */
function namesOf(name: string): readonly string[] {
  const windows = written[name]?.windows;
  return Array.isArray(windows) ? windows.map((window) => `_${String(window)}`) : [''];
}

async function expectSame(api: EngineApi, name: string): Promise<number> {
  let compared = 0;
  for await (const { profile_id, features } of api.profiles()) {
    for (const window of namesOf(name)) {
      const early = features[`early_${name}${window}`];
      const late = features[`late_${name}${window}`];
      expect({ profile_id, ...late, as_of: 0 }).toEqual({ profile_id, ...early, as_of: 0, partial: false });
      if (early?.value !== 0 && early?.value !== '0.00') compared++;
    }
  }
  return compared;
}

async function finish(api: EngineApi, id: string): Promise<void> {
  await waitUntil('the job is done', async () => (await api.get(`/v1/jobs/${id}`)).body.status === 'done');
}

describe('filling a feature from history', () => {
  const place = new EnginePlace();
  afterAll(() => place.remove());
  const random = createRandom(7);
  let sent = 0;
  let resumed = 0;
  const send = async (api: EngineApi, count: number): Promise<void> => {
    for (let done = 0; done < count; done += BATCH)
      await api.apply(Array.from({ length: Math.min(BATCH, count) }, () => eventOf(++sent, random)));
  };

  const fill = async (engine: RunningEngine, name: string, diesAfterMs: number): Promise<RunningEngine> => {
    const started = await engine.api.post(`/v1/features/late_${name}/backfills`, '');
    expect(started.status, started.text).toBe(202);
    const { id } = started.body.job;
    expect(started.headers.get('location')).toBe(`/v1/jobs/${id}`);
    await send(engine.api, 40);
    await pause(diesAfterMs);
    await engine.process.kill();
    const next = await place.start();
    for (;;) {
      const { status, body } = await next.api.get(`/v1/jobs/${id}`);
      // It was done before the engine died, and a job that is over is forgotten.
      if (status === 404) break;
      resumed++;
      expect(['queued', 'running', 'done'], JSON.stringify(body)).toContain(body.status);
      if (body.status === 'done') break;
      await send(next.api, 20);
    }
    return next;
  };

  it('gives what the same feature has that was there before, whatever kills the engine on the way', async () => {
    let engine = await place.start();
    for (const [name, definition] of Object.entries(written))
      await define(engine.api, `early_${name}`, definition);
    await send(engine.api, 4_000);
    for (const [name, definition] of Object.entries(written))
      await define(engine.api, `late_${name}`, definition);
    let dies = 0;
    for (const name of Object.keys(written)) {
      engine = await fill(engine, name, dies);
      dies += 150;
      const again = await engine.api.post(`/v1/features/late_${name}/backfills`, '');
      // Killed before anything of it was in the log: then it is asked for again.
      if (again.status === 202) await finish(engine.api, again.body.job.id as string);
      expect(await expectSame(engine.api, name)).toBeGreaterThan(PEOPLE / 2);
    }
    expect(resumed).toBeGreaterThan(0);
    await send(engine.api, 500);
    for (const name of Object.keys(written)) await expectSame(engine.api, name);
    const answers = ['none', 'late_views', 'late_views_7d'].map(async (name) => {
      const { body } = await engine.api.post(`/v1/features/${name}/backfills`, '');
      return body.code as string;
    });
    expect(await Promise.all(answers)).toEqual(['not_found', 'feature_complete', 'feature_complete']);
  }, 240_000);
});
