import { limits } from '../../limits.ts';
import type { EpochMs } from '../../model/time.ts';
import { searchKey } from '../key-rows.ts';
import type { Operation, OperationOptions } from '../operation.ts';
import type { Span, TileCounts } from '../tiles.ts';
import { addToTile, countsChangeAt, isLive, mergeCounts, pruneCounts, sumLive, tileOf } from '../tiles.ts';

/**
 * Counts per key, ascending by key. Exact up to `topKeysMax` keys; beyond that a new key takes the place and the
 * counts of the smallest one (space-saving), so counts are never too low for keys that are kept. The empty text
 * is no key: its row remembers the newest tile that such a replacement touched, because readings are exact again
 * once it has left the window.
 *
 * The error (Metwally, Agrawal, El Abbadi: ICDT 2005): what a key inherits, and what an absent key had, is the
 * smallest count of a full state, at most one part in `topKeysMax` of all. So every answered count, and every one
 * left out, is off by at most 1/256 of the samples: of a lifetime; of the last two windows where they slide, since a
 * replacement before that has left the window. The facets of a profile err together as one would; folding facets
 * into one may add as much once more.
 */
export type TopKeyRow = readonly [key: string, counts: TileCounts];

const REPLACED = '';

function newestTile(counts: TileCounts): number {
  return counts[counts.length - 2] ?? -1;
}

function markReplaced(rows: TopKeyRow[], tile: number): void {
  if (rows[0]?.[0] !== REPLACED) rows.unshift([REPLACED, [tile, 1]]);
  else if (newestTile(rows[0][1]) < tile) rows[0] = [REPLACED, [tile, 1]];
}

/** Takes out the row with the smallest count, of equals the one that comes last; answers its counts. */
function takeSmallest(rows: TopKeyRow[], span: Span, now: EpochMs): TileCounts {
  let smallest = -1;
  let smallestCount = Number.POSITIVE_INFINITY;
  for (let index = 0; index < rows.length; index += 1) {
    const [key, counts] = rows[index]!;
    const count = key === REPLACED ? Number.POSITIVE_INFINITY : sumLive(counts, span, now);
    if (count <= smallestCount && key !== REPLACED) {
      smallest = index;
      smallestCount = count;
    }
  }
  return rows.splice(smallest, 1)[0]?.[1] ?? [];
}

function isFull(rows: readonly TopKeyRow[]): boolean {
  return rows.length - (rows[0]?.[0] === REPLACED ? 1 : 0) >= limits.topKeysMax;
}

/** Answers whether a tile or a key is new, which is when older ones may have died. */
function addKey(rows: TopKeyRow[], key: string, at: { tile: number; span: Span; now: EpochMs }): boolean {
  const { tile } = at;
  const index = searchKey(rows, key);
  const found = rows[index];
  if (found !== undefined && found[0] === key) {
    if (!addToTile(found[1], tile, 1)) return false;
    pruneCounts(found[1], at.span, at.now);
    return true;
  }
  if (isFull(rows)) pruneKeys(rows, at.span, at.now);
  if (!isFull(rows)) {
    rows.splice(searchKey(rows, key), 0, [key, [tile, 1]]);
  } else {
    const counts = takeSmallest(rows, at.span, at.now);
    markReplaced(rows, newestTile(counts));
    addToTile(counts, tile, 1);
    rows.splice(searchKey(rows, key), 0, [key, counts]);
  }
  return true;
}

function pruneKeys(rows: TopKeyRow[], span: Span, now: EpochMs): void {
  let kept = 0;
  for (const row of rows) {
    if (!isLive(span, newestTile(row[1]), now)) continue;
    rows[kept] = row;
    kept += 1;
  }
  rows.length = kept;
}

/** The most frequent values with their counts, largest first, ties in alphabetical order. */
export function createTopKeys({ span, limit }: OperationOptions): Operation<TopKeyRow[]> {
  return {
    empty: () => [],
    add(state, sample, now) {
      const tile = tileOf(span, sample.time);
      if (!isLive(span, tile, now)) return;
      const at = { tile, span, now };
      let grown = false;
      for (const value of sample.values) {
        if (value !== REPLACED && addKey(state, String(value), at)) grown = true;
      }
      if (grown && span.tileMs > 0) pruneKeys(state, span, now);
    },
    merge(a, b) {
      const merged = a.map(([key, counts]): TopKeyRow => [key, counts.slice()]);
      for (const [key, counts] of b) {
        const index = searchKey(merged, key);
        const found = merged[index];
        if (key === REPLACED) markReplaced(merged, newestTile(counts));
        else if (found !== undefined && found[0] === key)
          merged[index] = [key, mergeCounts(found[1], counts)];
        else merged.splice(index, 0, [key, counts.slice()]);
      }
      return merged;
    },
    bound(state, now) {
      pruneKeys(state, span, now);
      while (state.length - (state[0]?.[0] === REPLACED ? 1 : 0) > limits.topKeysMax) {
        markReplaced(state, newestTile(takeSmallest(state, span, now)));
      }
    },
    changesAt(state, now) {
      let at = Number.POSITIVE_INFINITY;
      for (const [, counts] of state) at = Math.min(at, countsChangeAt(counts, span, now));
      return at;
    },
    read(state, now) {
      const entries: { key: string; count: number }[] = [];
      let approximate = false;
      for (const [key, counts] of state) {
        const count = sumLive(counts, span, now);
        if (key === REPLACED) approximate = count > 0;
        else if (count > 0) entries.push({ key, count });
      }
      entries.sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
      const value = entries.slice(0, limit);
      return approximate ? { value, approximate } : { value };
    },
  };
}
