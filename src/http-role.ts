import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import type { CatalogFollower } from './background/catalog-follower.ts';
import { digestState } from './background/maintenance.ts';
import type { Topology } from './cluster/topology.ts';
import type { Config } from './config.ts';
import { createDefinitionKinds } from './definitions/definition-kinds.ts';
import type { Definitions } from './definitions/definitions.ts';
import type { DefinitionsPack } from './definitions/definitions-pack.ts';
import { createCatalogDesk } from './desks/catalog-desk.ts';
import { createCatalogNormalizer } from './desks/catalog-normalizer.ts';
import { createHandTags } from './desks/hand-tags.ts';
import { createIdentityReader } from './desks/identity-reader.ts';
import { createOutgoingDesks, webhookSurroundings } from './desks/outgoing-desks.ts';
import { createPointsDesk } from './desks/points-desk.ts';
import type { HistoryReach } from './desks/profile-history/history-reach.ts';
import { PastProfileReader } from './desks/profile-history/past-profiles.ts';
import { createProfileReader } from './desks/profile-reader.ts';
import type { RecommendationDesk } from './desks/recommend/recommendation-desk.ts';
import { createRecommendations } from './desks/recommend/recommendations.ts';
import { createSegmentReader } from './desks/segment-reader.ts';
import { createTriggerExplainer } from './desks/trigger-explainer.ts';
import { createTriggerResults } from './desks/trigger-results/trigger-report.ts';
import { assert, TesseraError } from './errors.ts';
import { createAdmit, type OutcomeSource } from './ingest/admit.ts';
import { createBodyReader } from './ingest/body.ts';
import { allDialects as dialects } from './ingest/dialects/all-dialects.ts';
import type { IdentifierReader } from './ingest/identifiers.ts';
import { createIdentityIntake } from './ingest/identity-intake.ts';
import { checkIdentityPolicy, parseIdentityPolicy } from './ingest/identity-policy.ts';
import type { Intake } from './ingest/intake.ts';
import type { Keyring } from './ingest/keyring.ts';
import { createReplay } from './ingest/quarantine.ts';
import { createPathCheck, type PathCheck } from './ingest/schema-paths.ts';
import { type EventSchemas, loadEventSchemas } from './ingest/schemas.ts';
import { createSealer } from './ingest/seal.ts';
import type { Backfills } from './jobs/backfills.ts';
import { createBacktests } from './jobs/backtests.ts';
import { Fits } from './jobs/fits.ts';
import type { IdentityLint } from './jobs/identity-lint.ts';
import { createIdentitySimulation } from './jobs/identity-simulation.ts';
import type { JobRegistry } from './jobs/jobs.ts';
import type { ParityCheck } from './jobs/parity.ts';
import { limits } from './limits.ts';
import type { Event } from './model/event.ts';
import type { Review } from './model/identity.ts';
import type { IdentityPolicy } from './model/identity-policy.ts';
import type { JsonObject } from './model/json.ts';
import { keys } from './model/keys.ts';
import { observeEngine } from './observe-engine.ts';
import type { Clock } from './ports/clock.ts';
import type { History } from './ports/history.ts';
import type { Log, MaybePromise } from './ports/log.ts';
import type { StateReader, StateStore } from './ports/state.ts';
import type { WebhookSender } from './ports/webhook-sender.ts';
import { createEntryCodec, decodeRecord } from './runner/codec.ts';
import { allScopes, createAuthenticator } from './serve/authenticate.ts';
import { AwaitedItems } from './serve/awaited-items.ts';
import { registerEventRoutes } from './serve/event-routes.ts';
import type { HistoryLags } from './serve/history-lag.ts';
import { createHistoryRows } from './serve/history-rows.ts';
import { type createLogger, describeError } from './serve/logger.ts';
import type { Metrics } from './serve/metrics.ts';
import { registerReadRoutes } from './serve/read-routes.ts';
import { createServer } from './serve/server.ts';
import type { Definitions as DefinitionKinds, Readiness, ReadServices } from './serve/services.ts';
import type { SharedPort } from './serve/shared-port.ts';
import type { IdentitySimulation } from './serve/simulation-service.ts';
import type { FiringHub, ProfileHub } from './serve/stream-service.ts';

const SCHEMAS = fileURLToPath(new URL('../schemas/events', import.meta.url));

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
  readonly jobs: JobRegistry;
  readonly backfills: Backfills;
  /** Whether this is the node that does what needs doing once. */
  readonly leads: () => boolean;
  readonly lint: IdentityLint;
  readonly catalog: CatalogFollower;
  readonly recommendations: RecommendationDesk;
  readonly reach: HistoryReach;
  readonly parity: ParityCheck;
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
  readonly access: { readonly writeKey: string; readonly secretKey: string };
  readonly logger: Logger;
  readonly version: string;
  /** Absent where this process has its port to itself. */
  readonly shared?: SharedPort | undefined;
}

