import { setTimeout as delay } from 'node:timers/promises';
import { assert, TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import { OWNER_OF_LINK } from '../../model/keys.ts';
import { decodeCursor, droppableUpTo, encodeCursor } from '../../model/spool-cursor.ts';
import type {
  Checkpoint,
  Commit,
  Loaded,
  SharedSpoolStore,
  SpoolCursor,
  SpoolEntry,
  StateStore,
} from '../../ports/state.ts';
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint.ts';
import type { RedisConnection } from './connection.ts';
import { headerKey, keysIn, PERSON_CHARACTERS, placeOf, type ScanRange, scanRanges } from './place.ts';

/*
 * State and history spool on Redis. Everything of a partition has one tag, `{space:partition}`, and so lives in one
 * slot: one function call writes a whole commit, and whatever makes a slot step back takes all of it back together.
 *
 *   {main:p3}:meta       version, checkpoint, cursor, and up to where the spool goes
 *   {main:p3}:index      the names of the buckets, in order
 *   {main:p3}:spool      a stream: entry n has the id n-0
 *   {main:p3}:b:<name>   a bucket of entries, see `place.ts`
 */
export type RedisStateStore = StateStore & SharedSpoolStore;

export interface RedisStateStoreOptions {
  readonly space: string;
}

export function openRedisStateStore(
  connection: RedisConnection,
  { space }: RedisStateStoreOptions,
): RedisStateStore {
  return new FunctionStateStore(connection, space);
}

interface PartitionKeys {
  readonly meta: string;
  readonly index: string;
  readonly spool: string;
  /** Comes before the name of a bucket. */
  readonly bucket: string;
}

interface Bucket {
  readonly sets: (string | Buffer)[];
  readonly deletes: string[];
}

class FunctionStateStore implements RedisStateStore {
  readonly #connection: RedisConnection;
  readonly #space: string;
  readonly #partitions = new Map<string, PartitionKeys>();
  /** Commits and cursors under way. */
  readonly #writing = new Set<Promise<unknown>>();
  #closed = false;

  constructor(connection: RedisConnection, space: string) {
    this.#connection = connection;
    this.#space = space;
  }

  async checkpoint(partition: string): Promise<Checkpoint | undefined> {
    const bytes = await this.#connection.field(this.#keysOf(partition).meta, 'checkpoint');
    return bytes === undefined ? undefined : decodeCheckpoint(bytes.toString());
  }

  async read(partition: string, keys: readonly string[]): Promise<readonly (Buffer | undefined)[]> {
    if (keys.length === 0) return [];
    const loaded = await this.#load(partition, '', keys);
    assert(loaded !== 'conflict', 'reading compares nothing');
    return loaded.values;
  }

  async load(partition: string, expected: number, keys: readonly string[]): Promise<Loaded | 'conflict'> {
    return await this.#load(partition, String(expected), keys);
  }

  async commit(partition: string, commit: Commit): Promise<'committed' | 'conflict'> {
    const { next, expected, entries, spool } = commit;
    const { meta, index, spool: stream, bucket: prefix } = this.#keysOf(partition);
    const buckets = bucketsOf(entries);
    const keys = [meta, index, stream];
    const args: (string | Buffer)[] = [String(expected), String(next.version), encodeCheckpoint(next)];
    if (spool === undefined) args.push('', '');
    else args.push(String(next.spooled), asBuffer(spool));
    for (const [name, { sets, deletes }] of buckets) {
      keys.push(prefix + name);
      args.push(name, String(sets.length / 2), String(deletes.length));
      for (const one of sets) args.push(one);
      for (const one of deletes) args.push(one);
    }
    assert(keys.length + args.length < limits.redisArgumentsMax, 'a commit fits into one call');
    const [outcome, key] = listOf(await this.#write(this.#connection.call('commit', keys, args)));
    if (outcome === 1) return 'committed';
    if (outcome === 0) return 'conflict';
    if (outcome === -1) throw foreignKey(key);
    throw new TesseraError('data_format', `the spool of ${partition} is ahead of its checkpoint`);
  }

  async scan(
    partition: string,
    prefix: string,
    after: string,
    max: number,
    before?: string,
  ): Promise<readonly (readonly [string, Buffer])[]> {
    const found: [string, Buffer][] = [];
    const fits = (key: string): boolean =>
      key > after && key.startsWith(prefix) && (before === undefined || key < before);
    for (const range of scanRanges(prefix, after, before)) {
      await this.#walk(partition, { range, fits, max, found });
      if (found.length >= max) break;
    }
    return found;
  }

  /**
   * Redis flushes before it answers where `appendfsync` is `always`; with `everysec` what was answered is on the disk
   * two seconds later. Without an append-only file nothing survives a power cut, and the start has said so.
   */
  async flushed(): Promise<void> {
    this.#refuseIfClosed();
    await Promise.allSettled(this.#writing);
    if (this.#connection.report?.fsync === 'everysec') await delay(limits.redisFsyncMs);
  }

  async readSpool(partition: string, after: number, maxBytes: number): Promise<readonly SpoolEntry[]> {
    const { spool } = this.#keysOf(partition);
    const answer = listOf(
      await this.#connection.call('read_spool', [spool], [String(after), String(maxBytes)]),
    );
    const entries: SpoolEntry[] = [];
    for (let at = 0; at < answer.length; at += 2) {
      entries.push({ n: Number(textOf(answer[at])), bytes: bufferOf(answer[at + 1]) });
    }
    return entries;
  }

  async spoolBytes(partition: string): Promise<number> {
    const { meta, spool } = this.#keysOf(partition);
    return Number(textOf(await this.#connection.call('spool_bytes', [meta, spool], [])));
  }

  async cursor(partition: string): Promise<SpoolCursor | undefined> {
    const bytes = await this.#connection.field(this.#keysOf(partition).meta, 'cursor');
    if (bytes === undefined) return undefined;
    const cursor = decodeCursor(bytes.toString());
    if (cursor === undefined) throw new TesseraError('data_format', 'a cursor of the spool cannot be read');
    return cursor;
  }

  async saveCursor(
    partition: string,
    cursor: SpoolCursor,
    expected: SpoolCursor | undefined,
  ): Promise<'saved' | 'conflict'> {
    const { meta } = this.#keysOf(partition);
    const before = expected === undefined ? '' : encodeCursor(expected);
    const args = [before, encodeCursor(cursor), String(droppableUpTo(cursor))];
    const saved = await this.#write(this.#connection.call('save_cursor', [meta], args));
    return saved === 1 ? 'saved' : 'conflict';
  }

  async trimSpool(partition: string, n: number): Promise<void> {
    const { meta, spool } = this.#keysOf(partition);
    await this.#connection.call('trim_spool', [meta, spool], [String(n)]);
  }

  /** The connection belongs to whoever opened it. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#writing);
    this.#closed = true;
  }

  async #load(
    partition: string,
    expected: string,
    wanted: readonly string[],
  ): Promise<{ values: (Buffer | undefined)[]; owners: Map<string, Buffer | undefined> } | 'conflict'> {
    const { meta, bucket: prefix } = this.#keysOf(partition);
    const buckets = positionsOf(wanted);
    const { prefix: links, length, target } = OWNER_OF_LINK;
    const keys = [meta];
    const args = [expected, prefix + target, String(PERSON_CHARACTERS), String(length)];
    for (const [name, { fields }] of buckets) {
      keys.push(prefix + name);
      args.push(name.startsWith(links) ? '1' : '0', String(fields.length));
      for (const field of fields) args.push(field);
    }
    const [outcome, values, owners] = listOf(await this.#connection.call('load', keys, args));
    if (outcome !== 1) return 'conflict';
    return {
      values: inOrder(buckets, listOf(values), wanted.length),
      owners: ownersOf(listOf(owners), target),
    };
  }

  /** Adds what a stretch of the index holds, in pages: which keys there are, sorted here, and then their values. */
  async #walk(partition: string, walk: Walk): Promise<void> {
    const { range, fits, max, found } = walk;
    let from = range.from;
    let after = '';
    while (found.length < max) {
      const page = await this.#page(partition, { ...range, from }, max - found.length);
      const keys = page.keys.filter((key) => fits(key) && key > after).sort();
      const wanted = keys.slice(0, max - found.length);
      const values = await this.read(partition, wanted);
      for (const [at, key] of wanted.entries()) {
        const value = values[at];
        // An entry may go between the two looks.
        if (value !== undefined) found.push([key, value]);
      }
      if (wanted.length < keys.length) after = wanted.at(-1) ?? after;
      else if (page.last === undefined) return;
      else from = `(${page.last}`;
    }
  }

  /** The keys of some buckets, at least `wanted` unless there are no more; `last` is undefined where nothing follows. */
  async #page(
    partition: string,
    { kind, from, to }: ScanRange,
    wanted: number,
  ): Promise<{ readonly keys: string[]; readonly last: string | undefined }> {
    const { index, bucket: prefix } = this.#keysOf(partition);
    const args = [prefix, from, to, String(wanted), kind];
    const [ended, ...buckets] = listOf(await this.#connection.call('keys', [index], args));
    const keys: string[] = [];
    let last: string | undefined;
    for (let at = 0; at < buckets.length; at += 2) {
      last = textOf(buckets[at]);
      const fields = buckets[at + 1];
      // One by one: a bucket may hold more than the arguments of one call.
      if (kind === 'entries') for (const key of keysIn(last, listOf(fields).map(textOf))) keys.push(key);
      else if (fields === 1) keys.push(headerKey(last));
    }
    return { keys, last: ended === 1 ? undefined : last };
  }

  async #write<T>(writing: Promise<T>): Promise<T> {
    this.#writing.add(writing);
    try {
      return await writing;
    } finally {
      this.#writing.delete(writing);
    }
  }

  #keysOf(partition: string): PartitionKeys {
    this.#refuseIfClosed();
    let keys = this.#partitions.get(partition);
    if (keys === undefined) {
      const tag = `{${this.#space}:${partition}}`;
      keys = { meta: `${tag}:meta`, index: `${tag}:index`, spool: `${tag}:spool`, bucket: `${tag}:b:` };
      this.#partitions.set(partition, keys);
    }
    return keys;
  }

  #refuseIfClosed(): void {
    if (this.#closed) throw new TesseraError('state_unavailable', 'the store is closed');
  }
}

interface Walk {
  readonly range: ScanRange;
  readonly fits: (key: string) => boolean;
  readonly max: number;
  readonly found: [string, Buffer][];
}

function bucketsOf(entries: Commit['entries']): Map<string, Bucket> {
  const buckets = new Map<string, Bucket>();
  for (const [key, bytes] of entries) {
    assert(key.length <= limits.stateKeyCharactersMax, `a state key is too long: ${key.slice(0, 32)}…`);
    const { bucket, field } = placeOf(key);
    let found = buckets.get(bucket);
    if (found === undefined) {
      found = { sets: [], deletes: [] };
      buckets.set(bucket, found);
    }
    if (bytes === null) found.deletes.push(field);
    else found.sets.push(field, asBuffer(bytes));
  }
  return buckets;
}

interface Wanted {
  readonly fields: string[];
  /** Where their values go in the answer. */
  readonly positions: number[];
}

function positionsOf(keys: readonly string[]): Map<string, Wanted> {
  const buckets = new Map<string, Wanted>();
  for (const [position, key] of keys.entries()) {
    const { bucket, field } = placeOf(key);
    let found = buckets.get(bucket);
    if (found === undefined) {
      found = { fields: [], positions: [] };
      buckets.set(bucket, found);
    }
    found.fields.push(field);
    found.positions.push(position);
  }
  return buckets;
}

function inOrder(
  buckets: ReadonlyMap<string, Wanted>,
  answers: readonly unknown[],
  length: number,
): (Buffer | undefined)[] {
  const values = new Array<Buffer | undefined>(length);
  let at = 0;
  for (const { positions } of buckets.values()) {
    for (const position of positions) {
      const answer = answers[at++];
      values[position] = Buffer.isBuffer(answer) ? answer : undefined;
    }
  }
  return values;
}

function ownersOf(answers: readonly unknown[], target: string): Map<string, Buffer | undefined> {
  const owners = new Map<string, Buffer | undefined>();
  for (let at = 0; at < answers.length; at += 2) {
    const value = answers[at + 1];
    owners.set(target + textOf(answers[at]), Buffer.isBuffer(value) ? value : undefined);
  }
  return owners;
}

function foreignKey(key: unknown): TesseraError {
  const name = Buffer.isBuffer(key) ? key.toString() : 'a key';
  return new TesseraError('data_format', `${name} holds what Tessera did not write; nothing was changed`);
}

function listOf(answer: unknown): readonly unknown[] {
  assert(Array.isArray(answer), 'a function answers a list');
  return answer;
}

function textOf(answer: unknown): string {
  return bufferOf(answer).toString('latin1');
}

function bufferOf(answer: unknown): Buffer {
  assert(Buffer.isBuffer(answer), 'a function answers bytes');
  return answer;
}

/** The same bytes as the driver wants them; no copy. */
function asBuffer(bytes: Uint8Array): Buffer {
  return bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
