import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createManualClock } from '../../../src/adapters/memory/manual-clock.ts';
import { campaigns } from '../../../src/analytics/campaigns.ts';
import { readHistoryRows } from '../../../src/desks/past-events.ts';
import { createTriggerResults } from '../../../src/desks/trigger-results/trigger-report.ts';
import { facetKey } from '../../../src/ingest/facet-key.ts';
import type { Claim, Event } from '../../../src/model/event.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import type { TriggerDefinition } from '../../../src/model/trigger.ts';
import { encodeRecord } from '../../../src/runner/codec.ts';
import { createRandom } from '../../simulation/random.ts';
import {
  createHistoryPlace,
  type EngineWithHistory,
  type HistoryPlace,
} from '../../support/engine-with-history.ts';
import { retailPack } from '../../support/fused-engine.ts';

const START = Date.UTC(2026, 4, 1);
const DAY = 86_400_000;
const PEOPLE = 60;
const SEED = 11;
/** Whom another system sent a campaign. */
const SPRING = [3, 5, 8, 13, 21, 34] as const;

const hello: TriggerDefinition = {
  ...{ name: 'hello', purpose: 'service', on: { event: 'store_entered' } },
  ...{ limit: { holdout: 0.4 }, action: { channel: 'sms' } },
};

/** Nobody has agreed to marketing. */
const never: TriggerDefinition = {
  ...{ name: 'never', purpose: 'marketing', on: { event: 'product_viewed' }, action: { channel: 'sms' } },
};

const rarely: TriggerDefinition = {
  ...{ name: 'rarely', purpose: 'service', on: { event: 'product_viewed' } },
  ...{ limit: { cooldown: '2d' }, action: { channel: 'none' } },
};

/** What everybody did, as it was told: the other account goes by nothing else. */
interface Told {
  readonly person: number;
  readonly type: string;
  readonly time: number;
}

let place: HistoryPlace;
let engine: EngineWithHistory;
const told: Told[] = [];

beforeAll(async () => {
  place = createHistoryPlace();
  const pack = {
    identity: retailPack.identity,
    features: [],
    segments: [],
    loyalty: null,
    triggers: [hello, never, rarely],
  };
  engine = await place.open('trigger_report', { pack, clock: createManualClock(START) });
  const random = createRandom(SEED);
  const happenings = Array.from({ length: PEOPLE * 6 }, (_, n) => ({
    person: n % PEOPLE,
    type: random.pick(['store_entered', 'order_completed', 'product_viewed']),
    time: START + random.below(10 * DAY),
  })).sort((a, b) => a.time - b.time);
  for (const [n, { person, type, time }] of happenings.entries()) {
    engine.clock.set(time);
    told.push({ person, type, time });
    await append(person, `e${n}`, { type, time, ...(type === 'order_completed' ? orderOf(n) : {}) });
    // Browser and order system both tell of an order.
    if (type === 'order_completed' && n % 3 === 0)
      await append(person, `again${n}`, { type, time, ...orderOf(n) });
  }
  await engine.settle();
  const fired = await readHistoryRows(
    engine.history,
    "SELECT id FROM decisions WHERE trigger = 'hello' AND decision = 'fired' ORDER BY at, id",
  );
  for (const [n, { id }] of fired.entries()) {
    const receipts = ['message_sent', 'message_delivered', 'message_opened'].slice(0, 1 + (n % 3));
    for (const type of receipts)
      await append(0, `${type}-${n}`, { type, properties: { firing_id: String(id) } });
  }
  await append(0, 'bounced', {
    ...{ type: 'message_delivered', properties: { firing_id: String(fired[0]?.id), status: 'bounced' } },
  });
  for (const person of SPRING) {
    const message = { campaign_id: 'spring', message_id: `m${person}` };
    const sent = { type: 'message_sent', time: START + 2 * DAY, properties: message };
    await append(person, `spring-${person}`, sent);
    // Senders repeat themselves.
    await append(person, `spring-${person}-again`, { ...sent, time: START + 2 * DAY + 5 });
  }
  await append(0, 'other', { type: 'message_clicked', properties: { firing_id: 'f'.repeat(32) } });
  await engine.settle();
}, 120_000);

