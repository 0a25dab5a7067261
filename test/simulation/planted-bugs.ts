import type { PartitionSnapshot } from '../../src/adapters/memory/state-store.ts';
import { TesseraError } from '../../src/errors.ts';
import type { Counted } from '../../src/model/conservation.ts';
import type { OutcomeStatus } from '../../src/model/effect.ts';
import type { FoldContext } from '../../src/model/fold.ts';
import type { MoveQueue, Place } from '../../src/model/identity.ts';
import { keys } from '../../src/model/keys.ts';
import type { Header } from '../../src/model/profile.ts';
import type { MessageBody } from '../../src/model/record.ts';
import type { StateView } from '../../src/model/view.ts';
import type { Stage } from '../../src/pipeline/pipeline.ts';
import type { Log } from '../../src/ports/log.ts';
import type { Checkpoint, Commit, SpoolStore, StateStore } from '../../src/ports/state.ts';
import { type DecodedRecord, decodeRecord } from '../../src/runner/codec.ts';
import { ConservationLedger } from '../../src/runner/conservation-ledger.ts';
import { EntryCache, type EntryCodec } from '../../src/runner/entry-cache.ts';

/** Where a replica sits. */
export interface Seat {
  readonly partition: string;
  /** The checkpoint that its runner holds in memory. */
  readonly checkpoint: () => Checkpoint | undefined;
}

/** One rule of the design taken away, by wrapping a port or a stage: the simulation must notice. */
export interface PlantedBug {
  readonly name: string;
  /** It shows where people are erased. */
  readonly erases?: true;
  /** What the violation that finds it must say. */
  readonly foundBy?: string;
  /** The books of each partition. */
  readonly ledger?: () => ConservationLedger;
  readonly acknowledgesBeforeFlush?: true;
  readonly store?: (store: StateStore, seat: Seat) => StateStore;
  readonly stage?: (stage: Stage) => Stage;
  readonly cache?: (codec: EntryCodec) => EntryCache;
  readonly decode?: (seat: Seat) => (bytes: Uint8Array) => DecodedRecord;
  /** What the historians are given instead of the spool. */
  readonly spool?: (spool: SpoolStore) => SpoolStore;
  readonly publish?: (append: Log['append']) => Log['append'];
  /** Where ingest sends what is known. */
  readonly route?: (place: Place) => string;
  /** What a slot looks like after it stepped back from `now` to `then`. */
  readonly rollback?: (then: PartitionSnapshot, now: PartitionSnapshot) => PartitionSnapshot;
}

/** A fold that sees another state, or sends other messages, than it should. */
function folding(change: (context: FoldContext) => Partial<FoldContext>): (stage: Stage) => Stage {
  return (stage) => ({
    ...stage,
    fold: (record, context) =>
      // What the stage does at an earlier moment it does in a copy, which has own properties alone.
      stage.fold(record, { ...context, ...change(context) }),
  });
}

function seeing(change: (view: StateView) => Partial<StateView>): (stage: Stage) => Stage {
  return folding(({ view }) => ({ view: { ...bound(view), ...change(view) } }));
}

function sending(change: (body: MessageBody) => MessageBody | undefined): (stage: Stage) => Stage {
  return folding((context) => ({
    toProfile: (profile, body) => {
      const changed = change(body);
      if (changed !== undefined) context.toProfile(profile, changed);
    },
  }));
}

function bound(view: StateView): StateView {
  return {
    get: (key) => view.get(key),
    has: (key) => view.has(key),
    put: (key, value) => view.put(key, value),
    absent: (key) => view.absent(key),
    remove: (key) => view.remove(key),
  };
}

/** The same commit with what `keep` says of its entries. */
function keeping(commit: Commit, keep: (key: string, bytes: Uint8Array | null) => boolean): Commit {
  return { ...commit, entries: new Map([...commit.entries].filter(([key, bytes]) => keep(key, bytes))) };
}

/** Whatever the slot holds is what the commit, or the fold, started from. */
const uncompared = (store: StateStore): Pick<StateStore, 'load' | 'commit'> => ({
  load: async (partition, _expected, keys) =>
    await store.load(partition, (await store.checkpoint(partition))?.version ?? 0, keys),
  commit: async (partition, commit) =>
    await store.commit(partition, {
      ...commit,
      expected: (await store.checkpoint(partition))?.version ?? 0,
    }),
});

