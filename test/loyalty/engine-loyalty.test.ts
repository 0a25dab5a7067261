import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createMemoryStateStore } from '../../src/adapters/memory/state-store.ts';
import type { DefinitionsPack } from '../../src/definitions/definitions-pack.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { LoyaltyProgram } from '../../src/model/loyalty.ts';
import { DAY_MS } from '../../src/model/time.ts';
import type { TriggerDefinition } from '../../src/model/trigger.ts';
import {
  createFusedEngine,
  type FusedEngine,
  type FusedOptions,
  retailPack,
  START_MS,
} from '../support/fused-engine.ts';
import { plainProgram } from './loyalty-world.ts';

const ANN = { member_id: 'M-1' };
const START = new Date(START_MS).toISOString();

const program: LoyaltyProgram = {
  ...plainProgram,
  earn: {
    ...plainProgram.earn,
    welcome: { points: 50, on: 'signed_up' },
    birthday: { points: 100, on: 'birthday_reached', expires: '30d' },
    referral: { points: 200, hold: '15d' },
  },
  expiry: { months: 12 },
  tiers: {
    by: 'spend',
    window: 'rolling_year',
    grace: '30d',
    base: 'member',
    levels: [
      { name: 'silver', from: 2_000, benefits: { free_shipping: true } },
      { name: 'gold', from: '8000.00' },
    ],
  },
};

const engineWith = (
  over: Partial<LoyaltyProgram> = {},
  { triggers = retailPack.triggers, ...more }: FusedOptions & Partial<DefinitionsPack> = {},
): Promise<FusedEngine> =>
  createFusedEngine({ ...more, pack: { ...retailPack, triggers, loyalty: { ...program, ...over } } });

function order(id: string, total: string, more: JsonObject = {}): JsonObject {
  const { identifiers = ANN, time = START, channel = 'pos', ...properties } = more;
  const type = 'order_completed';
  return {
    id: `e-${id}`,
    type,
    time,
    channel,
    identifiers,
    properties: { order_id: id, total, ...properties },
  };
}

function refund(id: string, n: number, total: string, more: JsonObject = {}): JsonObject {
  const properties = { order_id: id, refund_id: `r${n}`, total, kind: 'return', ...more };
  return { id: `e-${id}-r${n}`, type: 'order_refunded', channel: 'pos', identifiers: ANN, properties };
}

function burn(id: string, points: number, more: JsonObject = {}): JsonObject {
  const { identifiers = ANN, ...properties } = more;
  return { id, type: 'points_redeemed', identifiers, properties: { points, ...properties } };
}

async function pointsOf(engine: FusedEngine, type = 'member_id', value = 'M-1'): Promise<JsonObject> {
  const view = await engine.profiles.byIdentifier(type, value, { reveal: true });
  return view?.loyalty ?? {};
}

async function statuses(engine: FusedEngine, events: readonly JsonObject[]): Promise<unknown[]> {
  const { accepted, rejected } = await engine.send(events);
  expect(rejected).toEqual([]);
  return accepted.map(({ outcome }) => outcome?.code ?? outcome?.status);
}

/** Changes of the effects so far, of one kind. */
function changes(engine: FusedEngine): unknown[] {
  return engine.committed.flatMap(({ effects }) =>
    effects.flatMap((effect) => (effect.kind === 'loyalty' ? [effect.change] : [])),
  );
}

/** What the alarm of a profile brings, as the engine does it when the moment has come. */
async function wakeAll(engine: FusedEngine): Promise<void> {
  const { encodeRecord } = await import('../../src/runner/codec.ts');
  for (;;) {
    const due = engine.store.scan('p0', 't/', '', 100).map(([key]) => key.split('/'));
    const [next] = due.filter(([, at]) => Number(at) <= engine.clock.now());
    if (next === undefined) return;
    const [, at, profile = ''] = next;
    await engine.log.append([encodeRecord({ kind: 'wake', profile, at: Number(at) })]);
    await engine.drain();
  }
}

