import type { FastifyInstance } from 'fastify';
import type { AccessKeyFollower } from './background/access-key-follower.ts';
import type { AuditLog } from './background/audit/audit-log.ts';
import type { CatalogFollower } from './background/catalog-follower.ts';
import { digestState } from './background/maintenance.ts';
import type { Topology } from './cluster/topology.ts';
import type { Config } from './config.ts';
import type { Definitions } from './definitions/definitions.ts';
import type { DefinitionsPack } from './definitions/definitions-pack.ts';
import { createCatalogDesk } from './desks/catalog-desk.ts';
import { createCatalogNormalizer } from './desks/catalog-normalizer.ts';
import { createConsentDesks } from './desks/consents/consent-desks.ts';
import { createEventTraces } from './desks/event-trace/event-traces.ts';
import { createEventsOfProfile } from './desks/events-of-profile.ts';
import { createHandTags } from './desks/hand-tags.ts';
import { createIdentityReader } from './desks/identity-reader.ts';
import { createOutgoingDesks } from './desks/outgoing-desks.ts';
import { createPointsDesk } from './desks/points-desk.ts';
import type { HistoryReach } from './desks/profile-history/history-reach.ts';
import { PastProfileReader } from './desks/profile-history/past-profiles.ts';
import { createProfileReader } from './desks/profile-reader.ts';
import type { RecommendationDesk } from './desks/recommend/recommendation-desk.ts';
import { createRecommendations } from './desks/recommend/recommendations.ts';
import { createSegmentReader } from './desks/segment-reader.ts';
import { createTriggerExplainer } from './desks/trigger-explainer.ts';
import { createTriggerResults } from './desks/trigger-results/trigger-report.ts';
import { createAccessServices } from './http-role/access-services.ts';
import { createDefinitionServices } from './http-role/definition-services.ts';
import { createFigureServices, type FigureServices } from './http-role/figure-services.ts';
import {
  createFits,
  createSchemaServices,
  createSimulation,
  createTriggerBacktests,
} from './http-role/past-services.ts';
import { createQuarantineServices } from './http-role/quarantine-services.ts';
import { createAdmit, type OutcomeSource } from './ingest/admit.ts';
import { createBodyReader } from './ingest/body.ts';
import { bookedAdmit } from './ingest/booked-admit.ts';
import { allDialects as dialects } from './ingest/dialects/all-dialects.ts';
import { createFieldScreen } from './ingest/field-screen.ts';
import type { IdentifierReader } from './ingest/identifiers.ts';
import { createIdentityIntake } from './ingest/identity-intake.ts';
import type { Intake } from './ingest/intake.ts';
import { IntakeBooks } from './ingest/intake-books.ts';
import type { Keyring } from './ingest/keyring.ts';
import { createLiveSchemas, type LiveSchemas } from './ingest/own-schemas/live-schemas.ts';
import { createPathCheck, type PathCheck } from './ingest/schema-paths.ts';
import { loadShippedSchemas } from './ingest/schemas.ts';
import { createSealer } from './ingest/seal.ts';
import { Turns } from './ingest/slices.ts';
import type { Backfills } from './jobs/backfills.ts';
import type { ErasedNews } from './jobs/erasure/erased-news.ts';
import type { Fits } from './jobs/fits.ts';
import type { IdentityLint } from './jobs/identity-lint.ts';
import type { JobRegistry } from './jobs/jobs.ts';
import type { MasterRotationOptions } from './jobs/master-rotation.ts';
import type { ParityCheck } from './jobs/parity.ts';
import { createPersonRights, type PersonRights } from './jobs/person-rights.ts';
import type { IdentityPolicy } from './model/identity-policy.ts';
import { observeEngine } from './observe-engine.ts';
import type { BackupStore } from './ports/backup.ts';
import type { Clock } from './ports/clock.ts';
import type { ErasureRegister } from './ports/erasure-register.ts';
import type { ExportFiles } from './ports/export-files.ts';
import type { History } from './ports/history.ts';
import type { Log, MaybePromise } from './ports/log.ts';
import type { StateReader, StateStore } from './ports/state.ts';
import type { WebhookSender } from './ports/webhook-sender.ts';
import { createEntryCodec } from './runner/codec.ts';
import type { Access } from './serve/access.ts';
import { AwaitedItems } from './serve/awaited-items.ts';
import type { Conservation } from './serve/conservation-service.ts';
import { readConsole } from './serve/console-routes.ts';
import type { EventHub } from './serve/event-hub.ts';
import { registerEventRoutes } from './serve/event-routes.ts';
import type { HistoryLags } from './serve/history-lag.ts';
import { createHistoryRows } from './serve/history-rows.ts';
import { type createLogger, describeError } from './serve/logger.ts';
import type { Metrics } from './serve/metrics.ts';
import { registerReadRoutes } from './serve/read-routes.ts';
import { createServer, type ServerOptions } from './serve/server.ts';
import type { Readiness, ReadServices } from './serve/services.ts';
import type { SharedPort } from './serve/shared-port.ts';
import type { FiringHub, ProfileHub } from './serve/stream-service.ts';

