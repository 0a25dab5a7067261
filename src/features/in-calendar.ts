import type { EpochMs } from '../model/time.ts';
import type { Calendar } from './calendar.ts';
import type { Operation, Sample } from './operation.ts';
import { renewedWithin } from './renewed-within.ts';

/**
 * Any aggregate over a calendar unit: one state of it per unit, flat and ascending by the unit's number, each as
 * if it were of a lifetime. A reading is of one unit alone, so nothing is rounded.
 */
type UnitStates = (number | unknown[])[];

const COLUMNS = 2;

/** Column 0 holds numbers and column 1 states; the compiler knows no flat list of such pairs. */
function unitAt(states: UnitStates, index: number): number {
  return states[index] as number;
}

function stateAt(states: UnitStates, index: number): unknown[] {
  return states[index + 1] as unknown[];
}

/** Index of the unit, or the complement of where it belongs. Events come nearly in order: search from the end. */
function find(states: UnitStates, unit: number): number {
  let index = states.length - COLUMNS;
  while (index >= 0 && unitAt(states, index) > unit) index -= COLUMNS;
  return index >= 0 && unitAt(states, index) === unit ? index : ~(index + COLUMNS);
}

function prune(states: UnitStates, oldest: number): void {
  let dead = 0;
  while (dead < states.length && unitAt(states, dead) < oldest) dead += COLUMNS;
  if (dead > 0) states.splice(0, dead);
}

/** `inner` must be compiled for a lifetime. */
export function inCalendar(inner: Operation, calendar: Calendar): Operation<UnitStates> {
  const add = (states: UnitStates, sample: Sample, now: EpochMs): void => {
    const unit = calendar.unitOf(sample.time);
    const oldest = calendar.oldestUnit(now);
    if (unit < oldest) return;
    const index = find(states, unit);
    if (index >= 0) {
      inner.add(stateAt(states, index), sample, now);
      return;
    }
    const state = inner.empty();
    inner.add(state, sample, now);
    if (state.length === 0) return;
    states.splice(~index, 0, unit, state);
    prune(states, oldest);
  };
  return {
    ...(inner.moves === undefined ? {} : { moves: inner.moves }),
    ...renewedWithin(inner),
    empty: () => [],
    add,
    merge(a, b) {
      const merged: UnitStates = [];
      let left = 0;
      let right = 0;
      while (left < a.length || right < b.length) {
        const fromA = left < a.length ? unitAt(a, left) : Number.POSITIVE_INFINITY;
        const fromB = right < b.length ? unitAt(b, right) : Number.POSITIVE_INFINITY;
        // Merging with an empty state copies, so that what is added later stays out of the arguments.
        const ours = fromA <= fromB ? stateAt(a, left) : inner.empty();
        const theirs = fromB <= fromA ? stateAt(b, right) : inner.empty();
        merged.push(Math.min(fromA, fromB), inner.merge(ours, theirs));
        if (fromA <= fromB) left += COLUMNS;
        if (fromB <= fromA) right += COLUMNS;
      }
      return merged;
    },
    bound(states, now) {
      prune(states, calendar.oldestUnit(now));
      if (inner.bound === undefined) return;
      for (let index = 0; index < states.length; index += COLUMNS) inner.bound(stateAt(states, index), now);
    },
    read(states, now) {
      const unit = calendar.unitRead(now);
      const index = find(states, unit);
      const state = index >= 0 ? stateAt(states, index) : inner.empty();
      const { from, to } = calendar.stretchOf(unit);
      // The unit at hand has lasted until now, also where a clock went back behind midnight and its end seemed past.
      return inner.read(state, now, { from, to: calendar.previous === 0 ? now : to });
    },
    changesAt(states, now) {
      // Without anything in this unit or a later one there is nothing left to change.
      if (states.length === 0 || unitAt(states, states.length - COLUMNS) < calendar.oldestUnit(now))
        return Number.POSITIVE_INFINITY;
      const next = calendar.nextChange(now);
      const index = find(states, calendar.unitRead(now));
      if (index < 0 || inner.changesAt === undefined) return next;
      return Math.min(next, inner.changesAt(stateAt(states, index), now));
    },
    completeFrom: (_states, now) => calendar.stretchOf(calendar.unitRead(now)).from,
  };
}
