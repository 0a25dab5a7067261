import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  absoluteDecimal,
  addDecimals,
  compareDecimals,
  formatDecimal,
  multiplyDecimals,
  parseDecimal,
  roundDecimal,
} from '../../../src/cli/import/decimal.ts';

const cents = fc.integer({ min: -1_000_000_000, max: 1_000_000_000 });
const write = (value: number): string =>
  `${value < 0 ? '-' : ''}${Math.floor(Math.abs(value) / 100)}.${String(Math.abs(value) % 100).padStart(2, '0')}`;
const read = (text: string) => parseDecimal(text) ?? { units: 0n, scale: -1 };

describe('decimal numbers', () => {
  it('add and compare as integers of cents do', () => {
    fc.assert(
      fc.property(cents, cents, (a, b) => {
        const left = read(write(a));
        const right = read(write(b));
        expect(formatDecimal(addDecimals(left, right))).toBe(write(a + b));
        expect(Math.sign(compareDecimals(left, right))).toBe(Math.sign(a - b));
        expect(formatDecimal(absoluteDecimal(left))).toBe(write(Math.abs(a)));
      }),
    );
  });

  it('multiply without losing a digit', () => {
    fc.assert(
      fc.property(cents, fc.integer({ min: -10_000, max: 10_000 }), (a, times) => {
        const product = multiplyDecimals(read(write(a)), read(String(times)));
        expect(product).toEqual({ units: BigInt(a) * BigInt(times), scale: 2 });
      }),
    );
    expect(formatDecimal(multiplyDecimals(read('1.236'), read('4.15')))).toBe('5.12940');
  });

  it('add numbers of different scales exactly', () => {
    expect(formatDecimal(addDecimals(read('0.1'), read('0.20')))).toBe('0.30');
    expect(formatDecimal(addDecimals(read('-5'), read('0.005')))).toBe('-4.995');
  });

  it('round half away from zero', () => {
    expect(
      ['1.235', '-1.235', '1.2349', '0.005', '7'].map((text) => formatDecimal(roundDecimal(read(text), 2))),
    ).toEqual(['1.24', '-1.24', '1.23', '0.01', '7']);
  });

  it('are nothing but digits, a sign and a point', () => {
    for (const text of ['', '.', '1e3', '1,000', '0x10', 'NaN', '1.2.3', ' 1', '--1']) {
      expect(parseDecimal(text)).toBeUndefined();
    }
    expect(formatDecimal(read('+3.50'))).toBe('3.50');
    expect(formatDecimal(read('-0.0'))).toBe('0.0');
  });
});
