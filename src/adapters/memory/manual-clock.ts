import type { EpochMs } from '../../model/time.ts';
import type { Clock } from '../../ports/clock.ts';

export interface ManualClock extends Clock {
  set(at: EpochMs): void;
  advance(ms: number): void;
}

/** Time that moves only when it is told to. */
export function createManualClock(start: EpochMs): ManualClock {
  let now = start;
  return {
    now: () => now,
    set: (at) => {
      now = at;
    },
    advance: (ms) => {
      now += ms;
    },
  };
}
