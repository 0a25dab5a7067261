import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createManualClock } from '../../src/adapters/memory/manual-clock.ts';
import { readHistoryRows } from '../../src/desks/past-events.ts';
import { facetKey } from '../../src/ingest/facet-key.ts';
import { runBacktest } from '../../src/jobs/backtest/run-backtest.ts';
import { createBacktests } from '../../src/jobs/backtests.ts';
import type { Event } from '../../src/model/event.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { Firing, TriggerDefinition } from '../../src/model/trigger.ts';
import { encodeRecord } from '../../src/runner/codec.ts';
import type { DefinitionKind } from '../../src/serve/services.ts';
import { NaiveTriggers } from '../oracle/naive-triggers.ts';
import { messaging } from '../oracle/trigger-definitions.ts';
import { OUTCOMES } from '../oracle/trigger-outcomes.ts';
import { trafficOf } from '../oracle/trigger-stream.ts';
import { timedWorld } from '../oracle/trigger-worlds.ts';
import { createRandom } from '../simulation/random.ts';
import {
  createHistoryPlace,
  type EngineWithHistory,
  type HistoryPlace,
} from '../support/engine-with-history.ts';
import { createFitRig } from '../support/fit-rig.ts';
import { retailPack } from '../support/fused-engine.ts';

const SEED = Number(process.env.BACKTEST_SEED ?? 3);
const PEOPLE = Number(process.env.BACKTEST_PEOPLE ?? 10);
/** From so many people on everything happens that may happen, and every trigger is looked at. */
const EVERYTHING = 36;
const SOME = [
  'searched_again',
  'hesitation',
  'cart_left',
  'viewed_then_added',
  'quiet_again',
  'two_days_after',
];
const TRIGGERS = timedWorld.triggers.filter(({ name }) => PEOPLE >= EVERYTHING || SOME.includes(name));
const DAY_MS = 86_400_000;
const TIMEOUT_MS = 300_000;

/** What a live run has decided, and what the trigger comes to when it is run over the same history. */
type Decided = Pick<Firing, 'id' | 'decision' | 'at'> & { readonly reason: string; readonly until: number };

let place: HistoryPlace;
let engine: EngineWithHistory;
let started: number;
let ended: number;

beforeAll(async () => {
  place = createHistoryPlace();
  const traffic = trafficOf({ seed: SEED, people: PEOPLE, events: 60 });
  started = traffic[0]?.now ?? 0;
  const { triggers, segments, messaging, features } = timedWorld;
  const pack = {
    ...{ identity: retailPack.identity, loyalty: null, triggers, segments, messaging },
    features: features.map(({ definition }) => definition),
  };
  engine = await place.open(`backtests_${SEED}`, { pack, clock: createManualClock(started - 1) });
  const random = createRandom(SEED);
  for (const each of traffic) {
    if (each.kind !== 'event') continue;
    await passUntil(each.now, random.below(900));
    await engine.log.append([encodeRecord({ kind: 'event', event: anonymous(each.event) })]);
    await engine.drain();
  }
  ended = engine.clock.now() + 3 * DAY_MS;
  await passUntil(ended, 0);
  await engine.settle();
}, TIMEOUT_MS);

afterAll(async () => {
  await engine.stop();
  place.remove();
});

/** Some events name a device only: who that is turns out later, when the two become one. */
function anonymous(event: Event): Event {
  const device = event.claims.filter(({ type }) => type === 'device_id');
  // By the id, so that whoever sends an event again sends the same.
  const plain = event.type !== 'profile_updated' && device.length > 0 && Number(event.id.at(-1)) >= 6;
  return plain ? { ...event, claims: device, facet: facetKey(device) } : event;
}

/** Alarms ring when they are due, or a little later. */
async function passUntil(now: number, lateMs: number): Promise<void> {
  for (;;) {
    const [next] = engine.store.scan('p0', 't/', '', 1);
    const due = Number(next?.[0].split('/')[1] ?? Number.POSITIVE_INFINITY);
    if (due > now) break;
    engine.clock.set(Math.max(engine.clock.now(), Math.min(now, due + lateMs)));
    await engine.ring();
  }
  engine.clock.set(Math.max(engine.clock.now(), now));
}

