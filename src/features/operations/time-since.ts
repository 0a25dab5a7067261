import { DAY_MS, HOUR_MS, SECOND_MS } from '../../model/time.ts';
import type { Operation, OperationOptions } from '../operation.ts';
import { expiryOf, isLive, tileOf } from '../tiles.ts';

const UNIT_MS = { seconds: SECOND_MS, hours: HOUR_MS, days: DAY_MS } as const;

/** Whole units from the newest event to the time of reading, never below 0; null when there was none. */
export function createTimeSince({ span, unit }: OperationOptions): Operation<number[]> {
  const unitMs = UNIT_MS[unit];
  return {
    moves: 'up',
    empty: () => [],
    add(state, sample, now) {
      if (!isLive(span, tileOf(span, sample.time), now)) return;
      state[0] = Math.max(state[0] ?? sample.time, sample.time);
    },
    merge(a, b) {
      const [left] = a;
      const [right] = b;
      return left === undefined || right === undefined ? [...a, ...b] : [Math.max(left, right)];
    },
    changesAt([time], now) {
      const tile = time === undefined ? undefined : tileOf(span, time);
      return tile !== undefined && isLive(span, tile, now) ? expiryOf(span, tile) : Number.POSITIVE_INFINITY;
    },
    read(state, now) {
      const [time] = state;
      if (time === undefined || !isLive(span, tileOf(span, time), now)) return { value: null };
      return { value: Math.max(0, Math.floor((now - time) / unitMs)) };
    },
  };
}
