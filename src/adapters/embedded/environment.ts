import { statfsSync } from 'node:fs';
import { type Database, type Key, open, type RootDatabase } from 'lmdb';
import { assert, type ErrorCode, TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import { createDirectory, syncDirectory } from './durable-file.ts';

/*
 * One LMDB environment, set up so that a resolved write is a durable write.
 *
 * `overlappingSync` is off on purpose: in lmdb 3.5.6 both forms resolve only after fdatasync, but the classic
 * form aborts the transaction when it fails (nothing of it can become visible later) and costs half (measured:
 * 0.7 against 1.3 ms, 440 against 960 µs of CPU per small write). `eventTurnBatching` is off because with it
 * the library keeps a second promise of every batch to itself, whose rejection nobody could handle.
 */

/** The codes under which failures of this environment are reported. */
export interface FailureCodes {
  /** No room: earlier data is intact, reads go on, writes may succeed again later. */
  readonly full: ErrorCode;
  /** The medium failed: nothing is written any more until the process starts anew. */
  readonly failed: ErrorCode;
}

const EIO = 5;
const ENOSPC = 28;
const EDQUOT = 122;
const MDB_MAP_FULL = -30_792;

export class Environment {
  readonly path: string;
  readonly #root: RootDatabase<Buffer, string>;
  readonly #codes: FailureCodes;
  /** Those that were opened, by name. */
  readonly #databases = new Map<string, Database<Buffer, Key>>();
  #failure: TesseraError | undefined;
  #closed = false;

  constructor(path: string, codes: FailureCodes) {
    this.path = path;
    this.#codes = codes;
    createDirectory(path);
    this.#root = open<Buffer, string>({
      path,
      // A path with a dot would otherwise be taken for the name of a file.
      noSubdir: false,
      encoding: 'binary',
      overlappingSync: false,
      eventTurnBatching: false,
      maxDbs: limits.databasesMax,
      // Address space, not memory or disk. Growing a small map keeps the old one mapped beside the new one, and pages
      // that are in both count twice as resident (measured: 276 MB for a file of 111).
      mapSize: limits.mapBytes,
      // Otherwise pages would get bytes of other pages, or of anything else in memory, where they hold nothing.
      noMemInit: false,
    });
    syncDirectory(path);
  }

  /** Why this environment refuses writes, once it does. */
  get failure(): TesseraError | undefined {
    return this.#failure;
  }

  /** Opens (or creates) a named database of bytes. `versions` makes its keys usable with `writeIf`. */
  database<K extends string | number | (string | number)[]>(
    name: string,
    options?: { readonly versions?: boolean; readonly compressed?: boolean },
  ): Database<Buffer, K> {
    const database = this.#root.openDB<Buffer, K>({
      name,
      encoding: 'binary',
      useVersions: options?.versions ?? false,
      // LZ4, for values of a page and more; small ones are stored as they are.
      ...(options?.compressed ? { compression: true } : {}),
    });
    // Whoever goes over all of them reads their keys from them.
    this.#databases.set(name, database as unknown as Database<Buffer, Key>);
    return database;
  }

  /** The number of the last page of the file. */
  lastPage(): number {
    const { lastPageNumber }: { readonly lastPageNumber?: unknown } = this.#root.getStats();
    assert(typeof lastPageNumber === 'number', 'an environment knows its last page');
    return lastPageNumber;
  }

  /** One transaction over all databases that were opened, at once: what it reads is what it changes. Blocks the thread. */
  transact(action: (databases: readonly Database<Buffer, Key>[]) => void): void {
    this.#refuseIfFailed();
    this.#root.transactionSync(() => action([...this.#databases.values()]));
  }

  /** Everything that `action` writes becomes durable as one transaction, or nothing does. Writes keep their order. */
  async write(action: () => void): Promise<void> {
    this.#refuseIfFailed();
    try {
      await this.#root.batch(action);
    } catch (error) {
      throw await this.#translate(error);
    }
  }

  /** Like `write`; what the action reads is as it stands in front of its own writes, whatever else was under way. */
  async transaction(action: () => void): Promise<void> {
    this.#refuseIfFailed();
    try {
      await this.#root.transaction(action);
    } catch (error) {
      throw await this.#translate(error);
    }
  }

  /** Like `write`, but only if `key` has `version` (0: is absent). False: nothing was written. */
  async writeIf<K extends string | number>(
    database: Database<Buffer, K>,
    condition: { readonly key: K; readonly version: number },
    action: () => void,
  ): Promise<boolean> {
    this.#refuseIfFailed();
    try {
      return condition.version === 0
        ? await database.ifNoExists(condition.key, action)
        : await database.ifVersion(condition.key, condition.version, action);
    } catch (error) {
      throw await this.#translate(error);
    }
  }

  /** Writes what is durable at this moment into a new file, without what is free, while everything goes on. */
  async copyTo(path: string): Promise<void> {
    this.#refuseIfFailed();
    createDirectory(path);
    await this.#root.backup(path, true);
  }

  /** Waits for the writes under way. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#root.close();
  }

  #refuseIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#closed) throw new TesseraError(this.#codes.failed, `${this.path} is closed`);
  }

  /**
   * The write that meets the end of a disk is cut short, and LMDB calls that EIO. Taking it for a full disk is safe even
   * where it was not: the transaction was aborted, and the next one writes and flushes all of its pages itself.
   */
  #isAlmostFull(): boolean {
    const { bavail, bsize } = statfsSync(this.path);
    return bavail * bsize < limits.diskFreeBytesMin;
  }

  /**
   * No room is an operating condition. Anything else is fail-stop: after a failed fsync the kernel may have marked
   * the lost pages clean, so a second attempt could report success for data that is gone. It is never retried.
   */
  async #translate(error: unknown): Promise<TesseraError> {
    if (error instanceof TesseraError) return error;
    const cause = await rootCause(error);
    const code = numericCode(cause);
    if (
      code === ENOSPC ||
      code === EDQUOT ||
      code === MDB_MAP_FULL ||
      (code === EIO && this.#isAlmostFull())
    ) {
      return new TesseraError(this.#codes.full, `no room left in ${this.path}`, { cause });
    }
    this.#failure ??= new TesseraError(
      this.#codes.failed,
      `writing to ${this.path} failed; restart after repair`,
      {
        cause,
      },
    );
    return this.#failure;
  }
}

/** lmdb rejects with a generic error that carries a promise of the real one, itself a rejection. */
async function rootCause(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || !('commitError' in error)) return error;
  try {
    await error.commitError;
    return error;
  } catch (cause) {
    return cause;
  }
}

function numericCode(error: unknown): number | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}