describe('points in the engine', () => {
  it('earns on a sale at the till, holds for the return window, and refuses what is not there', async () => {
    const engine = await createFusedEngine();
    expect(await statuses(engine, [order('o-1', '838.00')])).toEqual(['applied']);
    expect(await pointsOf(engine)).toMatchObject({ points: 0, pending: 83, debt: 0, tier: 'member' });
    expect(await statuses(engine, [burn('b-1', 50)])).toEqual(['points_insufficient']);
    engine.clock.advance(7 * DAY_MS);
    expect(await pointsOf(engine)).toMatchObject({ points: 83, pending: 0 });
    // What was refused changed nothing: the same event may be sent again.
    expect(await statuses(engine, [burn('b-1', 50)])).toEqual(['applied']);
    expect(await statuses(engine, [burn('b-1', 50)])).toEqual(['duplicate']);
    expect(await statuses(engine, [burn('b-2', 34)])).toEqual(['points_insufficient']);
    expect(await pointsOf(engine)).toMatchObject({ points: 33 });
    expect(engine.rows()).toContain('refused');
  });

  it('is one balance over web, app and stores, whatever the identifiers that each of them knows', async () => {
    const engine = await engineWith();
    const web = { user_id: 'u-1', anonymous_id: 'a-1' };
    await statuses(engine, [
      order('w-1', '100.00', { identifiers: web, channel: 'web' }),
      order('s-1', '200.00'),
    ]);
    await statuses(engine, [
      { id: 'link', type: 'profile_identified', identifiers: { user_id: 'u-1', member_id: 'M-1' } },
    ]);
    expect(await pointsOf(engine, 'user_id', 'u-1')).toMatchObject({ points: 30 });
    expect(await statuses(engine, [burn('b-1', 30, { identifiers: { user_id: 'u-1' } })])).toEqual([
      'applied',
    ]);
    expect(await pointsOf(engine)).toMatchObject({ points: 0 });
  });

  it('shows debt after an unmerge, and nothing is lost when the two come together again', async () => {
    const engine = await engineWith();
    const web = { user_id: 'u-1' };
    await statuses(engine, [order('w-1', '100.00', { identifiers: web }), order('s-1', '200.00')]);
    await statuses(engine, [
      { id: 'link', type: 'profile_identified', identifiers: { user_id: 'u-1', member_id: 'M-1' } },
    ]);
    await statuses(engine, [burn('b-1', 25)]);
    expect(await pointsOf(engine)).toMatchObject({ points: 5, debt: 0 });
    const member = engine.opening.indexOf('member_id', 'M-1');
    const user = engine.opening.indexOf('user_id', 'u-1');
    const names = [`${member?.type}:${member?.hash}`, `${user?.type}:${user?.hash}`] as const;
    await engine.command({ type: 'split', identifier: names[1], from: names[0] });
    expect(await pointsOf(engine)).toMatchObject({ points: 0, debt: 5 });
    expect(await pointsOf(engine, 'user_id', 'u-1')).toMatchObject({ points: 10, debt: 0 });
    await engine.command({ type: 'merge', identifiers: names });
    expect(await pointsOf(engine)).toMatchObject({ points: 5, debt: 0 });
  });

  it('takes a burn once that comes again with one more identifier, also when nothing is left', async () => {
    const engine = await engineWith();
    const both = { ...ANN, phone: '13900001111' };
    await statuses(engine, [order('o-1', '100.00', { identifiers: both })]);
    expect(await statuses(engine, [burn('b-1', 10)])).toEqual(['applied']);
    expect(await statuses(engine, [burn('b-1', 10, { identifiers: both })])).toEqual(['applied']);
    expect(await pointsOf(engine)).toMatchObject({ points: 0, debt: 0 });
  });

  it('is what conditions of triggers ask about, as the event has left it', async () => {
    const rich: TriggerDefinition = {
      name: 'rich',
      purpose: 'service',
      on: { count: 1, of: { event: 'order_completed' }, within: '1h' },
      when: {
        all: [
          { loyalty: 'points', gte: 20 },
          { loyalty: 'tier', equals: 'member' },
        ],
      },
      action: { channel: 'sms' },
    };
    const engine = await engineWith({}, { triggers: [rich] });
    const { accepted } = await engine.send([order('o-1', '150.00'), order('o-2', '50.00')]);
    expect(accepted.map(({ outcome }) => outcome?.firings.map(({ trigger }) => trigger))).toEqual([
      [],
      ['rich'],
    ]);
  });

  it('refuses a burn that names nobody, so that no till gives something away for points of nobody', async () => {
    const engine = await engineWith();
    expect(await statuses(engine, [burn('b-1', 10, { identifiers: {} })])).toEqual(['points_unverified']);
    expect(await statuses(engine, [burn('b-1', 10, { identifiers: {} })])).toEqual(['points_unverified']);
    expect(engine.rows()).toContain('refused');
  });

  it('lets a write key move no points, by whichever event', async () => {
    const engine = await engineWith();
    const forged = [
      { id: 'f-1', type: 'points_earned', identifiers: ANN, properties: { points: 1_000 } },
      order('f-2', '10000.00'),
    ];
    await engine.send(forged, 'write');
    expect(await pointsOf(engine)).toMatchObject({ points: 0, pending: 0 });
    await statuses(engine, [order('o-1', '100.00')]);
    // Whoever knows the number cannot spend the points either.
    const { accepted } = await engine.send([burn('f-3', 5)], 'write');
    expect(accepted[0]?.outcome).toMatchObject({ status: 'refused', code: 'points_unverified' });
    expect(await pointsOf(engine)).toMatchObject({ points: 10 });
  });
});

