import { setTimeout as sleep } from 'node:timers/promises';
import { AccessKeyFollower } from '../background/access-key-follower.ts';
import type { AuditLog } from '../background/audit/audit-log.ts';
import { createComposer } from '../background/compose-message.ts';
import { Membership, ownerOf } from '../cluster/membership.ts';
import { RemoteOutcomes } from '../cluster/remote-outcomes.ts';
import { Settled } from '../cluster/settled.ts';
import type { Config } from '../config.ts';
import { checkSet, setOf } from '../definitions/definition-set.ts';
import { encodeDefinitions } from '../definitions/definition-writer.ts';
import { Definitions } from '../definitions/definitions.ts';
import { type DefinitionsPack, recordOfPack } from '../definitions/definitions-pack.ts';
import { ServedDefinitions } from '../definitions/served-definitions.ts';
import { RecommendationDesk } from '../desks/recommend/recommendation-desk.ts';
import { TesseraError } from '../errors.ts';
import type { HttpParts } from '../http-role.ts';
import type { OutcomeSource } from '../ingest/admit.ts';
import { createLogIntake, type Intake } from '../ingest/intake.ts';
import type { Keyring } from '../ingest/keyring.ts';
import { createLocate } from '../ingest/locate-facets.ts';
import { createRoutedIntake } from '../ingest/routed-intake.ts';
import { createSealer } from '../ingest/seal.ts';
import { createErasedNews, type ErasedNews } from '../jobs/erasure/erased-news.ts';
import { limits } from '../limits.ts';
import type { Clock } from '../ports/clock.ts';
import type { StateReader } from '../ports/state.ts';
import type { WebhookSender } from '../ports/webhook-sender.ts';
import { createEntryCodec, createRecordCodec, encodeRecord } from '../runner/codec.ts';
import { OutcomeBoard } from '../runner/outcome-board.ts';
import { createStateReader } from '../runner/whole-state.ts';
import { NodeEventHub } from '../serve/event-hub.ts';
import { createFiringHub } from '../serve/firing-hub.ts';
import { describeError, type Logger } from '../serve/logger.ts';
import { createMetrics, type Metrics } from '../serve/metrics.ts';
import { createProfileHub } from '../serve/profile-hub.ts';
import { type Background, createBackground } from './background.ts';
import { Crew } from './crew.ts';
import { HistoryWorker } from './history-worker.ts';
import { nodeStatus } from './node-status.ts';
import { observeRecommendations } from './observe-recommendations.ts';
import { PartitionWorker } from './partition-worker.ts';
import { publishBatch } from './publish-batch.ts';
import type { Storage } from './storage.ts';

export interface EngineNodeOptions {
  /** Tells this process apart from the other nodes. */
  readonly id: string;
  readonly config: Config;
  readonly storage: Storage;
  readonly keyring: Keyring;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What webhooks are told goes out by it. */
  readonly sender: WebhookSender;
  /** Which of several processes on one port this is. */
  readonly process?: string | undefined;
  readonly onBacklog?: (() => void) | undefined;
}

