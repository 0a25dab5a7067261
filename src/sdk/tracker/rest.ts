import { pageNow } from './page-clock.ts';
import type { PageStorage } from './page-storage.ts';
import type { Answer } from './post-events.ts';
import { retryPause } from './retry-pause.ts';
import { trackerLimits } from './tracker-limits.ts';

const WAIT = 'wait';

/** When the engine may be asked again after it has refused, or could not be reached. */
export interface Rest {
  /** How long still; 0: now. */
  ms(): number;
  failed(answer: Answer): void;
  succeeded(): void;
  /** The network is back: only what an engine has asked for still holds. */
  online(): void;
}

/** What an engine has asked for is kept in storage, so that all tabs and the pages that follow heed it. */
export function createRest(storage: PageStorage): Rest {
  let failures = 0;
  let unreachableUntil = 0;
  return {
    ms() {
      const ms = Math.max(Number(storage.get(WAIT) ?? 0), unreachableUntil) - pageNow();
      // A clock that was set back would make it wait for years.
      return ms > 0 && ms <= trackerLimits.retryAfterMostMs * 2 ? ms : 0;
    },
    failed({ status, retryAfter }) {
      failures += 1;
      const until = Math.ceil(pageNow() + retryPause(failures, retryAfter));
      if (status === 0) unreachableUntil = until;
      else storage.set(WAIT, String(until));
    },
    succeeded() {
      failures = 0;
      storage.remove(WAIT);
    },
    online() {
      unreachableUntil = 0;
    },
  };
}
