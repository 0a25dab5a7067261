import { setTimeout as sleep } from 'node:timers/promises';
import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { DurationMs, EpochMs } from '../../model/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { MaybePromise } from '../../ports/log.ts';
import type { StateStore } from '../../ports/state.ts';

export interface HistoryReachOptions {
  /** All partitions. */
  readonly partitions: readonly string[];
  /** The last message that a partition's log holds. */
  readonly lastSeq: (partition: string) => MaybePromise<number>;
  readonly store: Pick<StateStore, 'checkpoint'>;
  /** Resolves with true once a spool entry, and so all before it, is in history; with false if it stops before. */
  readonly reach: (partition: string, n: number) => Promise<boolean>;
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
    const { partitions, clock, lastSeq } = this.#options;
    const asked = clock.now();
    const giveUp = performance.now() + this.#waitMs;
    await Promise.all(
      partitions.map(async (partition) => {
        const spooled = await this.#applied(partition, await lastSeq(partition), giveUp);
        await this.#reach(partition, spooled, giveUp);
      }),
    );
    this.#heldUntil = Math.max(this.#heldUntil, asked - limits.historySettleMs);
  }

  /** What has been committed by now; fails with `history_behind`. */
  async now(): Promise<void> {
    const { partitions, store } = this.#options;
    const giveUp = performance.now() + this.#waitMs;
    await Promise.all(
      partitions.map(async (partition) => {
        const checkpoint = await store.checkpoint(partition);
        await this.#reach(partition, checkpoint?.spooled ?? 0, giveUp);
      }),
    );
  }

  get #waitMs(): DurationMs {
    return this.#options.waitMs ?? limits.historyWaitMs;
  }

  /** Waits until a partition has applied a message; answers what it has spooled then. */
  async #applied(partition: string, seq: number, giveUp: number): Promise<number> {
    for (;;) {
      const checkpoint = await this.#options.store.checkpoint(partition);
      if ((checkpoint?.seq ?? 0) >= seq) return checkpoint?.spooled ?? 0;
      if (performance.now() > giveUp) throw new TesseraError('history_behind');
      await sleep(limits.historyPollMs);
    }
  }

  async #reach(partition: string, n: number, giveUp: number): Promise<void> {
    const patience = new AbortController();
    const waiting = sleep(Math.max(0, giveUp - performance.now()), false, { signal: patience.signal });
    // The timer ends by the signal once it is no longer needed.
    const late = waiting.catch(() => false);
    const reached = await Promise.race([this.#options.reach(partition, n), late]);
    patience.abort();
    if (!reached) throw new TesseraError('history_behind');
  }
}
