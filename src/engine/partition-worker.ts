import { Alarms } from '../background/alarms.ts';
import { DeliveryWorker, type DeliveryWorkerOptions } from '../background/delivery-worker.ts';
import { ItemChooser, type ItemChooserOptions } from '../background/item-chooser.ts';
import { maintain } from '../background/maintenance.ts';
import { MomentWalk } from '../background/moment-walk.ts';
import { Definitions } from '../definitions/definitions.ts';
import type { Keyring } from '../ingest/keyring.ts';
import { limits } from '../limits.ts';
import { keys } from '../model/keys.ts';
import type { Header } from '../model/profile.ts';
import { createPipeline } from '../pipeline/pipeline.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { WebhookSender } from '../ports/webhook-sender.ts';
import { createEntryCodec, decodeRecord, encodeRecord, type RecordCodec } from '../runner/codec.ts';
import { EntryCache } from '../runner/entry-cache.ts';
import { type CommittedBatch, type MessageRoutes, StageRunner } from '../runner/runner.ts';
import { createStageLoop, type StageLoop } from '../runner/stage-loop.ts';
import { describeError, type Logger } from '../serve/logger.ts';
import type { Metrics, StageMeter } from '../serve/metrics.ts';
import type { Worker } from './crew.ts';
import type { Storage } from './storage.ts';

export interface PartitionNode {
  readonly storage: Storage;
  readonly keyring: Keyring;
  readonly space: string;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** What this node serves by; the fused form has no other. */
  readonly definitions: Definitions;
  /** Events that this process has taken in need no parsing; only in the fused form, which alone sees the same bytes. */
  readonly records: RecordCodec;
  readonly cacheBytes: number;
  /** True while the partition must wait, because too much of it is not in history yet; the historian here knows. */
  readonly paused: (partition: string) => boolean;
  readonly onCommitted: (partition: string, batch: CommittedBatch) => void;
  /** Identity has put other definitions in force. */
  readonly onDefinitions: () => void;
  /** What webhooks are told goes out by it. */
  readonly sender: WebhookSender;
  readonly compose: DeliveryWorkerOptions['compose'];
  /** Where firings get the items that their messages show. */
  readonly items: Pick<ItemChooserOptions, 'choose' | 'ready'>;
}

const FACET_KEYS = 'f/';

/** Of the log; what a start after a crash has to replay at most, as a rule. */
const MOMENT_MESSAGES = 8;
const PROGRESS_EVERY_MS = 5_000;

/** All facets that are in memory: a profile that has just been written has at least the one. */
function bytesOfProfile(cache: EntryCache, profile: string): number {
  const ids = cache.get<Header>(keys.header(profile))?.facets ?? [];
  return ids.reduce((bytes, id) => bytes + cache.bytesOf(keys.facet(profile, id)), 0);
}

/** One partition at work on this node: its stage, its cache, its view of the definitions, its maintenance. */
export class PartitionWorker implements Worker {
  readonly partition: string;
  readonly definitions: Definitions;
  readonly cache: EntryCache;
  readonly runner: StageRunner;
  readonly loop: StageLoop;
  readonly log: Log;
  /** Of people only: identity does nothing by the passing of time alone. */
  readonly #alarms: Alarms | undefined;
  readonly #moments: MomentWalk | undefined;
  readonly #deliveries: DeliveryWorker | undefined;
  readonly #items: ItemChooser | undefined;
  readonly #node: PartitionNode;
  readonly #stage: StageMeter;
  /** Profiles of which the batch under way stores facets. */
  readonly #written = new Set<string>();
  #timers: NodeJS.Timeout[] = [];
  /** Rows can neither go to history nor be moved out of the store's memory. */
  #cramped = false;

