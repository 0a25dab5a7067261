import type { SpoolCursor } from '../model/spool-cursor.ts';
import type { MaybePromise } from './log.ts';

export type { SpoolCursor } from '../model/spool-cursor.ts';

/** How far a partition has come; committed atomically with the state it describes. */
export interface Checkpoint {
  /** Last log message that was folded completely. */
  readonly seq: number;
  /** Digest of that message. */
  readonly digest: number;
  /**
   * The value that a commit compares. The runner uses `seq`: state is a function of the log up to there, so
   * whoever started from the same seq may write. A count of commits would not do: after a rollback it comes to
   * the same number again with another state, and a zombie would be let in.
   */
  readonly version: number;
  /** Highest n taken, by source of messages. */
  readonly taken: Readonly<Record<string, number>>;
  /** Highest n given, by destination of messages. */
  readonly given: Readonly<Record<string, number>>;
  /** Highest n of the history spool: the last message of the newest batch that had rows. Ascending, not dense. */
  readonly spooled: number;
}

export interface Commit {
  /** `version` of the checkpoint that the batch started from. */
  readonly expected: number;
  readonly next: Checkpoint;
  /** Key → bytes to put, or null to delete. */
  readonly entries: ReadonlyMap<string, Uint8Array | null>;
  /** History rows of this batch, packed; becomes spool entry `next.spooled`. */
  readonly spool?: Uint8Array;
}

export interface Loaded {
  /** In the order of the keys. */
  readonly values: readonly (Uint8Array | undefined)[];
  /** Entries of the people that own the loaded links, by key. */
  readonly owners: ReadonlyMap<string, Uint8Array | undefined>;
}

/**
 * State of the partitions: an ordered map from string keys to bytes, per partition.
 * Keys are ASCII; their prefixes are listed in src/README.md.
 */
export interface StateStore {
  /** The checkpoint, or undefined for a partition that never committed. */
  checkpoint(partition: string): MaybePromise<Checkpoint | undefined>;
  /** Values in the order of the keys; undefined where there is none. */
  read(partition: string, keys: readonly string[]): MaybePromise<readonly (Uint8Array | undefined)[]>;
  /**
   * The same, at one moment and only while the checkpoint's version is `expected` (0: never committed). A fold
   * may use nothing else: an entry read while the slot was elsewhere, before or after a rollback, would be
   * folded into a state that it does not belong to. The owners that loaded links name come along (`ownersNamed`):
   * that is what makes an identifier set cost one round trip.
   */
  load(partition: string, expected: number, keys: readonly string[]): MaybePromise<Loaded | 'conflict'>;
  /**
   * All or nothing. `conflict` when the stored version is not `expected`: nothing was written. Committed is
   * readable at once; it need not be flushed (the log is the truth), but commits survive as a prefix.
   */
  commit(partition: string, commit: Commit): Promise<'committed' | 'conflict'>;
  /** Entries whose key starts with `prefix`, ascending, after `after` and before `before`, at most `max`. */
  scan(
    partition: string,
    prefix: string,
    after: string,
    max: number,
    before?: string,
  ): MaybePromise<readonly (readonly [string, Uint8Array])[]>;
  /** Resolves once every commit so far survives a power cut. */
  flushed(): Promise<void>;
  close(): Promise<void>;
}

/** Committed entries by their keys alone, whichever partition holds them. */
export interface StateReader {
  /** Values in the order of the keys; undefined where there is none. Not of one moment. */
  read(keys: readonly string[]): MaybePromise<readonly (Uint8Array | undefined)[]>;
  /** Entries whose key starts with `prefix`, ascending, after `after`, at most `max`. */
  scan(prefix: string, after: string, max: number): MaybePromise<readonly (readonly [string, Uint8Array])[]>;
}

/** What the historian needs of the same place: the spool and its own cursor, atomic with nothing else. */
export interface SpoolStore {
  /** Entries with n > after, ascending, until `maxBytes` (at least one where there is one). */
  readSpool(partition: string, after: number, maxBytes: number): MaybePromise<readonly SpoolEntry[]>;
  cursor(partition: string): MaybePromise<SpoolCursor | undefined>;
  /**
   * Resolves when the cursor is durable, and with it every commit before it. `conflict`, and nothing is written,
   * when the stored cursor is not `expected`: another historian of this partition has moved it, or the store stepped
   * back. So of two historians, one of which was thought dead, only one brings rows to history.
   */
  saveCursor(
    partition: string,
    cursor: SpoolCursor,
    expected: SpoolCursor | undefined,
  ): Promise<'saved' | 'conflict'>;
  /** Drops entries up to and including n, of those that the stored cursor calls done or spilled; no others. */
  trimSpool(partition: string, n: number): Promise<void>;
}

/** A spool in a store that many processes share, and whose memory is bounded. */
export interface SharedSpoolStore extends SpoolStore {
  /** Bytes of all entries that the store holds. */
  spoolBytes(partition: string): MaybePromise<number>;
}

export interface SpoolEntry {
  readonly n: number;
  readonly bytes: Uint8Array;
}