/** The state goes first and the checkpoint follows: two writes, and a crash may come between them. */
async function commitInTwo(store: StateStore, partition: string, commit: Commit): Promise<Answer> {
  const { spool, ...rest } = commit;
  const now = (await store.checkpoint(partition)) ?? NONE;
  const next = { ...now, version: commit.expected };
  if ((await store.commit(partition, { ...rest, next })) === 'conflict') return 'conflict';
  return await store.commit(partition, { ...rest, entries: new Map(), ...(spool && { spool }) });
}

type Answer = 'committed' | 'conflict';

const NONE: Checkpoint = { seq: 0, digest: 0, version: 0, taken: {}, given: {}, spooled: 0 };

/** A slot's version counts its commits: after a rollback the same number comes again with another state. */
function counting(store: StateStore, seat: Seat): StateStore {
  let count = 0;
  return {
    ...store,
    checkpoint: async (partition) => {
      const found = await store.checkpoint(partition);
      if (seat.checkpoint() === undefined) count = found?.version ?? 0;
      return found;
    },
    load: async (partition, _expected, keys) => await store.load(partition, count, keys),
    commit: async (partition, commit) => {
      const next = { ...commit.next, version: count + 1 };
      const answer = await store.commit(partition, { ...commit, expected: count, next });
      if (answer === 'committed') count += 1;
      return answer;
    },
  };
}

/** Takes every message as the next one of its source. */
function unmarked(seat: Seat): (bytes: Uint8Array) => DecodedRecord {
  let base: Checkpoint | undefined;
  let taken: Record<string, number> = {};
  return (bytes) => {
    const decoded = decodeRecord(bytes);
    if (decoded.record.kind !== 'message') return decoded;
    if (seat.checkpoint() !== base) {
      base = seat.checkpoint();
      taken = { ...base?.taken };
    }
    const { from } = decoded.record;
    const n = (taken[from] ?? 0) + 1;
    taken[from] = n;
    return { ...decoded, record: { ...decoded.record, n } };
  };
}

function sendAll({ waiting }: MoveQueue, toProfile: FoldContext['toProfile']): void {
  for (const entry of waiting) {
    if (entry.sent) continue;
    entry.sent = true;
    const { sent: _, ...move } = entry;
    toProfile(entry.from, { type: 'move', ...move });
  }
}

class ClingingCache extends EntryCache {
  override clear(): void {
    // Keeps what a conflict has proved to be stale.
  }
}

/** Counts the outcomes that `times` says, so many times. */
class CarelessLedger extends ConservationLedger {
  readonly #times: (status: OutcomeStatus) => number;

  constructor(times: (status: OutcomeStatus) => number) {
    super();
    this.#times = times;
  }