  constructor(partition: string, node: PartitionNode) {
    const { topology } = node.storage;
    this.partition = partition;
    this.#node = node;
    this.log = node.storage.log(partition);
    this.#stage = node.metrics.stage(
      topology.staged && partition === topology.identity ? 'identity' : 'people',
    );
    this.definitions = topology.staged
      ? new Definitions({ reportingCurrency: node.definitions.reportingCurrency })
      : node.definitions;
    this.cache = this.#createCache();
    this.runner = this.#createRunner();
    this.loop = this.#createLoop();
    const people = topology.people.includes(partition);
    this.#alarms = people ? this.#createAlarms() : undefined;
    this.#moments = people ? this.#createMoments() : undefined;
    this.#deliveries = people ? this.#createDeliveries() : undefined;
    this.#items = people ? this.#createItems() : undefined;
  }

  /** Applies what the log holds; fails where that does. Of much, `onBacklog` is told at once, and operators now and then. */
  async catchUp(onBacklog?: () => void): Promise<void> {
    const { runner, log, partition } = this;
    const { clock, logger } = this.#node;
    const applied = (await this.#node.storage.store.checkpoint(partition))?.seq ?? 0;
    if (log.stats().lastSeq - applied > MOMENT_MESSAGES) onBacklog?.();
    let told = clock.now();
    while (runner.checkpoint === undefined || runner.checkpoint.seq < log.stats().lastSeq) {
      if (!(await runner.step())) return;
      if (clock.now() - told < PROGRESS_EVERY_MS) continue;
      told = clock.now();
      const progress = { partition, applied: runner.checkpoint?.seq, of: log.stats().lastSeq };
      logger.info(progress, 'the log is replayed before anything listens');
    }
  }

  start(): void {
    this.loop.start();
    this.#alarms?.start();
    this.#moments?.start();
    this.#deliveries?.start();
    this.#items?.start();
    // What waited when the partition was left.
    this.#items?.poke();
    this.#timers = [setInterval(() => void this.#maintain(), limits.maintenanceEveryMs).unref()];
    if (this.#node.storage.spool.relieve !== undefined)
      this.#timers.push(setInterval(() => void this.#relieve(), limits.spillPollMs).unref());
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#alarms?.stop();
    await this.#moments?.stop();
    await this.#deliveries?.stop();
    await this.#items?.stop();
    await this.loop.stop();
  }

  #createCache(): EntryCache {
    const { metrics, cacheBytes } = this.#node;
    return new EntryCache(createEntryCodec(this.definitions), cacheBytes, (key, bytes) => {
      if (!key.startsWith(FACET_KEYS)) return;
      metrics.facetBytes.observe(bytes);
      this.#written.add(key.slice(FACET_KEYS.length, key.indexOf('/', FACET_KEYS.length)));
    });
  }

  #observeProfiles(): void {
    const { profileBytes } = this.#node.metrics;
    for (const profile of this.#written) profileBytes.observe(bytesOfProfile(this.cache, profile));
    this.#written.clear();
  }

  #createRunner(): StageRunner {
    const { partition, definitions, log, cache } = this;
    const { storage, keyring, space, logger, records } = this.#node;
    const { topology, store } = storage;
    const pipeline = createPipeline({
      space,
      dedupKey: Buffer.from(keyring.dedupKey).toString('hex'),
      definitions,
    });
    const staged = partition === topology.identity ? pipeline.identity : pipeline.people;
    let inForce = definitions.entry;
    return new StageRunner({
      partition,
      partitionNumber: topology.numberOf(partition),
      log,
      store,
      cache,
      stage: topology.staged ? staged : pipeline.fused,
      decode: topology.staged ? decodeRecord : records.decode,
      encode: encodeRecord,
      ...(topology.staged ? { routes: routesOf(storage) } : {}),
      onCommitted: (batch) => {
        this.#stage.records.add(batch.records);
        this.#observeProfiles();
        this.#node.onCommitted(partition, batch);
        if (this.#deliveries?.busy || batch.effects.some(({ kind }) => kind === 'firing'))
          this.#deliveries?.poke();
        if (batch.effects.some(({ kind }) => kind === 'items_wanted')) this.#items?.poke();
        if (partition !== topology.identity || definitions.entry === inForce) return;
        inForce = definitions.entry;
        this.#node.onDefinitions();
      },
      onPoison: (error, position) =>
        logger.error(
          { error: describeError(error), partition, position },
          'a record cannot be folded; it is quarantined',
        ),
    });
  }

  #createLoop(): StageLoop {
    const { partition, runner, log } = this;
    const { storage, logger, paused } = this.#node;
    return createStageLoop({
      runner,
      log,
      paused: () => this.#cramped || paused(partition),
      onError: (error, willRetry) => {
        this.#stage.errors.add(1);
        logger.error({ error: describeError(error), partition, willRetry }, 'a batch failed');
      },
      onRound: (seconds) => this.#stage.seconds.observe(seconds),
      ...(storage.topology.staged ? { lookMs: limits.stageLookMs } : {}),
    });
  }

  #createAlarms(): Alarms {
    const { partition, log, runner } = this;
    const { storage, clock, logger } = this.#node;
    return new Alarms({
      partition,
      store: storage.store,
      log,
      clock,
      appliedSeq: () => runner.checkpoint?.seq,
      onError: (error) =>
        logger.warn({ error: describeError(error), partition }, 'what is due could not be brought'),
    });
  }

  #createMoments(): MomentWalk {
    const { partition, log, runner, definitions } = this;
    const { storage, logger } = this.#node;
    return new MomentWalk({
      partition,
      store: storage.store,
      log,
      codec: createEntryCodec(definitions),
      appliedSeq: () => runner.checkpoint?.seq,
      onError: (error) =>
        logger.warn({ error: describeError(error), partition }, 'who waits for an item could not be woken'),
    });
  }

  #createDeliveries(): DeliveryWorker {
    const { partition, log, runner, definitions } = this;
    const { storage, clock, logger, sender, compose } = this.#node;
    return new DeliveryWorker({
      partition,
      store: storage.store,
      codec: createEntryCodec(definitions),
      log,
      clock,
      sender,
      compose,
      webhook: (name) => definitions.outgoing.webhooks.get(name),
      appliedSeq: () => runner.checkpoint?.seq,
      onError: (error) =>
        logger.warn({ error: describeError(error), partition }, 'webhooks could not be told; they will be'),
    });
  }

  #createItems(): ItemChooser {
    const { partition, log, runner, definitions } = this;
    const { storage, clock, logger, items } = this.#node;
    return new ItemChooser({
      ...items,
      partition,
      store: storage.store,
      codec: createEntryCodec(definitions),
      log,
      clock,
      appliedSeq: () => runner.checkpoint?.seq,
      onError: (error) =>
        logger.warn({ error: describeError(error), partition }, 'items for messages could not be chosen'),
    });
  }

  /** Here rather than with the historian: rows pile up as well while no node keeps history. */
  async #relieve(): Promise<void> {
    const { storage, logger } = this.#node;
    try {
      while (await storage.spool.relieve?.(this.partition));
      this.#cramped = false;
    } catch (error) {
      const told = this.#cramped;
      this.#cramped = true;
      if (told) return;
      logger.warn(
        { error: describeError(error), partition: this.partition },
        'rows that wait for history could not be moved out of the store; the partition waits until they can',
      );
    }
  }

  async #maintain(): Promise<void> {
    const { runner, log, partition } = this;
    const { storage, clock, logger } = this.#node;
    await maintain({ runner, log, store: storage.store, clock }).catch((error: unknown) =>
      logger.warn({ error: describeError(error), partition }, 'maintenance failed; it will be tried again'),
    );
  }
}

function routesOf({ topology, log }: Storage): MessageRoutes {
  const { identity, people, ofProfile } = topology;
  return { identity, people, profile: ofProfile, log };
}
