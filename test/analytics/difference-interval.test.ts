import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differenceInterval, wilsonInterval } from '../../src/analytics/difference-interval.ts';

const share = fc
  .tuple(fc.nat({ max: 200 }), fc.integer({ min: 1, max: 200 }))
  .map(([part, whole]) => ({ part: Math.min(part, whole), whole }));

describe('the interval of a difference', () => {
  // Newcombe (1998), table II, method 10.
  it.each([
    [56, 70, 48, 80, 0.0524, 0.3339],
    [9, 10, 3, 10, 0.1705, 0.809],
    [6, 7, 2, 7, 0.0582, 0.8062],
    [5, 56, 0, 29, -0.0381, 0.1926],
    [0, 10, 0, 20, -0.1611, 0.2775],
    [10, 10, 0, 20, 0.6791, 1],
    [10, 10, 0, 10, 0.6075, 1],
  ])('of %i of %i and %i of %i is the published one', (a, m, b, n, low, high) => {
    const interval = differenceInterval({ part: a, whole: m }, { part: b, whole: n });
    expect(interval?.low).toBeCloseTo(low, 4);
    expect(interval?.high).toBeCloseTo(high, 4);
  });

  it('holds the difference, and turns with the two', () => {
    fc.assert(
      fc.property(share, share, (a, b) => {
        const [there, back] = [differenceInterval(a, b), differenceInterval(b, a)];
        const difference = a.part / a.whole - b.part / b.whole;
        expect(there?.low).toBeLessThanOrEqual(difference + 1e-12);
        expect(there?.high).toBeGreaterThanOrEqual(difference - 1e-12);
        expect(there?.low).toBeCloseTo(-(back?.high ?? 0), 12);
      }),
    );
  });

  it('is none of nobody', () => {
    expect(wilsonInterval({ part: 0, whole: 0 })).toBeUndefined();
    expect(differenceInterval({ part: 1, whole: 2 }, { part: 0, whole: 0 })).toBeUndefined();
  });
});
