import type { EpochMs } from '../../model/time.ts';
import { addExact, type Exact, exactFixed, exactMinor, FIXED_POINT_SCALE, multiplyExact } from '../exact.ts';
import type { OperationOptions, Sample } from '../operation.ts';
import { isLive, mergeRows, pruneRows, putRow, tileOf } from '../tiles.ts';

/** Count, sum and sum of squares of integers (minor units or ten-thousandths): nothing in it depends on order. */
export type MomentsRow = readonly [tile: number, currency: string, count: number, sum: Exact, squares: Exact];

export function combineMoments(old: MomentsRow, added: MomentsRow): MomentsRow {
  return [old[0], old[1], old[2] + added[2], addExact(old[3], added[3]), addExact(old[4], added[4])];
}

export function mergeMoments(a: MomentsRow[], b: MomentsRow[]): MomentsRow[] {
  return mergeRows(a, b, combineMoments);
}

/** The numbers of a sample go into its tile; other values do not count. */
export function addMoments(
  { span, money }: OperationOptions,
  state: MomentsRow[],
  { sample, now }: { readonly sample: Sample; readonly now: EpochMs },
): void {
  const tile = tileOf(span, sample.time);
  if (!isLive(span, tile, now)) return;
  for (const value of sample.values) {
    if (typeof value !== 'number') continue;
    const exact = money ? exactMinor(value) : exactFixed(value);
    putRow(state, [tile, sample.currency, 1, exact, multiplyExact(exact, exact)], combineMoments);
  }
  pruneRows(state, span, now);
}

/** What lives at the moment of reading, by currency. */
export function liveMoments(
  { span }: OperationOptions,
  state: readonly MomentsRow[],
  now: EpochMs,
): Map<string, MomentsRow> {
  const totals = new Map<string, MomentsRow>();
  for (const row of state) {
    if (!isLive(span, row[0], now)) continue;
    const total = totals.get(row[1]);
    totals.set(row[1], total === undefined ? row : combineMoments(total, row));
  }
  return totals;
}

/**
 * The population variance in the square of the integers' unit: (n·Σx² − (Σx)²) ÷ n², exact up to the one division
 * at the end, so that near-equal values of any size lose no digits.
 */
export function varianceOf([, , count, sum, squares]: MomentsRow): number {
  const spread = BigInt(count) * BigInt(squares) - BigInt(sum) * BigInt(sum);
  return Number(spread) / (count * count);
}

/** Plain numbers are kept in ten-thousandths. */
export const SQUARED_SCALE = FIXED_POINT_SCALE * FIXED_POINT_SCALE;
