import { limits } from '../../limits.ts';
import { hash53 } from '../../model/hash.ts';
import type { EpochMs } from '../../model/time.ts';
import {
  CELLS,
  countCells,
  emptyCells,
  mergeCells,
  PAIRS_MAX,
  pruneCells,
  putWord,
  wordOf,
} from '../distinct-cells.ts';
import {
  emptyRegisters,
  estimateRegisters,
  mergeRegisters,
  putHash,
  REGISTERS,
} from '../distinct-registers.ts';
import type { Operation, OperationOptions, Scalar } from '../operation.ts';
import type { Span } from '../tiles.ts';
import { anyExpiry, expiryOf, isLive, tileOf } from '../tiles.ts';

/**
 * Distinct values, exact to a bound and estimated beyond it, as a function of the set.
 *
 * A value counts while its newest tile does. Up to the bound the state is (hash, newest tile) pairs, flat, ascending
 * by hash. The first value too many turns it into a sketch: registers for a lifetime (`distinct-registers.ts`,
 * standard error 1.9 %), cells with times for a sliding window (`distinct-cells.ts`, 4.8 %), which go on counting
 * the newest values exactly. Which form a state has depends on the set of samples alone, and merges are exact.
 */
export type DistinctState = number[];

/** Index of the hash, or of where it belongs. */
function search(state: DistinctState, hash: number): number {
  let low = 0;
  let high = state.length / 2;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (state[2 * middle]! < hash) low = middle + 1;
    else high = middle;
  }
  return 2 * low;
}

/** Answers whether the state changed. */
function putPair(state: DistinctState, hash: number, tile: number): boolean {
  const index = search(state, hash);
  if (state[index] !== hash) {
    state.splice(index, 0, hash, tile);
    return true;
  }
  if (state[index + 1]! >= tile) return false;
  state[index + 1] = tile;
  return true;
}

function isSketch(state: DistinctState): boolean {
  return state.length > 0 && state[0]! < 0;
}

/** Takes the pairs into a sketch of the kind that the span needs. */
function sketchOf(pairs: DistinctState, span: Span): DistinctState {
  const sketch = span.tileMs === 0 ? emptyRegisters() : emptyCells(pairs[1] ?? 0);
  for (let index = 0; index < pairs.length; index += 2) putInSketch(sketch, pairs[index]!, pairs[index + 1]!);
  return sketch;
}

/** Answers whether others may have died. */
function putInSketch(sketch: DistinctState, hash: number, tile: number): boolean {
  if (sketch[0] === CELLS) return putWord(sketch, wordOf(hash), tile);
  putHash(sketch, hash);
  return false;
}

function replace(state: DistinctState, by: DistinctState): void {
  state.length = 0;
  for (const number of by) state.push(number);
}

function prunePairs(state: DistinctState, span: Span, now: EpochMs): void {
  let kept = 0;
  for (let index = 0; index < state.length; index += 2) {
    if (!isLive(span, state[index + 1]!, now)) continue;
    state[kept] = state[index]!;
    state[kept + 1] = state[index + 1]!;
    kept += 2;
  }
  state.length = kept;
}

function prune(state: DistinctState, span: Span, now: EpochMs): void {
  if (span.tileMs === 0) return;
  if (isSketch(state)) pruneCells(state, span, now);
  else prunePairs(state, span, now);
}

/** A union of two states as a new one. */
function union(a: DistinctState, b: DistinctState, span: Span): DistinctState {
  const [base, other] = isSketch(a) || !isSketch(b) ? [a, b] : [b, a];
  const merged = base.slice();
  if (isSketch(other)) {
    if (other[0] === REGISTERS) mergeRegisters(merged, other);
    else mergeCells(merged, other);
    return merged;
  }
  const put = isSketch(merged) ? putInSketch : putPair;
  for (let index = 0; index < other.length; index += 2) put(merged, other[index]!, other[index + 1]!);
  return isSketch(merged) || merged.length < 2 * PAIRS_MAX ? merged : sketchOf(merged, span);
}

/** Values are compared as text: `7` and `"7"` are the same item. */
function hashOf(value: Scalar): number {
  return hash53(typeof value === 'string' ? value : String(value));
}

function readPairs(state: DistinctState, span: Span, now: EpochMs): number {
  let count = 0;
  for (let index = 1; index < state.length; index += 2) if (isLive(span, state[index]!, now)) count += 1;
  return count;
}

export function createDistinct({ span }: OperationOptions): Operation<DistinctState> {
  return {
    empty: () => [],
    add(state, sample, now) {
      const tile = tileOf(span, sample.time);
      if (!isLive(span, tile, now)) return;
      let dying = false;
      for (const value of sample.values) {
        const put = isSketch(state) ? putInSketch : putPair;
        if (put(state, hashOf(value), tile)) dying = true;
        if (state.length < 2 * PAIRS_MAX || isSketch(state)) continue;
        // Only what still lives decides whether there are too many.
        prune(state, span, now);
        if (state.length >= 2 * PAIRS_MAX) replace(state, sketchOf(state, span));
      }
      if (dying) prune(state, span, now);
    },
    merge: (a, b) => union(a, b, span),
    bound: (state, now) => prune(state, span, now),
    changesAt(state, now) {
      // Cells hold too many tiles to look for the oldest one: any tile may be it.
      if (isSketch(state)) return anyExpiry(span, now);
      let oldest = Number.POSITIVE_INFINITY;
      for (let index = 1; index < state.length; index += 2)
        if (state[index]! < oldest && isLive(span, state[index]!, now)) oldest = state[index]!;
      return Number.isFinite(oldest) ? expiryOf(span, oldest) : oldest;
    },
    read(state, now) {
      if (!isSketch(state)) return { value: readPairs(state, span, now) };
      const count = state[0] === REGISTERS ? -estimateRegisters(state) : countCells(state, span, now);
      return count < 0
        ? { value: Math.max(-count, limits.distinctExactMax + 1), approximate: true }
        : { value: count };
    },
  };
}
