import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocate, amountToMinor, apportion, toQuantity, unitToMinor } from '../../src/ingest/money.ts';
import { limits } from '../../src/limits.ts';

/** The oracle: the same decimal text read digit by digit into a big integer. */
function exactMinor(text: string, decimals: number): bigint | undefined {
  const negative = text.startsWith('-');
  const [whole = '', fraction = ''] = (negative ? text.slice(1) : text).split('.');
  if (/[1-9]/.test(fraction.slice(decimals))) return undefined;
  const magnitude = BigInt(whole + fraction.slice(0, decimals).padEnd(decimals, '0'));
  return negative ? -magnitude : magnitude;
}

const decimals = fc.constantFrom(0, 2, 3, 4);
const decimalText = fc
  .tuple(fc.boolean(), fc.integer({ min: 0, max: 999_999_999 }), fc.stringMatching(/^[0-9]{0,6}$/))
  .map(
    ([negative, whole, fraction]) => `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`,
  );

describe('amountToMinor', () => {
  it.each([
    [4.15, 2, 415],
    ['4.15', 2, 415],
    [1.005, 3, 1005],
    ['1000', 0, 1000],
    [1000, 0, 1000],
    ['12.345', 3, 12345],
    ['4.1500', 2, 415],
    [0, 2, 0],
    [-0, 2, 0],
    ['-0.00', 2, 0],
    [0.07, 2, 7],
    [1e-2, 2, 1],
    [8.2, 2, 820],
    [1_000_000_000, 2, limits.amountMinorMax],
  ])('reads %j with %i decimals as %i minor units', (value, places, expected) => {
    expect(Object.is(amountToMinor(value, places), expected)).toBe(true);
  });

  it.each([
    [4.155, 2],
    [0.5, 0],
    [0.1 + 0.2, 2],
    [Number.NaN, 2],
    [Number.POSITIVE_INFINITY, 2],
    [1_000_000_000.01, 2],
    [1e-7, 2],
    ['1e3', 2],
    ['+4', 2],
    ['4.', 2],
    ['.5', 2],
    ['4,15', 2],
    [' 4', 2],
    ['', 2],
    ['0x10', 2],
    ['９', 2],
    ['1'.repeat(30), 2],
  ])('refuses %j with %i decimals', (value, places) => {
    expect(amountToMinor(value, places)).toBeUndefined();
  });

  it('equals big-integer arithmetic on decimal text', () => {
    fc.assert(
      fc.property(decimalText, decimals, (text, places) => {
        const exact = exactMinor(text, places);
        const bound = BigInt(limits.amountMinorMax);
        const expected = exact === undefined || exact > bound || exact < -bound ? undefined : Number(exact);
        expect(amountToMinor(text, places)).toBe(expected === 0 ? 0 : expected);
      }),
    );
  });

  it('reads a JSON number as the decimal that was written', () => {
    fc.assert(
      fc.property(decimalText, decimals, (text, places) => {
        expect(amountToMinor(JSON.parse(text) as number, places)).toBe(amountToMinor(text, places));
      }),
    );
  });
});

describe('unitToMinor', () => {
  it.each([
    ['0.001', 2, 0.1],
    [0.001, 2, 0.1],
    [1.2345, 2, 123.45],
    ['0.000001', 0, 0.000001],
    [399, 2, 39900],
    ['7.5', 3, 7500],
  ])('reads %j with %i decimals as %d minor units', (value, places, expected) => {
    expect(unitToMinor(value, places)).toBe(expected);
  });

  it('refuses more than six decimals', () => {
    expect(unitToMinor('0.0000001', 2)).toBeUndefined();
    expect(unitToMinor(1e-7, 2)).toBeUndefined();
  });

  it('gives the double that stands for the exact decimal', () => {
    fc.assert(
      fc.property(decimalText, decimals, (text, places) => {
        const minor = unitToMinor(text, places);
        if (minor === undefined) return;
        const [whole = '', fraction = ''] = text.split('.');
        const padded = fraction.padEnd(6, '0');
        expect(minor).toBe(Number(`${whole}${padded.slice(0, places)}.${padded.slice(places)}0`) + 0);
      }),
    );
  });
});

describe('toQuantity', () => {
  it.each([
    ['1.236', 1.236],
    [1.236, 1.236],
    [-3, -3],
    ['12', 12],
    [0, 0],
  ])('reads %j', (value, expected) => expect(toQuantity(value)).toBe(expected));

  it.each(['1.23456', '1 kg', '', 1e10, 0.00001, Number.NaN])('refuses %j', (value) => {
    expect(toQuantity(value)).toBeUndefined();
  });
});

describe('allocate', () => {
  it('splits 100 in three so that nothing is lost', () => {
    expect(allocate(100, [1, 1, 1])).toEqual([34, 33, 33]);
    expect(allocate(8000, [39900, 51900])).toEqual([3477, 4523]);
  });

  it('sums exactly, stays within one unit of the exact share, and favors the largest remainders', () => {
    const weights = fc.array(
      fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 100_000_000_000 })),
      {
        minLength: 1,
        maxLength: 20,
      },
    );
    fc.assert(
      fc.property(weights, fc.integer({ min: 0, max: 100_000_000_000 }), (parts, wanted) => {
        const sum = parts.reduce((all, part) => all + BigInt(part), 0n);
        fc.pre(sum > 0n);
        const total = Number(BigInt(wanted) % (sum + 1n));
        const shares = allocate(total, parts);
        expect(shares.reduce((all, share) => all + share, 0)).toBe(total);
        let smallestRaised: bigint | undefined;
        let largestKept = -1n;
        shares.forEach((share, i) => {
          const product = BigInt(total) * BigInt(parts[i] ?? 0);
          const floor = product / sum;
          const remainder = product % sum;
          const extra = BigInt(share) - floor;
          expect(extra === 0n || (extra === 1n && remainder > 0n)).toBe(true);
          if (extra === 1n && (smallestRaised === undefined || remainder < smallestRaised))
            smallestRaised = remainder;
          if (extra === 0n && remainder > largestKept) largestKept = remainder;
          expect(share).toBeLessThanOrEqual(parts[i] ?? 0);
        });
        if (smallestRaised !== undefined) expect(smallestRaised >= largestKept).toBe(true);
      }),
    );
  });
});

describe('apportion', () => {
  it('rounds the sum once, half away from zero, and leaves whole parts alone', () => {
    expect(apportion([5n, 5n], 10n)).toEqual([1, 0]);
    expect(apportion([5n], 10n)).toEqual([1]);
    expect(apportion([-5n], 10n)).toEqual([-1]);
    expect(apportion([-4n], 10n)).toEqual([0]);
    expect(apportion([30n, 14n, 14n], 10n)).toEqual([3, 2, 1]);
    expect(apportion([], 10n)).toEqual([]);
  });

  it('keeps the sum equal to the exact sum rounded, also with lines taken back', () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), { maxLength: 12 }),
        (numerators) => {
          const denominator = 10_000n;
          const sum = numerators.reduce((all, numerator) => all + numerator, 0n);
          const magnitude = sum < 0n ? -sum : sum;
          const up = magnitude % denominator >= denominator / 2n ? 1n : 0n;
          const rounded = magnitude / denominator + up;
          const parts = apportion(numerators, denominator);
          expect(BigInt(parts.reduce((all, part) => all + part, 0))).toBe(sum < 0n ? -rounded : rounded);
          parts.forEach((part, i) => {
            const difference = BigInt(part) * denominator - (numerators[i] ?? 0n);
            expect(difference > -denominator && difference < denominator).toBe(true);
          });
        },
      ),
    );
  });
});
