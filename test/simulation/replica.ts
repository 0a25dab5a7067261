import { createHash } from 'node:crypto';
import type { Definitions } from '../../src/definitions/definitions.ts';
import { keys } from '../../src/model/keys.ts';
import { createPipeline } from '../../src/pipeline/pipeline.ts';
import type { Log } from '../../src/ports/log.ts';
import type { StateStore } from '../../src/ports/state.ts';
import { createEntryCodec, decodeRecord, encodeRecord } from '../../src/runner/codec.ts';
import { EntryCache, type EntryCodec } from '../../src/runner/entry-cache.ts';
import { type CommittedBatch, StageRunner } from '../../src/runner/runner.ts';
import type { Gate } from './gate.ts';
import type { PlantedBug, Seat } from './planted-bugs.ts';
import { type Fate, type SimulatedLog, unavailable } from './simulated-log.ts';

export const IDENTITY = 'identity';
export const PEOPLE = ['p0', 'p1', 'p2'] as const;
export const PARTITIONS = [IDENTITY, ...PEOPLE] as const;

const homes = new Map<string, string>();

export function partitionOf(profile: string): string {
  const known = homes.get(profile);
  if (known !== undefined) return known;
  const home = PEOPLE[
    createHash('sha256').update(profile).digest().readUInt32BE(0) % PEOPLE.length
  ] as string;
  if (homes.size < 100_000) homes.set(profile, home);
  return home;
}

/** What a port call may come to, where the world is unkind; `undefined` where all goes well. */
export interface Unkindness {
  /** Asked before every call of a port; throws when the call fails without any effect. */
  before(at: string): void;
  /** Asked after a commit; throws when its answer gets lost. */
  afterCommit(): void;
  fateOfAppend(): Fate;
  readMax(): number;
}

const KIND: Unkindness = {
  before: () => undefined,
  afterCommit: () => undefined,
  fateOfAppend: () => 'fine',
  readMax: () => Number.MAX_SAFE_INTEGER,
};

export interface ReplicaOptions {
  readonly partition: string;
  readonly log: SimulatedLog;
  /** Reads the log as if it had never been trimmed. */
  readonly archived?: boolean;
  /** Where its messages go. */
  readonly destination: (partition: string) => Pick<Log, 'append'>;
  readonly store: StateStore;
  readonly gate: Gate;
  readonly unkindness?: Unkindness;
  readonly bug?: PlantedBug | undefined;
  readonly definitions: Definitions;
  readonly onCommitted?: (batch: CommittedBatch) => void;
  readonly onPoison?: (cause: unknown) => void;
}

/** One replica of a stage: the real runner, its own cache, its own view of the definitions, every port behind a gate. */
export function makeReplica(options: ReplicaOptions): StageRunner {
  const { partition, gate, bug, definitions } = options;
  const unkind = options.unkindness ?? KIND;
  const pipeline = createPipeline({ space: 'sim', dedupKey: 'sim', definitions });
  const stage = partition === IDENTITY ? pipeline.identity : pipeline.people;
  const gated = gatedStore(options.store, gate, unkind);
  const log = options.archived === true ? archiveOf(options.log) : gatedLog(options.log, gate, unkind);
  const seat: Seat = { partition, checkpoint: () => runner.checkpoint };
  const codec = rememberingCodec(definitions);
  const runner: StageRunner = new StageRunner({
    partition,
    partitionNumber: PARTITIONS.indexOf(partition as (typeof PARTITIONS)[number]),
    log,
    store: bug?.store?.(gated, seat) ?? gated,
    stage: bug?.stage?.(stage) ?? stage,
    cache: bug?.cache?.(codec) ?? new EntryCache(codec, 10_000_000),
    ...(bug?.ledger === undefined ? {} : { ledger: bug.ledger() }),
    decode: bug?.decode?.(seat) ?? decodeRecord,
    encode: encodeRecord,
    routes: {
      identity: IDENTITY,
      people: PEOPLE,
      profile: partitionOf,
      log: (name) => {
        const to = { ...log, append: options.destination(name).append };
        return bug?.publish === undefined ? to : { ...to, append: bug.publish(to.append) };
      },
    },
    onCommitted: (batch) => options.onCommitted?.(batch),
    onPoison: (cause) => options.onPoison?.(cause),
  });
  return runner;
}

/** Definitions that have been read before are the same object again, which costs no compilation. */
function rememberingCodec(definitions: Definitions): EntryCodec {
  const codec = createEntryCodec(definitions);
  let last: { readonly text: string; readonly value: object } | undefined;
  return {
    encode: (key, value) => codec.encode(key, value),
    decode(key, bytes) {
      if (key !== keys.definitions) return codec.decode(key, bytes);
      const text = Buffer.from(bytes).toString('latin1');
      if (text !== last?.text) last = { text, value: codec.decode(key, bytes) };
      return last.value;
    },
  };
}

function gatedStore(store: StateStore, gate: Gate, unkind: Unkindness): StateStore {
  const stop = async (at: string): Promise<void> => {
    await gate.pass(at);
    unkind.before(at);
  };
  return {
    checkpoint: async (partition) => {
      await stop('checkpoint');
      const found = await store.checkpoint(partition);
      return found && { ...found };
    },
    read: async (partition, wanted) => {
      await stop('read');
      return await store.read(partition, wanted);
    },
    load: async (partition, expected, wanted) => {
      await stop('load');
      return await store.load(partition, expected, wanted);
    },
    commit: async (partition, commit) => {
      await stop('commit');
      const answer = await store.commit(partition, commit);
      if (answer === 'committed') unkind.afterCommit();
      return answer;
    },
    scan: async (partition, prefix, after, max) => {
      await stop('scan');
      return await store.scan(partition, prefix, after, max);
    },
    flushed: () => store.flushed(),
    close: () => store.close(),
  };
}

/** A connection to a log: reading fails once after the log has lost what it held, as a broken connection does. */
function gatedLog(log: SimulatedLog, gate: Gate, unkind: Unkindness): Log {
  let { losses } = log;
  // Other nodes append and trim, of which a node hears when it reads.
  let known = log.stats();
  return {
    append: (records) => gate.append(log, records, unkind.fateOfAppend()).then(() => []),
    read: async (afterSeq, max) => {
      await gate.pass('readLog');
      if (losses !== log.losses) {
        losses = log.losses;
        throw unavailable();
      }
      known = log.stats();
      return log.read(afterSeq, Math.min(max, unkind.readMax()));
    },
    subscribe: () => () => undefined,
    stats: () => known,
    trim: () => Promise.resolve(),
    rewrite: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

function archiveOf(log: SimulatedLog): Log {
  return {
    append: () => Promise.resolve([]),
    read: (afterSeq, max) => log.archive().slice(afterSeq, afterSeq + max),
    subscribe: () => () => undefined,
    stats: () => ({ ...log.stats(), firstSeq: 1 }),
    trim: () => Promise.resolve(),
    rewrite: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}
