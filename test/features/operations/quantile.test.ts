import { describe, expect, it } from 'vitest';
import { createQuantile } from '../../../src/features/operations/quantile.ts';
import { limits } from '../../../src/limits.ts';
import { DAY_MS } from '../../../src/model/time.ts';
import { fold, NOW, optionsFor, type Said, seeded } from './samples.ts';

const QS = [0, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1];
/** What the logarithm of a value at the very bound of a bucket may be off. */
const ROUNDING = 1e-9;

function exact(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(q * (sorted.length - 1))] ?? Number.NaN;
}

const shapes: readonly (readonly [string, (random: () => number) => number])[] = [
  ['prices', (random) => Math.floor(100 * 10 ** (3 * random()))],
  ['a narrow range', (random) => 1_000 + random()],
  ['both signs and zero', (random) => Math.floor((random() - 0.5) * 41) * 2.5],
  ['many scales', (random) => 10 ** (12 * random() - 6) * (random() < 0.3 ? -1 : 1)],
];

describe('quantiles', () => {
  it.each(shapes)('are within one percent of the exact ones: %s', (_name, draw) => {
    const quantile = createQuantile(optionsFor('lifetime'), QS);
    for (const [seed, count] of [
      [1, 1],
      [2, 2],
      [3, 37],
      [4, 400],
    ] as const) {
      const random = seeded(seed);
      const values = Array.from({ length: count }, () => draw(random));
      const state = fold(
        quantile,
        values.map((value) => ({ value, time: NOW })),
      );
      const { value, approximate } = quantile.read(state, NOW);
      expect(approximate).toBeUndefined();
      for (const q of QS) {
        const wanted = exact(values, q);
        const answer = (value as Record<string, number>)[String(q)] ?? Number.NaN;
        expect(Math.abs(answer - wanted)).toBeLessThanOrEqual(Math.abs(wanted) * (0.01 + ROUNDING));
      }
    }
  });

  it('beyond the bound of buckets flag what has no bound of error, and only that', () => {
    const [low, high] = [
      createQuantile(optionsFor('lifetime'), [0.1]),
      createQuantile(optionsFor('lifetime'), [0.9]),
    ];
    const values = Array.from({ length: 3 * limits.quantileBucketsMax }, (_, index) => 1.02 ** index);
    const said = values.map((value): Said => ({ value, time: NOW }));
    const state = fold(high, said);
    expect(state[0]?.[5]).toHaveLength(2 * limits.quantileBucketsMax);
    expect(low.read(state, NOW).approximate).toBe(true);
    const reading = high.read(state, NOW);
    expect(reading.approximate).toBeUndefined();
    expect(Math.abs(Number(reading.value) / exact(values, 0.9) - 1)).toBeLessThanOrEqual(0.01 + ROUNDING);
    // The state, too, is the same for any order and from any parts.
    expect(fold(high, said.toReversed())).toEqual(state);
    const parts = [
      said.filter((_, index) => index % 3 === 0),
      said.filter((_, index) => index % 3 !== 0),
    ] as const;
    expect(high.merge(fold(high, parts[0]), fold(high, parts[1]))).toEqual(state);
    expect(high.merge(fold(high, parts[1]), fold(high, parts[0]))).toEqual(state);
  });

  it('slide: what has left the window no longer counts, and merging leaves the parts alone', () => {
    const quantile = createQuantile(optionsFor('30d'), [0.5]);
    const old = fold(quantile, [{ value: 5, time: NOW - 20 * DAY_MS }]);
    const recent = fold(quantile, [{ value: 700, time: NOW }]);
    const before = structuredClone(old);
    const merged = quantile.merge(old, recent);
    quantile.add(merged, { time: NOW - 20 * DAY_MS, tie: 's\0y', currency: '', values: [6] }, NOW);
    expect(old).toEqual(before);
    expect(quantile.read(merged, NOW + 15 * DAY_MS)).toEqual({ value: 700 });
    expect(quantile.read(merged, NOW + 40 * DAY_MS)).toEqual({ value: null });
  });
});
