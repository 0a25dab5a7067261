import { createMemoryLog, type MemoryLog } from '../../src/adapters/memory/log.ts';
import { createManualClock, type ManualClock } from '../../src/adapters/memory/manual-clock.ts';
import { createMemoryStateStore, type MemoryStateStore } from '../../src/adapters/memory/state-store.ts';
import { stagedTopology, type Topology } from '../../src/cluster/topology.ts';
import { Definitions } from '../../src/definitions/definitions.ts';
import { TesseraError } from '../../src/errors.ts';
import type { Effect } from '../../src/model/effect.ts';
import type { LogRecord } from '../../src/model/record.ts';
import type { Firing } from '../../src/model/trigger.ts';
import { createPipeline } from '../../src/pipeline/pipeline.ts';
import type { StateStore } from '../../src/ports/state.ts';
import { createEntryCodec, decodeRecord, encodeRecord } from '../../src/runner/codec.ts';
import { EntryCache } from '../../src/runner/entry-cache.ts';
import { StageRunner } from '../../src/runner/runner.ts';
import type { Random } from '../e2e/support/seeded-random.ts';

const PARTITIONS = 4;
/** Of each partition: one is as good as any other, so each is the zombie of the other. */
const WORKERS = 2;

/** Identity and four partitions of people on memory, each with two workers that step in any order. */
export interface StagedRig {
  readonly topology: Topology;
  readonly clock: ManualClock;
  readonly store: MemoryStateStore;
  readonly definitions: Definitions;
  readonly effects: Effect[];
  readonly logOf: (partition: string) => MemoryLog;
  append(...records: readonly LogRecord[]): Promise<void>;
  /** Steps workers in random order until none has anything to do. */
  settle(random: Random): Promise<void>;
  entries<T>(partition: string, prefix: string): readonly (readonly [string, T])[];
  readonly firings: readonly Firing[];
}

interface StagedRigOptions {
  /** Default everything. */
  readonly cacheBytes?: number;
  /** What stands between the workers and their store. */
  readonly around?: (store: StateStore) => StateStore;
}

export function createStagedRig(
  start: number,
  { cacheBytes = 10_000_000, around = (store) => store }: StagedRigOptions = {},
): StagedRig {
  const topology = stagedTopology(PARTITIONS);
  const clock = createManualClock(start);
  const store = createMemoryStateStore();
  const logs = new Map<string, MemoryLog>(topology.all.map((name) => [name, createMemoryLog({ clock })]));
  const logOf = (name: string): MemoryLog => {
    const log = logs.get(name);
    if (log === undefined) throw new TesseraError('internal', `no log ${name}`);
    return log;
  };
  const definitions = new Definitions({ reportingCurrency: 'CNY' });
  const effects: Effect[] = [];
  const workers = topology.all.flatMap((partition) =>
    Array.from({ length: WORKERS }, () =>
      workerOf(partition, { topology, store: around(store), logOf, effects, cacheBytes }),
    ),
  );
  const codec = createEntryCodec(definitions);
  return {
    topology,
    clock,
    store,
    definitions,
    effects,
    logOf,
    async append(...records) {
      await logOf(topology.identity).append(records.map(encodeRecord));
    },
    async settle(random) {
      for (let idle = 0; idle < 3; ) {
        let worked = false;
        for (const worker of shuffled(workers, random)) {
          try {
            worked = (await worker.step()) || worked;
          } catch (error) {
            // Its partition was worked on by the other: it starts again from what is stored.
            if (!(error instanceof TesseraError && error.code === 'commit_conflict')) throw error;
            worked = true;
          }
        }
        idle = worked ? 0 : idle + 1;
      }
    },
    entries: <T>(partition: string, prefix: string) =>
      store
        .scan(partition, prefix, '', 1_000_000)
        .map(([key, bytes]) => [key, codec.decode(key, bytes) as T] as const),
    get firings() {
      return effects.flatMap((effect) => (effect.kind === 'firing' ? [effect.firing] : []));
    },
  };
}

function workerOf(
  partition: string,
  {
    topology,
    store,
    logOf,
    effects,
    cacheBytes,
  }: {
    readonly topology: Topology;
    readonly store: StateStore;
    readonly cacheBytes: number;
    readonly logOf: (name: string) => MemoryLog;
    readonly effects: Effect[];
  },
): StageRunner {
  const definitions = new Definitions({ reportingCurrency: 'CNY' });
  const pipeline = createPipeline({ space: 'test', dedupKey: 'test', definitions });
  return new StageRunner({
    partition,
    partitionNumber: topology.numberOf(partition),
    log: logOf(partition),
    store,
    stage: partition === topology.identity ? pipeline.identity : pipeline.people,
    cache: new EntryCache(createEntryCodec(definitions), cacheBytes),
    decode: decodeRecord,
    encode: encodeRecord,
    routes: {
      identity: topology.identity,
      people: topology.people,
      profile: topology.ofProfile,
      log: logOf,
    },
    onCommitted: (batch) => effects.push(...batch.effects),
    onPoison: (cause) => {
      throw cause;
    },
  });
}

function shuffled<T>(values: readonly T[], random: Random): readonly T[] {
  return values
    .map((value) => ({ value, place: random.next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ value }) => value);
}
