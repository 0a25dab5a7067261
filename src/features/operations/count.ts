import type { Operation, OperationOptions } from '../operation.ts';
import type { TileCounts } from '../tiles.ts';
import { addToTile, countsChangeAt, isLive, mergeCounts, pruneCounts, sumLive, tileOf } from '../tiles.ts';

/** Events, or values where the definition says `of` what. */
export function createCount({ span }: OperationOptions): Operation<TileCounts> {
  return {
    empty: () => [],
    add(state, sample, now) {
      const tile = tileOf(span, sample.time);
      if (!isLive(span, tile, now)) return;
      if (addToTile(state, tile, sample.values.length)) pruneCounts(state, span, now);
    },
    merge: mergeCounts,
    read: (state, now) => ({ value: sumLive(state, span, now) }),
    changesAt: (state, now) => countsChangeAt(state, span, now),
  };
}
