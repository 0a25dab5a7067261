import { describe, expect, it } from 'vitest';
import { createStandardDeviation } from '../../../src/features/operations/standard-deviation.ts';
import { createVariance } from '../../../src/features/operations/variance.ts';
import { fold, NOW, optionsFor } from './samples.ts';

const at = (values: readonly number[]): { value: number; time: number }[] =>
  values.map((value) => ({ value, time: NOW }));

describe('variance', () => {
  const variance = createVariance(optionsFor('30d'));

  it('is that of the population, and null of nothing', () => {
    expect(variance.read(fold(variance, at([2, 4, 4, 4, 5, 5, 7, 9])), NOW)).toEqual({ value: 4 });
    expect(variance.read([], NOW)).toEqual({ value: null });
    const deviation = createStandardDeviation(optionsFor('30d'));
    expect(deviation.read(fold(deviation, at([2, 4, 4, 4, 5, 5, 7, 9])), NOW)).toEqual({ value: 2 });
  });

  it('loses nothing where large values lie close together, in any order', () => {
    const values = [0, 1, 2, 3].map((step) => 9_000_000_000_000 + step);
    const state = fold(variance, at(values));
    expect(variance.read(state, NOW)).toEqual({ value: 1.25 });
    expect(fold(variance, at(values.toReversed()))).toEqual(state);
  });

  it('of amounts has a standard deviation in their currency', () => {
    const deviation = createStandardDeviation({ ...optionsFor('30d'), money: true });
    const state = deviation.empty();
    for (const [value, currency] of [
      [1_000, 'CNY'],
      [3_000, 'CNY'],
      [500, 'USD'],
    ] as const) {
      deviation.add(state, { time: NOW, tie: 's\0x', currency, values: [value] }, NOW);
    }
    const reading = { value: '10.00', currency: 'CNY', unconverted: { USD: '0.00' } };
    expect(deviation.read(state, NOW)).toEqual(reading);
  });
});
