import type { FeatureValue } from '../../src/model/feature.ts';
import { naiveInteger } from './naive-aggregates.ts';

/** Amounts, each currency for itself; types only, like the rest of the oracle. */
export type Answer = Omit<FeatureValue, 'as_of' | 'partial'>;

interface Paid {
  readonly currency: string | undefined;
  readonly values: readonly (string | number | boolean)[];
}

export function decimalText(minor: bigint, currency: string): string {
  if (currency === 'JPY') return minor.toString();
  const digits = (minor < 0n ? -minor : minor).toString().padStart(3, '0');
  return `${minor < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

export function rounded(amount: number | null): bigint | null {
  return amount === null ? null : naiveInteger(amount);
}

/** `fold` of the amounts of each currency; only the reporting one is the value. */
export function money(
  items: readonly Paid[],
  currency: string,
  fold: (amounts: bigint[]) => bigint | null,
): Answer {
  const amounts = new Map<string, bigint[]>();
  for (const item of items) {
    for (const value of item.values) {
      if (typeof value !== 'number' || item.currency === undefined) continue;
      amounts.set(item.currency, [...(amounts.get(item.currency) ?? []), naiveInteger(value)]);
    }
  }
  const text = (code: string): string | null => {
    const folded = fold(amounts.get(code) ?? []);
    return folded === null ? null : decimalText(folded, code);
  };
  const others = [...amounts.keys()].filter((code) => code !== currency).sort();
  const unconverted = Object.fromEntries(others.map((code) => [code, text(code) ?? '']));
  return { value: text(currency), currency, ...(others.length === 0 ? {} : { unconverted }) };
}

export function total(amounts: readonly bigint[]): bigint {
  return amounts.reduce((sum, amount) => sum + amount, 0n);
}

export function mean(amounts: readonly bigint[]): bigint | null {
  if (amounts.length === 0) return null;
  const sum = total(amounts);
  const n = BigInt(amounts.length);
  const doubled = 2n * (sum < 0n ? -sum : sum) + n;
  return (sum < 0n ? -1n : 1n) * (doubled / (2n * n));
}

export function extreme(amounts: readonly bigint[], larger: boolean): bigint | null {
  return amounts.reduce<bigint | null>(
    (best, amount) => (best === null || (larger ? amount > best : amount < best) ? amount : best),
    null,
  );
}
