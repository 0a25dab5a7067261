import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sumDecimals } from '../../../src/ingest/dialects/sum-decimals.ts';

describe('sumDecimals', () => {
  it('is exact where numbers are not', () => {
    expect(sumDecimals(['0.10', '0.20'])).toBe('0.3');
    expect(sumDecimals(['4.15', 1, '-0.155'])).toBe('4.995');
    expect(sumDecimals([])).toBe('0');
  });

  it('is the sum of whole hundredths, divided by a hundred', () => {
    const cents = fc.integer({ min: -1_000_000_000, max: 1_000_000_000 });
    fc.assert(
      fc.property(fc.array(cents, { maxLength: 50 }), (amounts) => {
        const total = amounts.reduce((sum, amount) => sum + amount, 0);
        const text = sumDecimals(amounts.map((amount) => (amount / 100).toFixed(2)));
        expect(Math.round(Number(text) * 100)).toBe(total === 0 ? 0 : total);
      }),
      { verbose: 1 },
    );
  });

  it('does not guess: what is no amount, or too long for one, has no sum', () => {
    for (const amount of [undefined, null, '', 'x', '1e3', true, {}])
      expect(sumDecimals(['1', amount])).toBeUndefined();
    expect(sumDecimals(Array(20).fill('999999999999999'))).toBeUndefined();
  });
});
