import fc from 'fast-check';
import { type CompiledProgram, compileProgram } from '../../src/loyalty/program.ts';
import { readFact } from '../../src/loyalty/read-fact.ts';
import type { Event } from '../../src/model/event.ts';
import type { LedgerFact, LoyaltyProgram } from '../../src/model/loyalty.ts';
import { DAY_MS } from '../../src/model/time.ts';
import { versionOf } from '../../src/model/version-of.ts';
import type { Happening } from '../oracle/naive-ledger.ts';
import { eventOf } from '../support/fold-world.ts';

/** 2025-01-01 00:00 in Shanghai. */
export const T0 = Date.UTC(2024, 11, 31, 16);

export const plainProgram: LoyaltyProgram = {
  name: 'default',
  currency: 'CNY',
  zone: 'Asia/Shanghai',
  earn: { purchase: { points: 1, per: 10, rounding: 'down', bonuses: [] }, reported: true },
  hold: { for: '0d', from: 'order', delivery_within: '30d' },
  warn: '30d',
  claim: { within: '30d' },
};

export function compiled(over: Partial<LoyaltyProgram> = {}): CompiledProgram {
  const definition = { ...plainProgram, ...over };
  return compileProgram(definition, versionOf(definition));
}

/** Verified, in the facet of a member and one of several devices. */
export function memberEvent(id: string, more: Partial<Event>, device = 0): Event {
  const time = more.time ?? T0;
  return eventOf(id, [`d${device}`, 'm1'], { currency: 'CNY', ...more, receivedAt: time });
}

export function orderEvent(id: string, time: number, spend: number, more: Partial<Event> = {}): Event {
  return memberEvent(`e-${id}`, {
    type: 'order_completed',
    time,
    order: { ...ORDER, order_id: id, total: spend, spend },
    ...more,
  });
}

export function refundEvent(
  id: string,
  refund: string,
  time: number,
  spend: number,
  more: Partial<Event> = {},
): Event {
  return memberEvent(`e-${id}-${refund}`, {
    type: 'order_refunded',
    time,
    order: {
      ...ORDER,
      order_id: id,
      transition: 'refunded',
      refund_id: refund,
      total: -spend,
      spend: -spend,
      refund: spend,
    },
    ...more,
  });
}

export function cancelEvent(id: string, time: number): Event {
  return memberEvent(`e-${id}-c`, {
    type: 'order_cancelled',
    time,
    order: { ...ORDER, order_id: id, transition: 'cancelled' },
  });
}

const ORDER = {
  namespace: 'default',
  order_id: '',
  transition: 'completed',
  refund_id: '',
  ledger: true,
  total: 0,
  spend: 0,
  refund: 0,
  total_only: false,
} as const;

/** The event by which the engine would learn of it. */
export function eventOfHappening(each: Happening): Event {
  const { at: time } = each;
  switch (each.type) {
    case 'order':
      return orderEvent(each.id, time, each.spend);
    case 'refund':
      return refundEvent(each.id, each.refund, time, each.spend);
    case 'cancel':
      return cancelEvent(each.id, time);
    case 'delivered': {
      const properties = { order_id: each.id, order_namespace: 'default' };
      return memberEvent(`e-${each.id}-d`, { type: 'order_delivered', time, properties });
    }
    case 'gift':
      return memberEvent(each.id, { type: 'points_earned', time, properties: { points: each.points } });
    case 'burn': {
      const order = each.order === undefined ? {} : { order_id: each.order };
      return memberEvent(each.id, {
        type: 'points_redeemed',
        time,
        properties: { points: each.points, ...order },
      });
    }
    case 'debit':
      return memberEvent(each.id, {
        type: 'points_adjusted',
        time,
        adjustment: { points: -each.points, author: 'ann', reason: 'correction' },
      });
    case 'restore':
      return memberEvent(`x-${each.burn}`, {
        type: 'redemption_cancelled',
        time,
        properties: { redemption_id: each.burn },
      });
  }
}

export function factsOf(events: readonly Event[], program: CompiledProgram): LedgerFact[] {
  return events.map((event) => readFact(program, event, event.time)).filter((fact) => fact !== undefined);
}

const HALF_DAY = DAY_MS / 2;
const at = fc.noBias(fc.nat({ max: 120 })).map((n) => T0 + n * HALF_DAY);
const id = fc.constantFrom('1', '2', '3', '4');
const spend = fc.integer({ min: 1, max: 30_000 });
const points = fc.integer({ min: 1, max: 30 });

/** What may happen to somebody in two months; each thing is told once. */
export const happenings: fc.Arbitrary<readonly Happening[]> = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.record({ type: fc.constant('order' as const), id, at, spend }) },
      {
        weight: 2,
        arbitrary: fc.record({
          type: fc.constant('refund' as const),
          id,
          refund: fc.constantFrom('1', '2'),
          at,
          spend,
        }),
      },
      { weight: 1, arbitrary: fc.record({ type: fc.constant('cancel' as const), id, at }) },
      { weight: 2, arbitrary: fc.record({ type: fc.constant('delivered' as const), id, at }) },
      { weight: 2, arbitrary: fc.record({ type: fc.constant('gift' as const), id, at, points }) },
      {
        weight: 4,
        arbitrary: fc.oneof(
          fc.record({ type: fc.constant('burn' as const), id, at, points }),
          fc.record({ type: fc.constant('burn' as const), id, at, points, order: id }),
        ),
      },
      { weight: 1, arbitrary: fc.record({ type: fc.constant('debit' as const), id, at, points }) },
      { weight: 1, arbitrary: fc.record({ type: fc.constant('restore' as const), burn: id, at }) },
    ),
    { maxLength: 16 },
  )
  .map((all) => [...new Map(all.map((each) => [nameOf(each), each])).values()]);

function nameOf(each: Happening): string {
  if (each.type === 'refund') return `refund ${each.id} ${each.refund}`;
  return each.type === 'restore' ? `restore ${each.burn}` : `${each.type} ${each.id}`;
}

export const programs: fc.Arbitrary<CompiledProgram> = fc
  .record({
    hold: fc.constantFrom('0d', '3d', '20d'),
    from: fc.constantFrom('order' as const, 'delivery' as const),
    expiry: fc.constantFrom(undefined, { months: 1 }, { end_of_year: 0 }),
  })
  .map(({ hold, from, expiry }) =>
    compiled({
      hold: { for: hold, from, delivery_within: '10d' },
      ...(expiry === undefined ? {} : { expiry }),
    }),
  );
