import { TesseraError } from '../../errors.ts';
import { ownersNamed } from '../../model/owners-named.ts';
import { droppableUpTo, sameCursor } from '../../model/spool-cursor.ts';
import type {
  Checkpoint,
  Commit,
  Loaded,
  SharedSpoolStore,
  SpoolCursor,
  SpoolEntry,
  StateStore,
} from '../../ports/state.ts';

/** One partition as it was at some moment. Opaque to callers. */
export interface PartitionSnapshot {
  readonly entries: ReadonlyMap<string, Uint8Array>;
  readonly spool: ReadonlyMap<number, Uint8Array>;
  readonly checkpoint: Checkpoint | undefined;
  readonly cursor: SpoolCursor | undefined;
}

/** A state store for tests and the simulation: same meaning, with faults on request. */
export interface MemoryStateStore extends StateStore, SharedSpoolStore {
  checkpoint(partition: string): Checkpoint | undefined;
  read(partition: string, keys: readonly string[]): readonly (Uint8Array | undefined)[];
  load(partition: string, expected: number, keys: readonly string[]): Loaded | 'conflict';
  scan(
    partition: string,
    prefix: string,
    after: string,
    max: number,
    before?: string,
  ): readonly (readonly [string, Uint8Array])[];
  readSpool(partition: string, after: number, maxBytes: number): readonly SpoolEntry[];
  cursor(partition: string): SpoolCursor | undefined;
  spoolBytes(partition: string): number;
  /** Everything of the partition, checkpoint, spool and cursor included: they step back together or not at all. */
  snapshot(partition: string): PartitionSnapshot;
  rollback(partition: string, snapshot: PartitionSnapshot): void;
  /** The next commit fails: before it took effect, or after (the answer is lost). */
  failNextCommit(when: 'before' | 'after'): void;
  /** Another handle on the same state, as a process has that starts anew. */
  reopen(): MemoryStateStore;
}

interface Partition {
  entries: Map<string, Uint8Array>;
  spool: Map<number, Uint8Array>;
  checkpoint: Checkpoint | undefined;
  cursor: SpoolCursor | undefined;
  /** Keys in order, until an entry comes or goes. */
  sorted: readonly string[] | undefined;
}

export function createMemoryStateStore(): MemoryStateStore {
  return new MapStateStore(new Map());
}

class MapStateStore implements MemoryStateStore {
  readonly #partitions: Map<string, Partition>;
  #fault: 'before' | 'after' | undefined;
  #closed = false;

  constructor(partitions: Map<string, Partition>) {
    this.#partitions = partitions;
  }

  checkpoint(partition: string): Checkpoint | undefined {
    return this.#partition(partition).checkpoint;
  }

  read(partition: string, keys: readonly string[]): readonly (Uint8Array | undefined)[] {
    const { entries } = this.#partition(partition);
    return keys.map((key) => copyOf(entries.get(key)));
  }

  load(partition: string, expected: number, keys: readonly string[]): Loaded | 'conflict' {
    const version = this.#partition(partition).checkpoint?.version ?? 0;
    if (version !== expected) return 'conflict';
    const values = this.read(partition, keys);
    const named = ownersNamed(keys, values);
    const owners = this.read(partition, named);
    return { values, owners: new Map(named.map((key, i) => [key, owners[i]])) };
  }