async function recorded(trigger: string): Promise<readonly Decided[]> {
  const rows = await readHistoryRows(
    engine.history,
    `SELECT id, decision, reason, toUnixTimestamp64Milli(at) AS at, toUnixTimestamp64Milli(until) AS until ` +
      `FROM decisions WHERE trigger = '${trigger}'`,
  );
  return rows.map(({ id, decision, reason, at, until }) => ({
    ...{ id: String(id), decision: decision as Firing['decision'], reason: String(reason) },
    ...{ at: Number(at), until: Number(until ?? 0) },
  }));
}

async function backtest(
  trigger: TriggerDefinition,
  clock: 'applied' | 'event' = 'applied',
): Promise<{ report: JsonObject; decided: readonly Decided[] }> {
  const decided: Decided[] = [];
  const report = await runBacktest(engine, {
    ...{ trigger, from: started, to: ended, followDays: 7, clock, report: () => undefined },
    signal: new AbortController().signal,
    onDecision: ({ id, decision, reason = '', at, until = 0 }) =>
      decided.push({ id, decision, reason, at, until }),
  });
  return { report, decided };
}

function inOrder(decisions: readonly Decided[]): readonly string[] {
  return decisions
    .map(({ id, decision, reason, at, until }) => `${id} ${decision} ${reason} ${at} ${until}`)
    .sort();
}

