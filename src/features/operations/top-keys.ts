import { limits } from '../../limits.ts';
import type { EpochMs } from '../../model/time.ts';
import type { Operation, OperationOptions } from '../operation.ts';
import type { Span, TileCounts } from '../tiles.ts';
import { addToTile, expiryOf, isLive, tileOf } from '../tiles.ts';

/**
 * Counts per key, exact up to `topKeysMax` keys; beyond that a new key takes the place and the counts of the smallest one
 * (space-saving), so counts are never too low for keys that are kept. The empty text is no key: its row remembers the
 * newest tile that such a replacement touched, because readings are exact again once it has left the window.
 *
 * The error (Metwally, Agrawal, El Abbadi: ICDT 2005): what a key inherits, and what an absent key had, is the
 * smallest count of a full state, at most one part in `topKeysMax` of all. So every answered count, and every one
 * left out, is off by at most 1/256 of the samples: of a lifetime; of the last two windows where they slide, since a
 * replacement before that has left the window. The facets of a profile err together as one would; folding facets
 * into one may add as much once more.
 *
 * The state is flat, [key, tile, count, key, tile, count, …], ascending by key and then tile: lists within a list for
 * every key were most of the objects that a profile consisted of, and going through them most of what storing it cost.
 */
export type TopKeysState = (string | number)[];

const COLUMNS = 3;
const REPLACED = '';

/** Column 0 holds keys, columns 1 and 2 numbers; the compiler knows no flat list of such rows. */
function keyAt(state: TopKeysState, row: number): string {
  return state[row] as string;
}

function tileAt(state: TopKeysState, row: number): number {
  return state[row + 1] as number;
}

function countAt(state: TopKeysState, row: number): number {
  return state[row + 2] as number;
}

/** The first row of the key, or where it belongs. */
function searchRow(state: TopKeysState, key: string): number {
  let low = 0;
  let high = state.length / COLUMNS;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keyAt(state, middle * COLUMNS) < key) low = middle + 1;
    else high = middle;
  }
  return low * COLUMNS;
}

/** Where the rows of the key that begins at `row` end. */
function endOf(state: TopKeysState, row: number): number {
  const key = state[row];
  let end = row + COLUMNS;
  while (end < state.length && state[end] === key) end += COLUMNS;
  return end;
}

function markReplaced(state: TopKeysState, tile: number): void {
  if (state[0] !== REPLACED) state.unshift(REPLACED, tile, 1);
  else if (tileAt(state, 0) < tile) state[1] = tile;
}

function countKeys(state: TopKeysState): number {
  let keys = state[0] === REPLACED ? -1 : 0;
  for (let row = 0; row < state.length; row = endOf(state, row)) keys += 1;
  return keys;
}

function isFull(state: TopKeysState): boolean {
  // Most have fewer rows than that.
  return state.length >= limits.topKeysMax * COLUMNS && countKeys(state) >= limits.topKeysMax;
}

interface Counted {
  readonly key: string;
  readonly count: number;
  readonly row: number;
}

/** The keys with what they count in the window. */
function* counted(state: TopKeysState, span: Span, now: EpochMs): Generator<Counted> {
  for (let row = 0; row < state.length; ) {
    const end = endOf(state, row);
    let count = 0;
    for (let at = row; at < end; at += COLUMNS)
      if (isLive(span, tileAt(state, at), now)) count += countAt(state, at);
    yield { key: keyAt(state, row), count, row };
    row = end;
  }
}

/** Takes out the key with the smallest count, of equals the one that comes last; answers its counts. */
function takeSmallest(state: TopKeysState, span: Span, now: EpochMs): TileCounts {
  let smallest: Counted | undefined;
  for (const each of counted(state, span, now))
    if (each.key !== REPLACED && each.count <= (smallest?.count ?? Number.POSITIVE_INFINITY)) smallest = each;
  const counts: TileCounts = [];
  if (smallest === undefined) return counts;
  const end = endOf(state, smallest.row);
  for (let row = smallest.row; row < end; row += COLUMNS)
    counts.push(tileAt(state, row), countAt(state, row));
  state.splice(smallest.row, end - smallest.row);
  return counts;
}

function newestTile(counts: TileCounts): number {
  return counts[counts.length - 2] ?? -1;
}

