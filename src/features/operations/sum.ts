import type { Exact } from '../exact.ts';
import { addExact, exactFixed, exactMinor, FIXED_POINT_SCALE, formatExact } from '../exact.ts';
import { readMoney } from '../money-reading.ts';
import type { Operation, OperationOptions } from '../operation.ts';
import { isLive, mergeRows, pruneRows, putRow, rowsChangeAt, tileOf } from '../tiles.ts';

export type SumRow = readonly [tile: number, currency: string, sum: Exact];

function combine(old: SumRow, added: SumRow): SumRow {
  return [old[0], old[1], addExact(old[2], added[2])];
}

/** Integer sums: minor units per currency, or ten-thousandths for plain numbers. Other values do not count. */
export function createSum({ span, money, reportingCurrency }: OperationOptions): Operation<SumRow[]> {
  const exact = money ? exactMinor : exactFixed;
  return {
    empty: () => [],
    add(state, sample, now) {
      const tile = tileOf(span, sample.time);
      if (!isLive(span, tile, now)) return;
      for (const value of sample.values) {
        if (typeof value === 'number') putRow(state, [tile, sample.currency, exact(value)], combine);
      }
      pruneRows(state, span, now);
    },
    merge: (a, b) => mergeRows(a, b, combine),
    changesAt: (state, now) => rowsChangeAt(state, span, now),
    read(state, now) {
      const sums = new Map<string, Exact>();
      for (const [tile, currency, sum] of state) {
        if (isLive(span, tile, now)) sums.set(currency, addExact(sums.get(currency) ?? 0, sum));
      }
      if (!money) return { value: Number(sums.get('') ?? 0) / FIXED_POINT_SCALE };
      return readMoney(sums, reportingCurrency, formatExact(0, reportingCurrency));
    },
  };
}
