import { crc32 } from 'node:zlib';
import { TesseraError } from '../../src/errors.ts';
import { limits } from '../../src/limits.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { LogMessage, LogStats } from '../../src/ports/log.ts';
import type { Random } from './random.ts';

/**
 * What becomes of one append on its way: `fine`; `lost` before it reaches the log; `unheard`, because its
 * acknowledgement gets lost; or `late`: its sender has given up when it arrives after all.
 */
export type Fate = 'fine' | 'lost' | 'unheard' | 'late';

/** Called once, with an error when the append is not acknowledged. */
export type Settle = (error?: TesseraError) => void;

interface Pending {
  readonly records: readonly Uint8Array[];
  readonly settle: Settle;
  readonly fate: Fate;
}

/**
 * One partition of an event log on a simulated medium: what is appended waits for the next flush, which packs all
 * that waits into one message, and a crash of the log may take away whatever is not flushed yet.
 */
export class SimulatedLog {
  readonly #clock: Clock;
  readonly #messages: LogMessage[] = [];
  #firstSeq = 1;
  #pending: Pending[] = [];
  #late: (readonly Uint8Array[])[] = [];
  /** How often the log lost what it had flushed: whoever reads notices that the connection was cut. */
  losses = 0;
  /** Planted: acknowledges what is not flushed yet. */
  hasty = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  submit(records: readonly Uint8Array[], fate: Fate, settle: Settle): void {
    if (this.hasty && fate === 'fine') {
      settle();
      this.#pending.push({ records, fate, settle: () => undefined });
    } else this.#pending.push({ records, fate, settle });
  }

  get waiting(): boolean {
    return this.#pending.length > 0 || this.#late.length > 0;
  }

  /** Everything that waits becomes durable, as one message; then it is acknowledged. */
  flush(): void {
    const pending = this.#pending;
    const arrived = this.#late.flat();
    this.#pending = [];
    this.#late = [];
    for (const { records, fate } of pending) {
      if (fate === 'late') this.#late.push(records);
      else if (fate !== 'lost') arrived.push(...records);
    }
    if (arrived.length > 0) this.#store(arrived);
    for (const { fate, settle } of pending) settle(fate === 'fine' ? undefined : unavailable());
  }

  /** The log's process dies: some of what waits was flushed all the same, and nobody hears of it. Answers how many were lost. */
  crash(random: Random): number {
    const pending = this.#pending;
    const kept = random.below(pending.length + 1);
    const arrived = pending.slice(0, kept).filter(({ fate }) => fate !== 'lost' && fate !== 'late');
    this.#pending = [];
    this.#late = [];
    if (arrived.length > 0) this.#store(arrived.flatMap(({ records }) => records));
    for (const { settle } of pending) settle(unavailable());
    return pending.length - kept;
  }

  /** The medium loses what it had flushed: no log may do this, and every reader must notice. */
  loseTail(seq: number): void {
    this.#messages.length = Math.min(this.#messages.length, seq);
    this.#pending = [];
    this.#late = [];
    this.losses += 1;
  }

  read(afterSeq: number, max: number): readonly LogMessage[] {
    return this.#messages.slice(
      Math.max(afterSeq, this.#firstSeq - 1),
      Math.max(afterSeq, this.#firstSeq - 1) + max,
    );
  }

  /** As if it had never been trimmed: for whoever checks. */
  archive(): readonly LogMessage[] {
    return this.#messages;
  }

  stats(): LogStats {
    return { firstSeq: this.#firstSeq, lastSeq: this.#messages.length, bytes: 0 };
  }

  trim(seq: number): boolean {
    if (seq < this.#firstSeq) return false;
    this.#firstSeq = Math.min(seq, this.#messages.length) + 1;
    return true;
  }

  #store(records: readonly Uint8Array[]): void {
    for (let from = 0; from < records.length; from += limits.messageRecordsMax) {
      const before = this.#messages.at(-1);
      const seq = this.#messages.length + 1;
      const appendedAt = Math.max(this.#clock.now(), before?.appendedAt ?? 0);
      const packed = records.slice(from, from + limits.messageRecordsMax);
      let digest = crc32(`${before?.digest ?? 0} ${seq} ${appendedAt} ${packed.length}`);
      for (const record of packed) digest = crc32(record, digest);
      this.#messages.push({ seq, appendedAt, records: packed, digest });
    }
  }
}

export function unavailable(): TesseraError {
  return new TesseraError('log_unavailable', 'the simulated log does not answer');
}