afterAll(async () => {
  await engine.stop();
  place.remove();
});

function orderOf(n: number): Pick<Event, 'order' | 'currency'> {
  return {
    currency: 'CNY',
    order: {
      ...{ namespace: 'default', order_id: `o${n}`, transition: 'completed', refund_id: '', ledger: true },
      ...{ total: 100, spend: 100, refund: 0, total_only: false },
    },
  };
}

async function append(person: number, id: string, more: Partial<Event> & Pick<Event, 'type'>): Promise<void> {
  const claims: readonly Claim[] = [{ type: 'member_id', hash: `m${person}`, verified: true }];
  const now = engine.clock.now();
  const event: Event = {
    ...{ id, time: now, receivedAt: now, source: 'test', channel: 'store', claims, facet: facetKey(claims) },
    ...{ properties: {}, ...more },
  };
  await engine.log.append([encodeRecord({ kind: 'event', event })]);
  await engine.drain();
}

/** People in the order of their first visits, which is the order of first decisions. */
async function groups(from: number, to: number): Promise<{ exposed: number[]; heldOut: number[] }> {
  const rows = await readHistoryRows(
    engine.history,
    `SELECT DISTINCT profile_id, decision FROM decisions WHERE trigger = 'hello' AND decision IN ('fired', 'held_out')`,
  );
  const owners = await readHistoryRows(
    engine.history,
    "SELECT DISTINCT profile_id, JSONExtractString(raw, 'claims', 1, 'hash') AS member FROM events",
  );
  const personOf = new Map(
    owners.map(({ profile_id, member }) => [profile_id, Number(String(member).slice(1))]),
  );
  const visited = new Set(
    told
      .filter(({ type, time }) => type === 'store_entered' && time >= from && time < to)
      .map(({ person }) => person),
  );
  const of = (decision: string): number[] =>
    rows
      .filter((row) => row.decision === decision)
      .map((row) => personOf.get(row.profile_id) ?? Number.NaN)
      .filter((person) => visited.has(person));
  return { exposed: of('fired'), heldOut: of('held_out') };
}

function orderedAfter(people: readonly number[], { from, days }: { from: number; days: number }): number {
  return people.filter((person) => {
    const own = told.filter((each) => each.person === person);
    const first = own.find(({ type, time }) => type === 'store_entered' && time >= from)?.time ?? 0;
    return own.some(
      ({ type, time }) => type === 'order_completed' && time > first && time <= first + days * DAY,
    );
  }).length;
}

/** Of each of them all orders in the days after the first visit. */
function ordersAfter(people: readonly number[], { from, days }: { from: number; days: number }): number {
  return people.flatMap((person) => {
    const own = told.filter((each) => each.person === person);
    const first = own.find(({ type, time }) => type === 'store_entered' && time >= from)?.time ?? 0;
    return own.filter(
      ({ type, time }) => type === 'order_completed' && time > first && time <= first + days * DAY,
    );
  }).length;
}

