import type { Exact } from '../exact.ts';
import { exactMinor } from '../exact.ts';
import { readMoney } from '../money-reading.ts';
import type { Operation, OperationOptions } from '../operation.ts';
import { isLive, mergeRows, pruneRows, putRow, rowsChangeAt, tileOf } from '../tiles.ts';

export type ExtremumRow = readonly [tile: number, currency: string, value: number];

/** The shared body of minimum and maximum: `pick` chooses between two numbers. */
export function createExtremum(
  { span, money, reportingCurrency }: OperationOptions,
  pick: (a: number, b: number) => number,
): Operation<ExtremumRow[]> {
  const combine = (old: ExtremumRow, added: ExtremumRow): ExtremumRow => [
    old[0],
    old[1],
    pick(old[2], added[2]),
  ];
  return {
    empty: () => [],
    add(state, sample, now) {
      const tile = tileOf(span, sample.time);
      if (!isLive(span, tile, now)) return;
      for (const value of sample.values) {
        // Amounts are bounded far below 2^53 at the edge; `|| 0` keeps -0 out of the stored bytes.
        const number = money && typeof value === 'number' ? Number(exactMinor(value)) : value;
        if (typeof number === 'number') putRow(state, [tile, sample.currency, number || 0], combine);
      }
      pruneRows(state, span, now);
    },
    merge: (a, b) => mergeRows(a, b, combine),
    changesAt: (state, now) => rowsChangeAt(state, span, now),
    read(state, now) {
      const extrema = new Map<string, number>();
      for (const [tile, currency, value] of state) {
        const best = extrema.get(currency);
        if (isLive(span, tile, now)) extrema.set(currency, best === undefined ? value : pick(best, value));
      }
      if (!money) return { value: extrema.get('') ?? null };
      return readMoney(extrema satisfies ReadonlyMap<string, Exact>, reportingCurrency, null);
    },
  };
}
