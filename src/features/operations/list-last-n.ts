import type { EpochMs } from '../../model/time.ts';
import { compareNewest, insertNewest } from '../newest.ts';
import type { Operation, OperationOptions, Scalar } from '../operation.ts';
import type { Span } from '../tiles.ts';
import { expiryOf, isLive, tileOf } from '../tiles.ts';

/** Newest first; the ordinal counts down, so that an event's own values keep their order. */
export type ListEntry = readonly [time: number, tie: string, ordinal: number, value: Scalar];

/** Values are compared as text, like everywhere else: `7` and `"7"` are the same item. */
function indexOfValue(entries: readonly ListEntry[], value: Scalar): number {
  const text = String(value);
  for (let index = 0; index < entries.length; index += 1) {
    const other = entries[index]![3];
    if ((typeof other === 'string' ? other : String(other)) === text) return index;
  }
  return -1;
}

function insertDistinct(entries: ListEntry[], entry: ListEntry, max: number): void {
  const index = indexOfValue(entries, entry[3]);
  const found = entries[index];
  if (found === undefined) {
    insertNewest(entries, entry, max);
    return;
  }
  if (compareNewest(found, entry) <= 0) return;
  // The value moves up from its old place; what lies between moves down, which is cheaper than two splices.
  let at = index;
  while (at > 0 && compareNewest(entries[at - 1]!, entry) > 0) {
    entries[at] = entries[at - 1]!;
    at -= 1;
  }
  entries[at] = entry;
}

function prune(entries: ListEntry[], span: Span, now: EpochMs): void {
  let kept = entries.length;
  while (kept > 0 && !isLive(span, tileOf(span, entries[kept - 1]![0]), now)) kept -= 1;
  entries.length = kept;
}

/**
 * The newest values; with `distinct`, each value at its newest occurrence. Both are functions of the set: an
 * entry is pushed out only by `limit` entries (or values) that are newer, which no later arrival makes older.
 */
export function createListLastN({ span, limit, distinct }: OperationOptions): Operation<ListEntry[]> {
  const insert = distinct ? insertDistinct : insertNewest<ListEntry>;
  return {
    empty: () => [],
    add(state, sample, now) {
      if (!isLive(span, tileOf(span, sample.time), now)) return;
      for (let index = 0; index < sample.values.length; index += 1) {
        insert(state, [sample.time, sample.tie, 0 - index, sample.values[index] ?? null], limit);
      }
      prune(state, span, now);
    },
    merge(a, b) {
      const merged = a.slice();
      for (const entry of b) insert(merged, entry, limit);
      return merged;
    },
    changesAt(state, now) {
      for (let index = state.length - 1; index >= 0; index -= 1) {
        const tile = tileOf(span, state[index]![0]);
        if (isLive(span, tile, now)) return expiryOf(span, tile);
      }
      return Number.POSITIVE_INFINITY;
    },
    read(state, now) {
      const values: Scalar[] = [];
      for (const [time, , , value] of state) if (isLive(span, tileOf(span, time), now)) values.push(value);
      return { value: values };
    },
  };
}
