import { decimalsOfCurrency, formatMinor } from '../model/money.ts';

/**
 * Sums that never round: a safe integer as a number, anything larger as its decimal text. Which of the two a
 * sum is depends on its value alone, so the form is canonical and survives any encoding.
 */
export type Exact = number | string;

/** Plain numbers are summed in ten-thousandths: four decimals exactly, the rest rounded half away from zero. */
export const FIXED_POINT_SCALE = 10_000;

function fromBigInt(value: bigint): Exact {
  const narrow = Number(value);
  return Number.isSafeInteger(narrow) ? narrow : value.toString();
}

function fromRounded(value: number): Exact {
  // `|| 0` turns -0 into 0, which would otherwise be stored as different bytes.
  return Number.isSafeInteger(value) ? value || 0 : fromBigInt(BigInt(value));
}

function roundHalfAway(value: number): number {
  return value < 0 ? -Math.round(-value) : Math.round(value);
}

/** Minor units as an integer; a unit price may hold a fraction of one, which is rounded. */
export function exactMinor(amount: number): Exact {
  return fromRounded(roundHalfAway(amount));
}

export function exactFixed(value: number): Exact {
  if (Number.isInteger(value)) return multiplyExact(value, FIXED_POINT_SCALE);
  return fromRounded(roundHalfAway(value * FIXED_POINT_SCALE));
}

export function addExact(a: Exact, b: Exact): Exact {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return fromBigInt(BigInt(a) + BigInt(b));
}

export function multiplyExact(a: Exact, b: Exact): Exact {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b;
    if (Number.isSafeInteger(product)) return product || 0;
  }
  return fromBigInt(BigInt(a) * BigInt(b));
}

/** sum ÷ count as an integer, rounded half away from zero. */
export function divideExact(sum: Exact, count: number): Exact {
  const dividend = BigInt(sum);
  const divisor = BigInt(count);
  const magnitude = dividend < 0n ? -dividend : dividend;
  const rounded = (2n * magnitude + divisor) / (2n * divisor);
  return fromBigInt(dividend < 0n ? -rounded : rounded);
}

/** An amount in minor units as decimal text, however large. */
export function formatExact(minor: Exact, currency: string): string {
  if (typeof minor === 'number') return formatMinor(minor, currency);
  const decimals = decimalsOfCurrency(currency) ?? 0;
  const digits = minor.replace('-', '').padStart(decimals + 1, '0');
  const point = digits.length - decimals;
  const sign = minor.startsWith('-') ? '-' : '';
  return decimals === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}
