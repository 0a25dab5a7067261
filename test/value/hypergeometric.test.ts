import { describe, expect, it } from 'vitest';
import { hypergeometric } from '../../src/value/hypergeometric.ts';
import { integrate } from './integrate.ts';

describe('hypergeometric', () => {
  it.each([0, 0.1, 0.5, 0.9, 0.99])('at %d equals functions that it is another name of', (z) => {
    // Abramowitz and Stegun 15.1.3, 15.1.4, 15.1.8.
    if (z > 0) expect(hypergeometric({ a: 1, b: 1, c: 2 }, z)).toBeCloseTo(-Math.log(1 - z) / z, 10);
    expect(hypergeometric({ a: 2.5, b: 3.25, c: 3.25 }, z) * (1 - z) ** 2.5).toBeCloseTo(1, 10);
    const root = Math.sqrt(z);
    if (z > 0)
      expect(hypergeometric({ a: 0.5, b: 1, c: 1.5 }, z)).toBeCloseTo(
        Math.log((1 + root) / (1 - root)) / (2 * root),
        9,
      );
  });

  it.each([
    [0.243, 2.426, 3.219],
    [3.243, 5.426, 6.219],
    [29.243, 31.426, 31.219],
    [2.2, 0.4, 0.9],
  ])('equals Euler’s integral for a = %d, b = %d, c = %d', (a, b, c) => {
    if (c <= b) return;
    for (const z of [0.05, 0.4, 0.8, 0.95]) {
      const weighed = (f: (t: number) => number) =>
        integrate((t) => t ** (b - 1) * (1 - t) ** (c - b - 1) * f(t), 0, 1);
      const expected = weighed((t) => (1 - z * t) ** -a) / weighed(() => 1);
      expect(Math.abs(hypergeometric({ a, b, c }, z) / expected - 1)).toBeLessThan(1e-6);
    }
  });

  it('is a finite sum where a parameter is a negative whole number', () => {
    // 1 − 2·3·z/4 + (2·1)(3·4)/(4·5·2)·z²
    expect(hypergeometric({ a: -2, b: 3, c: 4 }, 0.5)).toBeCloseTo(1 - 0.75 + 0.15, 12);
  });
});
