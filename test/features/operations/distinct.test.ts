import fc from 'fast-check';
import { pack } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import type { Reading } from '../../../src/features/operation.ts';
import { createDistinct } from '../../../src/features/operations/distinct.ts';
import { limits } from '../../../src/limits.ts';
import { DAY_MS } from '../../../src/model/time.ts';
import { fold, NOW, optionsFor, type Said } from './samples.ts';

const STATE_BYTES_MAX = 2_048;

function items(count: number, run = 0): Said[] {
  return Array.from({ length: count }, (_, index) => ({
    value: `r${run}-item-${index}`,
    time: NOW - (index % 29) * DAY_MS,
  }));
}

/** Root mean square of the relative error over independent sets of values. */
function errorOf(window: string, count: number, runs: number): number {
  const distinct = createDistinct(optionsFor(window));
  let squares = 0;
  for (let run = 0; run < runs; run += 1) {
    const state = fold(distinct, items(count, run));
    expect(pack(state).length).toBeLessThanOrEqual(STATE_BYTES_MAX);
    const { value, approximate } = distinct.read(state, NOW);
    expect(approximate).toBe(true);
    squares += (Number(value) / count - 1) ** 2;
  }
  return Math.sqrt(squares / runs);
}

describe('distinct values beyond the exact ones', () => {
  it.each([140, 300, 1_000, 3_000, 20_000])('are estimated within 3 percent for a lifetime: %i', (count) => {
    expect(errorOf('lifetime', count, count > 10_000 ? 8 : 24)).toBeLessThan(0.03);
  });

  // The stated 5 percent is the standard error; a fifth more is what 20 sets of values may stray.
  it.each([140, 300, 1_000, 3_000, 8_000])('are estimated within 5 percent in a window: %i', (count) => {
    expect(errorOf('30d', count, count > 5_000 ? 12 : 20)).toBeLessThan(0.06);
  });

  it('of a window are those of the window, also when it has moved on', () => {
    const distinct = createDistinct(optionsFor('30d'));
    const state = fold(distinct, items(4_350));
    for (const [days, left] of [
      [10, 3_150],
      [20, 1_650],
    ] as const) {
      const { value } = distinct.read(state, NOW + days * DAY_MS);
      expect(Math.abs(Number(value) / left - 1)).toBeLessThan(0.15);
    }
    expect(distinct.read(state, NOW + 40 * DAY_MS)).toEqual({ value: 0 });
  });

  it.each(['lifetime', '30d'])('are the same state for any order and from any parts: %s', (window) => {
    const distinct = createDistinct(optionsFor(window));
    const sizes = fc.tuple(fc.integer({ min: 100, max: 400 }), fc.nat(400));
    const property = fc.property(sizes, fc.array(fc.nat(), { minLength: 3 }), ([count, cut], keys) => {
      const all = items(count);
      const shuffled = all
        .map((said, index) => ({ said, key: (keys[index % keys.length] ?? 0) ^ (index * 7_919) }))
        .sort((a, b) => a.key - b.key)
        .map(({ said }) => said);
      const expected = fold(distinct, all);
      expect(fold(distinct, shuffled)).toEqual(expected);
      const [left, right] = [fold(distinct, shuffled.slice(0, cut)), fold(distinct, shuffled.slice(cut))];
      expect(distinct.merge(left, right)).toEqual(expected);
      expect(distinct.merge(right, left)).toEqual(expected);
    });
    fc.assert(property, { numRuns: 12 });
  });

  it('shrink back and are counted when few are left, and may become many again', () => {
    const distinct = createDistinct(optionsFor('30d'));
    const state = fold(distinct, items(2_000));
    const later = NOW + 28 * DAY_MS;
    const add = (from: number, count: number): Reading => {
      for (let index = from; index < from + count; index += 1)
        distinct.add(state, { time: later, tie: 's\0x', currency: '', values: [`new-${index}`] }, later);
      return distinct.read(state, later);
    };
    const before = Number(distinct.read(state, later).value);
    distinct.bound?.(state, NOW + 29 * DAY_MS);
    expect(before).toBeGreaterThan(limits.distinctExactMax);
    const emptied = fold(distinct, items(2_000));
    distinct.bound?.(emptied, NOW + 31 * DAY_MS);
    expect(emptied).toEqual([]);
    const { value, approximate } = add(0, 3_000);
    expect(approximate).toBe(true);
    expect(Math.abs(Number(value) / (3_000 + before) - 1)).toBeLessThan(0.2);
  });
});
