import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { FUSED } from '../../src/cluster/topology.ts';
import { HistoryReach } from '../../src/desks/profile-history/history-reach.ts';
import type { TesseraError } from '../../src/errors.ts';
import { ConservationCheck } from '../../src/jobs/conservation.ts';
import { limits } from '../../src/limits.ts';
import { conservationRow, noTallies, type Tallies } from '../../src/model/conservation.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { keys } from '../../src/model/keys.ts';
import { decodeLedger, encodeLedger } from '../../src/runner/conservation-ledger.ts';
import { eventLine, sampleEvent } from '../conformance/history-samples.ts';
import { createHistoryPlace, type EngineWithHistory } from '../support/engine-with-history.ts';
import { START_MS } from '../support/fused-engine.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** The name of the key that the engine of the tests is told. */
const SOURCE = 'secret';

const place = createHistoryPlace();
let engine: EngineWithHistory;
let check: ConservationCheck;
let databases = 0;

afterAll(() => place.remove());

beforeEach(async () => {
  engine = await place.open(`conservation_${++databases}`);
  check = checkOf(engine);
  return () => engine.stop();
});

function checkOf({ store, log, history, clock }: EngineWithHistory): ConservationCheck {
  const reach = new HistoryReach({
    partitions: FUSED.all,
    lastSeq: () => log.stats().lastSeq,
    store,
    // What a historian elsewhere has brought, as its cursor tells.
    reach: async (partition, n) => ((await store.cursor(partition))?.done ?? 0) >= n,
    clock,
    waitMs: 0,
  });
  return new ConservationCheck({
    topology: FUSED,
    store,
    spool: store,
    log: () => log,
    history,
    reach,
    clock,
    leads: () => true,
    onError: (error) => {
      throw error;
    },
  });
}

function view(id: string, changes: JsonObject = {}): JsonObject {
  const identifiers = { user_id: `u-${id}` };
  return { id, type: 'product_viewed', identifiers, properties: { item_id: 'i', price: 5 }, ...changes };
}

const BAD = { properties: { price: 'much' } };

/** Two good ones, one of them twice, and a bad one: in two minutes, from two sources. */
async function trade(): Promise<void> {
  await engine.send([view('a'), view('b', { source: 'till' }), view('c', BAD)]);
  engine.clock.advance(MINUTE);
  await engine.send([view('a')]);
}

const question = () => ({ from: START_MS - MINUTE, to: engine.clock.now() + MINUTE, logs: true });

/** Books that say more than there was, as a row of history: nothing of the kind can be done through the engine. */
async function book(tallies: Partial<Tallies>): Promise<void> {
  const cause = { partition: 0, seq: 1, index: 0, ordinal: 900 };
  const row = {
    minute: START_MS,
    source: 'test',
    tallies: { ...noTallies(), ...tallies },
    at: START_MS,
    cause,
  };
  const lines = [JSON.stringify(conservationRow(row).values)];
  await engine.history.insert({ table: 'conservation', lines }, 'planted');
}