/** Counts one more; answers whether the tile or the key is new, which is when older ones may have died. */
function addKey(
  state: TopKeysState,
  key: string,
  { tile, span, now }: { readonly tile: number; readonly span: Span; readonly now: EpochMs },
): boolean {
  const first = searchRow(state, key);
  if (state[first] === key) {
    let row = endOf(state, first) - COLUMNS;
    // Events come nearly in order, so the search from the end rarely takes a second step.
    while (row >= first && tileAt(state, row) > tile) row -= COLUMNS;
    if (row < first || tileAt(state, row) !== tile) {
      state.splice(row + COLUMNS, 0, key, tile, 1);
      return true;
    }
    state[row + 2] = countAt(state, row) + 1;
    return false;
  }
  if (isFull(state)) prune(state, span, now);
  if (!isFull(state)) {
    state.splice(searchRow(state, key), 0, key, tile, 1);
    return true;
  }
  const counts = takeSmallest(state, span, now);
  markReplaced(state, newestTile(counts));
  addToTile(counts, tile, 1);
  const rows: TopKeysState = [];
  for (let at = 0; at < counts.length; at += 2) rows.push(key, counts[at] ?? 0, counts[at + 1] ?? 0);
  state.splice(searchRow(state, key), 0, ...rows);
  return true;
}

function prune(state: TopKeysState, span: Span, now: EpochMs): void {
  let kept = 0;
  for (let row = 0; row < state.length; row += COLUMNS) {
    const tile = tileAt(state, row);
    if (!isLive(span, tile, now)) continue;
    if (kept !== row) {
      state[kept] = keyAt(state, row);
      state[kept + 1] = tile;
      state[kept + 2] = countAt(state, row);
    }
    kept += COLUMNS;
  }
  state.length = kept;
}

/** Negative where the row of `a` comes first, 0 where both are of one key and tile. */
function compareRows(
  a: TopKeysState,
  b: TopKeysState,
  rows: { readonly a: number; readonly b: number },
): number {
  if (rows.a >= a.length) return 1;
  if (rows.b >= b.length) return -1;
  const [keyOfA, keyOfB] = [keyAt(a, rows.a), keyAt(b, rows.b)];
  if (keyOfA !== keyOfB) return keyOfA < keyOfB ? -1 : 1;
  return tileAt(a, rows.a) - tileAt(b, rows.b);
}

function merge(a: TopKeysState, b: TopKeysState): TopKeysState {
  const merged: TopKeysState = [];
  const at = { a: a[0] === REPLACED ? COLUMNS : 0, b: b[0] === REPLACED ? COLUMNS : 0 };
  while (at.a < a.length || at.b < b.length) {
    const order = compareRows(a, b, at);
    const count = (order <= 0 ? countAt(a, at.a) : 0) + (order >= 0 ? countAt(b, at.b) : 0);
    if (order <= 0) merged.push(keyAt(a, at.a), tileAt(a, at.a), count);
    else merged.push(keyAt(b, at.b), tileAt(b, at.b), count);
    if (order <= 0) at.a += COLUMNS;
    if (order >= 0) at.b += COLUMNS;
  }
  for (const from of [a, b]) if (from[0] === REPLACED) markReplaced(merged, tileAt(from, 0));
  return merged;
}

/** A state as it was stored before it was flat, [[key, [tile, count, …]], …]; any other stays what it is. */
function renewed(stored: unknown[]): TopKeysState {
  // What `renewed` is given was stored by this operation, in either form.
  if (!Array.isArray(stored[0])) return stored as TopKeysState;
  const state: TopKeysState = [];
  for (const [key, counts] of stored as [string, TileCounts][])
    for (let at = 0; at < counts.length; at += 2) state.push(key, counts[at] ?? 0, counts[at + 1] ?? 0);
  return state;
}

/** The most frequent values with their counts, largest first, ties in alphabetical order. */
export function createTopKeys({ span, limit }: OperationOptions): Operation<TopKeysState> {
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
      if (grown && span.tileMs > 0) prune(state, span, now);
    },
    merge,
    bound(state, now) {
      prune(state, span, now);
      for (let keys = countKeys(state); keys > limits.topKeysMax; keys -= 1)
        markReplaced(state, newestTile(takeSmallest(state, span, now)));
    },
    changesAt(state, now) {
      let oldest = Number.POSITIVE_INFINITY;
      for (let row = 0; row < state.length; row += COLUMNS) {
        const tile = tileAt(state, row);
        if (tile < oldest && isLive(span, tile, now)) oldest = tile;
      }
      return Number.isFinite(oldest) ? expiryOf(span, oldest) : oldest;
    },
    read(state, now) {
      const entries: { key: string; count: number }[] = [];
      let approximate = false;
      for (const { key, count } of counted(state, span, now)) {
        if (key === REPLACED) approximate = count > 0;
        else if (count > 0) entries.push({ key, count });
      }
      entries.sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
      const value = entries.slice(0, limit);
      return approximate ? { value, approximate } : { value };
    },
    renewed,
  };
}
