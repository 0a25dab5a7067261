import type { DurationMs } from '../../model/time.ts';
import type { Operation, OperationOptions } from '../operation.ts';
import { isLive, mergeRows, pruneRows, putRow, rowsChangeAt, tileOf } from '../tiles.ts';

/** The empty key keeps one row per tile. */
export type RateRow = readonly [tile: number, key: '', first: number, count: number];

function combine(old: RateRow, added: RateRow): RateRow {
  return [old[0], '', Math.min(old[2], added[2]), old[3] + added[3]];
}

/**
 * Events (or values) per unit of time: over the whole of a sliding window, over the part of a calendar unit or
 * session that has passed, and for a lifetime since the first event. Where the length follows the events, one
 * unit is the least, so that a first event a second ago does not read as 86,400 a day.
 */
export function createRate({ span }: OperationOptions, unitMs: DurationMs): Operation<RateRow[]> {
  return {
    // Over the whole of a sliding window the length is fixed; everywhere else it grows.
    ...(span.tileMs === 0 ? { moves: 'down' as const } : {}),
    empty: () => [],
    add(state, sample, now) {
      const tile = tileOf(span, sample.time);
      if (!isLive(span, tile, now)) return;
      putRow(state, [tile, '', sample.time, sample.values.length], combine);
      pruneRows(state, span, now);
    },
    merge: (a, b) => mergeRows(a, b, combine),
    changesAt: (state, now) => rowsChangeAt(state, span, now),
    read(state, now, stretch) {
      let count = 0;
      let first = now;
      for (const row of state) {
        if (!isLive(span, row[0], now)) continue;
        count += row[3];
        first = Math.min(first, row[2]);
      }
      const { from, to } = stretch ?? { from: first, to: now };
      const passedMs = Number.isFinite(span.windowMs) ? span.windowMs : Math.max(unitMs, to - from);
      return { value: (count * unitMs) / passedMs };
    },
  };
}