describe('the report of a trigger', () => {
  it.each([
    [0, 10, 7],
    [2, 6, 1],
    [0, 10, 1],
  ])(
    'counts people from day %i to %i and orders of %i days as going through what was told does',
    async (first, last, days) => {
      const [from, to] = [START + first * DAY, START + last * DAY];
      const results = createTriggerResults(engine);
      const report = await results.report({ trigger: 'hello', from, to, days });
      const { exposed, heldOut } = await groups(from, to);
      expect(exposed.length).toBeGreaterThan(5);
      expect(heldOut.length).toBeGreaterThan(5);
      expect(report).toMatchObject({
        exposed: { people: exposed.length, ordered: orderedAfter(exposed, { from, days }) },
        held_out: { people: heldOut.length, ordered: orderedAfter(heldOut, { from, days }) },
        mixed: 0,
        complete: last + days <= 9,
      });
      const { answer } = await campaigns({ from, to, days, currency: 'CNY', campaignsMax: 10 }, (sql) =>
        readHistoryRows(engine.history, sql),
      );
      const rows = answer.campaigns as readonly JsonObject[];
      const orders = ordersAfter(exposed, { from, days });
      expect(rows.find(({ campaign }) => campaign === 'hello')).toMatchObject({
        ...{ kind: 'trigger', people: exposed.length, ordered: orderedAfter(exposed, { from, days }) },
        ...{ held_out: heldOut.length, held_out_ordered: orderedAfter(heldOut, { from, days }) },
        ...{ orders, revenue: `${orders}.00`, lift: (report.lift as JsonObject).difference },
      });
      const { difference, interval } = report.lift as {
        difference: number;
        interval: { low: number; high: number };
      };
      expect(interval.low).toBeLessThan(difference);
      expect(interval.high).toBeGreaterThan(difference);
    },
  );

  it('counts receipts by the firing that they name, each once', async () => {
    const question = { trigger: 'hello', from: START, to: START + 10 * DAY, days: 7 };
    const { messages } = (await createTriggerResults(engine).report(question)) as { messages: JsonObject };
    const fired = Number(messages.fired);
    const least = (n: number): number => Math.floor((fired + 2 - n) / 3);
    expect(messages).toMatchObject({ sent: fired, failed: 1, clicked: 0, revoked: 0 });
    expect([messages.delivered, messages.opened]).toEqual([fired - least(0), least(2)]);
  });

  it('counts campaigns of other systems by their messages and the people whom they reached', async () => {
    const question = { from: START, to: START + 10 * DAY, days: 3, currency: 'CNY', campaignsMax: 10 };
    const { answer } = await campaigns(question, (sql) => readHistoryRows(engine.history, sql));
    const after = (person: number) =>
      told.filter(
        ({ person: whose, type, time }) =>
          whose === person && type === 'order_completed' && time > START + 2 * DAY && time <= START + 5 * DAY,
      );
    const orders = SPRING.flatMap(after).length;
    expect(orders).toBeGreaterThan(0);
    expect(
      (answer.campaigns as readonly JsonObject[]).find(({ campaign }) => campaign === 'spring'),
    ).toMatchObject({
      ...{ kind: 'campaign', sent: SPRING.length, delivered: 0, people: SPRING.length },
      ...{
        ordered: SPRING.filter((person) => after(person).length > 0).length,
        orders,
        revenue: `${orders}.00`,
      },
      ...{ fired: 0, held_out: 0, lift: null },
    });
  });

  it('counts what limits held back, also of a trigger that reached nobody', async () => {
    const question = { from: START, to: START + 10 * DAY, days: 7, currency: 'CNY', campaignsMax: 10 };
    const { answer } = await campaigns(question, (sql) => readHistoryRows(engine.history, sql));
    const held = new Map<string, Set<string>>();
    const rows = await readHistoryRows(engine.history, 'SELECT trigger, id, decision FROM decisions');
    for (const { trigger, id, decision } of rows) {
      const ids = held.get(String(trigger)) ?? new Set<string>();
      if (decision === 'suppressed') held.set(String(trigger), ids.add(String(id)));
    }
    const counted = (answer.campaigns as readonly JsonObject[]).filter(({ kind }) => kind === 'trigger');
    expect(held.get('rarely')?.size).toBeGreaterThan(5);
    expect(held.get('never')?.size).toBeGreaterThan(5);
    expect(counted.find(({ campaign }) => campaign === 'never')).toMatchObject({
      fired: 0,
      people: 0,
      lift: null,
    });
    for (const [trigger, ids] of held) {
      expect(
        counted.find(({ campaign }) => campaign === trigger),
        trigger,
      ).toMatchObject({ suppressed: ids.size });
      const { messages } = (await createTriggerResults(engine).report({ ...question, trigger })) as {
        messages: JsonObject;
      };
      expect(messages.suppressed).toBe(ids.size);
    }
  });

  it('says nothing where there is nobody', async () => {
    const question = { trigger: 'hello', from: START - DAY, to: START - 1, days: 7 };
    expect(await createTriggerResults(engine).report(question)).toMatchObject({
      exposed: { people: 0, order_rate: null, interval: null },
      lift: { difference: null, interval: null },
    });
    await expect(
      createTriggerResults(engine).report({ ...question, trigger: "x' OR 1" }),
    ).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});
