import { describe, expect, it } from 'vitest';
import { readPurchase, retainedPoints } from '../../src/loyalty/purchase.ts';
import { readFact } from '../../src/loyalty/read-fact.ts';
import type { BonusRule, Rounding } from '../../src/model/loyalty.ts';
import { compiled, memberEvent, orderEvent, plainProgram, refundEvent, T0 } from './loyalty-world.ts';

const line = (item: string, amount: number, more: object = {}) => ({
  item_id: item,
  amount,
  kind: 'goods',
  ...more,
});

function programWith(bonuses: readonly BonusRule[], rounding: Rounding = 'down') {
  return compiled({
    earn: { ...plainProgram.earn, purchase: { points: 1, per: 10, rounding, bonuses } },
  });
}

const dresses: BonusRule = { name: 'dresses', multiply: 3, categories: ['women/dresses'] };
const bill = orderEvent('1', T0, 30_000, {
  properties: {
    products: [
      line('dress', 10_000, { category: 'women/dresses/linen' }),
      line('shoe', 20_000, { category: 'women/shoes' }),
    ],
  },
});

describe('points of a purchase', () => {
  it.each([
    ['down', 1_999, 1],
    ['nearest', 1_499, 1],
    ['nearest', 1_500, 2],
    ['up', 1_001, 2],
    ['down', 999, 0],
  ] as const)('are rounded %s once per order: %i minor units earn %i', (rounding, spend, points) => {
    expect(readPurchase(programWith([], rounding), orderEvent('1', T0, spend)).earned.points).toBe(points);
  });

  it('count what was not paid in points', () => {
    const properties = {
      tenders: [
        { method: 'points', amount: 4_000 },
        { method: 'card', amount: 6_000 },
      ],
    };
    expect(readPurchase(programWith([]), orderEvent('1', T0, 10_000, { properties })).earned.points).toBe(6);
  });

  it('multiply by line, and by order where a campaign runs, of which the larger counts', () => {
    expect(readPurchase(programWith([dresses]), bill).earned.points).toBe(50);
    const campaign: BonusRule = {
      name: 'eleven',
      multiply: 2,
      where: { channel: { equals: 'app' } },
      from: new Date(T0).toISOString(),
      to: new Date(T0 + 1).toISOString(),
    };
    const both = programWith([dresses, campaign]);
    expect(readPurchase(both, bill).earned.points).toBe(50);
    expect(readPurchase(both, { ...bill, channel: 'app' }).earned.points).toBe(70);
    expect(readPurchase(both, { ...bill, channel: 'app', time: T0 + 1 }).earned.points).toBe(50);
  });

  it('are taken back as the returned line had earned them, and pro rata where no line is named', () => {
    const program = programWith([dresses]);
    const { earned } = readPurchase(program, bill);
    const fact = { ...earned, rounding: 'down' as const };
    const back = (spend: number, ...products: object[]) =>
      readPurchase(program, refundEvent('1', 'r', T0, spend, { properties: { products } as never })).returned;
    expect(retainedPoints(fact, [back(10_000, line('dress', 10_000))])).toBe(20);
    expect(retainedPoints(fact, [back(20_000, line('shoe', 20_000))])).toBe(30);
    expect(retainedPoints(fact, [back(5_000, line('dress', 5_000)), back(5_000, line('dress', 5_000))])).toBe(
      20,
    );
    expect(retainedPoints(fact, [back(15_000)])).toBe(25);
    expect(retainedPoints(fact, [back(10_000, line('dress', 10_000)), back(20_000)])).toBe(0);
    expect(retainedPoints(fact, [back(99_999)])).toBe(0);
  });

  it('never grow by a return, and are gone with the last one, however it is cut', () => {
    for (const rounding of ['down', 'nearest', 'up'] as const) {
      const program = programWith([dresses], rounding);
      const fact = { ...readPurchase(program, bill).earned, rounding };
      let before = fact.points;
      for (let n = 1; n <= 30; n++) {
        const returns = Array.from({ length: n }, () => ({ spend: 1_000, lines: [] }));
        const left = retainedPoints(fact, returns);
        expect(left).toBeLessThanOrEqual(before);
        before = left;
      }
      expect(before).toBe(0);
    }
  });
});

describe('what an event says of points', () => {
  const program = programWith([]);
  it.each([
    ['an order in another currency', orderEvent('1', T0, 10_000, { currency: 'EUR' })],
    [
      'a copy of an order from a browser',
      orderEvent('1', T0, 10_000, { order: { ...bill.order!, ledger: false } }),
    ],
    [
      'what was only stated',
      { ...bill, claims: bill.claims.map((claim) => ({ ...claim, verified: false })) },
    ],
    [
      "another system's word on an order that earns here",
      memberEvent('p', { type: 'points_earned', properties: { points: 5, order_id: '1' } }),
    ],
    ['a referral that nobody has looked at', memberEvent('f', { type: 'referral_made' })],
  ])('is nothing for %s', (_what, event) => {
    expect(readFact(program, event, T0)).toBeUndefined();
  });

  it('is a lot with its terms, which another program does not change', () => {
    const held = compiled({
      hold: { for: '7d', from: 'delivery', delivery_within: '10d' },
      expiry: { end_of_year: 1 },
    });
    expect(readFact(held, bill, T0)).toMatchObject({
      points: 30,
      holdMs: 7 * 86_400_000,
      deliveryMs: 10 * 86_400_000,
      // The end of 2026 in Shanghai.
      expiresAt: Date.UTC(2026, 11, 31, 16),
      version: held.version,
    });
    expect(readFact(held, { ...bill, channel: 'pos' }, T0)?.deliveryMs).toBeUndefined();
  });
});