  async commit(name: string, commit: Commit): Promise<'committed' | 'conflict'> {
    const fault = this.#fault;
    this.#fault = undefined;
    if (this.#closed) throw new TesseraError('state_unavailable', 'the store is closed');
    if (fault === 'before') throw new TesseraError('state_unavailable', 'the commit was told to fail');
    const partition = this.#partition(name);
    if ((partition.checkpoint?.version ?? 0) !== commit.expected) return 'conflict';
    apply(partition, commit);
    if (fault === 'after') throw new TesseraError('state_unavailable', 'the answer was told to get lost');
    return 'committed';
  }

  scan(
    name: string,
    prefix: string,
    after: string,
    max: number,
    before?: string,
  ): readonly (readonly [string, Uint8Array])[] {
    const partition = this.#partition(name);
    partition.sorted ??= [...partition.entries.keys()].sort();
    const found: (readonly [string, Uint8Array])[] = [];
    for (const key of partition.sorted) {
      if (found.length >= max || (before !== undefined && key >= before)) break;
      const value = partition.entries.get(key);
      if (value !== undefined && key > after && key.startsWith(prefix))
        found.push([key, new Uint8Array(value)]);
    }
    return found;
  }

  async flushed(): Promise<void> {
    if (this.#closed) throw new TesseraError('state_unavailable', 'the store is closed');
  }

  readSpool(name: string, after: number, maxBytes: number): readonly SpoolEntry[] {
    const { spool } = this.#partition(name);
    const found: SpoolEntry[] = [];
    let total = 0;
    for (const n of [...spool.keys()].sort((a, b) => a - b)) {
      const bytes = spool.get(n);
      if (bytes === undefined || n <= after) continue;
      total += bytes.byteLength;
      if (found.length > 0 && total > maxBytes) break;
      found.push({ n, bytes: new Uint8Array(bytes) });
    }
    return found;
  }

  spoolBytes(partition: string): number {
    let total = 0;
    for (const bytes of this.#partition(partition).spool.values()) total += bytes.byteLength;
    return total;
  }

  cursor(partition: string): SpoolCursor | undefined {
    return this.#partition(partition).cursor;
  }

  async saveCursor(
    name: string,
    cursor: SpoolCursor,
    expected: SpoolCursor | undefined,
  ): Promise<'saved' | 'conflict'> {
    const partition = this.#partition(name);
    if (!sameCursor(partition.cursor, expected)) return 'conflict';
    partition.cursor = cursor;
    return 'saved';
  }

  async trimSpool(partition: string, n: number): Promise<void> {
    const { spool, cursor } = this.#partition(partition);
    const bound = Math.min(n, droppableUpTo(cursor));
    for (const key of [...spool.keys()]) if (key <= bound) spool.delete(key);
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  snapshot(name: string): PartitionSnapshot {
    const { entries, spool, checkpoint, cursor } = this.#partition(name);
    return { entries: new Map(entries), spool: new Map(spool), checkpoint, cursor };
  }

  rollback(name: string, { entries, spool, checkpoint, cursor }: PartitionSnapshot): void {
    const restored = {
      entries: new Map(entries),
      spool: new Map(spool),
      checkpoint,
      cursor,
      sorted: undefined,
    };
    this.#partitions.set(name, restored);
  }

  failNextCommit(when: 'before' | 'after'): void {
    this.#fault = when;
  }

  reopen(): MemoryStateStore {
    return new MapStateStore(this.#partitions);
  }

  #partition(name: string): Partition {
    let partition = this.#partitions.get(name);
    if (partition === undefined) {
      partition = {
        entries: new Map(),
        spool: new Map(),
        checkpoint: undefined,
        cursor: undefined,
        sorted: undefined,
      };
      this.#partitions.set(name, partition);
    }
    return partition;
  }
}

function apply(partition: Partition, commit: Commit): void {
  for (const [key, bytes] of commit.entries) {
    if ((bytes === null) === partition.entries.has(key)) partition.sorted = undefined;
    if (bytes === null) partition.entries.delete(key);
    else partition.entries.set(key, new Uint8Array(bytes));
  }
  if (commit.spool !== undefined) partition.spool.set(commit.next.spooled, new Uint8Array(commit.spool));
  partition.checkpoint = commit.next;
}

/** `slice` of a Buffer would be a view. */
function copyOf(bytes: Uint8Array | undefined): Uint8Array | undefined {
  return bytes === undefined ? undefined : new Uint8Array(bytes);
}