/** What the roles that speak HTTP, ingest and serve, need of the rest of the engine. */
export interface HttpParts {
  readonly topology: Topology;
  readonly clock: Clock;
  readonly store: StateStore;
  readonly state: StateReader;
  readonly keyring: Keyring;
  readonly definitions: Definitions;
  /** What the definitions directory holds, identifiers blinded. */
  readonly pack: DefinitionsPack;
  readonly blind: (policy: IdentityPolicy) => IdentityPolicy;
  /** Identity's log: what everybody must take in the same order goes there. */
  readonly log: Log;
  /** Of each partition. */
  readonly logOf: (partition: string) => Log;
  readonly sender: Pick<WebhookSender, 'check'>;
  readonly intake: Intake;
  /** Where requests wait for what they have sent. */
  readonly outcomes: OutcomeSource;
  /** Up to which message of `log` everything is done that it asks for. */
  readonly appliedSeq: () => MaybePromise<number>;
  readonly history: History;
  readonly hub: FiringHub;
  readonly changes: ProfileHub;
  readonly events: EventHub;
  readonly jobs: JobRegistry;
  readonly backfills: Backfills;
  /** Whether this is the node that does what needs doing once. */
  readonly leads: () => boolean;
  readonly lint: IdentityLint;
  readonly catalog: CatalogFollower;
  readonly accessKeys: AccessKeyFollower;
  /** Where what is done with data of people is written down. */
  readonly audit: AuditLog;
  /** What wraps the stored keys, to be exchanged. */
  readonly masterKeys: Pick<MasterRotationOptions, 'keys' | 'wrapping'> & { forgetPrevious(): void };
  /** Where exports of people are written to. */
  readonly exportFiles: ExportFiles;
  /** The last message of a log as it is now. */
  readonly lastSeq: (partition: string) => Promise<number>;
  /** Overwrites what deletions have left on the medium. */
  readonly scrub: (finds: (text: string) => boolean) => Promise<number>;
  readonly backups: BackupStore | undefined;
  /** Who was erased, apart from the data. */
  readonly register: ErasureRegister;
  /** Tells all nodes who was erased. */
  readonly erased: ErasedNews;
  readonly recommendations: RecommendationDesk;
  readonly reach: HistoryReach;
  readonly parity: ParityCheck;
  readonly conservation: Conservation;
  readonly metrics: Metrics;
  readonly status: NodeStatus;
}

/** How this node is doing, for whoever looks after it. */
export interface NodeStatus {
  /** What each reader is behind. */
  lag(): Record<string, number>;
  /** Why this node should get no traffic; empty when it should. */
  reasons(): readonly string[];
  logBytes(): number;
  spoolBytes(): number;
  cacheEntries(): number;
  /** What does not work while requests go on. */
  degraded(): readonly string[];
  /** How far history is behind, by partition. */
  historyLag(): HistoryLags;
  historyRows(): { readonly inserted: number; readonly repaired: number };
}

type Logger = ReturnType<typeof createLogger>;

interface ServerInput {
  readonly parts: HttpParts;
  readonly access: Access;
  readonly logger: Logger;
  readonly version: string;
  readonly front: Pick<ServerOptions, 'overload' | 'tls'>;
  /** Absent where this process has its port to itself. */
  readonly shared?: SharedPort | undefined;
}

export interface BuiltServer {
  readonly app: FastifyInstance;
  /** What is to be done once the node works and before it listens. */
  beforeDoors(): Promise<void>;
}

