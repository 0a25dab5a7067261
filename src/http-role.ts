import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import type { Backfills } from './backfills.ts';
import { createEntryCodec, decodeRecord } from './codec.ts';
import { createCommands } from './commands.ts';
import type { Config } from './config.ts';
import { createDefinitionKinds } from './definition-kinds.ts';
import type { Definitions } from './definitions.ts';
import type { DefinitionsPack } from './definitions-pack.ts';
import { TesseraError } from './errors.ts';
import type { IdentityLint } from './identity-lint.ts';
import { createIdentityReader } from './identity-reader.ts';
import { createIdentitySimulation } from './identity-simulation.ts';
import { createAdmit, type OutcomeSource } from './ingest/admit.ts';
import { createBodyReader } from './ingest/body.ts';
import { canonical } from './ingest/dialects/canonical.ts';
import { segment } from './ingest/dialects/segment.ts';
import type { IdentifierReader } from './ingest/identifiers.ts';
import { createIdentityIntake } from './ingest/identity-intake.ts';
import { checkIdentityPolicy, parseIdentityPolicy } from './ingest/identity-policy.ts';
import type { Intake } from './ingest/intake.ts';
import type { Keyring } from './ingest/keyring.ts';
import { createNormalizer } from './ingest/normalize.ts';
import { createReplay } from './ingest/quarantine.ts';
import { createPathCheck, type PathCheck } from './ingest/schema-paths.ts';
import { type EventSchemas, loadEventSchemas } from './ingest/schemas.ts';
import { createSealer } from './ingest/seal.ts';
import type { JobRegistry } from './jobs.ts';
import { limits } from './limits.ts';
import { digestState } from './maintenance.ts';
import type { Event } from './model/event.ts';
import type { Review } from './model/identity.ts';
import type { IdentityPolicy } from './model/identity-policy.ts';
import type { JsonObject } from './model/json.ts';
import { keys } from './model/keys.ts';
import type { ParityCheck } from './parity.ts';
import type { Clock } from './ports/clock.ts';
import type { History } from './ports/history.ts';
import type { Log, MaybePromise } from './ports/log.ts';
import type { StateReader, StateStore } from './ports/state.ts';
import type { HistoryReach } from './profile-history/history-reach.ts';
import { PastProfileReader } from './profile-history/past-profiles.ts';
import { createProfileReader } from './profile-reader.ts';
import { allScopes, createAuthenticator } from './serve/authenticate.ts';
import { registerEventRoutes } from './serve/event-routes.ts';
import { type HistoryLags, registerHistoryLag } from './serve/history-lag.ts';
import { createHistoryRows } from './serve/history-rows.ts';
import type { createLogger } from './serve/logger.ts';
import type { Metrics } from './serve/metrics.ts';
import { registerReadRoutes } from './serve/read-routes.ts';
import { createServer } from './serve/server.ts';
import type { FiringHub, IdentitySimulation, Readiness, ReadServices } from './serve/services.ts';
import type { Topology } from './topology.ts';

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
  readonly intake: Intake;
  /** Where requests wait for what they have sent. */
  readonly outcomes: OutcomeSource;
  /** Up to which message of `log` everything is done that it asks for. */
  readonly appliedSeq: () => MaybePromise<number>;
  readonly history: History;
  readonly hub: FiringHub;
  readonly jobs: JobRegistry;
  readonly backfills: Backfills;
  readonly lint: IdentityLint;
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
}

