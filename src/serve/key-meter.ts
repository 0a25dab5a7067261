import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { KeyTerms } from '../model/access-key.ts';
import type { KeyMeter } from './authenticate.ts';

type Rates = Pick<KeyTerms, 'requestsPerSecond' | 'eventsPerSecond'>;

/**
 * Meters what a key sends to this node, `now` in milliseconds of a clock that never goes back. Undefined without a rate.
 */
export function createKeyMeter(
  { requestsPerSecond, eventsPerSecond }: Rates,
  now: () => number,
): KeyMeter | undefined {
  if (requestsPerSecond === 0 && eventsPerSecond === 0) return undefined;
  const requests = requestsPerSecond === 0 ? undefined : createBucket(requestsPerSecond, now);
  const events = eventsPerSecond === 0 ? undefined : createBucket(eventsPerSecond, now);
  return {
    takeRequest: () => requests?.(1),
    takeEvents: (count) => events?.(count),
  };
}

/**
 * A token bucket that may go into debt: whoever has something left may send a whole batch, however large, and pays for it
 * by the time until the next one. Otherwise a batch above the burst would never get through.
 */
function createBucket(perSecond: number, now: () => number): (count: number) => void {
  const most = perSecond * limits.keyBurstSeconds;
  let saved = most;
  let at = now();
  return (count) => {
    const moment = now();
    saved = Math.min(most, saved + ((moment - at) * perSecond) / 1000);
    at = moment;
    // A request takes one, so less than one is nothing; what is left of a batch's debt is nothing as well.
    if (saved < 1) {
      const retryAfterMs = ((1 - saved) / perSecond) * 1000;
      throw new TesseraError('rate_limited', undefined, { retryAfterMs });
    }
    saved -= count;
  };
}
