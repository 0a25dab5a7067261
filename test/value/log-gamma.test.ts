import { describe, expect, it } from 'vitest';
import { logGamma } from '../../src/value/log-gamma.ts';

describe('logGamma', () => {
  it('is the logarithm of factorials', () => {
    let logFactorial = 0;
    for (let n = 1; n <= 170; n += 1) {
      expect(logGamma(n)).toBeCloseTo(logFactorial, 9);
      logFactorial += Math.log(n);
    }
  });

  it.each([
    [0.5, 0.5 * Math.log(Math.PI)],
    [1.5, Math.log(Math.sqrt(Math.PI) / 2)],
    // Abramowitz and Stegun, table 6.1 and its recurrence.
    [1.25, Math.log(0.906402477055477)],
    [0.25, Math.log(3.625609908221908)],
    [1e-6, Math.log(1e6 - 0.5772156649)],
  ])('of %d is as tables have it', (x, expected) => {
    expect(logGamma(x)).toBeCloseTo(expected, 10);
  });

  it('goes over into Stirling’s series for large numbers', () => {
    for (const x of [1e3, 1e5, 1e8]) {
      const series =
        (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * x) - 1 / (360 * x ** 3);
      expect(Math.abs(logGamma(x) / series - 1)).toBeLessThan(1e-13);
    }
  });

  it('has no answer where the function is not positive', () => {
    expect([0, -1, -0.5, Number.NaN].map(logGamma)).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
  });
});
