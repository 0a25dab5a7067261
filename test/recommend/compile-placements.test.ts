import { describe, expect, it } from 'vitest';
import { createPlacementCheck } from '../../src/definitions/definition-checks.ts';
import type { PlacementDefinition } from '../../src/model/placement.ts';
import { DAY_MS } from '../../src/model/time.ts';
import { compilePlacements, isWithin } from '../../src/recommend/compile-placements.ts';
import { compileItemCondition } from '../../src/recommend/item-condition.ts';

const blend = { trending: 1 };

function refusal(rest: Partial<PlacementDefinition>): unknown {
  try {
    compilePlacements([{ name: 'place', blend, ...rest }]);
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('placements', () => {
  it('get their defaults', () => {
    expect(compilePlacements([{ name: 'place', blend }]).get('place')).toMatchObject({
      limit: 10,
      weights: { trending: 1, session: 0, interest: 0 },
      stock: { where: 'deliverable', strict: false },
      fitSize: true,
      boughtMs: 180 * DAY_MS,
      returnedMs: 365 * DAY_MS,
      perCategory: Number.POSITIVE_INFINITY,
      beforeLaunch: false,
      shown: { factor: 0.5, halfLifeMs: DAY_MS },
      remindClosedCarts: false,
    });
  });

  it('are refused with the place of what is wrong', () => {
    const wrong: readonly (readonly [Partial<PlacementDefinition>, string])[] = [
      [{ blend: { session: 0 } }, '/blend'],
      [{ bought_within: '800d' }, '/bought_within'],
      [{ returned_within: 'soon' }, '/returned_within'],
      [{ price: { min: 2, max: 1 } }, '/price'],
      [{ shown: { half_life: '900d' } }, '/shown/half_life'],
      [{ pins: [{ item: 'a' }, { item: 'b', until: 'tomorrow' }] }, '/pins/1/until'],
      [{ exclude: { where: { color: { equals: 'red' } } } }, '/color'],
      [{ exclude: { where: { price: { over: 3 } } } }, '/price/over'],
      [{ exclude: { where: { any: [] } } }, '/any'],
    ];
    for (const [rest, path] of wrong) {
      const error = refusal(rest);
      expect(error).toMatchObject({ code: 'invalid_definition' });
      expect(String((error as Error).message)).toContain(path);
    }
    expect(() =>
      compilePlacements([
        { name: 'a', blend },
        { name: 'a', blend },
      ]),
    ).toThrow(/same name/);
    expect(() =>
      compilePlacements(Array.from({ length: 201 }, (_, n) => ({ name: `p${n}`, blend }))),
    ).toThrow(/at most/);
  });

  it('are read by their schema, which knows no other fields', () => {
    const check = createPlacementCheck();
    expect(check({ name: 'place', blend })).toEqual({ name: 'place', blend });
    for (const wrong of [
      { blend },
      { name: 'place' },
      { name: 'place', blend: { pinned: 1 } },
      { name: 'place', blend, color: 1 },
    ])
      expect(() => check(wrong)).toThrow(expect.objectContaining({ code: 'invalid_definition' }));
  });
});

describe('a condition over an item', () => {
  const item = {
    item_id: 'spu-1',
    category: 'sport/yoga',
    brand: 'Lotus',
    price: 39_900,
    currency: 'CNY',
    looks: ['l1'],
  };
  it('sees amounts in major units, and all of its terms must hold', () => {
    const holds = (condition: object): boolean => compileItemCondition(condition, '/where')(item);
    expect(holds({ price: { equals: 399 }, brand: { in: ['Lotus', 'Paseo'] } })).toBe(true);
    expect(holds({ price: { lt: 399 } })).toBe(false);
    expect(holds({ looks: { contains: 'l1' } })).toBe(true);
    expect(
      holds({ all: [{ category: { starts_with: 'sport' } }, { not: { consumable: { exists: true } } }] }),
    ).toBe(true);
    expect(holds({ any: [{ brand: { equals: 'Paseo' } }, { price: { gt: 500 } }] })).toBe(false);
    expect(compileItemCondition({ price: { lt: 1 } }, '/where')({ item_id: 'x' })).toBe(false);
  });

  it('knows what lies within a category path', () => {
    expect([isWithin('a/b', 'a'), isWithin('a', 'a'), isWithin('ab', 'a'), isWithin(undefined, 'a')]).toEqual(
      [true, true, false, false],
    );
  });
});
