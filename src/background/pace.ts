import { setTimeout as sleep } from 'node:timers/promises';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { EpochMs } from '../model/time.ts';
import type { Clock } from '../ports/clock.ts';

/**
 * Keeps long work beside the traffic short: a slice of it, then a rest in which requests and folds have the thread to
 * themselves. So whoever asks the engine something waits for one slice at most, and the work takes half of the thread
 * at most.
 */
export class Pace {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #since: EpochMs;

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
    this.#since = clock.now();
  }

  /** Whether the slice is over. A clock that was set back ends it, too. */
  isDue(): boolean {
    const worked = this.#clock.now() - this.#since;
    return worked >= limits.backgroundSliceMs || worked < 0;
  }

  /** Fails with `stopping` once nobody waits for the work any more. */
  async rest(ms: number = limits.backgroundRestMs): Promise<void> {
    this.check();
    await sleep(ms);
    this.check();
    this.#since = this.#clock.now();
  }

  /**
   * A rest as long as work took that others waited for, such as a fold of what was appended: so that live events have
   * half of the time, however much slower than usual the machine is.
   */
  restAfter(workedMs: number): Promise<void> {
    const least = limits.backgroundRestMs;
    return this.rest(Math.min(limits.backgroundRestMaxMs, Math.max(least, workedMs)));
  }

  check(): void {
    if (this.#signal.aborted) throw new TesseraError('stopping', 'The work was canceled.');
  }
}
