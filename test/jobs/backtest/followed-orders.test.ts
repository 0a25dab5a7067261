import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FollowedOrders } from '../../../src/jobs/backtest/followed-orders.ts';
import type { Event } from '../../../src/model/event.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import type { Firing } from '../../../src/model/trigger.ts';
import { eventOf } from '../../support/fold-world.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const FROM = Date.UTC(2026, 3, 1);
const DAYS = 4;
const FOLLOW = 2;

/** What one person does, in hours after the beginning. */
interface Life {
  readonly views: readonly number[];
  readonly searches: readonly number[];
  readonly orders: readonly number[];
  readonly firings: readonly number[];
}

const hours = fc.array(fc.nat({ max: (DAYS + FOLLOW) * 24 - 1 }), { maxLength: 5 });
const within = fc.array(fc.nat({ max: DAYS * 24 - 1 }), { maxLength: 2 });
const lives = fc.array(fc.record({ views: hours, searches: hours, orders: hours, firings: within }), {
  maxLength: 12,
});

const timeOf = (hour: number): number => FROM + hour * HOUR;

function eventsOf({ views, searches, orders }: Life): readonly Event[] {
  const plain = (type: string) => (hour: number, n: number) =>
    eventOf(`${type}-${n}`, ['a1'], { type, time: timeOf(hour) });
  const order = { namespace: 'default', transition: 'completed', refund_id: '', ledger: true } as const;
  const money = { total: 1, spend: 1, refund: 0, total_only: false };
  const ordered = orders.flatMap((hour, n) => {
    const event = eventOf(`o-${n}`, ['a1'], {
      ...{ type: 'order_completed', time: timeOf(hour) },
      order: { ...order, ...money, order_id: `${n}` },
    });
    // Reported twice, and one order all the same.
    return [event, { ...event, id: `again-${n}` }];
  });
  return [...views.map(plain('product_viewed')), ...searches.map(plain('searched')), ...ordered];
}

function told(all: readonly Life[]): JsonObject {
  const options = { from: FROM, to: FROM + DAYS * DAY, days: FOLLOW, types: new Set(['product_viewed']) };
  const followed = new FollowedOrders(options);
  for (const life of all) {
    // Only the time of a firing is looked at.
    const firings = life.firings.map((hour) => ({ at: timeOf(hour) }) as Firing);
    followed.add({ events: eventsOf(life), firings });
  }
  return followed.describe();
}

/** The same by going through every person and every day, again and again. */
function expected(all: readonly Life[]): {
  firings: number;
  ordered: number;
  matched: number;
  difference: number | null;
} {
  const first = (times: readonly number[], day: number): number | undefined =>
    times.filter((hour) => Math.floor(hour / 24) === day).sort((a, b) => a - b)[0];
  const ordersBefore = ({ orders }: Life, hour: number): number =>
    Math.min(5, orders.filter((each) => each < hour).length);
  const orders = (life: Life, hour: number): number =>
    life.orders.some((each) => each > hour && each <= hour + FOLLOW * 24) ? 1 : 0;
  const result = { firings: 0, ordered: 0, matched: 0 };
  let surplus = 0;
  for (let day = 0; day < DAYS; day++) {
    const others = all.filter((life) => first(life.firings, day) === undefined);
    for (const life of all) {
      const at = first(life.firings, day);
      if (at === undefined) continue;
      result.firings += 1;
      result.ordered += orders(life, at);
      const alike = (hoursOf: (life: Life) => readonly number[]): number[] =>
        others.flatMap((other) => {
          const hour = first(hoursOf(other), day);
          const like = hour !== undefined && ordersBefore(other, hour) === ordersBefore(life, at);
          return like ? [orders(other, hour)] : [];
        });
      const near = alike((other) => other.views);
      const active = alike((other) => [...other.views, ...other.searches, ...other.orders]);
      const group = near.length > 0 ? near : active;
      if (group.length === 0) continue;
      result.matched += 1;
      surplus += orders(life, at) - group.reduce((sum, each) => sum + each, 0) / group.length;
    }
  }
  return { ...result, difference: result.matched === 0 ? null : surplus / result.matched };
}

describe('orders after a firing', () => {
  it('are held against those of comparable people, as going through all of them does', () => {
    fc.assert(
      fc.property(lives, (all) => {
        const { firings, ordered, baseline } = told(all) as JsonObject & { baseline: JsonObject };
        const naive = expected(all);
        expect({ firings, ordered, matched: baseline.matched }).toEqual({
          firings: naive.firings,
          ordered: naive.ordered,
          matched: naive.matched,
        });
        if (naive.difference === null) expect(baseline.difference).toBeNull();
        else expect(Number(baseline.difference)).toBeCloseTo(naive.difference, 3);
      }),
      { numRuns: 200 },
    );
  });

  it('say nothing of a difference where there is nobody to compare with', () => {
    const alone = told([{ views: [1], searches: [], orders: [9], firings: [2] }]);
    expect(alone).toMatchObject({
      firings: 1,
      ordered: 1,
      order_rate: 1,
      baseline: { matched: 0, difference: null },
    });
  });
});
