import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../src/model/json.ts';
import { DAY_MS, HOUR_MS } from '../../src/model/time.ts';
import { differences } from '../support/differences.ts';
import type { EngineApi } from './support/engine-api.ts';
import { EnginePlace } from './support/engine-place.ts';
import type { RunningEngine } from './support/engine-process.ts';
import { testedOn } from './support/engine-storage.ts';
import { createRandom, type Random } from './support/seeded-random.ts';
import { waitUntil } from './support/wait-until.ts';

/*
 * A schema is broken, events come, half of them against it; it is mended, and what was kept is replayed. Everything must be as in
 * an engine whose schema was never broken: all features of all people, and all rows of events.
 */
const EVENTS = Number(process.env.QUARANTINE_EVENTS ?? (testedOn === 'embedded' ? 10_000 : 2_000));
const PEOPLE = 100;
const BATCH = 500;
const seed = Number(process.env.QUARANTINE_SEED ?? 20_261_121);
const NOW = '2026-06-24T12:00:00+08:00';

const SCHEMA = '/v1/definitions/schemas/product_viewed';
const BROKEN = {
  schema: { type: 'object', properties: { season: { type: 'string' } }, required: ['season'] },
};

/** Days ago, and never near the edge of a day or a window: engines are read minutes after one another. */
function invent(random: Random, n: number): JsonObject {
  const person = random.between(0, PEOPLE - 1);
  const days = random.between(2, 5);
  const time = Date.parse(NOW) - days * DAY_MS - random.between(2 * HOUR_MS, 22 * HOUR_MS);
  const base = {
    id: `e-${n}`,
    time,
    channel: random.pick(['web', 'app']),
    identifiers: { user_id: `u-${person}`, anonymous_id: `a-${person}` },
  };
  const item = {
    item_id: `spu-${random.between(1, 40)}`,
    category: random.pick(['women/dresses', 'women/plus-size/dresses', 'men/shirts']),
    price: random.between(10, 900),
    currency: 'CNY',
  };
  if (n % 2 === 0) return { ...base, type: 'product_viewed', properties: item };
  if (n % 10 === 1)
    return {
      ...base,
      type: 'order_completed',
      properties: {
        order_id: `o-${n}`,
        total: item.price,
        currency: 'CNY',
        products: [{ item_id: item.item_id, price: item.price, quantity: 1 }],
      },
    };
  return { ...base, type: 'product_added', properties: item };
}

const random = createRandom(seed);
const events = Array.from({ length: EVENTS }, (_, n) => invent(random, n));

/** Sends all of it; answers how many were refused. */
async function send(api: EngineApi): Promise<number> {
  let refused = 0;
  for (let from = 0; from < events.length; from += BATCH) {
    const { status, body } = await api.post('/v1/events', events.slice(from, from + BATCH));
    expect(status).toBe(202);
    refused += body.rejected.length;
  }
  return refused;
}

async function breakSchema(api: EngineApi): Promise<void> {
  expect((await api.send('PUT', SCHEMA, JSON.stringify(BROKEN))).status).toBe(200);
  await waitUntil('the broken schema is in force', async () => {
    const { body } = await api.post('/v1/events?dry_run=1', [
      { type: 'product_viewed', properties: { item_id: 'x' } },
    ]);
    return body.rejected.length === 1;
  });
}

async function mendSchema(api: EngineApi): Promise<void> {
  expect((await api.send('DELETE', SCHEMA)).status).toBeLessThan(300);
  await waitUntil('the schema is mended', async () => {
    const { body } = await api.post('/v1/events?dry_run=1', [
      { type: 'product_viewed', properties: { item_id: 'x' } },
    ]);
    return body.rejected.length === 0;
  });
}

/** Starts a replay and answers its id. */
async function startReplay(api: EngineApi, body: JsonObject): Promise<string> {
  const { status, body: answer } = await api.post('/v1/quarantine/replays', body);
  expect([status, answer.detail]).toEqual([202, undefined]);
  return answer.job.id as string;
}

async function finished(api: EngineApi, id: string): Promise<JsonObject> {
  let job: JsonObject = {};
  await waitUntil('the replay has come to its end', async () => {
    job = (await api.get(`/v1/jobs/${id}`)).body;
    return job.finished_at !== null;
  });
  expect([job.status, job.error]).toEqual(['done', undefined]);
  return job.result as JsonObject;
}

/** Everything that does not say when it was asked, or under which random name the engine keeps it. */
function comparable({ profile_id: _id, features, coupons: _coupons, ...rest }: JsonObject): JsonObject {
  const values = Object.entries(features as Record<string, JsonObject>).map(
    ([name, { value = null, partial }]): [string, JsonValue] => [name, [value, partial ?? null]],
  );
  return { ...rest, features: Object.fromEntries(values) };
}

/** What fades has moved on by moments between two readings. */
function isClose(difference: string, wanted: Whole): boolean {
  const [, path = '', text] = /^(\S+) is (-?\d+(?:\.\d+)?)$/.exec(difference) ?? [];
  let value: unknown = wanted;
  for (const key of path.split('/').slice(1)) value = (value as Record<string, unknown> | undefined)?.[key];
  if (typeof value !== 'number' || (Number.isInteger(value) && Number.isInteger(Number(text)))) return false;
  return Math.abs(Number(text) - value) <= Math.abs(value) / 100;
}

