import type { EpochMs } from '../model/time.ts';

/** The only source of time. Tests and the simulation bring their own. */
export interface Clock {
  now(): EpochMs;
}
