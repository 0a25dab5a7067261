import type { Storage } from '../../src/engine/storage.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Commit, StateStore } from '../../src/ports/state.ts';

type Part = <T>(path: string) => Promise<T>;

/** Memory adapters of the build, which know nothing of a disk. */
export async function createVolatileStorage(part: Part, clock: Clock): Promise<Storage> {
  const { createMemoryLog } =
    await part<typeof import('../../src/adapters/memory/log.ts')>('adapters/memory/log');
  const { createMemoryStateStore } = await part<typeof import('../../src/adapters/memory/state-store.ts')>(
    'adapters/memory/state-store',
  );
  const { createMemoryKeyStore } =
    await part<typeof import('../../src/adapters/memory/key-store.ts')>('adapters/memory/key-store');
  const { createMemoryAuditStore } = await part<typeof import('../../src/adapters/memory/audit-store.ts')>(
    'adapters/memory/audit-store',
  );
  const { createNoHistory } =
    await part<typeof import('../../src/engine/no-history.ts')>('engine/no-history');
  const { FUSED } = await part<typeof import('../../src/cluster/topology.ts')>('cluster/topology');
  const log = createMemoryLog({ clock });
  const memory = createMemoryStateStore();
  const index = new KeyIndex();
  const store: StateStore = {
    checkpoint: (partition) => memory.checkpoint(partition),
    read: (partition, keys) => memory.read(partition, keys),
    load: (partition, expected, keys) => memory.load(partition, expected, keys),
    commit(partition, commit) {
      index.note(commit);
      // Nobody reads rows here, and a map of all rows ever would be a cost of its own.
      const { spool: _rows, ...kept } = commit;
      return memory.commit(partition, kept);
    },
    scan(partition, prefix, after, max) {
      const keys = index.after(prefix, after, max);
      const values = memory.read(partition, keys);
      return keys.map((key, n) => [key, values[n] ?? new Uint8Array()] as const);
    },
    flushed: () => memory.flushed(),
    close: () => memory.close(),
  };
  return {
    topology: FUSED,
    store,
    spool: emptySpool,
    keys: createMemoryKeyStore(),
    audit: createMemoryAuditStore(),
    history: createNoHistory(),
    channel: undefined,
    notifications: undefined,
    log: () => log,
    lastSeq: async () => log.stats().lastSeq,
    logFailure: () => undefined,
    stateReachable: () => true,
    scrub: async () => 0,
    backups: undefined,
    notes: [],
    founded: async () => undefined,
    checkFingerprint: async () => undefined,
    close: async () => undefined,
  };
}

const emptySpool: Storage['spool'] = {
  readSpool: () => [],
  cursor: () => undefined,
  saveCursor: async () => 'saved',
  trimSpool: async () => undefined,
};

const KIND_CHARACTERS = 2;

/**
 * Keys of each kind in order, made anew only where that kind has changed: the memory store sorts all keys for every scan, and
 * alarms are looked for four times a second.
 */
class KeyIndex {
  readonly #kinds = new Map<string, { readonly keys: Set<string>; sorted: string[] | undefined }>();

  note({ entries }: Commit): void {
    for (const [key, bytes] of entries) {
      const kind = this.#kind(key);
      if ((bytes === null) !== kind.keys.has(key)) continue;
      kind.sorted = undefined;
      if (bytes === null) kind.keys.delete(key);
      else kind.keys.add(key);
    }
  }

  after(prefix: string, after: string, max: number): readonly string[] {
    const kinds = prefix.length < KIND_CHARACTERS ? [...this.#kinds.values()] : [this.#kind(prefix)];
    const found: string[] = [];
    for (const kind of kinds) {
      kind.sorted ??= [...kind.keys].sort();
      for (const key of kind.sorted) {
        if (found.length >= max) break;
        if (key > after && key.startsWith(prefix)) found.push(key);
      }
    }
    return found.sort();
  }

  #kind(key: string) {
    const name = key.slice(0, KIND_CHARACTERS);
    let kind = this.#kinds.get(name);
    if (kind === undefined) {
      kind = { keys: new Set<string>(), sorted: undefined };
      this.#kinds.set(name, kind);
    }
    return kind;
  }
}
