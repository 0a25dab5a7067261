import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FUSED } from '../../src/cluster/topology.ts';
import { QuarantineReader } from '../../src/desks/quarantine/quarantine-reader.ts';
import type { ReplayedEvent } from '../../src/ingest/replay-kept.ts';
import { JobRegistry } from '../../src/jobs/jobs.ts';
import { QuarantineReplays } from '../../src/jobs/quarantine-replays.ts';
import { limits } from '../../src/limits.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { QuarantineFilter } from '../../src/serve/quarantine-service.ts';
import type { JobView } from '../../src/serve/services.ts';
import { createHistoryPlace, type EngineWithHistory } from '../support/engine-with-history.ts';
import { createFusedEngine } from '../support/fused-engine.ts';

const place = createHistoryPlace();
afterAll(() => place.remove());

interface Shop {
  readonly engine: EngineWithHistory;
  readonly reader: QuarantineReader;
  readonly replays: QuarantineReplays;
  readonly jobs: JobRegistry;
  /** Runs a replay to its end. */
  run(filter: QuarantineFilter, dryRun?: boolean): Promise<JobView>;
}

/** An engine that refuses custom types, and the means to mend what was refused: the same engine with them allowed. */
async function openShop(database: string, mended: boolean, shared?: EngineWithHistory): Promise<Shop> {
  const engine =
    shared === undefined
      ? await place.open(database, { allowCustomTypes: mended })
      : { ...shared, replay: (await createFusedEngine()).replay };
  const { history, clock, log, sealer } = engine;
  const jobs = new JobRegistry({
    clock,
    onError: (error) => {
      throw error;
    },
  });
  const replays = new QuarantineReplays({
    history,
    jobs,
    clock,
    topology: FUSED,
    logOf: () => log,
    replay: (rows, { dryRun }) => engine.replay(rows, dryRun),
    reach: { now: () => engine.settle() },
  });
  const run = async (filter: QuarantineFilter, dryRun = false): Promise<JobView> => {
    const { id } = replays.start(filter, { author: 'ops', dryRun });
    for (;;) {
      const job = jobs.get(id) as JobView;
      if (job.finished_at !== null) return job;
      // Its attempts go into the log of this engine, which nobody else folds.
      await engine.drain();
      await new Promise(setImmediate);
    }
  };
  return { engine, reader: new QuarantineReader({ history, sealer }), replays, jobs, run };
}

function custom(n: number): JsonObject {
  return { id: `c-${n}`, type: 'sample_requested', identifiers: { user_id: `u-${n % 7}` } };
}

function broken(n: number): JsonObject {
  return { id: `b-${n}`, type: 'order_completed', identifiers: { user_id: `u-${n % 7}` }, properties: {} };
}

const numbered = (count: number, make: (n: number) => JsonObject) =>
  Array.from({ length: count }, (_, n) => make(n));

