import { openClickHouseHistory } from '../../src/adapters/clickhouse/history.ts';
import { FUSED } from '../../src/cluster/topology.ts';
import { HistoryReach } from '../../src/desks/profile-history/history-reach.ts';
import { PastProfileReader } from '../../src/desks/profile-history/past-profiles.ts';
import { createHistorian } from '../../src/historian/historian.ts';
import type { FeatureDefinition } from '../../src/model/feature.ts';
import type { History } from '../../src/ports/history.ts';
import { encodeRecord } from '../../src/runner/codec.ts';
import { createTemporaryDirectory } from '../adapters/temporary-directory.ts';
import { createFusedEngine, type FusedEngine, type FusedOptions, retailPack } from './fused-engine.ts';

/** The fused form with the embedded ClickHouse behind it, under a clock that is moved by hand. */
export interface EngineWithHistory extends FusedEngine {
  readonly history: History;
  readonly reach: HistoryReach;
  readonly past: PastProfileReader;
  /** Puts features in force beside those of the pack. */
  define(features: readonly FeatureDefinition[]): Promise<void>;
  /** Takes what was committed to history. */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

/** One process has one data directory of the embedded ClickHouse; engines have databases of their own. */
export interface HistoryPlace {
  open(database: string, options?: FusedOptions): Promise<EngineWithHistory>;
  /** Where the files of all of them are. */
  readonly path: string;
  remove(): void;
}

export function createHistoryPlace(): HistoryPlace {
  const directory = createTemporaryDirectory();
  return {
    async open(database, options = {}) {
      const address = { kind: 'chdb', path: directory.path } as const;
      const history = await openClickHouseHistory({ address, database });
      await history.migrate();
      return await connect(await createFusedEngine(options), history, options);
    },
    path: directory.path,
    remove: () => directory.remove(),
  };
}

async function connect(
  engine: FusedEngine,
  history: History,
  options: FusedOptions,
): Promise<EngineWithHistory> {
  const { store, log, clock, definitions, opening, committed } = engine;
  const historian = createHistorian({
    store,
    history,
    partition: 'p0',
    space: 'test',
    onError: (error) => {
      throw error;
    },
    pause: async () => undefined,
  });
  await engine.drain();
  await historian.start();
  const reach = new HistoryReach({
    partitions: FUSED.all,
    lastSeq: () => log.stats().lastSeq,
    store,
    reach: (_partition, n) => historian.reach(n),
    clock,
  });
  const past = new PastProfileReader({ history, reach, definitions, clock, ...opening });
  return {
    ...engine,
    history,
    reach,
    past,
    async define(features) {
      const { pack = retailPack } = options;
      const all = [...pack.features, ...features];
      const { sources: _sources, ...rest } = pack;
      await log.append([encodeRecord({ kind: 'definitions', author: 'test', ...rest, features: all })]);
      await engine.drain();
    },
    async settle() {
      await engine.drain();
      for (const { spooled } of committed)
        if (spooled !== undefined) historian.wake(spooled.n, spooled.bytes);
      await historian.drain();
    },
    async stop() {
      await historian.stop();
      await history.close();
    },
  };
}