/** The server with every route, not listening yet. */
export async function buildServer(config: Config, input: ServerInput): Promise<FastifyInstance> {
  const { parts, access, logger, version, shared } = input;
  const { metrics, clock, keyring, definitions } = parts;
  const authenticator = createAuthenticator([
    { key: access.writeKey, name: 'web', scopes: ['ingest'], origins: config.writeKeyOrigins },
    { key: access.secretKey, name: 'server', scopes: allScopes },
    ...config.keys,
  ]);
  const app = await createServer({
    authenticator,
    metrics,
    logger,
    version,
    corsOrigins: config.corsOrigins,
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
  const schemas = loadEventSchemas(SCHEMAS);
  const { admit, bodies, replay } = takingIn(config, parts, { sealer, identifiers, schemas });
  if (config.roles.includes('ingest'))
    registerEventRoutes(app, {
      dialects,
      bodies,
      admit,
      profiles,
      recommendations,
      awaitedItems: new AwaitedItems(parts.hub),
      authenticator,
      clock,
      publicUrl: config.publicUrl,
      secretOf: secretsOf(config),
    });
  const { metricsPublic } = config;
  const simulation = createSimulation(parts, config);
  const checkPaths = createPathCheck({ schemas, allowCustomTypes: config.allowCustomTypes });
  const readers = {
    ...people,
    shared,
    simulation,
    replay,
    checkPaths,
    config,
    logger,
  };
  const services = readServices(parts, readers);
  const scrape = (): Promise<string> => shared?.metrics() ?? metrics.render();
  registerReadRoutes(app, services, { metrics, scrape, version, metricsPublic });
  services.fits.keepFresh();
  app.addHook('onClose', async () => services.fits.stop());
  observeEngine(metrics, parts.status, services);
  return app;
}

interface Sealing {
  readonly sealer: ReturnType<typeof createSealer>;
  readonly identifiers: ReturnType<typeof createIdentityIntake>;
}

/** How events come in, and how those that were kept in quarantine are sent on their way again. */
function takingIn(
  { currency, allowCustomTypes, sources }: Config,
  { intake, metrics, catalog, ...parts }: HttpParts,
  { schemas, sealer, identifiers }: Sealing & { readonly schemas: EventSchemas },
) {
  const normalizing = { schemas, defaultCurrency: currency, allowCustomTypes, sources };
  const normalize = createCatalogNormalizer(normalizing, catalog);
  const bodies = createBodyReader();
  const { events: tally } = metrics;
  const admit = createAdmit({ ...parts, normalize, identifiers, sealer, intake, tally });
  const again = async (canonicalEvent: string) => {
    // What stands in quarantine was written by this program.
    await intake.append([JSON.parse(canonicalEvent) as Event], []);
  };
  return { admit, bodies, replay: createReplay({ dialects, bodies, sealer, admit, again }) };
}

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
    'profiles' | 'recommendations' | 'past' | 'identity' | 'simulation' | 'explainTrigger'
  > {
  readonly findIdentifier: IdentifierReader['find'];
  readonly replay: ReturnType<typeof createReplay>;
  readonly shared: SharedPort | undefined;
  readonly checkPaths: PathCheck;
  readonly config: Config;
  readonly logger: Logger;
}

interface FitSurroundings extends Pick<Readers, 'config' | 'logger'> {
  readonly kinds: DefinitionKinds;
}

/** Fits of models, which are put in force like every other definition. */
function createFits(parts: HttpParts, { kinds, config, logger }: FitSurroundings): Fits {
  const models = kinds.kind('models');
  assert(models !== undefined, 'there is a kind for models');
  return new Fits({
    ...parts,
    codec: createEntryCodec(parts.definitions),
    models,
    every: config.fitEveryMs,
    onError: (error) => logger.warn({ error: describeError(error) }, 'a model could not be fitted again'),
  });
}

function readServices(
  parts: HttpParts,
  { replay, shared, checkPaths, config, logger, ...readers }: Readers,
): ReadServices & { readonly fits: Fits } {
  const { hub, changes, history, store, topology } = parts;
  const rows = createHistoryRows(history);
  const kinds = createDefinitionKinds({ ...parts, checkPaths, webhooks: webhookSurroundings(parts) });
  const fits = createFits(parts, { kinds, config, logger });
  const outgoing = createOutgoingDesks(parts, { kinds, codec: createEntryCodec(parts.definitions) });
  return {
    ...readers,
    ...outgoing,
    jobs: parts.jobs,
    backfills: parts.backfills,
    backtests: createTriggerBacktests(parts, kinds),
    triggerResults: createTriggerResults(parts),
    quality: parts.lint,
    parity: parts.parity,

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
    tags: createHandTags({
      ...parts,
      codec: createEntryCodec(parts.definitions),
      identity: readers.identity,
    }),
    firings: hub,
    changes,
    sql: history,
    history: rows,
    quarantine: {
      async replay(request) {
        const replayed: JsonObject[] = [];
        for (const row of await rows.kept(request)) replayed.push({ ...(await replay(row)) });
        return replayed;
      },
    },
    definitions: kinds,
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

/** Runs triggers over history, in the rests of the traffic. */
function createTriggerBacktests(parts: HttpParts, kinds: DefinitionKinds): ReadServices['backtests'] {
  const triggers = kinds.kind('triggers');
  assert(triggers !== undefined, 'there is a kind for triggers');
  return createBacktests({ ...parts, triggers });
}

/** Replays what the log and history hold, under the policy in force and under another one. */
function createSimulation(parts: HttpParts, { space, region }: Config): IdentitySimulation {
  const { state, definitions, keyring, topology } = parts;
  const codec = createEntryCodec(definitions);
  return createIdentitySimulation({
    ...parts,
    space,
    partition: topology.numberOf(topology.identity),
    decode: decodeRecord,
    indexKey: keyring.indexKey,
    defaultRegion: region,
    async reviewed(n) {
      const key = keys.review(n);
      const [bytes] = await state.read([key]);
      // The codec answers the type that belongs to the key's prefix.
      return bytes && (codec.decode(key, bytes) as Review).identifiers;
    },
    readPolicy(definition) {
      if (typeof definition !== 'string') return checkIdentityPolicy(definition);
      if (definition.length <= limits.definitionsBytesMax) return parseIdentityPolicy(definition);
      throw new TesseraError('invalid_definition', 'the identity policy is too large');
    },
  });
}

/** Of this process alone. */
export function readiness(status: NodeStatus): Readiness {
  const reasons = status.reasons();
  return { ok: reasons.length === 0, reasons: [...reasons, ...status.degraded()], lag: status.lag() };
}