describe('quarantine', () => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop('looking', false);
    await shop.engine.send(numbered(30, custom));
    shop.engine.clock.advance(60_000);
    await shop.engine.send([{ ...broken(0), channel: 'app' }, broken(1)]);
    await shop.engine.settle();
  });
  afterAll(() => shop.engine.stop());

  it('is counted by what is worth mending, the most frequent first', async () => {
    expect(await shop.reader.counts({}, ['code', 'source', 'path'])).toMatchObject({
      events: 32,
      counts: [
        { code: 'unknown_type', source: 'secret', path: '/type', events: 30, waiting: 30, replayed: 0 },
        { code: 'schema_violation', source: 'secret', path: '/properties', events: 2, waiting: 2 },
      ],
    });
    expect((await shop.reader.counts({ type: 'order_completed' }, ['channel'])).counts).toMatchObject([
      { channel: 'app', events: 1 },
      { channel: 'web', events: 1 },
    ]);
    expect(await shop.reader.counts({ code: 'invalid_time' }, [])).toMatchObject({ events: 0 });
  });

  it('is listed page by page, each event once', async () => {
    const seen: unknown[] = [];
    for (let before: string | undefined; ; ) {
      const page = await shop.reader.list({}, before === undefined ? { limit: 7 } : { limit: 7, before });
      seen.push(...page.rows.map(({ id }) => id));
      if (page.next === undefined) break;
      before = page.next;
    }
    expect([seen.length, new Set(seen).size]).toEqual([32, 32]);
  });

  it.each<[QuarantineFilter, number]>([
    [{ code: 'unknown_type' }, 30],
    [{ code: 'unknown_type', type: 'order_completed' }, 0],
    [{ source: 'secret' }, 32],
    [{ source: "x' OR 1 --\\" }, 0],
    [{ channel: 'app' }, 1],
    [{ type: 'sample_requested' }, 30],
    [{ path: '/type' }, 30],
    [{ state: 'waiting' }, 32],
    [{ state: 'replayed' }, 0],
    [{ attempts: 1 }, 0],
  ])('answers those that match %j', async (filter, count) => {
    const { rows } = await shop.reader.list(filter, { limit: 100 });
    expect(rows).toHaveLength(count);
  });

  it('tells when by the time of receipt', async () => {
    const now = shop.engine.clock.now();
    expect((await shop.reader.list({ receivedFrom: now - 30_000 }, { limit: 100 })).rows).toHaveLength(2);
    expect((await shop.reader.list({ receivedTo: now - 30_000 }, { limit: 100 })).rows).toHaveLength(30);
  });

  it('shows what an event says, masked or whole', async () => {
    const { rows } = await shop.reader.list({ channel: 'app' }, { limit: 1 });
    const id = String(rows[0]?.id);
    expect(await shop.reader.show(id, { reveal: false })).toMatchObject({
      id,
      type: 'order_completed',
      code: 'schema_violation',
      schema_version: expect.stringMatching(/^order_completed@/),
      state: 'waiting',
      attempts: 0,
      tried: [],
      as: 'sent',
      masked: true,
      payload: { identifiers: { user_id: 'u***' } },
    });
    const shown = await shop.reader.show(id, { reveal: true });
    expect(shown?.payload).toEqual({ ...broken(0), channel: 'app' });
    expect(await shop.reader.show('q-none', { reveal: false })).toBeUndefined();
  });
});