describe('a backtest over what has happened', () => {
  it(
    'comes to the very decisions of the live run, trigger by trigger',
    async () => {
      const outcomes: Record<string, number> = {};
      const different: Record<string, readonly string[]> = {};
      for (const trigger of TRIGGERS) {
        const live = inOrder(await recorded(trigger.name));
        const { decided } = await backtest(trigger);
        const again = inOrder(decided);
        for (const { decision, reason } of decided) {
          const name = decision === 'suppressed' ? `${decision} ${reason}` : decision;
          outcomes[name] = (outcomes[name] ?? 0) + 1;
        }
        const missing = live.filter((each) => !again.includes(each)).map((each) => `live ${each}`);
        const surplus = again.filter((each) => !live.includes(each)).map((each) => `backtest ${each}`);
        if (missing.length + surplus.length > 0)
          different[trigger.name] = [...missing, ...surplus].slice(0, 6);
      }
      console.log(`backtests: seed ${SEED}, ${JSON.stringify(outcomes)}`);
      expect(different).toEqual({});
      expect(outcomes.fired).toBeGreaterThanOrEqual(50);
      if (PEOPLE < EVERYTHING) return;
      expect(outcomes.fired).toBeGreaterThanOrEqual(1_000);
      expect(OUTCOMES.filter((outcome) => outcomes[outcome] === undefined)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it('people having been one another before they were one', async () => {
    const [row] = await readHistoryRows(engine.history, 'SELECT count() AS merges FROM merges');
    expect(Number(row?.merges)).toBeGreaterThanOrEqual(PEOPLE / 3);
  });

  it('reports what it has found, and leaves everything as it was', async () => {
    const [trigger] = timedWorld.triggers.filter(({ name }) => name === 'cart_left');
    const { report, decided } = await backtest(trigger as TriggerDefinition);
    const count = (decision: string): number => decided.filter((each) => each.decision === decision).length;
    expect(report).toMatchObject({ trigger: 'cart_left', from: started, to: ended, skipped_profiles: 0 });
    expect(report.decisions).toMatchObject({ fired: count('fired'), suppressed: count('suppressed') });
    // The report is JSON, whose members these are.
    const told = report as unknown as {
      readonly per_day: readonly { readonly fired?: number }[];
      readonly suppressed: Readonly<Record<string, number>>;
      readonly examples: readonly JsonObject[];
      readonly people: { readonly fired: number };
    };
    const sum = (counts: readonly number[]): number => counts.reduce((all, each) => all + each, 0);
    expect(sum(told.per_day.map(({ fired = 0 }) => fired))).toBe(count('fired'));
    expect(sum(Object.values(told.suppressed))).toBe(count('suppressed'));
    expect(told.examples).toHaveLength(Math.min(20, decided.length));
    expect(told.examples.every(({ trace }) => trace !== undefined)).toBe(true);
    expect(told.people.fired).toBeLessThanOrEqual(count('fired'));
    expect(report.followed).toMatchObject({ days: 7 });
    const before = await recorded('cart_left');
    await engine.settle();
    expect(await recorded('cart_left')).toEqual(before);
  });
});

describe('a backtest of a past that came late', () => {
  const services: readonly TriggerDefinition[] = [
    {
      ...{ name: 'three_views', purpose: 'service', action: { channel: 'sms' } },
      on: { count: 3, of: { event: 'product_viewed' }, within: '1h', unless: { event: 'order_completed' } },
    },
    {
      ...{ name: 'cart_alone', purpose: 'service', action: { channel: 'sms' } },
      on: {
        sequence: [
          { event: 'product_added', key: 'properties.cart_id' },
          { not: { event: 'order_completed' }, within: '45m' },
        ],
      },
    },
  ];

  it.each(services)('decides about $name as if everything had come when it happened', async (trigger) => {
    const { decided } = await backtest(trigger, 'event');
    const rows = await readHistoryRows(
      engine.history,
      'SELECT raw, profile_id FROM events_by_profile ORDER BY time, `partition`, seq, idx, ord',
    );
    const oracle = new NaiveTriggers({ features: [], segments: [], messaging, triggers: [trigger] });
    for (const { raw, profile_id } of rows) {
      // Written by this project, from an event of the test.
      const { late: _, ...event } = JSON.parse(String(raw)) as Event;
      const person = oracle.person(String(profile_id));
      for (let due = person.nextDue(event.time); due <= event.time; due = person.nextDue(event.time))
        oracle.take({ kind: 'wake', now: due, profile: person.id });
      oracle.take({ kind: 'event', now: event.time, profile: person.id, event });
    }
    const owners = new Set(rows.map(({ profile_id }) => String(profile_id)));
    for (const profile of owners)
      for (
        let due = oracle.person(profile).nextDue(ended);
        due < ended;
        due = oracle.person(profile).nextDue(ended)
      )
        oracle.take({ kind: 'wake', now: due, profile });
    const naive = oracle.decisions.filter(({ at }) => at >= started && at < ended);
    expect(naive.length).toBeGreaterThan(10);
    expect(decided.map(({ id, decision, at }) => `${at} ${decision} ${id}`).sort()).toEqual(
      naive.map(({ id, decision, at }) => `${at} ${decision} ${id}`).sort(),
    );
  });
});

describe('the jobs of backtests', () => {
  it('run a draft under the name of a trigger in force, in whose place it is', async () => {
    const { jobs, kinds, ended: wait } = createFitRig(engine);
    const triggers = kinds.kind('triggers') as DefinitionKind;
    const backtests = createBacktests({ ...engine, jobs, triggers });
    const question = { name: 'searched', from: started, to: ended, author: 'ann' };
    const definition = 'purpose: service\non: { event: searched }\naction: { channel: sms }\n';
    const job = await wait(backtests.start({ ...question, definition }));
    const searches = await readHistoryRows(
      engine.history,
      "SELECT count() AS told, uniqExact(source, event_id) AS events FROM events WHERE type = 'searched' AND NOT late",
    );
    expect(job).toMatchObject({ status: 'done', kind: 'trigger_backtest', author: 'ann' });
    // One that was sent under two names of one person is one.
    const { fired } = (job.result as { decisions: { fired: number } }).decisions;
    expect(fired).toBeGreaterThanOrEqual(Number(searches[0]?.events));
    expect(fired).toBeLessThanOrEqual(Number(searches[0]?.told));
    for (const [refused, code] of [
      [{ ...question, name: 'none' }, 'not_found'],
      [{ ...question, definition: 'on: {}' }, 'invalid_definition'],
      [{ ...question, definition: '{' }, 'invalid_definition'],
      [{ ...question, from: ended - 401 * DAY_MS }, 'invalid_parameter'],
    ] as const)
      expect(() => backtests.start(refused)).toThrow(expect.objectContaining({ code }));
    await jobs.stop();
  });
});