async function people(api: EngineApi): Promise<readonly JsonObject[]> {
  const found: JsonObject[] = [];
  for (let n = 0; n < PEOPLE; n += 1)
    found.push(comparable((await api.profile(`user_id:u-${n}`)) as unknown as JsonObject));
  return found;
}

/** Rows of events without their places in the log, and without names that each engine draws for itself. */
async function rowsOf(api: EngineApi): Promise<readonly JsonObject[]> {
  return await api.sql(
    `SELECT * EXCEPT (partition, seq, idx, ord, received_at, applied_at, facet_id, profile_id, facet_hash, profile_hash, raw)
    FROM events WHERE startsWith(event_id, 'e-') ORDER BY event_id`,
  );
}

/** Which events belong together, whoever they are called. */
async function owners(api: EngineApi): Promise<readonly JsonObject[]> {
  return await api.sql(
    `SELECT arrayStringConcat(arraySort(groupArray(event_id)), ' ') AS theirs FROM events_by_profile
    WHERE startsWith(event_id, 'e-') GROUP BY profile_id ORDER BY theirs`,
  );
}

interface Whole {
  readonly people: readonly JsonObject[];
  readonly rows: readonly JsonObject[];
  readonly owners: readonly JsonObject[];
}

/** By the paths at which they differ: whole profiles would bury them. */
function expectSame(found: Whole, wanted: Whole): void {
  const apart = differences(wanted, found).filter((each) => !isClose(each, wanted));
  expect(apart.slice(0, 20)).toEqual([]);
}

async function whole(api: EngineApi): Promise<Whole> {
  await api.settled();
  return { people: await people(api), rows: await rowsOf(api), owners: await owners(api) };
}

describe(`${EVENTS} events, half of them against a broken schema (QUARANTINE_SEED=${seed})`, () => {
  const untouched = new EnginePlace();
  const place = new EnginePlace();
  const killed = new EnginePlace();
  let never: Whole;
  beforeAll(async () => {
    const { api, process } = await untouched.start({ now: NOW });
    expect(await send(api)).toBe(0);
    never = await whole(api);
    expect([never.rows.length, never.people.length, never.owners.length]).toEqual([EVENTS, PEOPLE, PEOPLE]);
    await process.kill();
  }, 300_000);
  afterAll(async () => {
    for (const each of [untouched, place, killed]) await each.remove();
  });

  it('are all in after a replay, in the right tiles, as if nothing had been broken', async () => {
    const { api } = await place.start({ now: NOW });
    await breakSchema(api);
    expect(await send(api)).toBe(EVENTS / 2);
    await api.settled();
    const { body: counts } = await api.get('/v1/quarantine/counts');
    expect(counts).toMatchObject({
      events: EVENTS / 2,
      counts: [{ code: 'schema_violation', path: '/properties/season', waiting: EVENTS / 2, replayed: 0 }],
    });
    const [{ received_at: latest = 0 } = {}] = (await api.get('/v1/quarantine?limit=1')).body
      .quarantined as JsonObject[];

    // While it is broken, a replay brings in nothing.
    const dry = await finished(api, await startReplay(api, { all: true, dry_run: true }));
    expect(dry).toMatchObject({ events: EVENTS / 2, replayed: 0, failed: [{ code: 'schema_violation' }] });
    await mendSchema(api);
    const filter = { code: 'schema_violation', type: 'product_viewed' };
    const result = await finished(api, await startReplay(api, { filter }));
    expect(result).toMatchObject({
      events: EVENTS / 2,
      replayed: EVENTS / 2,
      outcomes: { applied: EVENTS / 2 },
      failed: [],
      given_up: 0,
      unknown: 0,
    });
    expectSame(await whole(api), never);
    const { after } = await api.numbers(
      `SELECT countIf(toUnixTimestamp64Milli(received_at) > ${Number(latest)}) AS after FROM events WHERE startsWith(event_id, 'e-') AND type = 'product_viewed'`,
    );
    expect(after, 'views that were received again instead of then').toBe(0);
    expect((await api.get('/v1/quarantine/counts?state=waiting')).body.events).toBe(0);

    // Again there is nothing left to do.
    expect(await finished(api, await startReplay(api, { all: true }))).toMatchObject({ events: 0 });
  }, 300_000);

  it('are all in, and once, where the engine was killed in the middle of the replay', async () => {
    let engine: RunningEngine = await killed.start({ now: NOW });
    await breakSchema(engine.api);
    await send(engine.api);
    await engine.api.settled();
    await mendSchema(engine.api);
    let died = 0;
    for (let round = 0; round < 2; round += 1) {
      const id = await startReplay(engine.api, { all: true });
      await waitUntil('some are replayed', async () => {
        const { progress, finished_at: end } = (await engine.api.get(`/v1/jobs/${id}`)).body;
        return progress.done > 0 || end !== null;
      });
      if ((await engine.api.get(`/v1/jobs/${id}`)).body.finished_at === null) died += 1;
      await engine.process.kill();
      engine = await killed.start({ now: NOW });
    }
    expect(died, 'replays that were not at their end').toBeGreaterThan(0);
    const result = await finished(engine.api, await startReplay(engine.api, { all: true }));
    expect(result).toMatchObject({ failed: [], unknown: 0 });
    expectSame(await whole(engine.api), never);
    expect((await engine.api.get('/v1/quarantine/counts?state=waiting')).body.events).toBe(0);
  }, 300_000);
});