/** The server with every route, not listening yet. */
export async function buildServer(config: Config, input: ServerInput): Promise<BuiltServer> {
  const { parts, access, logger, version, shared } = input;
  const { metrics, clock, keyring, definitions } = parts;
  const { authenticator } = access;
  const app = await createServer({
    authenticator,
    audit: parts.audit,
    metrics,
    logger,
    version,
    corsOrigins: config.corsOrigins,
    ...input.front,
  });
  const sealer = createSealer(keyring);
  const identifiers = createIdentityIntake({
    // The one in force: a change of the policy reaches the next event without a restart.
    policy: () => definitions.entry.identity,
    indexKey: keyring.indexKey,
    defaultRegion: config.region,
  });
  const people = profileReaders(parts, { sealer, identifiers });
  const { profiles, recommendations } = people;
  const schemas = createLiveSchemas(loadShippedSchemas(), () => definitions.entry.schemas);
  const { admit, bodies, ...quarantine } = takingIn(config, parts, { sealer, identifiers, schemas });
  if (config.roles.includes('ingest'))
    registerEventRoutes(app, {
      dialects,
      bodies,
      admit,
      profiles,
      recommendations,
      awaitedItems: new AwaitedItems(parts.hub),
      refusals: parts.events,
      authenticator,
      clock,
      publicUrl: config.publicUrl,
      secretOf: secretsOf(config),
    });
  const { metricsPublic } = config;
  const simulation = createSimulation(parts, config);
  const checkPaths = createPathCheck({ ...config, schemas: schemas.shipped, own: schemas.own });
  const readers = {
    ...people,
    eventsOfProfile: createEventsOfProfile({ identity: people.identity, admit, clock }),
    shared,
    simulation,
    ...quarantine,
    checkPaths,
    schemas,
    config,
    logger,
    access,
  };
  const services = readServices(parts, readers);
  const scrape = (): Promise<string> => shared?.metrics() ?? metrics.render();
  registerReadRoutes(app, services, { metrics, scrape, version, metricsPublic, consoleFiles: readConsole() });
  services.fits.keepFresh();
  services.startFigures();
  await services.beginRights();
  app.addHook('onClose', async () => {
    services.fits.stop();
    await services.stopFigures();
    await services.endRights();
  });
  observeEngine(metrics, parts.status, services);
  return { app, beforeDoors: () => services.catchUpRights() };
}

interface Sealing {
  readonly sealer: ReturnType<typeof createSealer>;
  readonly identifiers: ReturnType<typeof createIdentityIntake>;
}

/** How events come in, and how those that were kept in quarantine are sent on their way again. */
function takingIn(
  { currency: defaultCurrency, allowCustomTypes, sources, personalFields }: Config,
  parts: HttpParts,
  { schemas, sealer, identifiers }: Sealing & { readonly schemas: LiveSchemas },
) {
  const { shipped, own } = schemas;
  const normalizing = { schemas: shipped, own, defaultCurrency, allowCustomTypes, sources, personalFields };
  const { metrics, intake } = parts;
  const normalize = createCatalogNormalizer(normalizing, parts.catalog);
  const turns = new Turns();
  const bodies = createBodyReader(turns);
  const screen = createFieldScreen({
    privacy: () => parts.definitions.privacy,
    onDropped: (field) => metrics.counter(`sensitive_field_dropped.${field}`).add(1),
  });
  const taking = { ...parts, normalize, identifiers, sealer, screen, turns };
  const books = new IntakeBooks();
  const admit = bookedAdmit(createAdmit({ ...taking, intake, tally: metrics.events }), books);
  const admitting = (to: Intake) => createAdmit({ ...taking, intake: to, tally: UNCOUNTED });
  const quarantine = createQuarantineServices(parts, { dialects, bodies, sealer, admitting });
  return { admit, bodies, intake: books, ...quarantine };
}

/** What is sent again is counted where it goes into the log. */
const UNCOUNTED = { received: { add: () => undefined }, refused: { add: () => undefined } };

