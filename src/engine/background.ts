import { setTimeout as sleep } from 'node:timers/promises';
import { CatalogFollower } from '../background/catalog-follower.ts';
import { SegmentWalk } from '../background/segment-walk.ts';
import type { Config } from '../config.ts';
import type { Definitions } from '../definitions/definitions.ts';
import { HistoryReach } from '../desks/profile-history/history-reach.ts';
import { TesseraError } from '../errors.ts';
import type { Historian } from '../historian/historian.ts';
import { createPastOfFeatures, type FeaturesPast } from '../jobs/backfill/past-of-features.ts';
import { Backfills } from '../jobs/backfills.ts';
import { ConservationCheck } from '../jobs/conservation.ts';
import { IdentityLint } from '../jobs/identity-lint.ts';
import { JobRegistry } from '../jobs/jobs.ts';
import { ParityCheck } from '../jobs/parity.ts';
import { limits } from '../limits.ts';
import type { BackfillCursor, DefinitionsEntry } from '../model/definitions.ts';
import { keys } from '../model/keys.ts';
import type { Clock } from '../ports/clock.ts';
import type { MaybePromise } from '../ports/log.ts';
import type { StateReader } from '../ports/state.ts';
import { createEntryCodec } from '../runner/codec.ts';
import type { EntryCodec } from '../runner/entry-cache.ts';
import { describeError, type Logger } from '../serve/logger.ts';
import { createRecommendations, type NodeRecommendations } from './recommendations.ts';
import type { Storage } from './storage.ts';

export interface BackgroundOptions {
  /** Tells this process apart from the other nodes. */
  readonly node: string;
  /** Tells this deployment apart from others that may have used the data directory. */
  readonly deployment: string;
  readonly config: Config;
  readonly storage: Storage;
  readonly state: StateReader;
  readonly definitions: Definitions;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly appliedSeq: () => MaybePromise<number>;
  /** The historian of a partition, where it runs on this node. */
  readonly historianOf: (partition: string) => Historian | undefined;
  /** Whether a partition is worked on here. */
  readonly runs: (partition: string) => boolean;
}

/** What goes on beside the traffic, and what asks history about the state. */
export interface Background extends NodeRecommendations {
  readonly jobs: JobRegistry;
  readonly backfills: Backfills;
  readonly lint: IdentityLint;
  readonly catalog: CatalogFollower;
  readonly reach: HistoryReach;
  readonly parity: ParityCheck;
  readonly conservation: ConservationCheck;
  /** `leads`: of several nodes, the one that does what needs doing once. */
  start(leads: boolean): void;
  stop(): Promise<void>;
}

export function createBackground(options: BackgroundOptions): Background {
  const { config, storage, state, definitions, clock, logger } = options;
  const { topology, store, history, lastSeq } = storage;
  const codec = createEntryCodec(definitions);
  const onError = (what: string) => (error: unknown) => logger.warn({ error: describeError(error) }, what);
  const jobs = new JobRegistry({
    clock,
    onError: (error, kind) => logger.error({ error: describeError(error), kind }, 'a job failed'),
  });
  const reach = new HistoryReach({
    partitions: topology.all,
    lastSeq,
    store,
    reach: (partition, n) => reachOf(partition, n, options),
    clock,
  });
  const surroundings = { store, state, topology, codec, definitions, history, clock };
  const lint = new IdentityLint({
    ...surroundings,
    partition: topology.identity,
    onError: onError('identifiers could not be looked over'),
  });
  const catalog = new CatalogFollower({ state, codec, onError: onError('the catalog could not be read') });
  const parity = new ParityCheck({
    ...surroundings,
    reach,
    share: config.parityShare,
    onError: onError('state and history were not compared'),
  });
  const conservation = createConservation(options, reach);
  const backfills = createBackfills(options, jobs);
  const recommendations = createRecommendations({ ...options, reach });
  const segmentWalk = new SegmentWalk({
    people: topology.people,
    runs: options.runs,
    store,
    log: storage.log,
    codec,
    definitions,
    clock,
    onError: onError('profiles could not be looked at under changed segments'),
  });
  return {
    jobs,
    backfills,
    lint,
    catalog,
    reach,
    parity,
    conservation,
    ...recommendations,
    start(leads) {
      lint.start();
      catalog.start();
      segmentWalk.start();
      conservation.start();
      recommendations.recommender?.start();
      recommendations.served?.start();
      if (!leads) return;
      backfills.resume();
      parity.start();
    },
    async stop() {
      await jobs.stop();
      for (const each of [lint, catalog, segmentWalk, parity, conservation]) await each.stop();
      await recommendations.served?.stop();
      await recommendations.recommender?.stop();
    },
  };
}

function createConservation(options: BackgroundOptions, reach: HistoryReach): ConservationCheck {
  const { storage, clock, logger } = options;
  return new ConservationCheck({
    ...storage,
    reach,
    clock,
    // A node without history could not compare anything with it.
    leads: () => options.historianOf(storage.topology.identity) !== undefined,
    onError: (error) =>
      logger.warn({ error: describeError(error) }, 'the books of conservation could not be compared'),
  });
}

function createBackfills(options: BackgroundOptions, jobs: JobRegistry): Backfills {
  const { storage, state, definitions, clock, appliedSeq } = options;
  const { topology, history, log, store } = storage;
  const codec = createEntryCodec(definitions);
  return new Backfills({
    log: log(topology.identity),
    clock,
    definitions,
    jobs,
    appliedSeq,
    past: createPastOfFeatures({ history }),
    ...(topology.staged ? { cuts: (id: string) => cutsOf(id, { store, topology, codec }) } : {}),
    historian: {
      async drain() {
        for (const partition of topology.all) {
          const spooled = (await store.checkpoint(partition))?.spooled ?? 0;
          if (!(await reachOf(partition, spooled, options))) return false;
        }
        return true;
      },
    },
    async cursor() {
      const [bytes] = await state.read([keys.backfill]);
      // The codec answers what lies under the key.
      return bytes && (codec.decode(keys.backfill, bytes) as BackfillCursor);
    },
  });
}

/** Each partition of people began to gather where identity's message reached it. */
async function cutsOf(
  id: string,
  { store, topology, codec }: Pick<Storage, 'store' | 'topology'> & { readonly codec: EntryCodec },
): Promise<FeaturesPast['cuts']> {
  return await Promise.all(
    topology.people.map(async (partition) => {
      const [bytes] = await store.read(partition, [keys.definitions]);
      // The codec answers what lies under the key.
      const entry = bytes && (codec.decode(keys.definitions, bytes) as DefinitionsEntry);
      if (entry?.backfill?.id !== id) throw new TesseraError('backfill_dropped');
      return { partition: topology.numberOf(partition), ...entry.backfill.cut };
    }),
  );
}

/** The historian knows best; where it runs elsewhere, its cursor tells. */
async function reachOf(
  partition: string,
  n: number,
  { historianOf, storage }: BackgroundOptions,
): Promise<boolean> {
  for (;;) {
    const historian = historianOf(partition);
    if (historian !== undefined) return await historian.reach(n);
    const cursor = await storage.spool.cursor(partition);
    if ((cursor?.done ?? 0) >= n) return true;
    await sleep(limits.historyPollMs);
  }
}
