import type { Database } from 'lmdb';
import { assert, TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import { ownersNamed } from '../../model/owners-named.ts';
import { decodeCursor, droppableUpTo, encodeCursor, sameCursor } from '../../model/spool-cursor.ts';
import type {
  Checkpoint,
  Commit,
  Loaded,
  SpoolCursor,
  SpoolEntry,
  SpoolStore,
  StateStore,
} from '../../ports/state.ts';
import type { Environment } from './environment.ts';

/*
 * State and history spool on LMDB. A commit is one transaction over all databases of the environment, made
 * conditional on the version of the partition's checkpoint: the version is LMDB's own entry version, so the
 * comparison happens inside the write transaction and holds against every other writer.
 *
 * Keys: `<partition>/<key>` for entries, [partition, n] for the spool. LMDB keeps both in order.
 */

export type EmbeddedStateStore = StateStore & SpoolStore;

export function openStateStore(environment: Environment): EmbeddedStateStore {
  return new LmdbStateStore(environment);
}

const NO_OWNERS: Loaded['owners'] = new Map();

class LmdbStateStore implements EmbeddedStateStore {
  readonly #environment: Environment;
  readonly #entries: Database<Buffer, string>;
  readonly #checkpoints: Database<Buffer, string>;
  readonly #spool: Database<Buffer, [string, number]>;
  readonly #cursors: Database<Buffer, string>;
  /** Cursors on their way to the disk: what the next one is compared with. */
  readonly #saving = new Map<string, SpoolCursor>();

  constructor(environment: Environment) {
    this.#environment = environment;
    this.#entries = environment.database<string>('entries');
    this.#checkpoints = environment.database<string>('checkpoints', { versions: true });
    // JSON rows shrink to a quarter, and with them what a backlog takes on disk and in the page cache.
    this.#spool = environment.database<[string, number]>('spool', { compressed: true });
    this.#cursors = environment.database<string>('cursors');
  }

  checkpoint(partition: string): Checkpoint | undefined {
    const bytes = this.#checkpoints.get(partition);
    return bytes === undefined ? undefined : parse(bytes, isCheckpoint);
  }

  read(partition: string, keys: readonly string[]): readonly (Buffer | undefined)[] {
    const prefix = entryPrefix(partition);
    const values: (Buffer | undefined)[] = [];
    for (const key of keys) values.push(this.#entries.get(prefix + key));
    return values;
  }

  /** One event turn is one read transaction of LMDB, so the check and the reads see the same moment. */
  load(partition: string, expected: number, keys: readonly string[]): Loaded | 'conflict' {
    const version = this.#checkpoints.getEntry(partition)?.version ?? 0;
    if (version !== expected) return 'conflict';
    const values = this.read(partition, keys);
    const named = ownersNamed(keys, values);
    if (named.length === 0) return { values, owners: NO_OWNERS };
    const owners = this.read(partition, named);
    return { values, owners: new Map(named.map((key, i) => [key, owners[i]])) };
  }

  async commit(partition: string, commit: Commit): Promise<'committed' | 'conflict'> {
    checkKeys(commit);
    const condition = { key: partition, version: commit.expected };
    const written = await this.#environment.writeIf(this.#checkpoints, condition, () => {
      this.#put(partition, commit);
    });
    return written ? 'committed' : 'conflict';
  }

  scan(
    partition: string,
    prefix: string,
    after: string,
    max: number,
    before?: string,
  ): readonly (readonly [string, Buffer])[] {
    const found: (readonly [string, Buffer])[] = [];
    if (max <= 0) return found;
    const own = entryPrefix(partition);
    const whole = own + prefix;
    // Nothing is skipped when `after` lies before the prefix, and an empty `after` is before everything.
    const start = after > prefix ? { start: own + after, exclusiveStart: true } : { start: whole };
    const end = before === undefined ? {} : { end: own + before };
    for (const { key, value } of this.#entries.getRange({ ...start, ...end, limit: max + 1 })) {
      if (key === own + after) continue;
      if (found.length === max || !key.startsWith(whole)) break;
      found.push([key.slice(own.length), value]);
    }
    return found;
  }

  /** Every commit is flushed before it resolves, and writes keep their order: an empty one waits for all. */
  async flushed(): Promise<void> {
    await this.#environment.write(() => undefined);
  }

  readSpool(partition: string, after: number, maxBytes: number): readonly SpoolEntry[] {
    const found: SpoolEntry[] = [];
    let total = 0;
    const range = { start: [partition, after + 1] as [string, number], end: spoolEnd(partition) };
    for (const { key, value } of this.#spool.getRange(range)) {
      total += value.byteLength;
      if (found.length > 0 && total > maxBytes) break;
      found.push({ n: key[1], bytes: value });
    }
    return found;
  }

  cursor(partition: string): SpoolCursor | undefined {
    const bytes = this.#cursors.get(partition);
    return bytes === undefined ? undefined : parseCursor(bytes);
  }

  /** One process holds the directory: what it saved last is the truth, also before it is flushed. */
  async saveCursor(
    partition: string,
    cursor: SpoolCursor,
    expected: SpoolCursor | undefined,
  ): Promise<'saved' | 'conflict'> {
    if (!sameCursor(this.#saving.get(partition) ?? this.cursor(partition), expected)) return 'conflict';
    this.#saving.set(partition, cursor);
    try {
      await this.#environment.write(() => {
        void this.#cursors.put(partition, Buffer.from(encodeCursor(cursor)));
      });
    } finally {
      if (this.#saving.get(partition) === cursor) this.#saving.delete(partition);
    }
    return 'saved';
  }

  /** In slices, so that commits get their turn in between. */
  async trimSpool(partition: string, n: number): Promise<void> {
    const bound = Math.min(n, droppableUpTo(this.cursor(partition)));
    const range = { end: [partition, bound + 1] as [string, number], limit: limits.stateTrimSliceEntries };
    for (;;) {
      const keys = [...this.#spool.getKeys({ start: [partition, 0] as [string, number], ...range })];
      if (keys.length === 0) return;
      await this.#environment.write(() => {
        for (const key of keys) void this.#spool.remove(key);
      });
    }
  }

  async close(): Promise<void> {
    await this.#environment.close();
  }

  #put(partition: string, commit: Commit): void {
    const prefix = entryPrefix(partition);
    for (const [key, bytes] of commit.entries) {
      if (bytes === null) void this.#entries.remove(prefix + key);
      else void this.#entries.put(prefix + key, asBuffer(bytes));
    }
    if (commit.spool !== undefined) {
      void this.#spool.put([partition, commit.next.spooled], asBuffer(commit.spool));
    }
    void this.#checkpoints.put(partition, encode(commit.next), commit.next.version);
  }
}