/** Profiles and identities as routes read them: identifiers found as ingest finds them, values opened with its keys. */
function profileReaders(parts: HttpParts, { sealer, identifiers }: Sealing) {
  const { state, definitions, clock } = parts;
  const findIdentifier: IdentifierReader['find'] = (type, value) => identifiers.find(type, value);
  const open = (facet: string, path: string, sealed: string) => sealer.open({ facet, path }, sealed);
  const reading = { state, codec: createEntryCodec(definitions), now: () => clock.now(), open };
  const indexOf = (type: string, value: string) => {
    const claim = findIdentifier(type, value);
    return 'code' in claim ? undefined : { type: claim.type, hash: claim.hash };
  };
  const profiles = createProfileReader({ ...reading, definitions, indexOf });
  return {
    findIdentifier,
    profiles,
    recommendations: createRecommendations({ ...parts, profiles, desk: parts.recommendations }),
    past: new PastProfileReader({ ...parts, open, indexOf }),
    identity: createIdentityReader({ ...reading, findIdentifier }),
    explainTrigger: createTriggerExplainer({ ...reading, definitions }),
  };
}

/** What sources sign with; a name that is none, such as one that every object has, is nobody's. */
function secretsOf({ sources }: Config): (source: string) => string | undefined {
  return (source) => (Object.hasOwn(sources, source) ? sources[source]?.secret : undefined);
}

interface Readers
  extends Pick<
    ReadServices,
    | 'profiles'
    | 'recommendations'
    | 'past'
    | 'identity'
    | 'simulation'
    | 'explainTrigger'
    | 'quarantine'
    | 'quarantineReplays'
    | 'intake'
    | 'eventsOfProfile'
  > {
  readonly findIdentifier: IdentifierReader['find'];
  readonly shared: SharedPort | undefined;
  readonly checkPaths: PathCheck;
  readonly schemas: LiveSchemas;
  readonly config: Config;
  readonly logger: Logger;
  readonly access: Access;
}

function readServices(
  parts: HttpParts,
  { shared, checkPaths, schemas, config, logger, access, ...readers }: Readers,
): ReadServices & PersonRights & FigureServices & { readonly fits: Fits } {
  const { hub, changes, events, history, store, topology } = parts;
  const rows = createHistoryRows(history);
  const eventSchemas = schemas.shipped;
  const defined = createDefinitionServices(parts, { checkPaths, eventSchemas });
  const { definitions: kinds } = defined;
  const fits = createFits(parts, { kinds, config, logger });
  const outgoing = createOutgoingDesks(parts, { kinds, codec: createEntryCodec(parts.definitions) });
  return {
    ...readers,
    ...outgoing,
    jobs: parts.jobs,
    backfills: parts.backfills,
    backtests: createTriggerBacktests(parts, kinds),
    schemas: createSchemaServices(parts, { kinds, schemas, config }),
    triggerResults: createTriggerResults(parts),
    ...createFigureServices(parts, { schemas, profiles: readers.profiles, logger }),
    quality: parts.lint,
    parity: parts.parity,
    conservation: parts.conservation,
    segments: createSegmentReader({
      ...parts,
      people: topology.people,
      codec: createEntryCodec(parts.definitions),
      profiles: readers.profiles,
    }),
    catalog: createCatalogDesk({
      follower: parts.catalog,
      commands: outgoing.commands,
      clock: parts.clock,
      reportingCurrency: config.currency,
    }),
    ...createAccessServices(parts, { access, commands: outgoing.commands }),
    tags: createHandTags({
      ...parts,
      codec: createEntryCodec(parts.definitions),
      identity: readers.identity,
    }),
    ...createConsentDesks({ ...parts, identity: readers.identity }),
    ...createPersonRights({
      ...parts,
      codec: createEntryCodec(parts.definitions),
      identity: readers.identity,
      commands: outgoing.commands,
      defaultRegion: config.region,
      onError: (error) => logger.warn({ error: describeError(error) }, 'a rule of privacy could not go on'),
    }),
    eventTraces: createEventTraces({ ...parts, ...readers, recent: events.recent }),
    firings: hub,
    changes,
    events,
    sql: history,
    history: rows,
    ...defined,
    points: createPointsDesk({
      ...parts,
      identity: readers.identity,
      codec: createEntryCodec(parts.definitions),
    }),
    fits,
    health: { ready: () => shared?.readiness() ?? readiness(parts.status) },
    state: { digest: () => digestState(store, topology.all) },
  };
}

/** Of this process alone. */
export function readiness(status: NodeStatus): Readiness {
  const reasons = status.reasons();
  return { ok: reasons.length === 0, reasons: [...reasons, ...status.degraded()], lag: status.lag() };
}
