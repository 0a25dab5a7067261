import { limits } from '../limits.ts';
import { estimateDistinct } from './cardinality.ts';

/**
 * Distinct values of a lifetime beyond those that are counted exactly: UltraLogLog (Ertl, VLDB 2024). A register
 * keeps the highest level that it saw and whether it saw the two below it, in one number: 4 × (level + 1), plus 2
 * for the first level below, plus 1 for the second. Read by maximum likelihood the standard error is 0.76 ÷
 * √registers: 1.9 % with 1,536, in a byte each. Registers are a function of the set; they merge one by one.
 *
 * The state is a mark followed by the registers; the mark tells it from pairs of hashes, which are positive.
 */
export const REGISTERS = -1;

/** The last level takes all that is rarer; 2^30 values per register are beyond what one person can do. */
const LEVELS = 31;
const LOW_WORD = 2 ** 32;
const HIGH_RANGE = 2 ** 21;

export function emptyRegisters(): number[] {
  const state = new Array<number>(1 + limits.distinctRegisters).fill(0);
  state[0] = REGISTERS;
  return state;
}

function widen(register: number): { readonly top: number; readonly below: number } {
  return { top: register >> 2, below: register & 3 };
}

function narrow(top: number, below: number): number {
  return top * 4 + below;
}

/** The register that saw what both saw. Levels are counted from 1 here, 0 being none. */
function combine(a: number, b: number): number {
  if (a === 0 || b === 0) return a + b;
  const [high, low] = a >= b ? [widen(a), widen(b)] : [widen(b), widen(a)];
  const gap = high.top - low.top;
  // The lower one's levels as seen from the higher top: its own top, then its two bits.
  const seen = gap === 0 ? low.below : (4 | low.below) >> gap;
  return narrow(high.top, high.below | (seen & 3));
}

/** The register of a hash lies in its upper 21 bits, the level in its lower 32. */
export function putHash(state: number[], hash: number): boolean {
  const low = hash % LOW_WORD;
  const high = (hash - low) / LOW_WORD;
  const index = 1 + Math.floor((high * limits.distinctRegisters) / HIGH_RANGE);
  const level = Math.min(Math.clz32(low), LEVELS - 1);
  const old = state[index]!;
  const combined = combine(old, narrow(level + 1, 0));
  if (combined === old) return false;
  state[index] = combined;
  return true;
}

export function mergeRegisters(into: number[], from: readonly number[]): void {
  for (let index = 1; index < from.length; index += 1) into[index] = combine(into[index]!, from[index]!);
}

export function estimateRegisters(state: readonly number[]): number {
  const filled = new Array<number>(LEVELS).fill(0);
  const empty = new Array<number>(LEVELS).fill(0);
  /** Registers of which everything from this level on is empty. */
  const above = new Array<number>(LEVELS).fill(0);
  for (let index = 1; index < state.length; index += 1) {
    const { top, below } = widen(state[index]!);
    if (top < LEVELS) above[top]! += 1;
    if (top > 0) filled[top - 1]! += 1;
    if (top > 1) (below & 2 ? filled : empty)[top - 2]! += 1;
    if (top > 2) (below & 1 ? filled : empty)[top - 3]! += 1;
  }
  let sum = 0;
  for (let level = 0; level < LEVELS; level += 1) {
    sum += above[level]!;
    empty[level]! += sum;
  }
  return estimateDistinct({ registers: limits.distinctRegisters, filled, empty });
}
