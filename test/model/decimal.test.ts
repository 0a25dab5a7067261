import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimalOf, formatDecimal, parseDecimal } from '../../src/model/decimal.ts';

describe('a decimal', () => {
  it.each([
    ['4.15', { units: 415, scale: 2 }],
    ['-0.50', { units: -5, scale: 1 }],
    ['007', { units: 7, scale: 0 }],
    ['0.000', { units: 0, scale: 0 }],
  ])('is read from %s', (text, expected) => expect(parseDecimal(text)).toEqual(expected));

  it.each(['', '-', '1.', '.1', '1e3', '1 ', '1234567890123456', '0.1234567890123456'])(
    'is not read from %j',
    (text) => {
      expect(parseDecimal(text)).toBeUndefined();
    },
  );

  it.each([1e21, -1e300, Number.NaN, Number.POSITIVE_INFINITY, 0.1 + 0.2])('is not made of %d', (value) => {
    expect(decimalOf(value)).toBeUndefined();
  });

  it('of fifteen digits survives the way through a JavaScript number', () => {
    const units = fc.integer({ min: -999_999_999_999_999, max: 999_999_999_999_999 });
    fc.assert(
      fc.property(units, fc.integer({ min: 0, max: 20 }), (whole, scale) => {
        const text = formatDecimal({ units: whole, scale }, 0);
        expect(decimalOf(Number(text))).toEqual(parseDecimal(text));
      }),
    );
  });
});
