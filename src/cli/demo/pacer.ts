import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../ports/clock.ts';

/** Lets so many a second through, evenly, whoever they are. */
export class Pacer {
  readonly #clock: Clock;
  readonly #everyMs: number;
  #next = 0;

  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#everyMs = 1_000 / perSecond;
  }

  /** Resolves when it is the caller's turn; fails when `signal` says that nobody's turn comes any more. */
  async turn(signal: AbortSignal): Promise<void> {
    const now = this.#clock.now();
    // What was not used is not made up for.
    const at = Math.max(now, this.#next);
    this.#next = at + this.#everyMs;
    await sleep(at - now, undefined, { signal });
  }
}
