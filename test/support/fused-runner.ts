import { createMemoryLog, type MemoryLog } from '../../src/adapters/memory/log.ts';
import { createManualClock, type ManualClock } from '../../src/adapters/memory/manual-clock.ts';
import { createMemoryStateStore, type MemoryStateStore } from '../../src/adapters/memory/state-store.ts';
import { Definitions } from '../../src/definitions/definitions.ts';
import type { Outcome } from '../../src/model/effect.ts';
import type { Event } from '../../src/model/event.ts';
import type { FeatureDefinition } from '../../src/model/feature.ts';
import { EMPTY_POLICY, type IdentityPolicy } from '../../src/model/identity-policy.ts';
import type { LogRecord } from '../../src/model/record.ts';
import type { SpooledRow } from '../../src/model/spool-entry.ts';
import { unpackSpool } from '../../src/model/spool-entry.ts';
import type { TriggerDefinition } from '../../src/model/trigger.ts';
import { createPipeline, type Stage } from '../../src/pipeline/pipeline.ts';
import type { Log } from '../../src/ports/log.ts';
import type { StateStore } from '../../src/ports/state.ts';
import { createEntryCodec, decodeRecord, encodeRecord } from '../../src/runner/codec.ts';
import { EntryCache } from '../../src/runner/entry-cache.ts';
import { type CommittedBatch, StageRunner } from '../../src/runner/runner.ts';

/** 2023-11-14 10:00 UTC. */
export const BEGIN_MS = Date.UTC(2023, 10, 14, 10);

export const testPolicy: IdentityPolicy = {
  ...EMPTY_POLICY,
  types: [
    { type: 'user_id', limit: 1, period: 'ever', strong: true, normalize: 'exact' },
    { type: 'phone', limit: 5, period: 'year', strong: true, normalize: 'phone' },
    { type: 'device_id', limit: 20, period: 'ever', strong: false, normalize: 'exact' },
    { type: 'anonymous_id', limit: 100, period: 'ever', strong: false, normalize: 'exact' },
  ],
};

export const viewsFeature: FeatureDefinition = {
  name: 'views',
  on: ['product_viewed'],
  aggregate: 'count',
  window: 'lifetime',
};

export interface FusedRunnerOptions {
  readonly log?: MemoryLog;
  readonly store?: MemoryStateStore;
  readonly clock?: ManualClock;
  /** What the runner sees instead of the log and the store. */
  readonly around?: { readonly log?: (log: Log) => Log; readonly store?: (store: StateStore) => StateStore };
  /** What the runner sees instead of the fused stage. */
  readonly stage?: (stage: Stage) => Stage;
  readonly cacheBytes?: number;
}

export interface FusedRunner {
  readonly runner: StageRunner;
  readonly log: MemoryLog;
  readonly store: MemoryStateStore;
  readonly clock: ManualClock;
  readonly definitions: Definitions;
  readonly committed: CommittedBatch[];
  /** Appends without folding, one message. */
  append(...records: readonly LogRecord[]): Promise<void>;
  events(...events: readonly Event[]): Promise<void>;
  /** Appends the events as one message, folds, and answers what became of them. */
  apply(...events: readonly Event[]): Promise<readonly Outcome[]>;
  define(features: readonly FeatureDefinition[], triggers?: readonly TriggerDefinition[]): Promise<void>;
  drain(): Promise<void>;
  state(): Map<string, string>;
  rows(table?: string): SpooledRow[];
  entry<T extends object>(key: string): T | undefined;
}

const PARTITION = 'p0';

/** A fused runner over memory adapters, fed with canonical events: nothing of admission. */
export function createFusedRunner(options: FusedRunnerOptions = {}): FusedRunner {
  const clock = options.clock ?? createManualClock(BEGIN_MS);
  const log = options.log ?? createMemoryLog({ clock });
  const store = options.store ?? createMemoryStateStore();
  const definitions = new Definitions({ reportingCurrency: 'CNY', policy: testPolicy });
  const { fused } = createPipeline({ space: 'test', dedupKey: 'test', definitions });
  const committed: CommittedBatch[] = [];
  const codec = createEntryCodec(definitions);
  const runner = new StageRunner({
    partition: PARTITION,
    partitionNumber: 0,
    log: options.around?.log?.(log) ?? log,
    store: options.around?.store?.(store) ?? store,
    stage: options.stage?.(fused) ?? fused,
    cache: new EntryCache(codec, options.cacheBytes ?? 10_000_000),
    decode: decodeRecord,
    encode: encodeRecord,
    onCommitted: (batch) => committed.push(batch),
  });
  const append = async (...records: readonly LogRecord[]): Promise<void> => {
    await log.append(records.map(encodeRecord));
  };
  const drain = async (): Promise<void> => {
    while (await runner.step());
  };
  const events = (...all: readonly Event[]) =>
    append(...all.map((event) => ({ kind: 'event', event }) as const));
  return {
    runner,
    log,
    store,
    clock,
    definitions,
    committed,
    append,
    events,
    async apply(...all) {
      await drain();
      const before = committed.length;
      await events(...all);
      await drain();
      return committed.slice(before).flatMap(({ outcomes }) => outcomes.map(({ outcome }) => outcome));
    },
    define: (features, triggers = []) =>
      append({ kind: 'definitions', author: 'test', features, triggers, identity: testPolicy }),
    drain,
    state: () =>
      new Map(
        store
          .scan(PARTITION, '', '', 1_000_000)
          .map(([key, bytes]) => [key, Buffer.from(bytes).toString('base64')]),
      ),
    rows: (table) =>
      store
        .readSpool(PARTITION, 0, Number.MAX_SAFE_INTEGER)
        .flatMap(({ bytes }) => unpackSpool(bytes))
        .filter((row) => table === undefined || row.table === table),
    entry<T extends object>(key: string): T | undefined {
      const [bytes] = store.read(PARTITION, [key]);
      // The codec answers the type that belongs to the key's prefix.
      return bytes && (codec.decode(key, bytes) as T);
    },
  };
}
