import { setTimeout as sleep } from 'node:timers/promises';
import { TesseraError } from '../errors.ts';
import type { Historian } from '../historian.ts';
import { limits } from '../limits.ts';
import type { DurationMs, EpochMs } from '../model/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { StateStore } from '../ports/state.ts';

export interface HistoryReachOptions {
  readonly log: Pick<Log, 'stats'>;
  readonly store: Pick<StateStore, 'checkpoint'>;
  readonly partition: string;
  readonly historian: Pick<Historian, 'reach'>;
  readonly clock: Clock;
  readonly waitMs?: DurationMs;
}

/** History trails the state by up to a second. This waits, within bounds, until it holds what a question is about. */
export class HistoryReach {
  readonly #options: HistoryReachOptions;
  /** Everything that was applied before this moment is in history. */
  #heldUntil: EpochMs = 0;

  constructor(options: HistoryReachOptions) {
    this.#options = options;
  }

  /** What was applied up to a moment that is over; fails with `history_behind`. */
  async moment(at: EpochMs): Promise<void> {
    if (at < this.#heldUntil) return;
    const { log, store, partition, clock } = this.#options;
    const asked = clock.now();
    const giveUp = performance.now() + this.#waitMs;
    const { lastSeq } = log.stats();
    for (;;) {
      const checkpoint = await store.checkpoint(partition);
      if ((checkpoint?.seq ?? 0) >= lastSeq) {
        await this.#reach(checkpoint?.spooled ?? 0, giveUp);
        this.#heldUntil = Math.max(this.#heldUntil, asked - limits.historySettleMs);
        return;
      }
      if (performance.now() > giveUp) throw new TesseraError('history_behind');
      await sleep(limits.historyPollMs);
    }
  }

  /** What a commit has spooled, by the number in its checkpoint; fails with `history_behind`. */
  async spooled(n: number): Promise<void> {
    await this.#reach(n, performance.now() + this.#waitMs);
  }

  get #waitMs(): DurationMs {
    return this.#options.waitMs ?? limits.historyWaitMs;
  }

  async #reach(n: number, giveUp: number): Promise<void> {
    const patience = new AbortController();
    const waiting = sleep(Math.max(0, giveUp - performance.now()), false, { signal: patience.signal });
    // The timer ends by the signal once it is no longer needed.
    const late = waiting.catch(() => false);
    const reached = await Promise.race([this.#options.historian.reach(n), late]);
    patience.abort();
    if (!reached) throw new TesseraError('history_behind');
  }
}
