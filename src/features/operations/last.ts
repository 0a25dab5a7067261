import { compareNewest, insertNewest } from '../newest.ts';
import type { Operation, OperationOptions, Scalar } from '../operation.ts';
import { expiryOf, isLive, tileOf } from '../tiles.ts';

export type LastEntry = readonly [time: number, tie: string, ordinal: number, value: Scalar];

/** The newest value; of an event with several values, its last. One entry is enough for any window. */
export function createLast({ span }: OperationOptions): Operation<LastEntry[]> {
  return {
    empty: () => [],
    add(state, sample, now) {
      const ordinal = sample.values.length - 1;
      const value = sample.values[ordinal];
      if (value === undefined || !isLive(span, tileOf(span, sample.time), now)) return;
      insertNewest(state, [sample.time, sample.tie, ordinal, value], 1);
    },
    merge(a, b) {
      const [left] = a;
      const [right] = b;
      if (left === undefined || right === undefined) return [...a, ...b];
      return [compareNewest(left, right) <= 0 ? left : right];
    },
    changesAt([entry], now) {
      const tile = entry === undefined ? undefined : tileOf(span, entry[0]);
      return tile !== undefined && isLive(span, tile, now) ? expiryOf(span, tile) : Number.POSITIVE_INFINITY;
    },
    read(state, now) {
      const [entry] = state;
      return { value: entry !== undefined && isLive(span, tileOf(span, entry[0]), now) ? entry[3] : null };
    },
  };
}
