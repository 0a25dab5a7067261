import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { replayLedger } from '../../src/loyalty/replay.ts';
import type { TierRules } from '../../src/model/loyalty.ts';
import { DAY_MS } from '../../src/model/time.ts';
import { cancelEvent, compiled, factsOf, orderEvent, refundEvent, T0 } from './loyalty-world.ts';

const rules: TierRules = {
  by: 'spend',
  window: 'rolling_year',
  grace: '0d',
  base: 'member',
  levels: [
    { name: 'silver', from: 100 },
    { name: 'gold', from: '500.00' },
  ],
};

const programOf = (over: Partial<TierRules> = {}) => compiled({ tiers: { ...rules, ...over } });
const day = (n: number): number => T0 + n * DAY_MS;

function tierAt(events: Parameters<typeof factsOf>[0], n: number, over: Partial<TierRules> = {}) {
  const program = programOf(over);
  return replayLedger(factsOf(events, program), program, day(n)).tier;
}

describe('tiers', () => {
  it('rise at once, and fall only at the end of the term', () => {
    const orders = [orderEvent('1', day(0), 6_000), orderEvent('2', day(10), 44_000)];
    expect(tierAt(orders, 9)).toMatchObject({ name: 'member', until: undefined });
    expect(tierAt(orders, 10)).toMatchObject({ name: 'gold', until: day(375) });
    expect(tierAt(orders, 374)).toMatchObject({ name: 'gold' });
    expect(tierAt(orders, 375)).toMatchObject({ name: 'member', worth: 0 });
  });

  it('fall to what is still reached, and stay where it is reached again', () => {
    const orders = [orderEvent('1', day(0), 50_000), orderEvent('2', day(100), 10_000)];
    expect(tierAt(orders, 365)).toMatchObject({ name: 'silver', until: day(730) });
    const more = [...orders, orderEvent('3', day(200), 40_000)];
    expect(tierAt(more, 365)).toMatchObject({ name: 'gold', since: day(0), until: day(730) });
  });

  it('wait for the grace, within which the term can still be won', () => {
    const orders = [orderEvent('1', day(0), 10_000)];
    const grace = { grace: '20d' };
    expect(tierAt(orders, 384, grace)).toMatchObject({ name: 'silver', nextAt: day(385) });
    expect(tierAt(orders, 385, grace)).toMatchObject({ name: 'member' });
    const won = [...orders, orderEvent('2', day(380), 10_000)];
    expect(tierAt(won, 385, grace)).toMatchObject({ name: 'silver', until: day(730) });
  });

  it('go by the calendar: until the end of the next year, which decides about the one after', () => {
    const calendar = { window: 'calendar_year' as const };
    // T0 is the first moment of 2025 in Shanghai.
    const orders = [orderEvent('1', day(5), 10_000), orderEvent('2', day(400), 10_000)];
    expect(tierAt(orders.slice(0, 1), 729, calendar)).toMatchObject({ name: 'silver', until: day(730) });
    expect(tierAt(orders.slice(0, 1), 730, calendar)).toMatchObject({ name: 'member' });
    expect(tierAt(orders, 730, calendar)).toMatchObject({ name: 'silver', until: day(1_095) });
    expect(tierAt(orders, 1_095, calendar)).toMatchObject({ name: 'member' });
  });

  it('net returns where the order counts, without taking back what was reached', () => {
    const orders = [orderEvent('1', day(0), 12_000), refundEvent('1', 'r', day(30), 5_000)];
    expect(tierAt(orders, 29)).toMatchObject({ name: 'silver', worth: 12_000 });
    expect(tierAt(orders, 30)).toMatchObject({ name: 'silver', worth: 7_000 });
    expect(tierAt([...orders, orderEvent('2', day(40), 3_000)], 40)).toMatchObject({ worth: 10_000 });
    expect(tierAt([...orders, cancelEvent('1', day(31))], 31)).toMatchObject({ worth: 0 });
  });

  it('are not reached with what was returned', () => {
    const orders = [orderEvent('1', day(0), 9_000), refundEvent('1', 'r', day(5), 5_000)];
    expect(tierAt([...orders, orderEvent('2', day(6), 5_999)], 7)).toMatchObject({ name: 'member' });
    expect(tierAt([...orders, orderEvent('2', day(6), 6_000)], 7)).toMatchObject({ name: 'silver' });
  });

  it('count points or orders where the program says so', () => {
    const orders = [1, 2, 3].map((n) => orderEvent(`${n}`, day(n), 2_000));
    const byOrders = { by: 'orders' as const, levels: [{ name: 'regular', from: 3 }] };
    expect(tierAt(orders, 2, byOrders)).toMatchObject({ name: 'member', worth: 2 });
    expect(tierAt(orders, 3, byOrders)).toMatchObject({ name: 'regular', worth: 3 });
    const whole = refundEvent('3', 'r', day(4), 2_000);
    expect(tierAt([...orders, whole], 4, byOrders)).toMatchObject({ worth: 2 });
    expect(tierAt(orders, 3, { by: 'points', levels: [{ name: 'six', from: 6 }] })).toMatchObject({
      name: 'six',
    });
  });
});

/** Every order kept apart and added up anew for each question; a term lasts a year of days. */
function naiveTier(orders: readonly { readonly day: number; readonly spend: number }[], now: number): string {
  const levelOn = (n: number): number => {
    const worth = orders
      .filter((order) => order.day > n - 365 && order.day <= n)
      .reduce((sum, { spend }) => sum + spend, 0);
    return worth >= 50_000 ? 2 : worth >= 10_000 ? 1 : 0;
  };
  let [level, until] = [0, Number.POSITIVE_INFINITY];
  for (let n = 0; n <= now; n++) {
    if (n >= until) {
      // Orders of the day on which a term ends come after its end.
      const before = orders.filter((order) => order.day < n);
      const kept = before.filter((order) => order.day > n - 365).reduce((sum, { spend }) => sum + spend, 0);
      level = Math.min(level, kept >= 50_000 ? 2 : kept >= 10_000 ? 1 : 0);
      until = level === 0 ? Number.POSITIVE_INFINITY : n + 365;
    }
    const reached = orders.some((order) => order.day === n) ? levelOn(n) : 0;
    if (reached > level) [level, until] = [reached, n + 365];
  }
  return ['member', 'silver', 'gold'][level] ?? '';
}

describe('tiers over years', () => {
  it('are what somebody with a calendar and a pencil would say, day by day', () => {
    const order = fc.record({ day: fc.noBias(fc.nat(1_500)), spend: fc.integer({ min: 1, max: 30_000 }) });
    fc.assert(
      fc.property(fc.array(order, { maxLength: 25 }), fc.noBias(fc.nat(2_000)), (orders, now) => {
        const events = orders.map(({ day: on, spend }, n) => orderEvent(`${n}`, day(on), spend));
        expect(tierAt(events, now)?.name).toBe(naiveTier(orders, now));
      }),
      { numRuns: 150 },
    );
  });
});