describe('the check of conservation', () => {
  it('finds nothing where everything came to one end, in the state, in history and in the log', async () => {
    await trade();
    await engine.settle();
    const report = await check.report(question());
    expect(report).toMatchObject({ complete: true, difference: 0, unexplained: 0, codes: {}, notes: [] });
    expect(report.totals).toEqual({ received: 4, applied: 2, duplicate: 1, quarantined: 1, refused: 0 });
    expect(report.minutes.map(({ source, received, logs }) => [source, received, logs])).toEqual([
      ['secret', 2, 2],
      ['till', 1, 1],
      ['secret', 1, 1],
    ]);
  });

  it('says the same once the minutes have left the state for history', async () => {
    await trade();
    await engine.settle();
    const before = await check.report(question());
    const asked = question();
    engine.clock.advance(HOUR);
    await engine.send([view('z')]);
    await engine.settle();
    const [bytes] = engine.store.read('p0', [keys.ledger]);
    expect(decodeLedger(bytes as Uint8Array).open).toHaveLength(1);
    const after = await check.report(asked);
    expect({ ...after, as_of: 0 }).toEqual({ ...before, as_of: 0 });
  });

  it('looks at the last hour by itself, and leaves alone what is younger than two minutes', async () => {
    await trade();
    await engine.settle();
    const { from, to, totals } = await check.report({ logs: false });
    expect(to).toBe(START_MS + MINUTE - limits.conservationSettleMs);
    expect(to - from).toBe(limits.conservationLookMs);
    expect(totals.received).toBe(0);
    engine.clock.advance(HOUR);
    expect((await check.report({ logs: false })).totals.received).toBe(4);
  });

  it('tells rows that wait for history from rows that are gone', async () => {
    await trade();
    await engine.drain();
    const waiting = await check.report(question());
    expect(waiting).toMatchObject({ complete: true, unexplained: 0, codes: { history_lag: 3 } });
    await engine.settle();
    expect((await check.report(question())).difference).toBe(0);
  });

  it('knows what an erasure and a rule of retention took out of history, however often they are repeated', async () => {
    await trade();
    await engine.settle();
    const facets = await facetsOf("event_id = 'b'");
    const names = { facets, profiles: [], identifiers: [], quarantined: [], mentions: [] };
    await engine.history.erase({ ...names, until: engine.clock.now() });
    await engine.history.erase({ ...names, until: engine.clock.now() });
    expect(await check.report(question())).toMatchObject({ unexplained: 0, codes: { erased: 1 } });
    const expired = { table: 'quarantine', before: engine.clock.now() } as const;
    await engine.history.expire(expired, { dry: true });
    expect((await check.report(question())).codes).toEqual({ erased: 1 });
    await engine.history.expire(expired, { dry: false });
    await engine.history.expire({ table: 'events', before: engine.clock.now() + HOUR }, { dry: false });
    expect(await check.report(question())).toMatchObject({
      unexplained: 0,
      difference: 3,
      codes: { erased: 1, expired: 2 },
    });
  });

  it.each([
    ['rows_missing', { received: 1, applied: 1 }],
    ['rows_missing', { received: 1, quarantined: 1 }],
    ['outcome_missing', { received: 1 }],
    ['outcome_repeated', { duplicate: 1 }],
  ] as const)('finds %s where the books have %j too much', async (code, tallies) => {
    await trade();
    await engine.settle();
    await book(tallies);
    const report = await check.report({ ...question(), logs: false });
    expect(report).toMatchObject({ unexplained: 1, difference: 1, codes: { [code]: 1 } });
    expect(report.minutes.filter(({ unexplained }) => unexplained > 0)).toHaveLength(1);
  });

  it('finds rows that are in history twice', async () => {
    await trade();
    await engine.settle();
    const [row] = (await engine.history.query('SELECT seq, idx FROM events LIMIT 1', 'TSV')).split('\n');
    const [seq, index] = (row ?? '').split('\t').map(Number);
    const event = sampleEvent('a', { source: SOURCE, receivedAt: START_MS });
    const lines = [eventLine(seq ?? 0, index ?? 0, event)];
    await engine.history.insert({ table: 'events', lines }, 'planted');
    expect(await check.report(question())).toMatchObject({ unexplained: 1, codes: { rows_repeated: 1 } });
  });

  it('finds a record of the log that was never taken up, and one that the log has lost', async () => {
    await trade();
    await engine.settle();
    await book({ received: 1, duplicate: 1 });
    expect((await check.report(question())).codes).toEqual({ log_missing: 1 });
    const [bytes] = engine.store.read('p0', [keys.ledger]);
    const { since, open } = decodeLedger(bytes as Uint8Array);
    await replaceLedger(encodeLedger({ since, open: open.filter(({ source }) => source !== 'till') }));
    const { codes } = await check.report(question());
    expect(codes).toEqual({ log_missing: 1, log_unbooked: 1, rows_repeated: 1 });
  });

  it('leaves alone what was received before there were books', async () => {
    await trade();
    await engine.settle();
    await replaceLedger(encodeLedger({ since: engine.clock.now() + HOUR, open: [] }));
    const report = await check.report(question());
    expect(report.unexplained).toBe(0);
    expect(report.codes.before_ledger ?? 0).toBeGreaterThan(0);
  });

  it('says that a log has lost its tail', async () => {
    await trade();
    await engine.settle();
    const checkpoint = await engine.store.checkpoint('p0');
    const entries = new Map();
    const next = { ...(checkpoint as NonNullable<typeof checkpoint>), digest: 1 };
    await engine.store.commit('p0', { expected: next.version, next, entries });
    expect((await check.report(question())).notes).toMatchObject([
      { code: 'log_lost_tail', partition: 'p0' },
    ]);
  });

  it('refuses a question that spans nothing, or too much', async () => {
    const at = START_MS;
    for (const [from, to] of [
      [at, at],
      [at, at - HOUR],
      [at - limits.conservationSpanMs - MINUTE, at],
    ])
      await expect(check.report({ from, to, logs: false })).rejects.toMatchObject({
        code: 'invalid_parameter',
      } satisfies Partial<TesseraError>);
  });
});

async function facetsOf(condition: string): Promise<string[]> {
  const text = await engine.history.query(`SELECT facet_id FROM events WHERE ${condition}`, 'TSV');
  return text.split('\n').filter((line) => line !== '');
}

async function replaceLedger(bytes: Uint8Array): Promise<void> {
  const next = (await engine.store.checkpoint('p0')) as NonNullable<
    Awaited<ReturnType<typeof engine.store.checkpoint>>
  >;
  await engine.store.commit('p0', { expected: next.version, next, entries: new Map([[keys.ledger, bytes]]) });
}
