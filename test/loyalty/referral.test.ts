import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dueReferral, INVITED_KEY } from '../../src/loyalty/referral.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { emptyLedger, putFact } from '../../src/model/ledger-facts.ts';
import type { Ledger, LedgerFact, LoyaltyProgram } from '../../src/model/loyalty.ts';
import { DAY_MS } from '../../src/model/time.ts';
import type { Happening } from '../oracle/naive-ledger.ts';
import { createFusedEngine, type FusedEngine, retailPack, START_MS } from '../support/fused-engine.ts';
import {
  compiled,
  eventOfHappening,
  factsOf,
  happenings,
  memberEvent,
  plainProgram,
  T0,
} from './loyalty-world.ts';

const program: LoyaltyProgram = {
  ...plainProgram,
  earn: { ...plainProgram.earn, referral: { points: 200, hold: '15d' } },
};

/** Ann and Bob are two; Cat uses Ann's device. */
async function shop(): Promise<FusedEngine> {
  const engine = await createFusedEngine({ pack: { ...retailPack, loyalty: program } });
  await send(engine, [seen('ann', 'd-1'), seen('bob', 'd-2'), seen('cat', 'd-1'), seen('dan', 'd-4')]);
  return engine;
}

const seen = (user: string, device: string): JsonObject => ({
  id: `seen-${user}-${device}`,
  type: 'signed_in',
  identifiers: { user_id: user, device_id: device },
});

function invited(id: string, inviter: string, invitee: string, status = 'ordered'): JsonObject {
  const properties = { invitee_user_id: invitee, status };
  return { id, type: 'referral_made', identifiers: { user_id: inviter }, properties };
}

function order(id: string, user: string, more: JsonObject = {}): JsonObject {
  const properties = { order_id: id, total: '100.00' };
  const identifiers = { user_id: user };
  return { id: `e-${id}`, type: 'order_completed', channel: 'pos', identifiers, properties, ...more };
}

function refund(id: string, user: string, total: string): JsonObject {
  const properties = { order_id: id, refund_id: `r-${total}`, total, kind: 'return' };
  const identifiers = { user_id: user };
  return { id: `e-${id}-r-${total}`, type: 'order_refunded', channel: 'pos', identifiers, properties };
}

async function send(
  engine: FusedEngine,
  events: readonly JsonObject[],
  as?: 'secret' | 'write',
): Promise<unknown[]> {
  const { accepted, rejected } = await engine.send(events, as);
  expect(rejected).toEqual([]);
  return accepted.map(({ outcome }) => outcome?.code ?? outcome?.status);
}

async function pass(engine: FusedEngine, days: number): Promise<void> {
  engine.clock.advance(days * DAY_MS);
  await engine.ring();
}

async function pointsOf(engine: FusedEngine, user: string): Promise<number> {
  const view = await engine.profiles.byIdentifier('user_id', user, { reveal: true });
  const { points, pending } = (view?.loyalty ?? {}) as { points: number; pending: number };
  return points + pending;
}

const decide = (engine: FusedEngine, decision: 'approve' | 'reject') =>
  engine.command({ type: 'decide', review: 1, decision, note: 'asked' });