/** The server with every route, not listening yet. */
export async function buildServer(config: Config, input: ServerInput): Promise<FastifyInstance> {
  const { parts, access, logger, version } = input;
  const { metrics, clock, keyring, definitions, state, intake, outcomes } = parts;
  const authenticator = createAuthenticator([
    { key: access.writeKey, name: 'web', scopes: ['ingest'] },
    { key: access.secretKey, name: 'server', scopes: allScopes },
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
  const findIdentifier: IdentifierReader['find'] = (type, value) => identifiers.find(type, value);
  const reading = {
    state,
    codec: createEntryCodec(definitions),
    now: () => clock.now(),
    open: (facet: string, path: string, sealed: string) => sealer.open({ facet, path }, sealed),
  };
  const indexOf = (type: string, value: string) => {
    const claim = findIdentifier(type, value);
    return 'code' in claim ? undefined : { type: claim.type, hash: claim.hash };
  };
  const profiles = createProfileReader({ ...reading, definitions, indexOf });
  const past = new PastProfileReader({ ...parts, open: reading.open, indexOf });
  const identity = createIdentityReader({ ...reading, findIdentifier });
  const dialects = [canonical, segment];
  const bodies = createBodyReader();
  const schemas = loadEventSchemas(SCHEMAS);
  const admit = createAdmit({
    normalize: normalizerOf(schemas, config),
    identifiers,
    keyring,
    sealer,
    intake,
    clock,
    outcomes,
    tally: metrics.events,
  });
  if (config.roles.includes('ingest'))
    registerEventRoutes(app, { dialects, bodies, admit, profiles, authenticator, clock });
  const again = async (canonicalEvent: string) => {
    // What stands in quarantine was written by this program.
    await intake.append([JSON.parse(canonicalEvent) as Event], []);
  };
  const replay = createReplay({ dialects, bodies, sealer, admit, again });
  const { metricsPublic } = config;
  const simulation = createSimulation(parts, config);
  const checkPaths = createPathCheck({ schemas, allowCustomTypes: config.allowCustomTypes });
  const readers = { profiles, past, identity, findIdentifier, simulation, replay, checkPaths };
  const services = readServices(parts, readers);
  registerReadRoutes(app, services, { metrics, version, metricsPublic });
  observe(metrics, parts);
  return app;
}

function normalizerOf(
  schemas: EventSchemas,
  { currency, allowCustomTypes, sources }: Config,
): ReturnType<typeof createNormalizer> {
  return createNormalizer({ schemas, defaultCurrency: currency, allowCustomTypes, sources });
}

interface Readers extends Pick<ReadServices, 'profiles' | 'past' | 'identity' | 'simulation'> {
  readonly findIdentifier: IdentifierReader['find'];
  readonly replay: ReturnType<typeof createReplay>;
  readonly checkPaths: PathCheck;
}

function readServices(parts: HttpParts, { replay, checkPaths, ...readers }: Readers): ReadServices {
  const { hub, history, store, topology, log } = parts;
  const rows = createHistoryRows(history);
  return {
    ...readers,
    commands: createCommands({
      log,
      board: parts.outcomes,
      ...(topology.staged ? { partition: topology.identity } : {}),
    }),
    jobs: parts.jobs,
    backfills: parts.backfills,
    quality: parts.lint,
    parity: parts.parity,

    firings: hub,
    sql: history,
    history: rows,
    quarantine: {
      async replay(request) {
        const replayed: JsonObject[] = [];
        for (const row of await rows.kept(request)) replayed.push({ ...(await replay(row)) });
        return replayed;
      },
    },
    definitions: createDefinitionKinds({ ...parts, checkPaths }),
    health: { ready: () => readiness(parts.status) },
    state: { digest: () => digestState(store, topology.all) },
  };
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

function readiness(status: NodeStatus): Readiness {
  const reasons = status.reasons();
  return { ok: reasons.length === 0, reasons: [...reasons, ...status.degraded()], lag: status.lag() };
}

function observe(metrics: Metrics, { status }: HttpParts): void {
  metrics.observe({
    readerLag: () => status.lag(),
    logBytes: () => status.logBytes(),
    spoolBytes: () => status.spoolBytes(),
    cacheEntries: () => ({ state: status.cacheEntries() }),
  });
  registerHistoryLag(metrics, () => status.historyLag());
  metrics.gauge(
    'tessera_history_rows_inserted',
    'Rows that this process put into history.',
    () => status.historyRows().inserted,
  );
  metrics.gauge(
    'tessera_history_rows_repaired',
    'Rows that a torn insert had left out, put in on recovery.',
    () => status.historyRows().repaired,
  );
}
