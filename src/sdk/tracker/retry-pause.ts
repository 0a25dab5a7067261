import { pageNow } from './page-clock.ts';
import { randomShare } from './random-id.ts';
import { trackerLimits } from './tracker-limits.ts';

/**
 * How long to wait after the `failures`-th failure in a row, in milliseconds: doubling, with chance, so that the pages
 * that an engine has sent away do not come back together. What the engine asked for is never undercut.
 */
export function retryPause(failures: number, retryAfter: string | null): number {
  const { backoffFirstMs, backoffMostMs } = trackerLimits;
  const most = Math.min(backoffMostMs, backoffFirstMs * 2 ** Math.min(failures - 1, 16));
  const pause = most * (1 - randomShare() / 2);
  const asked = readRetryAfter(retryAfter);
  return asked === undefined ? pause : asked + randomShare() * Math.max(backoffFirstMs, asked / 4);
}

/** Seconds or a date, as RFC 9110 §10.2.3 has it; undefined where it is neither. */
function readRetryAfter(text: string | null): number | undefined {
  if (text === null || text.trim() === '') return undefined;
  const seconds = Number(text);
  const ms = Number.isNaN(seconds) ? Date.parse(text) - pageNow() : seconds * 1000;
  if (Number.isNaN(ms)) return undefined;
  return Math.min(Math.max(0, ms), trackerLimits.retryAfterMostMs);
}