describe('a replay of all that match', () => {
  it('brings in what is valid now, counts the rest by code, and gives up what fails again and again', async () => {
    const shop = await openShop('mending', false);
    await shop.engine.send(numbered(700, custom));
    await shop.engine.send(numbered(3, broken));
    await shop.engine.settle();
    const mended = await openShop('mending', true, shop.engine);

    const dry = await mended.run({}, true);
    expect(dry.result).toMatchObject({
      dry_run: true,
      events: 703,
      replayed: 700,
      outcomes: {},
      given_up: 0,
    });
    expect(await shop.reader.counts({ state: 'waiting' }, [])).toMatchObject({ events: 703 });

    const first = await mended.run({});
    expect(first).toMatchObject({ status: 'done', progress: { done: 703, total: 703 } });
    expect(first.result).toMatchObject({
      events: 703,
      replayed: 700,
      outcomes: { applied: 700 },
      failed: [{ code: 'schema_violation', count: 3 }],
      unknown: 0,
    });
    await shop.engine.settle();
    expect(await shop.reader.counts({}, ['code'])).toMatchObject({
      counts: [
        { code: 'unknown_type', events: 700, waiting: 0, replayed: 700, given_up: 0 },
        { code: 'schema_violation', events: 3, waiting: 3, replayed: 0, given_up: 0 },
      ],
    });

    for (let attempt = 2; attempt <= limits.quarantineAttemptsMax; attempt++) {
      const last = attempt === limits.quarantineAttemptsMax;
      expect((await mended.run({})).result).toMatchObject({ events: 3, given_up: last ? 3 : 0 });
      await shop.engine.settle();
    }
    expect((await mended.run({})).result).toMatchObject({ events: 0 });
    const { rows } = await shop.reader.list({ state: 'given_up' }, { limit: 10 });
    expect(rows).toHaveLength(3);
    expect(rows[0]).toMatchObject({
      attempts: limits.quarantineAttemptsMax,
      last_attempt: { status: 'rejected' },
    });
    expect((await shop.reader.list({ attempts: 2 }, { limit: 10 })).rows).toHaveLength(3);

    const ids = rows.map(({ id }) => String(id));
    const named = await mended.replays.replay({ ids, limit: 3 }, { author: 'ops', dryRun: false });
    expect(named.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    await shop.engine.stop();
  });

  it('leaves alone what is in, also where it is named', async () => {
    const shop = await openShop('named', false);
    await shop.engine.send([custom(1)]);
    await shop.engine.settle();
    const mended = await openShop('named', true, shop.engine);
    await mended.run({});
    await shop.engine.settle();
    const { rows } = await shop.reader.list({}, { limit: 1 });
    const request = { ids: [String(rows[0]?.id)], limit: 1 };
    const [again] = await mended.replays.replay(request, { author: 'ops', dryRun: false });
    expect(again).toMatchObject({ status: 'accepted', outcome: 'duplicate' });
    await shop.engine.settle();
    expect((await shop.reader.list({}, { limit: 1 })).rows[0]).toMatchObject({
      attempts: 1,
      state: 'replayed',
    });
    await shop.engine.stop();
  });

  it('is forgotten with the event where its person is erased', async () => {
    const shop = await openShop('erased', false);
    await shop.engine.send([custom(1), custom(2)]);
    await shop.engine.settle();
    await (await openShop('erased', true, shop.engine)).run({});
    await shop.engine.settle();
    const { history, clock } = shop.engine;
    const { rows } = await shop.reader.list({}, { limit: 1 });
    const names = { facets: [], profiles: [], identifiers: [], quarantined: [String(rows[0]?.id)] };
    const gone = await history.erase({ ...names, until: clock.now() });
    expect(gone).toEqual({ quarantine: 1, quarantine_attempts: 1 });
    const left = await history.query('SELECT count() FROM quarantine_attempts', 'TSV');
    expect(Number(left)).toBe(1);
    await shop.engine.stop();
  });

  it('notes what fails on applying under the id that it keeps, and what has another id as brought in', async () => {
    const shop = await openShop('applying', false);
    await shop.engine.send([custom(1), custom(2)]);
    await shop.engine.settle();
    const { history, clock, log } = shop.engine;
    const answers: Omit<ReplayedEvent, 'quarantine_id'>[] = [
      { status: 'accepted', outcome: 'quarantined', code: 'profile_full' },
      { status: 'accepted', outcome: 'quarantined', code: 'profile_full', renamed: true },
    ];
    const replays = new QuarantineReplays({
      history,
      clock,
      jobs: shop.jobs,
      topology: FUSED,
      logOf: () => log,
      replay: async (rows) =>
        rows.map(({ id }, i) => ({ ...(answers[i] as (typeof answers)[number]), quarantine_id: id })),
      reach: { now: () => shop.engine.settle() },
    });
    const replay = () =>
      replays.replay({ code: 'unknown_type', limit: 10 }, { author: 'ops', dryRun: false });
    expect(await replay()).toHaveLength(2);
    await shop.engine.settle();
    for (let attempt = 2; attempt <= limits.quarantineAttemptsMax; attempt++) {
      expect(await replay()).toMatchObject([{ outcome: 'quarantined' }]);
      await shop.engine.settle();
    }
    expect(await replay()).toEqual([]);
    expect(await shop.reader.counts({}, [])).toMatchObject({
      counts: [{ replayed: 1, given_up: 1, waiting: 0 }],
    });
    await shop.engine.stop();
  });

  it('leaves what is in the log, and not applied in time, for the next attempt', async () => {
    const shop = await openShop('unknown', false);
    await shop.engine.send([custom(1)]);
    await shop.engine.settle();
    const { history, clock, log } = shop.engine;
    const replays = new QuarantineReplays({
      history,
      clock,
      jobs: shop.jobs,
      topology: FUSED,
      logOf: () => log,
      replay: async (rows) => rows.map(({ id }) => ({ quarantine_id: id, status: 'accepted' })),
      reach: { now: () => shop.engine.settle() },
    });
    const { id } = replays.start({}, { author: 'ops', dryRun: false });
    while (shop.jobs.get(id)?.finished_at === null) await new Promise(setImmediate);
    expect(shop.jobs.get(id)?.result).toMatchObject({ events: 1, replayed: 0, unknown: 1, failed: [] });
    await shop.engine.settle();
    expect((await shop.reader.list({}, { limit: 1 })).rows[0]).toMatchObject({
      state: 'waiting',
      attempts: 0,
    });
    await shop.engine.stop();
  });

  it('is one job for whoever asks for the same meanwhile, and can be canceled', async () => {
    const shop = await openShop('canceled', false);
    const order = { author: 'ops', dryRun: false };
    const job = shop.replays.start({ code: 'unknown_type' }, order);
    expect(shop.replays.start({ code: 'unknown_type' }, order).id).toBe(job.id);
    const other = shop.replays.start({ code: 'unknown_type' }, { ...order, dryRun: true });
    expect(other.id).not.toBe(job.id);
    await shop.jobs.cancel(other.id);
    await shop.jobs.stop();
    expect(shop.jobs.get(other.id)?.status).toBe('canceled');
    await shop.engine.stop();
  });
});