describe('stories of points', () => {
  it('gives welcome points once, and birthday points once a year', async () => {
    const engine = await engineWith();
    const welcome = (id: string): JsonObject => ({ id, type: 'signed_up', identifiers: ANN, properties: {} });
    const birthday = (id: string): JsonObject => ({
      id,
      type: 'birthday_reached',
      identifiers: ANN,
      properties: {},
    });
    await statuses(engine, [welcome('w-1'), welcome('w-2')]);
    expect(await pointsOf(engine)).toMatchObject({ points: 50 });
    await statuses(engine, [birthday('y-1')]);
    engine.clock.advance(20 * DAY_MS);
    await statuses(engine, [birthday('y-2')]);
    expect(await pointsOf(engine)).toMatchObject({ points: 150 });
    engine.clock.advance(20 * DAY_MS);
    expect(await pointsOf(engine)).toMatchObject({ points: 50 });
    engine.clock.advance(330 * DAY_MS);
    await statuses(engine, [birthday('y-3')]);
    expect(await pointsOf(engine)).toMatchObject({ points: 100 });
  });

  it('takes back what a return earned, when half of the points are spent', async () => {
    const engine = await engineWith();
    await statuses(engine, [order('o-1', '1000.00')]);
    await statuses(engine, [burn('b-1', 50)]);
    await statuses(engine, [refund('o-1', 1, '600.00')]);
    // Sixty of the hundred points: fifty are there, ten are owed.
    expect(await pointsOf(engine)).toMatchObject({ points: 0, debt: 10 });
    await statuses(engine, [order('o-2', '300.00')]);
    expect(await pointsOf(engine)).toMatchObject({ points: 20, debt: 0 });
    await statuses(engine, [refund('o-1', 1, '600.00'), { ...refund('o-1', 1, '600.00'), id: 'nightly' }]);
    expect(await pointsOf(engine)).toMatchObject({ points: 20, debt: 0 });
  });

  it('gives burned points back to their lots when the order is cancelled', async () => {
    const engine = await engineWith();
    await statuses(engine, [order('o-1', '1000.00'), order('o-2', '500.00')]);
    await statuses(engine, [burn('b-1', 80, { order_id: 'o-2' })]);
    const cancelled = { type: 'order_cancelled', identifiers: ANN, properties: { order_id: 'o-2' } };
    await statuses(engine, [{ id: 'c-1', ...cancelled }]);
    expect(await pointsOf(engine)).toMatchObject({ points: 100, debt: 0 });
    await statuses(engine, [burn('b-2', 100)]);
    const voided = { type: 'redemption_cancelled', identifiers: ANN, properties: { redemption_id: 'b-2' } };
    await statuses(engine, [{ id: 'x-1', ...voided }]);
    expect(await pointsOf(engine)).toMatchObject({ points: 100, debt: 0 });
  });

  it('lifts a tier at once, as data for triggers, and lets it go at the end of the term and its grace', async () => {
    const engine = await engineWith();
    await statuses(engine, [order('o-1', '1999.00')]);
    expect(changes(engine)).toEqual([]);
    await statuses(engine, [order('o-2', '1.00')]);
    const loyalty = await pointsOf(engine);
    expect(loyalty).toMatchObject({
      tier: 'silver',
      benefits: { free_shipping: true },
      qualifying: '2000.00',
      next_tier: { tier: 'gold', missing: '6000.00' },
    });
    expect(changes(engine)).toMatchObject([{ change: 'tier', from: 'member', to: 'silver', up: true }]);
    engine.clock.advance(394 * DAY_MS);
    expect(await pointsOf(engine)).toMatchObject({ tier: 'silver' });
    engine.clock.advance(2 * DAY_MS);
    expect(await pointsOf(engine)).toMatchObject({ tier: 'member' });
    await wakeAll(engine);
    expect(changes(engine)).toMatchObject([
      { change: 'tier', up: true },
      { change: 'expiring', points: 199 },
      { change: 'expired', points: 199 },
      { change: 'tier', from: 'silver', to: 'member', up: false },
    ]);
  });

  it('says that points are about to expire, once, when the moment has come', async () => {
    const engine = await engineWith({
      expiry: { months: 2 },
      hold: { for: '3d', from: 'order', delivery_within: '30d' },
    });
    await statuses(engine, [order('o-1', '100.00')]);
    engine.clock.advance(3 * DAY_MS);
    await wakeAll(engine);
    expect(changes(engine)).toMatchObject([{ change: 'released', points: 10 }]);
    engine.clock.advance(40 * DAY_MS);
    await wakeAll(engine);
    await wakeAll(engine);
    expect(changes(engine).slice(1)).toMatchObject([{ change: 'expiring', points: 10 }]);
    expect(await pointsOf(engine)).toMatchObject({ expiring: { points: 10 } });
    engine.clock.advance(30 * DAY_MS);
    await wakeAll(engine);
    expect(changes(engine).slice(2)).toMatchObject([{ change: 'expired', points: 10 }]);
    expect(await pointsOf(engine)).toMatchObject({ points: 0, expiring: null });
  });

  it('credits a receipt that is claimed within thirty days, to whoever is first', async () => {
    const engine = await engineWith();
    await statuses(engine, [order('r-1', '259.50', { identifiers: {} })]);
    const claim = (id: string, identifiers: JsonObject, soldAgo: number): JsonObject => ({
      id,
      type: 'order_claimed',
      identifiers,
      properties: {
        order_id: id.slice(0, 3),
        sold_at: new Date(engine.clock.now() - soldAgo * DAY_MS).toISOString(),
        total: '259.50',
        currency: 'CNY',
      },
    });
    engine.clock.advance(20 * DAY_MS);
    expect(await statuses(engine, [claim('r-1 ann', ANN, 20)])).toEqual(['applied']);
    expect(await pointsOf(engine)).toMatchObject({ points: 25 });
    const bob = { member_id: 'M-2' };
    expect(await statuses(engine, [claim('r-1 bob', bob, 20)])).toEqual(['receipt_claimed']);
    expect(await statuses(engine, [claim('r-1 again', ANN, 20)])).toEqual(['receipt_claimed']);
    expect(await statuses(engine, [claim('r-2 bob', bob, 31)])).toEqual(['receipt_invalid']);
    expect(await pointsOf(engine)).toMatchObject({ points: 25 });
    // What was refused keeps the receipt from nobody, neither from whoever says it right nor from somebody else.
    expect(await statuses(engine, [claim('r-2 ann', ANN, 12)])).toEqual(['applied']);
    expect(await statuses(engine, [claim('r-2 late', bob, 12)])).toEqual(['receipt_claimed']);
    expect(await pointsOf(engine)).toMatchObject({ points: 50 });
  });
});