describe('a referral', () => {
  it("earns when the invitee's own first order has stood its return window, whatever anybody says before", async () => {
    const engine = await shop();
    expect(await send(engine, [invited('i-1', 'ann', 'bob')])).toEqual(['applied']);
    await pass(engine, 30);
    expect(await pointsOf(engine, 'ann')).toBe(0);
    await send(engine, [order('o-1', 'bob')]);
    await pass(engine, 14);
    expect(await pointsOf(engine, 'ann')).toBe(0);
    await pass(engine, 1);
    expect(await pointsOf(engine, 'ann')).toBe(200);
    const ann = await engine.profiles.byIdentifier('user_id', 'ann', { reveal: true });
    expect(ann?.last_seen).toBe(START_MS);
    // Nothing that comes later earns again, or takes anything back.
    await send(engine, [refund('o-1', 'bob', '100.00'), order('o-2', 'bob')]);
    await pass(engine, 30);
    expect(await pointsOf(engine, 'ann')).toBe(200);
  });

  it('earns at once where the order and its window were before the report, and nothing for an old customer', async () => {
    const engine = await shop();
    await send(engine, [order('o-1', 'bob')]);
    await pass(engine, 10);
    await send(engine, [invited('i-1', 'ann', 'bob')]);
    await pass(engine, 5);
    expect(await pointsOf(engine, 'ann')).toBe(200);
    await send(engine, [order('o-2', 'dan')]);
    await pass(engine, 16);
    await send(engine, [invited('i-2', 'ann', 'dan'), order('o-3', 'dan')]);
    await pass(engine, 30);
    expect(await pointsOf(engine, 'ann')).toBe(200);
  });

  it('waits for an order that is kept: what is sent back whole, or called off, was none', async () => {
    const engine = await shop();
    await send(engine, [invited('i-1', 'ann', 'bob', 'signed_up'), order('o-1', 'bob')]);
    await pass(engine, 10);
    await send(engine, [refund('o-1', 'bob', '100.00')]);
    await pass(engine, 10);
    expect(await pointsOf(engine, 'ann')).toBe(0);
    await send(engine, [order('o-2', 'bob', { time: new Date(START_MS + 20 * DAY_MS).toISOString() })]);
    await send(engine, [refund('o-2', 'bob', '60.00')]);
    await pass(engine, 15);
    expect(await pointsOf(engine, 'ann')).toBe(200);
  });

  it('believes no order that a browser reports', async () => {
    const engine = await shop();
    await send(engine, [invited('i-1', 'ann', 'bob')]);
    await send(engine, [order('o-1', 'bob', { channel: 'web' })], 'write');
    await pass(engine, 30);
    expect(await pointsOf(engine, 'ann')).toBe(0);
  });

  it('is one, however often it is reported, and for one inviter', async () => {
    const engine = await shop();
    const reports = [
      invited('i-1', 'ann', 'bob', 'signed_up'),
      invited('i-2', 'ann', 'bob'),
      invited('i-3', 'dan', 'bob'),
      invited('i-4', 'ann', 'nobody'),
    ];
    expect(await send(engine, reports)).toEqual([
      'applied',
      'applied',
      'referral_credited',
      'identifier_not_found',
    ]);
    // Bob has two accounts, for which two have invited him; they turn out to be one person's.
    await send(engine, [seen('bob2', 'd-9'), invited('i-5', 'dan', 'bob2')]);
    const keyOf = (user: string): string => `user_id:${engine.opening.indexOf('user_id', user)?.hash}`;
    const merged = await engine.command({ type: 'merge', identifiers: [keyOf('bob'), keyOf('bob2')] });
    expect(merged).toMatchObject({ status: 'applied' });
    await send(engine, [order('o-1', 'bob'), order('o-2', 'bob2')]);
    await pass(engine, 15);
    expect(await pointsOf(engine, 'ann')).toBe(200);
    expect(await pointsOf(engine, 'dan')).toBe(0);
    // What the engine says of it is no deed of anybody's.
    const [ann, bob] = await Promise.all(
      ['ann', 'bob'].map((user) => engine.profiles.byIdentifier('user_id', user, { reveal: true })),
    );
    expect(ann?.features.shares_365d?.value).toBe(2);
    expect(bob?.features.shares_365d?.value).toBe(0);
    // History has the text of each, and not of what led to it.
    const told = engine
      .rows()
      .split('\n')
      .filter((row) => row.includes('referral_accepted'));
    expect(told.map((row) => row.match(/referral_accepted/g)?.length)).toEqual([2, 2]);
    expect(told.join()).not.toContain('referral_made');
  });

  it('is held where the two have something in common, even if that shows only after the report', async () => {
    const engine = await shop();
    await send(engine, [invited('i-1', 'ann', 'cat'), invited('i-2', 'ann', 'bob')]);
    await send(engine, [order('o-1', 'cat'), order('o-2', 'bob')]);
    expect(engine.rows()).not.toContain('same device_id');
    await send(engine, [seen('bob', 'd-1')]);
    await pass(engine, 15);
    expect(engine.rows().match(/same device_id/g)).toHaveLength(2);
    expect(await pointsOf(engine, 'ann')).toBe(0);
    expect(await decide(engine, 'approve')).toMatchObject({ status: 'applied' });
    expect(await pointsOf(engine, 'ann')).toBe(200);
    const second = { type: 'decide', review: 2, decision: 'reject', note: 'one household' } as const;
    expect(await engine.command(second)).toMatchObject({ status: 'applied' });
    await send(engine, [order('o-3', 'bob')]);
    await pass(engine, 30);
    expect(await pointsOf(engine, 'ann')).toBe(200);
  });

  it('of oneself is held, too', async () => {
    const engine = await shop();
    await send(engine, [invited('i-1', 'ann', 'ann'), order('o-1', 'ann')]);
    await pass(engine, 15);
    expect(engine.rows()).toContain('same person');
    // Ten points of the order.
    expect(await pointsOf(engine, 'ann')).toBe(10);
  });

  it('comes out the same, byte by byte, when the log is read again', async () => {
    const engine = await shop();
    await send(engine, [invited('i-1', 'ann', 'bob'), order('o-1', 'bob')]);
    await pass(engine, 15);
    const { log, clock } = engine;
    const pack = { ...retailPack, loyalty: program };
    const again = await createFusedEngine({ pack, log, clock, parse: true, cacheBytes: 500 });
    await again.drain();
    expect(again.state()).toEqual(engine.state());
    expect(await pointsOf(again, 'ann')).toBe(200);
  });
});

