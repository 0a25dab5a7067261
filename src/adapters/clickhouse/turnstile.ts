import { TesseraError } from '../../errors.ts';

/** Lets `atOnce` tasks run and `waitingMax` wait their turn; more are told to come back. */
export type Turnstile = <T>(task: () => Promise<T>) => Promise<T>;

export function createTurnstile(atOnce: number, waitingMax: number): Turnstile {
  const waiting: (() => void)[] = [];
  let running = 0;
  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  };
  return async (task) => {
    if (running >= atOnce) {
      if (waiting.length >= waitingMax) throw new TesseraError('too_many_requests');
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running += 1;
    }
    try {
      return await task();
    } finally {
      leave();
    }
  };
}