/** Before the first write: a key that LMDB refuses in the middle of a transaction would leave half of it behind. */
function checkKeys(commit: Commit): void {
  for (const key of commit.entries.keys()) {
    assert(key.length <= limits.stateKeyCharactersMax, `a state key is too long: ${key.slice(0, 32)}…`);
  }
}

/** The slash keeps `p1` and `p10` apart. */
function entryPrefix(partition: string): string {
  return `${partition}/`;
}

function spoolEnd(partition: string): [string, number] {
  return [partition, Number.MAX_SAFE_INTEGER];
}

/** The same bytes as the driver's type wants them; no copy. */
function asBuffer(bytes: Uint8Array): Buffer {
  return bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function encode(value: Checkpoint): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function parse<T>(bytes: Buffer, accepts: (value: unknown) => value is T): T {
  const value: unknown = JSON.parse(bytes.toString());
  if (accepts(value)) return value;
  throw new TesseraError('data_format', 'a checkpoint cannot be read');
}

function isCheckpoint(value: unknown): value is Checkpoint {
  if (typeof value !== 'object' || value === null) return false;
  const fields: Partial<Record<keyof Checkpoint, unknown>> = value;
  const { seq, digest, version, spooled, taken, given } = fields;
  const numbers = [seq, digest, version, spooled].every((field) => typeof field === 'number');
  return numbers && typeof taken === 'object' && typeof given === 'object';
}

function parseCursor(bytes: Buffer): SpoolCursor {
  const cursor = decodeCursor(bytes.toString());
  if (cursor === undefined) throw new TesseraError('data_format', 'a cursor of the spool cannot be read');
  return cursor;
}
