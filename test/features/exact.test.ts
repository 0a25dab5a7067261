import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addExact,
  divideExact,
  type Exact,
  exactFixed,
  exactMinor,
  formatExact,
} from '../../src/features/exact.ts';

const integer = fc.bigInt({ min: -(2n ** 60n), max: 2n ** 60n });

function exactOf(value: bigint): Exact {
  return addExact(value.toString(), 0);
}

describe('exact sums', () => {
  it('equal integers of any size, in one canonical form', () => {
    const property = fc.property(fc.array(integer, { maxLength: 20 }), (values) => {
      const sum = values.map(exactOf).reduce(addExact, 0);
      const expected = values.reduce((a, b) => a + b, 0n);
      expect(BigInt(sum)).toBe(expected);
      expect(typeof sum).toBe(Number.isSafeInteger(Number(expected)) ? 'number' : 'string');
      expect(values.toReversed().map(exactOf).reduce(addExact, 0)).toBe(sum);
    });
    fc.assert(property, { numRuns: 200 });
  });

  it('round a division half away from zero', () => {
    expect(divideExact(5, 2)).toBe(3);
    expect(divideExact(-5, 2)).toBe(-3);
    expect(divideExact(7, 3)).toBe(2);
    expect(divideExact('-20000000000000000000', 1)).toBe('-20000000000000000000');
  });

  it('take four decimals of a number exactly and never store a negative zero', () => {
    expect(exactFixed(0.1)).toBe(1_000);
    expect(exactFixed(-1.00005)).toBe(-10_001);
    expect(exactFixed(9_007_199_254_740_991)).toBe('90071992547409910000');
    expect(Object.is(exactFixed(-0.00001), 0)).toBe(true);
    expect(Object.is(exactMinor(-0.2), 0)).toBe(true);
    expect(exactMinor(2.5)).toBe(3);
    expect(exactMinor(-2.5)).toBe(-3);
  });

  it('are written as decimals however large', () => {
    expect(formatExact(415, 'GBP')).toBe('4.15');
    expect(formatExact('-900719925474099312', 'GBP')).toBe('-9007199254740993.12');
    expect(formatExact('900719925474099312', 'JPY')).toBe('900719925474099312');
  });
});
