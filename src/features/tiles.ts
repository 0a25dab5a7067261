import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { DurationMs, EpochMs } from '../model/time.ts';
import { parseDuration } from '../model/time.ts';

/**
 * Sliding windows in bounded state. Time is cut into tiles of 1/60 of the window, aligned to the epoch; a
 * tile counts while its end lies after the start of the window. So the head is exact, the tail is rounded
 * outward by at most one tile, and which events count depends on their times and on the time of reading only.
 * A lifetime is one tile that always counts.
 */
export interface Span {
  /** Infinity for a lifetime. */
  readonly windowMs: DurationMs;
  /** 0 for a lifetime. */
  readonly tileMs: DurationMs;
}

const LIFETIME: Span = Object.freeze({ windowMs: Number.POSITIVE_INFINITY, tileMs: 0 });

/** Compiles `lifetime` or a duration; throws `invalid_definition` for anything else. */
export function compileSpan(window: string): Span {
  if (window === 'lifetime') return LIFETIME;
  const windowMs = parseDuration(window);
  if (windowMs === undefined || windowMs < limits.windowMinMs || windowMs > limits.windowMaxMs) {
    const detail = `window "${window}" must be "lifetime" or a duration from 1m to 730d, such as 30m, 24h or 7d`;
    throw new TesseraError('invalid_definition', detail, { path: '/window' });
  }
  return Object.freeze({ windowMs, tileMs: Math.ceil(windowMs / limits.tilesPerWindow) });
}

export function tileOf(span: Span, time: EpochMs): number {
  return span.tileMs === 0 ? 0 : Math.floor(time / span.tileMs);
}

export function isLive(span: Span, tile: number, now: EpochMs): boolean {
  return span.tileMs === 0 || (tile + 1) * span.tileMs > now - span.windowMs;
}

/** When a tile that is live leaves the window; never, of a lifetime. */
export function expiryOf(span: Span, tile: number): EpochMs {
  return span.tileMs === 0 ? Number.POSITIVE_INFINITY : (tile + 1) * span.tileMs + span.windowMs;
}

/** When the first tile after `now` may leave the window, whichever tiles there are. */
export function anyExpiry({ tileMs, windowMs }: Span, now: EpochMs): EpochMs {
  if (tileMs === 0) return Number.POSITIVE_INFINITY;
  return (Math.floor((now - windowMs) / tileMs) + 1) * tileMs + windowMs;
}

/** Integers by tile, flat and ascending: [tile, value, tile, value, …]. */
export type TileCounts = number[];

/** Answers whether the tile is a new one, which is when older ones may have died. */
export function addToTile(counts: TileCounts, tile: number, value: number): boolean {
  const length = counts.length;
  let index = length - 2;
  // Events come nearly in order, so the search from the end rarely takes a second step.
  while (index >= 0 && counts[index]! > tile) index -= 2;
  if (index >= 0 && counts[index] === tile) {
    counts[index + 1]! += value;
    return false;
  }
  if (index + 2 === length) counts.push(tile, value);
  else counts.splice(index + 2, 0, tile, value);
  return true;
}

export function pruneCounts(counts: TileCounts, span: Span, now: EpochMs): void {
  let dead = 0;
  while (dead < counts.length && !isLive(span, counts[dead]!, now)) dead += 2;
  if (dead > 0) dropFirst(counts, dead);
}

/** Takes out what is in front. Nearly always it is one tile, and `splice` would make a list of it: 60 ns less. */
function dropFirst(counts: TileCounts, dropped: number): void {
  if (dropped > 4) {
    counts.splice(0, dropped);
    return;
  }
  for (let index = dropped; index < counts.length; index += 1) counts[index - dropped] = counts[index]!;
  for (let left = dropped; left > 0; left -= 1) counts.pop();
}

export function mergeCounts(a: TileCounts, b: TileCounts): TileCounts {
  const merged = a.slice();
  for (let index = 0; index < b.length; index += 2) addToTile(merged, b[index]!, b[index + 1]!);
  return merged;
}

export function sumLive(counts: TileCounts, span: Span, now: EpochMs): number {
  let sum = 0;
  for (let index = counts.length - 2; index >= 0 && isLive(span, counts[index]!, now); index -= 2) {
    sum += counts[index + 1]!;
  }
  return sum;
}

/** When the oldest tile that lives leaves the window. */
export function countsChangeAt(counts: TileCounts, span: Span, now: EpochMs): EpochMs {
  if (span.tileMs === 0) return Number.POSITIVE_INFINITY;
  for (let index = 0; index < counts.length; index += 2)
    if (isLive(span, counts[index]!, now)) return expiryOf(span, counts[index]!);
  return Number.POSITIVE_INFINITY;
}

/** A row of a tile that is more than an integer. Rows are replaced, never changed: merged states share them. */
export type TileRow = readonly [tile: number, key: string, ...unknown[]];

/** Puts a row at its place, ascending by (tile, key); `combine` decides what becomes of one already there. */
export function putRow<Row extends TileRow>(
  rows: Row[],
  row: Row,
  combine: (old: Row, added: Row) => Row,
): void {
  let index = rows.length - 1;
  while (index >= 0 && isAfter(rows[index]!, row)) index -= 1;
  const found = rows[index];
  if (found !== undefined && found[0] === row[0] && found[1] === row[1]) rows[index] = combine(found, row);
  else rows.splice(index + 1, 0, row);
}

function isAfter(a: TileRow, b: TileRow): boolean {
  return a[0] !== b[0] ? a[0] > b[0] : a[1] > b[1];
}

export function pruneRows(rows: TileRow[], span: Span, now: EpochMs): void {
  let dead = 0;
  while (dead < rows.length && !isLive(span, rows[dead]![0], now)) dead += 1;
  if (dead > 0) rows.splice(0, dead);
}

/** When the oldest row that lives leaves the window; rows ascend by tile. */
export function rowsChangeAt(
  rows: readonly (readonly [tile: number, ...columns: unknown[]])[],
  span: Span,
  now: EpochMs,
): EpochMs {
  if (span.tileMs === 0) return Number.POSITIVE_INFINITY;
  for (const [tile] of rows) if (isLive(span, tile, now)) return expiryOf(span, tile);
  return Number.POSITIVE_INFINITY;
}

export function mergeRows<Row extends TileRow>(
  a: Row[],
  b: Row[],
  combine: (old: Row, added: Row) => Row,
): Row[] {
  const merged = a.slice();
  for (const row of b) putRow(merged, row, combine);
  return merged;
}
