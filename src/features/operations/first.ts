import type { Operation, OperationOptions, Scalar } from '../operation.ts';
import { isLive, mergeRows, pruneRows, putRow, rowsChangeAt, tileOf } from '../tiles.ts';

/** The empty key keeps one row per tile: each tile's first may become the window's first as the window moves. */
export type FirstRow = readonly [tile: number, key: '', time: number, tie: string, value: Scalar];

function isEarlier(a: FirstRow, b: FirstRow): boolean {
  if (a[2] !== b[2]) return a[2] < b[2];
  if (a[3] !== b[3]) return a[3] < b[3];
  return JSON.stringify(a[4]) < JSON.stringify(b[4]);
}

function combine(old: FirstRow, added: FirstRow): FirstRow {
  return isEarlier(added, old) ? added : old;
}

/** The earliest value; of an event with several values, its first. */
export function createFirst({ span }: OperationOptions): Operation<FirstRow[]> {
  return {
    empty: () => [],
    add(state, sample, now) {
      const tile = tileOf(span, sample.time);
      const [value] = sample.values;
      if (value === undefined || !isLive(span, tile, now)) return;
      putRow(state, [tile, '', sample.time, sample.tie, value], combine);
      pruneRows(state, span, now);
    },
    merge: (a, b) => mergeRows(a, b, combine),
    changesAt: (state, now) => rowsChangeAt(state, span, now),
    read(state, now) {
      for (const row of state) if (isLive(span, row[0], now)) return { value: row[4] };
      return { value: null };
    },
  };
}