/** An independent reading: every order by itself, every return looked through. */
function naiveDue(all: readonly Happening[], invitedAt: number, hold: number): number | undefined {
  const orders = all.flatMap((each) => (each.type === 'order' ? [each] : []));
  const ends = orders.map(({ id, at, spend }) => {
    const until = at + hold;
    const gone = all.some((each) => each.type === 'cancel' && each.id === id && each.at <= until);
    let back = 0;
    for (const each of all)
      if (each.type === 'refund' && each.id === id && each.at <= until) back += each.spend;
    return { at, until, stands: !gone && back < spend };
  });
  if (ends.some(({ until }) => until < invitedAt)) return undefined;
  const standing = ends.filter(({ stands }) => stands).map(({ until }) => until);
  return standing.length === 0 ? undefined : Math.min(...standing);
}

describe('when a referral is due', () => {
  const terms = compiled({ earn: program.earn });
  const invitation = (time: number): LedgerFact[] => {
    const referral = { step: 'accepted', invitee: 'user_id:x' } as const;
    return factsOf([memberEvent('accepted', { type: 'referral_accepted', time, referral })], terms);
  };

  it('is what a naive reading of orders and returns says, however the facts lie in facets', () => {
    const days = fc.nat({ max: 60 });
    fc.assert(
      fc.property(happenings, days, fc.infiniteStream(fc.boolean()), (all, day, sides) => {
        const invitedAt = T0 + day * DAY_MS;
        const facts = [...invitation(invitedAt), ...factsOf(all.map(eventOfHappening), terms)];
        const ledgers: Ledger[] = [emptyLedger(), emptyLedger()];
        for (const fact of facts) putFact((ledgers[sides.next().value ? 1 : 0] as Ledger).facts, fact);
        const due = dueReferral(ledgers, terms, T0 + 200 * DAY_MS);
        expect(due?.at).toBe(naiveDue(all, invitedAt, 15 * DAY_MS));
      }),
      { numRuns: 500 },
    );
  });

  it('is never, once it has been told', () => {
    const [fact] = invitation(T0);
    const ledger = emptyLedger();
    for (const each of factsOf([eventOfHappening({ type: 'order', id: '1', at: T0, spend: 5 })], terms))
      putFact(ledger.facts, each);
    if (fact !== undefined) putFact(ledger.facts, fact);
    expect(dueReferral([ledger], terms, T0)?.at).toBe(T0 + 15 * DAY_MS);
    if (fact !== undefined) ledger.facts.set(INVITED_KEY, { ...fact, by: 'told' });
    expect(dueReferral([ledger], terms, T0)).toBeUndefined();
  });
});
