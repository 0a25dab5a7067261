import type { Clock } from '../../ports/clock.ts';

/** The machine's wall clock. It may step back; whoever needs order (the log) holds on to the highest value seen. */
export function createSystemClock(): Clock {
  return { now: () => Date.now() };
}