/** Short, where a difference would fill pages. */
function digestOf(state: ReadonlyMap<string, string>): string {
  return hash('sha256', JSON.stringify([...state].sort()), 'hex');
}

describe('points and failure', () => {
  it('comes out the same, byte by byte, however batches were cut and whatever was lost in between', async () => {
    const story = [
      order('o-1', '1000.00'),
      burn('b-1', 70),
      burn('b-2', 70),
      refund('o-1', 1, '500.00'),
      { id: 'link', type: 'profile_identified', identifiers: { user_id: 'u-1', member_id: 'M-1' } },
      order('o-2', '900.00', { identifiers: { user_id: 'u-1' } }),
      burn('b-3', 60, { identifiers: { user_id: 'u-1' } }),
    ];
    const engine = await engineWith();
    for (const event of story) await engine.send([event]);
    const whole = engine.state();
    // A process that dies after any commit: another one goes on from what was stored, and reads the rest again.
    const replayed = await engineWith({}, { log: engine.log, parse: true, cacheBytes: 500 });
    await replayed.drain();
    expect(digestOf(replayed.state())).toBe(digestOf(whole));
    expect(replayed.rows() === engine.rows()).toBe(true);
    let tries = 0;
    const broken = createMemoryStateStore();
    const commit = broken.commit.bind(broken);
    // Every other commit is lost, and its worker with it.
    const store = Object.assign(broken, {
      commit: (...sent: Parameters<typeof commit>) => (tries++ % 2 === 0 ? 'conflict' : commit(...sent)),
    });
    const { log } = engine;
    // One message at a time, so that there is a commit after each.
    const read = log.read.bind(log);
    const slow = Object.assign(log, { read: (after: number) => read(after, 1) });
    const crashing = await engineWith({}, { log: slow, parse: true, stateStore: store });
    for (let n = 0; n < 50; n++) await crashing.drain().catch(() => undefined);
    const entries = broken.scan('p0', '', '', 100_000);
    const kept = entries.map(([key, bytes]) => [key, Buffer.from(bytes).toString('base64')] as const);
    expect(tries).toBeGreaterThan(10);
    expect(digestOf(new Map(kept))).toBe(digestOf(whole));
  });
});
