import type { FeatureDefinition } from '../../src/model/feature.ts';
import type { JsonValue } from '../../src/model/json.ts';

/** The aggregates beyond counts and sums, as plainly as possible; types only, like the rest of the oracle. */
export interface NaiveItem {
  readonly time: number;
  readonly values: readonly (string | number | boolean)[];
}

const UNIT: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

export function naiveMilliseconds(duration: string): number {
  return Number(duration.slice(0, -1)) * (UNIT[duration.slice(-1)] ?? Number.NaN);
}

export function naiveInteger(value: number): bigint {
  return BigInt(value < 0 ? -Math.round(-value) : Math.round(value));
}

/** Of integers, in their unit squared: the mean of the squared distances from the mean, all over n². */
export function naiveVariance(integers: readonly bigint[]): number | null {
  if (integers.length === 0) return null;
  const n = BigInt(integers.length);
  const sum = integers.reduce((total, each) => total + each, 0n);
  const squares = integers.reduce((total, each) => total + (n * each - sum) ** 2n, 0n);
  return Number(squares / n) / (integers.length * integers.length);
}

/** Half-lives since 1970 that ended between then and `now`. */
export function naiveHalfLives(time: number, halfLife: string, now: number): number {
  const length = naiveMilliseconds(halfLife);
  return Math.floor(now / length) - Math.floor(time / length);
}

/**
 * Ten-thousandths of what is left of the numbers at `now`. Each is weighted up to the end of its own half-life
 * since 1970 and rounded there; whole half-lives then divide by two.
 */
export function naiveDecayed(items: readonly NaiveItem[], halfLife: string, now: number): number {
  const length = naiveMilliseconds(halfLife);
  const current = Math.floor(now / length);
  const sums = new Map<number, bigint>();
  for (const { time, values } of items) {
    const own = Math.floor(time / length);
    if (naiveHalfLives(time, halfLife, now) > 32) continue;
    for (const value of values) {
      if (typeof value !== 'number') continue;
      const weighted = naiveInteger(value * (10_000 * 2 ** ((time - own * length) / length)));
      sums.set(own, (sums.get(own) ?? 0n) + weighted);
    }
  }
  let left = 0;
  for (const own of [...sums.keys()].sort((a, b) => a - b))
    left += Number(sums.get(own)) * 2 ** (own - current);
  return left * 2 ** -((now - current * length) / length);
}

/** Values per unit over `lengthMs`. */
export function naiveRate(items: readonly NaiveItem[], unit: string, lengthMs: number): number {
  const unitMs = UNIT[unit.charAt(0)] ?? Number.NaN;
  return (items.flatMap(({ values }) => values).length * unitMs) / lengthMs;
}

/** The middle of the two-percent step in which the value of this rank lies; ends are as they are. */
export function naiveQuantile(numbers: readonly number[], q: number): number | null {
  const sorted = numbers.toSorted((a, b) => a - b);
  const rank = Math.floor(q * (sorted.length - 1));
  const value = sorted[rank];
  const [least = 0, most = 0] = [sorted[0], sorted.at(-1)];
  if (value === undefined) return null;
  if (rank === 0 || rank === sorted.length - 1 || value === 0) return value === 0 ? 0 : value;
  const factor = 1.01 / 0.99;
  const middle = (2 * factor ** Math.ceil(Math.log(Math.abs(value)) / Math.log(factor))) / (1 + factor);
  return Math.min(most, Math.max(least, value < 0 ? -middle : middle));
}

const formats = new Map<string, Intl.DateTimeFormat | undefined>();

function formatOf(zone: string): Intl.DateTimeFormat | undefined {
  if (!formats.has(zone)) {
    // What the generated events name is a zone, missing, or nowhere.
    const known = zone !== 'undefined' && !zone.startsWith('Nowhere');
    const options = { timeZone: zone, weekday: 'long', hour: 'numeric', hourCycle: 'h23' } as const;
    formats.set(zone, known ? new Intl.DateTimeFormat('en-US', options) : undefined);
  }
  return formats.get(zone);
}

const HOURS = Array.from({ length: 24 }, (_, hour) => String(hour));
const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

export function naiveHistogram(
  moments: readonly { readonly time: number; readonly timezone: unknown }[],
  { of, zone = 'UTC' }: FeatureDefinition,
): JsonValue {
  const counters = Object.fromEntries((of === 'hour' ? HOURS : WEEKDAYS).map((name) => [name, 0]));
  for (const { time, timezone } of moments) {
    const format = formatOf(String(timezone)) ?? formatOf(zone);
    const parts = Object.fromEntries(
      (format?.formatToParts(time) ?? []).map(({ type, value }) => [type, value]),
    );
    const name = of === 'hour' ? String(Number(parts.hour)) : String(parts.weekday).toLowerCase();
    counters[name] = (counters[name] ?? Number.NaN) + 1;
  }
  return counters;
}
