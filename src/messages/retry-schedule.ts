import { limits } from '../limits.ts';
import { hash53 } from '../model/hash.ts';
import type { DurationMs } from '../model/time.ts';

/** Values of `hash53`. */
const RANGE = 2 ** 53;

/**
 * How long to wait after so many failed attempts: anything between nothing and a bound that doubles each time ("full jitter":
 * M. Brooker, Exponential Backoff and Jitter, 2015), so that what failed together does not come back together. Chance comes
 * from the id, so that a replay of the log waits just as long. What the endpoint asked for is the least.
 */
export function retryDelay(id: string, attempts: number, retryAfterMs: DurationMs = 0): DurationMs {
  const bound = Math.min(limits.deliveryRetryMs * 2 ** Math.min(attempts - 1, 30), limits.deliveryRetryMsMax);
  const delay = Math.ceil((hash53(`${id}\0${attempts}`) / RANGE) * bound);
  return Math.max(delay, Math.min(retryAfterMs, limits.deliveryAgeMs));
}

/** How long an endpoint is left alone after so many failures in a row; 0: it is not. */
export function breakerPause(failures: number): DurationMs {
  const beyond = failures - limits.breakerFailures;
  if (beyond < 0) return 0;
  return Math.min(limits.breakerPauseMs * 2 ** Math.min(beyond, 30), limits.breakerPauseMsMax);
}
