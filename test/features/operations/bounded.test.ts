import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Operation, OperationOptions, Reading, Scalar } from '../../../src/features/operation.ts';
import { createCart } from '../../../src/features/operations/cart.ts';
import { createDistinct } from '../../../src/features/operations/distinct.ts';
import { createListLastN } from '../../../src/features/operations/list-last-n.ts';
import { createTopKeys } from '../../../src/features/operations/top-keys.ts';
import { compileSpan } from '../../../src/features/tiles.ts';
import { limits } from '../../../src/limits.ts';
import { DAY_MS, HOUR_MS } from '../../../src/model/time.ts';

function options(window: string, limit = 10): OperationOptions {
  return {
    span: compileSpan(window),
    money: false,
    limit,
    distinct: false,
    unit: 'days',
    reportingCurrency: 'CNY',
  };
}

interface Said {
  readonly value: Scalar;
  readonly time: number;
}

function stateOf<State extends unknown[]>(
  operation: Operation<State>,
  said: readonly Said[],
  now: number,
): State {
  const state = operation.empty();
  for (const { value, time } of said)
    operation.add(state, { time, tie: `s\0${time}`, currency: '', values: [value] }, now);
  return state;
}

const NOW = 100 * DAY_MS;

describe('distinct', () => {
  const distinct = createDistinct(options('30d'));
  const many = (count: number, from = 0, time = NOW): Said[] =>
    Array.from({ length: count }, (_, index) => ({ value: `item-${from + index}`, time }));
  const read = (said: readonly Said[], now = NOW): Reading =>
    distinct.read(stateOf(distinct, said, NOW), now);

  it('is exact up to its bound and an estimate, flagged, above it', () => {
    expect(read(many(limits.distinctExactMax))).toEqual({ value: limits.distinctExactMax });
    expect(read(many(limits.distinctExactMax + 1)).approximate).toBe(true);
  });

  it.each([200, 1_000, 5_000])('estimates %i values within 30 percent', (count) => {
    const { value } = read(many(count));
    expect(Math.abs(Number(value) - count) / count).toBeLessThan(0.3);
  });

  it('is exact again for a window that only reaches a few of many values', () => {
    const said = [...many(2_000, 0, NOW - 20 * DAY_MS), ...many(100, 1_990, NOW)];
    expect(read(said).approximate).toBe(true);
    expect(read(said, NOW + 15 * DAY_MS)).toEqual({ value: 100 });
  });

  it('keeps the same state for any order, and merged from any parts, also above the bound', () => {
    const value = fc.nat(600).map((index) => `v${index}`);
    const said = fc.array(fc.record({ value, time: fc.integer({ min: NOW - 29 * DAY_MS, max: NOW }) }), {
      minLength: 300,
      maxLength: 500,
    });
    const property = fc.property(said, fc.nat(500), (all, cut) => {
      const expected = stateOf(distinct, all, NOW);
      expect(stateOf(distinct, all.toReversed(), NOW)).toEqual(expected);
      const left = stateOf(distinct, all.slice(0, cut), NOW);
      const right = stateOf(distinct, all.slice(cut), NOW);
      expect(distinct.merge(left, right)).toEqual(expected);
      expect(distinct.merge(right, left)).toEqual(expected);
      // At any later moment the few that are left are counted exactly.
      for (const later of [10 * DAY_MS, 25 * DAY_MS, 29 * DAY_MS]) {
        const slice = 12 * HOUR_MS;
        const alive = all.filter(
          ({ time }) => (Math.floor(time / slice) + 1) * slice > NOW + later - 30 * DAY_MS,
        );
        const count = new Set(alive.map((each) => each.value)).size;
        const reading = distinct.read(expected, NOW + later);
        if (count <= limits.distinctExactMax) expect(reading).toEqual({ value: count });
        else expect(reading.approximate).toBe(true);
      }
    });
    fc.assert(property, { numRuns: 15 });
  });

  it('stays bounded under any number of values', () => {
    const lifetime = createDistinct(options('lifetime'));
    expect(stateOf(lifetime, many(5_000), NOW)).toHaveLength(1 + limits.distinctRegisters);
    const spread = many(20_000).map(({ value }, index) => ({ value, time: NOW - (index % 29) * DAY_MS }));
    expect(stateOf(distinct, spread, NOW).length).toBeLessThan(9 * limits.distinctWindowRegisters);
  });
});

describe('top_k', () => {
  const top = createTopKeys(options('30d', 3));
  const keys = (count: number, time = NOW): Said[] =>
    Array.from({ length: count }, (_, index) => ({ value: `key-${String(index).padStart(4, '0')}`, time }));

  it('is exact to its bound, with ties in alphabetical order', () => {
    const said = [...keys(limits.topKeysMax), { value: 'key-0200', time: NOW }];
    expect(top.read(stateOf(top, said, NOW), NOW)).toEqual({
      value: [
        { key: 'key-0200', count: 2 },
        { key: 'key-0000', count: 1 },
        { key: 'key-0001', count: 1 },
      ],
    });
  });

  it('beyond it stays bounded, is flagged, and keeps the frequent ones at no less than their count', () => {
    const frequent = Array.from({ length: 50 }, () => ({ value: 'hot', time: NOW }));
    const state = stateOf(top, [...frequent, ...keys(1_000)], NOW);
    // Three columns for each key and for what says that others were replaced.
    expect(state.length).toBeLessThanOrEqual(3 * (limits.topKeysMax + 1));
    const reading = top.read(state, NOW);
    expect(reading.approximate).toBe(true);
    expect(reading.value).toEqual(expect.arrayContaining([{ key: 'hot', count: 50 }]));
  });

  it('is exact again once what was replaced has left the window', () => {
    const state = stateOf(top, keys(1_000, NOW - 20 * DAY_MS), NOW);
    top.add(state, { time: NOW, tie: 's\0x', currency: '', values: ['key-0001'] }, NOW);
    expect(top.read(state, NOW).approximate).toBe(true);
    expect(top.read(state, NOW + 20 * DAY_MS)).toEqual({ value: [{ key: 'key-0001', count: 1 }] });
  });

  it('merges without touching its parts', () => {
    const left = stateOf(top, keys(3), NOW);
    const before = structuredClone(left);
    const merged = top.merge(left, left);
    top.add(merged, { time: NOW, tie: 's\0x', currency: '', values: ['key-0001', 'key-9999'] }, NOW);
    expect(left).toEqual(before);
  });
});

describe('list_last_n', () => {
  it('keeps as many as asked and shows those in the window', () => {
    const list = createListLastN(options('30d', 3));
    const said = [1, 2, 3, 4, 5].map((day) => ({ value: day, time: NOW - day * DAY_MS }));
    const state = stateOf(list, said, NOW);
    expect(state).toHaveLength(3);
    expect(list.read(state, NOW)).toEqual({ value: [1, 2, 3] });
    expect(list.read(state, NOW + 28 * DAY_MS)).toEqual({ value: [1, 2] });
  });
});

describe('the cart', () => {
  it('remembers a bounded number of operations and says so', () => {
    const cart = createCart(options('lifetime'));
    const state = cart.empty();
    for (let index = 0; index < 3 * limits.cartOperationsMax; index += 1) {
      const values = [0, null, `item-${index}`, null, 10_000];
      cart.add(state, { time: NOW + index, tie: `s\0${index}`, currency: '', values }, NOW + index);
    }
    expect(state).toHaveLength(limits.cartOperationsMax);
    const reading = cart.read(state, NOW);
    expect(reading.approximate).toBe(true);
    expect(reading.value).toHaveLength(limits.cartOperationsMax);
  });
});
