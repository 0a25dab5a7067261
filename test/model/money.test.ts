import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TesseraError } from '../../src/errors.ts';
import { amountToMinor, unitToMinor } from '../../src/ingest/money.ts';
import { currencyDecimals } from '../../src/model/currencies.ts';
import { decimalsOfCurrency, formatMinor } from '../../src/model/money.ts';

describe('formatMinor', () => {
  it.each([
    [415, 'GBP', '4.15'],
    [5, 'GBP', '0.05'],
    [0, 'GBP', '0.00'],
    [-0, 'GBP', '0.00'],
    [-415, 'GBP', '-4.15'],
    [-5, 'GBP', '-0.05'],
    [1000, 'JPY', '1000'],
    [-0, 'JPY', '0'],
    [12345, 'KWD', '12.345'],
    [0.1, 'GBP', '0.001'],
    [-0.1, 'GBP', '-0.001'],
    [123.45, 'GBP', '1.2345'],
    [0.0001, 'GBP', '0.000001'],
    [1e-7, 'CLF', '0.00000000001'],
    [Number.MAX_SAFE_INTEGER, 'EUR', '90071992547409.91'],
  ])('writes %d %s as %s', (minor, currency, expected) =>
    expect(formatMinor(minor, currency)).toBe(expected),
  );

  it('refuses a currency that does not exist', () => {
    expect(() => formatMinor(1, 'XXQ')).toThrow(TesseraError);
  });

  it('is read back to the same minor units', () => {
    const currency = fc.constantFrom('GBP', 'JPY', 'KWD', 'CLF');
    fc.assert(
      fc.property(fc.integer({ min: -100_000_000_000, max: 100_000_000_000 }), currency, (minor, code) => {
        expect(amountToMinor(formatMinor(minor, code), decimalsOfCurrency(code) ?? 0)).toBe(
          minor === 0 ? 0 : minor,
        );
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999_999 }), fc.constantFrom('GBP', 'JPY'), (micro, code) => {
        const minor = unitToMinor(String(micro / 1e4), decimalsOfCurrency(code) ?? 0);
        if (minor !== undefined) expect(Number(formatMinor(minor, code))).toBe(micro / 1e4);
      }),
    );
  });
});

describe('the currency table', () => {
  it('knows the decimals of currencies that differ from two', () => {
    expect([decimalsOfCurrency('JPY'), decimalsOfCurrency('KWD'), decimalsOfCurrency('CLF')]).toEqual([
      0, 3, 4,
    ]);
    expect(decimalsOfCurrency('cny')).toBeUndefined();
    expect(decimalsOfCurrency('constructor')).toBeUndefined();
  });

  it('agrees with the platform on every currency that the platform formats', () => {
    const odd: string[] = [];
    for (const [code, decimals] of currencyDecimals) {
      const options = new Intl.NumberFormat('en', { style: 'currency', currency: code }).resolvedOptions();
      if (options.maximumFractionDigits !== decimals) odd.push(code);
    }
    // The platform follows customary use for these rather than ISO 4217.
    const customary =
      'AFN ALL IDR IRR KPW LAK LBP MGA MMK PKR RSD SLL SOS SYP UYI UZS YER ZWL IQD COP CLF HUF TWD UYW';
    expect(odd.filter((code) => !customary.includes(code))).toEqual([]);
  });
});
