import type { Position } from '../model/record.ts';
import type { EpochMs } from '../model/time.ts';

export type MaybePromise<T> = T | Promise<T>;

/** One packed message: whatever had queued when the previous one was being flushed. */
export interface LogMessage {
  /** Dense, from 1. */
  readonly seq: number;
  /**
   * It is `now` for every record in it. Never smaller than the previous message's, unless nodes with different clocks
   * append to one log: then it may step back by as much as these differ.
   */
  readonly appendedAt: EpochMs;
  readonly records: readonly Uint8Array[];
  /** Checksum over the whole message: checkpoints keep it, to notice a log that lost its tail. */
  readonly digest: number;
}

/** What comes into the place of one message. */
export interface Replacement {
  readonly seq: number;
  /** As many as the message has. */
  readonly records: readonly Uint8Array[];
}

export interface LogStats {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly bytes: number;
}

/** One partition of an event log: append only, totally ordered. */
export interface Log {
  /**
   * Resolves with the position of the first record once all of them are durable (flushed to the medium).
   * Records of one call stay adjacent and in order (they may span messages only past `messageRecordsMax`, and then
   * messages of other nodes may come in between).
   * Messages also end at `messageBytesMax`. The records belong to the log from here on: they must not be changed.
   * Fails with `log_full` or `log_unavailable`; then nothing of this call is in the log, or it may be (a
   * crash in between), so callers treat it as not accepted and rely on deduplication when they send again.
   */
  append(records: readonly Uint8Array[]): Promise<readonly Position[]>;
  /**
   * Durable messages after `afterSeq`, ascending, at most `max`; empty at the end. Fails with `log_corrupt`. A log to which
   * others append as well may not know of their last messages yet; it looks when it is asked for one beyond the next.
   */
  read(afterSeq: number, max: number): MaybePromise<readonly LogMessage[]>;
  /** Calls back after each newly durable message. Returns the way to stop. */
  subscribe(listener: () => void): () => void;
  stats(): LogStats;
  /** Drops messages up to and including `seq`. The caller guarantees that no reader still needs them. */
  trim(seq: number): Promise<void>;
  /**
   * Puts other records into the place of those of some messages, which keep their numbers, times and digests: whoever
   * remembers such a message by its digest still recognizes it. Whoever reads meanwhile gets the one or the other. What was
   * trimmed stays away, and the last message of a log cannot be replaced: something has to follow it. Durable when it
   * resolves; after a failure some of the messages may be replaced, so callers repeat it. Fails with `log_unavailable`,
   * `log_full`, or `log_misconfigured` where the medium was set up to change nothing.
   */
  rewrite(replacements: readonly Replacement[]): Promise<void>;
  close(): Promise<void>;
}
