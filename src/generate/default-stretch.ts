import type { EpochMs } from '../model/time.ts';

/** The stretch of time that a stream covers unless told: so many days, the last of them before this moment. */
export const DEFAULT_DAYS = 365;
export const DEFAULT_UNTIL: EpochMs = Date.UTC(2026, 10, 1);
