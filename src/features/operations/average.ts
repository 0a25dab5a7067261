import type { Exact } from '../exact.ts';
import { addExact, divideExact, exactFixed, exactMinor, FIXED_POINT_SCALE } from '../exact.ts';
import { readMoney } from '../money-reading.ts';
import type { Operation, OperationOptions } from '../operation.ts';
import { isLive, mergeRows, pruneRows, putRow, rowsChangeAt, tileOf } from '../tiles.ts';

export type AverageRow = readonly [tile: number, currency: string, sum: Exact, count: number];

function combine(old: AverageRow, added: AverageRow): AverageRow {
  return [old[0], old[1], addExact(old[2], added[2]), old[3] + added[3]];
}

/** Sum and count, divided when read; null while there is nothing to divide. */
export function createAverage({ span, money, reportingCurrency }: OperationOptions): Operation<AverageRow[]> {
  const exact = money ? exactMinor : exactFixed;
  return {
    empty: () => [],
    add(state, sample, now) {
      const tile = tileOf(span, sample.time);
      if (!isLive(span, tile, now)) return;
      for (const value of sample.values) {
        if (typeof value === 'number') putRow(state, [tile, sample.currency, exact(value), 1], combine);
      }
      pruneRows(state, span, now);
    },
    merge: (a, b) => mergeRows(a, b, combine),
    changesAt: (state, now) => rowsChangeAt(state, span, now),
    read(state, now) {
      const totals = new Map<string, AverageRow>();
      for (const row of state) {
        const total = totals.get(row[1]);
        if (isLive(span, row[0], now)) totals.set(row[1], total === undefined ? row : combine(total, row));
      }
      if (!money) {
        const total = totals.get('');
        return { value: total === undefined ? null : Number(total[2]) / (total[3] * FIXED_POINT_SCALE) };
      }
      const averages = new Map<string, Exact>();
      for (const [currency, [, , sum, count]] of totals) averages.set(currency, divideExact(sum, count));
      return readMoney(averages, reportingCurrency, null);
    },
  };
}