/** One process of a deployment: which partitions and historians run here, and what the roles that speak HTTP need. */
export class EngineNode {
  readonly #options: EngineNodeOptions;
  readonly #id: string;
  readonly #metrics: Metrics;
  readonly #records = createRecordCodec();
  readonly #hub = createFiringHub();
  readonly #changes = createProfileHub({
    listenElsewhere: (profile, listener) =>
      this.#options.storage.notifications?.listenToProfile(profile, listener) ?? (() => undefined),
  });
  readonly #events: NodeEventHub;
  readonly #board = new OutcomeBoard();
  readonly #definitions: Definitions;
  readonly #state: StateReader;
  readonly #remote: RemoteOutcomes | undefined;
  readonly #served: ServedDefinitions;
  readonly #accessKeys: AccessKeyFollower;
  readonly #erased: ErasedNews;
  readonly #settled: Settled;
  readonly #membership: Membership;
  readonly #partitions: Crew<PartitionWorker>;
  readonly #historians: Crew<HistoryWorker>;
  readonly #background: Background;
  readonly #compose: ReturnType<typeof createComposer>;
  readonly #recommendations: RecommendationDesk;
  #stopping = false;
  #timer: NodeJS.Timeout | undefined;
  #stopListening: (() => void) | undefined;

  constructor(options: EngineNodeOptions) {
    const { config, storage, clock, logger } = options;
    const { topology, store, channel } = storage;
    this.#options = options;
    this.#id = options.id;
    this.#metrics = createMetrics({
      processMetrics: true,
      ...(options.process === undefined ? {} : { process: options.process }),
    });
    this.#definitions = new Definitions({ reportingCurrency: config.currency });
    const codec = createEntryCodec(this.#definitions);
    this.#state = createStateReader(store, topology);
    const sealer = createSealer(options.keyring);
    this.#compose = createComposer({ state: this.#state, codec, sealer, clock });
    this.#events = new NodeEventHub({ node: this.#id, now: () => clock.now(), channel });
    this.#remote = channel && new RemoteOutcomes({ board: this.#board, channel, node: this.#id });
    this.#served = new ServedDefinitions({
      definitions: this.#definitions,
      state: this.#state,
      codec,
      channel,
      onError: (error) => logger.warn({ error: describeError(error) }, 'definitions could not be read'),
    });
    this.#accessKeys = new AccessKeyFollower({
      state: this.#state,
      codec,
      channel,
      onError: (error) => logger.warn({ error: describeError(error) }, 'access keys could not be read'),
    });
    const refresh = (): Promise<void> => this.#served.refresh();
    this.#settled = new Settled({ store, state: this.#state, codec, topology, refresh });
    const self = { id: this.#id, roles: config.roles };
    this.#membership = new Membership({ channel, self, onChange: () => this.#reassign() });
    this.#partitions = new Crew((partition) => this.#work(partition));
    this.#historians = new Crew((partition) => this.#keepHistory(partition));
    this.#background = createBackground({
      node: this.#id,
      deployment: `${config.space} ${options.keyring.fingerprint}`,
      config,
      storage,
      state: this.#state,
      definitions: this.#definitions,
      clock,
      logger,
      appliedSeq: this.#appliedSeq,
      historianOf: (partition) => this.#historians.get(partition)?.historian,
      runs: (partition) => this.#partitions.get(partition) !== undefined,
    });
    observeRecommendations(this.#metrics, this.#background);
    this.#erased = createErasedNews(channel);
    this.#erased.listen(({ profiles, facets }) => {
      options.keyring.forget(facets);
      this.#background.recommender?.forget(profiles).catch((error: unknown) => {
        logger.warn({ error: describeError(error) }, 'recommendations could not forget somebody');
      });
    });
    const { catalog, recommender, served } = this.#background;
    this.#recommendations = new RecommendationDesk({
      state: this.#state,
      codec,
      definitions: this.#definitions,
      clock,
      catalog,
      recommender: () => recommender?.recommender,
      served: (answer) => served?.note(answer),
    });
  }

  /** Whether rows of identity go to history from here: one node of all does. */
  get keepsHistory(): boolean {
    return this.#historians.get(this.#options.storage.topology.identity) !== undefined;
  }

  /** What ingest and serve are built on. */
  httpParts(): Omit<HttpParts, 'pack' | 'blind' | 'masterKeys' | 'exportFiles' | 'register'> {
    const { storage, keyring, audit, clock } = this.#options;
    const { topology, store, history, log } = storage;
    return {
      audit,
      topology,
      clock,
      store,
      state: this.#state,
      keyring,
      definitions: this.#definitions,
      log: log(topology.identity),
      logOf: log,
      sender: this.#options.sender,
      intake: this.#intake(),
      outcomes: this.#outcomes(),
      appliedSeq: this.#appliedSeq,
      history,
      hub: this.#hub,
      changes: this.#changes,
      events: this.#events,
      metrics: this.#metrics,
      status: nodeStatus({ storage, partitions: this.#partitions, historians: this.#historians }),
      ...this.#background,
      recommendations: this.#recommendations,
      accessKeys: this.#accessKeys,
      lastSeq: storage.lastSeq,
      scrub: storage.scrub,
      backups: storage.backups,
      erased: this.#erased,
      leads: () => this.#partitions.get(topology.identity) !== undefined,
    };
  }

  /** Takes up its share of the work; resolves once there are definitions to work by. */
  async start(pack: DefinitionsPack): Promise<void> {
    const { topology } = this.#options.storage;
    const { notifications } = this.#options.storage;
    this.#stopListening = notifications?.listen((firings) => this.#hub.firings(firings));
    this.#remote?.start();
    await this.#membership.start();
    await this.#assign();
    await this.#bringDefinitions(pack);
    if (topology.staged) {
      this.#served.start();
      this.#timer = setInterval(() => this.#reassign(), limits.memberSilentMs).unref();
      await this.#untilDefined();
      await this.#untilEverywhere();
    }
    await this.#accessKeys.start();
    this.#options.audit.start();
    this.#background.start(this.#partitions.get(topology.identity) !== undefined);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#timer);
    this.#membership.leave();
    this.#served.stop();
    this.#accessKeys.stop();
    await this.#background.stop();
    await this.#partitions.stop();
    await this.#historians.stop();
    this.#remote?.stop();
    this.#stopListening?.();
    await this.#options.audit.stop();
    await this.#options.storage.close();
  }

  readonly #appliedSeq = (): number | Promise<number> => {
    const { topology } = this.#options.storage;
    if (topology.staged) return this.#settled.seq();
    return this.#partitions.get(topology.identity)?.runner.checkpoint?.seq ?? 0;
  };

  /** What could not be begun, because a server was away, is begun later. */
  #reassign(): void {
    this.#assign().catch((error: unknown) =>
      this.#options.logger.warn({ error: describeError(error) }, 'a partition could not be taken up'),
    );
  }

  /** Whoever has the role shares the partitions with the others that have it. */
  async #assign(): Promise<void> {
    if (this.#stopping) return;
    const { topology } = this.#options.storage;
    const share = (role: 'engine' | 'history'): string[] => {
      const nodes = this.#membership.withRole(role);
      return topology.all.filter((partition) => ownerOf(partition, nodes) === this.#id);
    };
    await this.#historians.assign(share('history'));
    await this.#partitions.assign(share('engine'));
  }

  async #work(partition: string): Promise<PartitionWorker> {
    const { storage, keyring, config, clock, logger } = this.#options;
    const { people, staged } = storage.topology;
    const worker = new PartitionWorker(partition, {
      storage,
      keyring,
      space: config.space,
      clock,
      metrics: this.#metrics,
      logger,
      definitions: this.#definitions,
      records: this.#records,
      cacheBytes: Math.floor(limits.cacheBytesMax / (staged ? people.length : 1)),
      paused: (name) => (this.#historians.get(name)?.historian.spoolLag() ?? 0) > limits.spoolBytesMax,
      onCommitted: (name, batch) => {
        this.#background.recommender?.committed(name, batch);
        const historian = this.#historians.get(name)?.historian;
        const board = this.#remote ?? this.#board;
        const { notifications } = storage;
        publishBatch(batch, {
          partition: name,
          board,
          hub: this.#hub,
          watch: this.#changes,
          events: this.#events,
          historian,
          metrics: this.#metrics,
          notifications,
        });
      },
      onDefinitions: () => this.#served.announce(),
      sender: this.#options.sender,
      compose: this.#compose,
      items: {
        choose: (profile, wanted) => this.#recommendations.choose(profile, wanted),
        ready: () => this.#background.recommender?.ready ?? true,
      },
    });
    // On a data directory nobody else works: what cannot be applied is said before anything listens.
    if (!staged) await worker.catchUp(this.#options.onBacklog);
    worker.start();
    return worker;
  }

  async #keepHistory(partition: string): Promise<HistoryWorker> {
    const { storage, config, logger } = this.#options;
    const { recent } = this.#events;
    const onInserted = recent.inHistory.bind(recent);
    const worker = new HistoryWorker(partition, { storage, space: config.space, logger, onInserted });
    await worker.start();
    return worker;
  }

  /** What the directory holds is put in force by the node that has identity. */
  async #bringDefinitions(pack: DefinitionsPack): Promise<void> {
    const { storage, config } = this.#options;
    const worker = this.#partitions.get(storage.topology.identity);
    if (worker === undefined) return;
    const { runner, loop, log } = worker;
    const applied = async (seq: number): Promise<void> => {
      while ((runner.checkpoint?.seq ?? -1) < seq) {
        if (loop.stopped !== undefined) throw loop.stopped;
        if (this.#partitions.get(worker.partition) !== worker) return;
        await sleep(limits.settlePollMs);
      }
    };
    await applied(log.stats().lastSeq);
    const record = recordOfPack(pack, worker.definitions.entry, `directory ${config.space}`);
    if (record === undefined) return;
    // What the directory leaves as it is holds on, and what it changes may name it.
    const inForce = setOf(worker.definitions.entry);
    checkSet({ ...inForce, ...record, sources: record.sources ?? [] }, config.currency);
    const [position] = await log.append([encodeDefinitions(record)]);
    await applied(position?.seq ?? 0);
  }

  /** Another node may have to bring them. */
  async #untilDefined(): Promise<void> {
    const giveUp = performance.now() + limits.definitionsWaitMs;
    for (;;) {
      await this.#served.refresh();
      if (this.#served.known) return;
      if (performance.now() > giveUp) {
        throw new TesseraError(
          'invalid_config',
          'no definitions are in force: start a node with the role engine first',
        );
      }
      await sleep(limits.heartbeatMs);
    }
  }

  /** What reaches a partition before its definitions would miss them for good. */
  async #untilEverywhere(): Promise<void> {
    const { store, topology } = this.#options.storage;
    const decided = (await store.checkpoint(topology.identity))?.seq ?? 0;
    const giveUp = performance.now() + limits.definitionsWaitMs;
    while ((await this.#settled.seq()) < decided && performance.now() < giveUp)
      await sleep(limits.settlePollMs);
  }

  #intake(): Intake {
    const { storage, logger } = this.#options;
    const { topology, log } = storage;
    if (!topology.staged) {
      const { encodeEvent } = this.#records;
      return createLogIntake({ log: log(topology.identity), encodeEvent, encodeQuarantine: encodeRecord });
    }
    const codec = createEntryCodec(this.#definitions);
    return createRoutedIntake({
      identity: topology.identity,
      ofProfile: topology.ofProfile,
      log,
      encode: encodeRecord,
      locate: createLocate({
        read: async (wanted) => {
          const found = await this.#state.read(wanted);
          return found.map((bytes, i) => bytes && codec.decode(wanted[i] as string, bytes));
        },
        policyVersion: () => this.#definitions.entry.identity.version,
        onAway: (error) =>
          logger.debug({ error: describeError(error) }, 'the state is away; identity will look events up'),
      }),
    });
  }

  /** An event that made people one is seen together with what they were before. */
  #outcomes(): OutcomeSource {
    const { identity, staged } = this.#options.storage.topology;
    const source = this.#remote ?? this.#board;
    if (!staged) return source;
    return {
      announce: () => source.announce(),
      outcomesOf: async (places) => {
        const outcomes = await source.outcomesOf(places);
        if (places.some(({ partition }) => partition === identity)) await this.#settled.moves();
        return outcomes;
      },
    };
  }
}
