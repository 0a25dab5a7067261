import { clientLimits } from './client-limits.ts';

/** Waits; a signal ends the waiting with its reason. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal?.aborted === true) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}

/** The pause before the `attempt`-th further one, in milliseconds: doubling, with chance, so that clients do not come back together. */
export function backoff(attempt: number): number {
  const { backoffFirstMs, backoffMostMs } = clientLimits;
  const most = Math.min(backoffMostMs, backoffFirstMs * 2 ** Math.min(attempt - 1, 16));
  const chance = (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32;
  return most * (1 - chance / 2);
}
