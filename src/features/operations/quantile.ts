import { limits } from '../../limits.ts';
import type { JsonValue } from '../../model/json.ts';
import type { EpochMs } from '../../model/time.ts';
import { type Exact, exactMinor } from '../exact.ts';
import { readMoney } from '../money-reading.ts';
import type { Operation, OperationOptions, Reading } from '../operation.ts';
import { isLive, rowsChangeAt, tileOf } from '../tiles.ts';
import {
  addToBucket,
  addToBuckets,
  type Buckets,
  bucketOf,
  collapseBuckets,
  middleOf,
} from '../value-buckets.ts';

/**
 * Quantiles by DDSketch (Masson, Rim, Lee: VLDB 2019), one sketch per tile and currency: values are counted in
 * buckets that grow by a constant factor, so that every answer is within 1 % of the value of that rank, and the
 * smallest and the largest are kept as they are.
 *
 * A tile keeps a bounded number of buckets, the highest ones; everything lower is counted in its lowest. Which
 * these are depends on the set of values alone, because a bucket once passed by enough higher ones stays so. An
 * answer from such a bucket is the one thing without an error bound, and flagged.
 */
export type QuantileRow = [
  tile: number,
  currency: string,
  /** 1 where lower buckets were taken into the lowest. */
  collapsed: 0 | 1,
  smallest: number,
  largest: number,
  buckets: Buckets,
];

function isAfter(row: QuantileRow, tile: number, currency: string): boolean {
  return row[0] !== tile ? row[0] > tile : row[1] > currency;
}

/** The row of this tile and currency, made where there is none. */
function rowAt(state: QuantileRow[], [tile, currency, , value]: QuantileRow): QuantileRow {
  let index = state.length - 1;
  while (index >= 0 && isAfter(state[index]!, tile, currency)) index -= 1;
  const found = state[index];
  if (found !== undefined && found[0] === tile && found[1] === currency) return found;
  const made: QuantileRow = [tile, currency, 0, value, value, []];
  state.splice(index + 1, 0, made);
  return made;
}

function mergeInto(state: QuantileRow[], row: QuantileRow, bucketsMax: number): void {
  const own = rowAt(state, row);
  own[3] = Math.min(own[3], row[3]);
  own[4] = Math.max(own[4], row[4]);
  addToBuckets(own[5], row[5]);
  const collapsed = collapseBuckets(own[5], bucketsMax) || row[2] === 1;
  if (collapsed) own[2] = 1;
}

/** What the tiles of one currency that live make up together, with the bucket up to which nothing is sure. */
interface Whole {
  readonly buckets: Buckets;
  smallest: number;
  largest: number;
  unsureTo: number;
}

function wholeOf(rows: readonly QuantileRow[]): Whole | undefined {
  const [first] = rows;
  if (first === undefined) return undefined;
  const whole: Whole = {
    buckets: [],
    smallest: first[3],
    largest: first[4],
    unsureTo: Number.NEGATIVE_INFINITY,
  };
  for (const [, , collapsed, smallest, largest, buckets] of rows) {
    addToBuckets(whole.buckets, buckets);
    whole.smallest = Math.min(whole.smallest, smallest);
    whole.largest = Math.max(whole.largest, largest);
    if (collapsed === 1) whole.unsureTo = Math.max(whole.unsureTo, buckets[0] ?? whole.unsureTo);
  }
  return whole;
}

/** The value of rank ⌊q (n − 1)⌋ in ascending order, counted from 0. */
function answerOf(
  { buckets, smallest, largest, unsureTo }: Whole,
  q: number,
): { value: number; unsure: boolean } {
  let total = 0;
  for (let index = 1; index < buckets.length; index += 2) total += buckets[index]!;
  const rank = Math.floor(q * (total - 1));
  if (rank === 0) return { value: smallest, unsure: false };
  if (rank === total - 1) return { value: largest, unsure: false };
  let index = 0;
  for (let seen = buckets[1]!; seen <= rank; seen += buckets[index + 1]!) index += 2;
  const bucket = buckets[index]!;
  return { value: Math.min(largest, Math.max(smallest, middleOf(bucket))), unsure: bucket <= unsureTo };
}

function readPlain(whole: Whole | undefined, quantiles: readonly number[]): Reading {
  const [only] = quantiles;
  const answers = quantiles.map((q) => (whole === undefined ? undefined : answerOf(whole, q)));
  const value: JsonValue =
    quantiles.length === 1 && only !== undefined
      ? (answers[0]?.value ?? null)
      : Object.fromEntries(quantiles.map((q, index) => [String(q), answers[index]?.value ?? null]));
  return answers.some((answer) => answer?.unsure) ? { value, approximate: true } : { value };
}

function liveRows(
  state: readonly QuantileRow[],
  { span }: OperationOptions,
  now: EpochMs,
): Map<string, QuantileRow[]> {
  const live = new Map<string, QuantileRow[]>();
  for (const row of state) {
    if (!isLive(span, row[0], now)) continue;
    const rows = live.get(row[1]);
    if (rows === undefined) live.set(row[1], [row]);
    else rows.push(row);
  }
  return live;
}

/** One quantile, or an object of several; null where there is no value. */
export function createQuantile(
  options: OperationOptions,
  quantiles: readonly number[],
): Operation<QuantileRow[]> {
  const { span, money, reportingCurrency } = options;
  const bucketsMax = span.tileMs === 0 ? limits.quantileBucketsMax : limits.quantileBucketsPerTileMax;
  return {
    empty: () => [],
    add(state, { time, currency, values }, now) {
      const tile = tileOf(span, time);
      if (!isLive(span, tile, now)) return;
      for (const value of values) {
        if (typeof value !== 'number') continue;
        const number = money ? Number(exactMinor(value)) : value || 0;
        const row = rowAt(state, [tile, currency, 0, number, number, []]);
        if (number < row[3]) row[3] = number;
        if (number > row[4]) row[4] = number;
        if (addToBucket(row[5], bucketOf(number), 1) && collapseBuckets(row[5], bucketsMax)) row[2] = 1;
      }
      while (state.length > 0 && !isLive(span, state[0]![0], now)) state.shift();
    },
    merge(a, b) {
      const merged = a.map((row): QuantileRow => [row[0], row[1], row[2], row[3], row[4], row[5].slice()]);
      for (const row of b) mergeInto(merged, row, bucketsMax);
      return merged;
    },
    changesAt: (state, now) => rowsChangeAt(state, span, now),
    read(state, now) {
      const live = liveRows(state, options, now);
      if (!money) return readPlain(wholeOf(live.get('') ?? []), quantiles);
      const amounts = new Map<string, Exact>();
      let unsure = false;
      for (const [currency, rows] of live) {
        const whole = wholeOf(rows);
        const answer = whole === undefined ? undefined : answerOf(whole, quantiles[0] ?? 0);
        if (answer === undefined) continue;
        amounts.set(currency, exactMinor(answer.value));
        unsure ||= answer.unsure;
      }
      const reading = readMoney(amounts, reportingCurrency, null);
      return unsure ? { ...reading, approximate: true } : reading;
    },
  };
}
