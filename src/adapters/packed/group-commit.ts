import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Position } from '../../model/record.ts';
import { appendBytes, type PendingAppend } from './append-queue.ts';

/** What became of each append of a group: its records' positions, or why it is not in the log for certain. */
export type GroupOutcome = readonly (readonly Position[] | Error)[];

export interface GroupCommitOptions {
  readonly name: string;
  /** Makes a group durable, in order. Where it throws, all of the group have failed. */
  readonly store: (appends: readonly PendingAppend[]) => Promise<GroupOutcome>;
  /** After each group of which something was stored. */
  readonly announce: () => void;
}

/**
 * Group commit by natural batching: while one group is being stored, appends queue; then all of them go into the
 * next one and are answered together. No timer: an idle log writes at once, a busy one writes larger groups.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #queue: PendingAppend[] = [];
  #queuedBytes = 0;
  #draining: Promise<void> | undefined;
  #closed = false;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** Bytes of what waits or is being stored. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Why this many bytes more cannot wait now. */
  refusal(bytes: number): TesseraError | undefined {
    if (this.#closed) return new TesseraError('log_unavailable', `log ${this.#options.name} is closed`);
    if (this.#queuedBytes + bytes > limits.appendQueueBytesMax) {
      const bound = limits.appendQueueBytesMax;
      return new TesseraError('log_unavailable', `more than ${bound} bytes wait to be appended`);
    }
    return undefined;
  }

  append(records: readonly Uint8Array[]): Promise<readonly Position[]> {
    const bytes = appendBytes(records);
    const refusal = this.refusal(bytes);
    if (refusal !== undefined) return Promise.reject(refusal);
    if (records.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      this.#queue.push({ records, bytes, resolve, reject });
      this.#queuedBytes += bytes;
      this.#draining ??= this.#drain();
    });
  }

  /** Fails what waits and is not being stored yet. */
  refuseWaiting(error: Error): void {
    const waiting = this.#queue.splice(0);
    for (const append of waiting) {
      this.#queuedBytes -= append.bytes;
      append.reject(error);
    }
  }

  /** Appends that were called before are still written; later ones are refused. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#draining;
  }

  async #drain(): Promise<void> {
    // One microtask, so that appends of the same moment share a message.
    await undefined;
    while (this.#queue.length > 0) {
      const appends = this.#takeQueued();
      try {
        this.#settle(appends, await this.#options.store(appends));
      } catch (error) {
        for (const append of appends) append.reject(error);
      } finally {
        for (const append of appends) this.#queuedBytes -= append.bytes;
      }
    }
    this.#draining = undefined;
  }

  #settle(appends: readonly PendingAppend[], outcome: GroupOutcome): void {
    let stored = 0;
    for (const [call, append] of appends.entries()) {
      const positions = outcome[call] ?? [];
      if (positions instanceof Error) {
        append.reject(positions);
      } else {
        append.resolve(positions);
        stored += 1;
      }
    }
    // Promises tell their callers only after this turn, so listeners hear of the messages first.
    if (stored > 0) this.#options.announce();
  }

  #takeQueued(): PendingAppend[] {
    let bytes = 0;
    let count = 0;
    while (count < this.#queue.length) {
      bytes += this.#queue[count]?.bytes ?? 0;
      if (count > 0 && bytes > limits.logTransactionBytesMax) break;
      count += 1;
    }
    return this.#queue.splice(0, count);
  }
}