  override settle(counted: Counted, status: OutcomeStatus, now: number): void {
    for (let n = 0; n < this.#times(status); n++) super.settle(counted, status, now);
  }
}

const LEDGER = 'ledger: ';

/** What a record of an event that went straight to its person begins with. */
const ROUTED = 0x52;

const isOutbox = (key: string): boolean => key.startsWith('x/');
const isHeader = (key: string): boolean => key.startsWith('h/');

export const plantedBugs: readonly PlantedBug[] = [
  { name: 'an append is acknowledged before it is flushed', acknowledgesBeforeFlush: true },
  {
    name: 'the outbox is emptied before its messages are published',
    store: (store) => ({
      ...store,
      commit: (partition, commit) =>
        store.commit(
          partition,
          keeping(commit, (key, bytes) => bytes === null || !isOutbox(key)),
        ),
    }),
  },
  {
    name: 'a message counts as published although its log did not take it',
    publish: (append) => (records) =>
      append(records).catch((error: unknown) => {
        if (error instanceof TesseraError) return [];
        throw error;
      }),
  },
  {
    name: 'a commit does not compare the checkpoint',
    store: (store) => ({ ...store, commit: uncompared(store).commit }),
  },
  {
    name: 'a load does not compare the checkpoint',
    store: (store) => ({ ...store, load: uncompared(store).load }),
  },
  { name: 'a commit compares a count of commits', store: counting },
  {
    name: 'state and checkpoint are two writes',
    store: (store) => ({
      ...store,
      commit: (partition, commit) => commitInTwo(store, partition, commit),
    }),
  },
  { name: 'the high-water mark is not compared', decode: unmarked },
  {
    name: 'the high-water marks are kept apart from the slot',
    rollback: (then, now) => ({
      ...then,
      checkpoint: then.checkpoint && { ...then.checkpoint, taken: now.checkpoint?.taken ?? {} },
    }),
  },
  { name: 'the cache outlives a conflict', cache: (codec) => new ClingingCache(codec, 1e7) },
  {
    name: 'the mapping is flipped before the winner has absorbed',
    stage: seeing((view) => ({
      put: (key, value) => {
        if (key.startsWith('o/')) (value as Place).location = (value as Place).owner;
        view.put(key, value);
      },
    })),
  },
  {
    name: 'a move does not wait for another one of the same person',
    stage: folding(({ view, toProfile }) => ({
      view: {
        ...bound(view),
        put: (key, value) => {
          if (key === keys.moves) sendAll(value as MoveQueue, toProfile);
          view.put(key, value);
        },
      },
    })),
  },
  { name: 'ingest routes by owner', route: ({ owner }) => owner },
  {
    name: 'the old place forwards nothing',
    stage: seeing((view) => ({
      put: (key, value) => {
        if (isHeader(key)) {
          delete (value as Header).forward;
          delete (value as Header).tombstones;
        }
        view.put(key, value);
      },
    })),
  },
  {
    name: 'deduplication ids do not travel',
    stage: sending((body) =>
      body.type === 'transfer'
        ? { ...body, facets: body.facets.map((content) => ({ ...content, dedup: [] })) }
        : body,
    ),
  },
  {
    name: 'a transfer leaves its facets where they were, too',
    stage: seeing((view) => ({
      remove: (key) => {
        if (!key.startsWith('f/')) view.remove(key);
      },
    })),
  },
  {
    name: 'the cursor of the historian is not compared',
    spool: (spool) => ({
      ...spool,
      saveCursor: async (partition, cursor) =>
        await spool.saveCursor(partition, cursor, await spool.cursor(partition)),
    }),
  },
  {
    name: 'an outcome is counted twice',
    foundBy: LEDGER,
    ledger: () => new CarelessLedger((status) => (status === 'duplicate' ? 2 : 1)),
  },
  {
    name: 'an outcome is not counted',
    foundBy: LEDGER,
    ledger: () => new CarelessLedger((status) => (status === 'quarantined' ? 0 : 1)),
  },
  {
    name: 'a record is skipped',
    foundBy: LEDGER,
    decode: () => (bytes) => {
      const decoded = decodeRecord(bytes);
      const isLost = bytes[0] === ROUTED && bytes.byteLength % 5 === 0;
      return isLost ? { record: { kind: 'erased' }, raw: undefined } : decoded;
    },
  },
  {
    name: 'the books are kept in memory alone',
    foundBy: LEDGER,
    store: (store) => ({
      ...store,
      commit: (partition, commit) =>
        store.commit(
          partition,
          keeping(commit, (key) => key !== keys.ledger),
        ),
    }),
  },
  {
    name: 'the books are kept apart from the slot',
    foundBy: LEDGER,
    rollback: (then, now) => {
      const books = now.entries.get(keys.ledger);
      return {
        ...then,
        entries: new Map([...then.entries, ...(books ? [[keys.ledger, books] as const] : [])]),
      };
    },
  },
  {
    name: 'what is old is not looked at for tombstones',
    erases: true,
    stage: seeing((view) => ({
      get: <T extends object>(key: string) => (key === keys.erasures ? undefined : view.get<T>(key)),
    })),
  },
  {
    name: 'an event that comes to somebody erased is taken',
    erases: true,
    stage: seeing((view) => ({
      put: (key, value) => {
        if (isHeader(key)) delete (value as Header).erased;
        view.put(key, value);
      },
    })),
  },
];
