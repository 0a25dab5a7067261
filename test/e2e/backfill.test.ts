import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/model/json.ts';
import { DAY_MS } from '../../src/model/time.ts';
import type { EngineApi } from './support/engine-api.ts';
import { EnginePlace } from './support/engine-place.ts';
import type { RunningEngine } from './support/engine-process.ts';
import { createRandom, type Random } from './support/seeded-random.ts';

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

async function ask(api: EngineApi, name: string): Promise<string> {
  const { status, text, headers, body } = await api.post(`/v1/features/late_${name}/backfills`, '');
  expect(status, text).toBe(202);
  const id: string = body.job.id;
  expect(headers.get('location')).toBe(`/v1/jobs/${id}`);
  return id;
}

describe('filling a feature from history', () => {
  const place = new EnginePlace();
  afterAll(() => place.remove());
  const random = createRandom(7);
  let sent = 0;
  const resumed = new Set<string>();
  const send = async (api: EngineApi, count: number): Promise<void> => {
    for (let done = 0; done < count; done += BATCH)
      await api.apply(Array.from({ length: Math.min(BATCH, count) }, () => eventOf(++sent, random)));
  };

  const follow = async (api: EngineApi, id: string): Promise<void> => {
    for (;;) {
      const { status, body } = await api.get(`/v1/jobs/${id}`);
      // It was done before the engine died, and a job that is over is forgotten.
      if (status === 404) return;
      resumed.add(id);
      expect(['queued', 'running', 'done'], JSON.stringify(body)).toContain(body.status);
      if (body.status === 'done') return;
      await send(api, 20);
    }
  };

  /** Asks for all of them at once, so that some wait; without a time the engine dies as soon as it has answered. */
  const fill = async (
    engine: RunningEngine,
    names: readonly string[],
    diesAfterMs?: number,
  ): Promise<RunningEngine> => {
    const ids: string[] = [];
    for (const name of names) ids.push(await ask(engine.api, name));
    if (diesAfterMs !== undefined) {
      await send(engine.api, 40);
      await pause(diesAfterMs);
    }
    await engine.process.kill();
    const next = await place.start();
    for (const id of ids) await follow(next.api, id);
    for (const name of names) {
      // Nothing that was answered is lost.
      const { body } = await next.api.post(`/v1/features/late_${name}/backfills`, '');
      expect(body).toMatchObject({ code: 'feature_complete' });
      expect(await expectSame(next.api, name)).toBeGreaterThan(PEOPLE / 2);
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
    engine = await fill(engine, ['views', 'items']);
    expect(resumed.size).toBeGreaterThan(0);
    engine = await fill(engine, ['paid'], 150);
    await send(engine.api, 500);
    for (const name of Object.keys(written)) await expectSame(engine.api, name);
    const answers = ['none', 'late_views', 'late_views_7d'].map(async (name) => {
      const { body } = await engine.api.post(`/v1/features/${name}/backfills`, '');
      return body.code as string;
    });
    expect(await Promise.all(answers)).toEqual(['not_found', 'feature_complete', 'feature_complete']);
  }, 240_000);
});
