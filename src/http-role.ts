import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { createEntryCodec, encodeCanonical, encodeRecord, type RecordCodec } from './codec.ts';
import type { Config } from './config.ts';
import type { Definitions } from './definitions.ts';
import type { EntryCache } from './entry-cache.ts';
import type { Historian } from './historian.ts';
import { createAdmit } from './ingest/admit.ts';
import { createBodyReader } from './ingest/body.ts';
import { canonical } from './ingest/dialects/canonical.ts';
import { segment } from './ingest/dialects/segment.ts';
import { createIdentifierReader } from './ingest/identifiers.ts';
import type { IdentifierPolicy } from './ingest/identity-policy.ts';
import type { Keyring } from './ingest/keyring.ts';
import { createNormalizer } from './ingest/normalize.ts';
import { createReplay } from './ingest/quarantine.ts';
import { loadEventSchemas } from './ingest/schemas.ts';
import { createSealer } from './ingest/seal.ts';
import { limits } from './limits.ts';
import { digestState } from './maintenance.ts';
import type { JsonObject } from './model/json.ts';
import type { OutcomeBoard } from './outcome-board.ts';
import type { Clock } from './ports/clock.ts';
import type { History } from './ports/history.ts';
import type { Log } from './ports/log.ts';
import type { StateStore } from './ports/state.ts';
import { createProfileReader } from './profile-reader.ts';
import type { StageRunner } from './runner.ts';
import { allScopes, createAuthenticator } from './serve/authenticate.ts';
import { registerEventRoutes } from './serve/event-routes.ts';
import { createHistoryRows } from './serve/history-rows.ts';
import type { createLogger } from './serve/logger.ts';
import type { Metrics } from './serve/metrics.ts';
import { registerReadRoutes } from './serve/read-routes.ts';
import { createServer } from './serve/server.ts';
import type { FiringHub, Readiness, ReadServices } from './serve/services.ts';
import type { StageLoop } from './stage-loop.ts';

const SCHEMAS = fileURLToPath(new URL('../schemas/events', import.meta.url));

/** What the roles that speak HTTP, ingest and serve, need of the rest of the engine. */
export interface HttpParts {
  /** Name of the partition in which the fused form keeps everything. */
  readonly partition: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Why the log takes nothing more, once it does not. */
  readonly logFailure: () => unknown;
  readonly store: StateStore;
  readonly keyring: Keyring;
  readonly definitions: Definitions;
  readonly policy: IdentifierPolicy;
  readonly runner: StageRunner;
  readonly cache: EntryCache;
  readonly records: RecordCodec;
  readonly loop: StageLoop;
  readonly history: History;
  readonly historian: Historian;
  readonly board: OutcomeBoard;
  readonly hub: FiringHub;
  readonly metrics: Metrics;
}

type Logger = ReturnType<typeof createLogger>;

interface ServerInput {
  readonly parts: HttpParts;
  readonly keys: { readonly writeKey: string; readonly secretKey: string };
  readonly logger: Logger;
  readonly version: string;
}

/** The server with every route, not listening yet. */
export async function buildServer(config: Config, input: ServerInput): Promise<FastifyInstance> {
  const { parts, keys, logger, version } = input;
  const { partition, metrics, clock, keyring, definitions, policy, store, log, board } = parts;
  const authenticator = createAuthenticator([
    { key: keys.writeKey, name: 'web', scopes: ['ingest'] },
    { key: keys.secretKey, name: 'server', scopes: allScopes },
  ]);
  const app = await createServer({
    authenticator,
    metrics,
    logger,
    version,
    corsOrigins: config.corsOrigins,
  });
  const sealer = createSealer(keyring);
  const identifiers = createIdentifierReader({
    policy,
    indexKey: keyring.indexKey,
    defaultRegion: config.region,
  });
  const profiles = createProfileReader({
    store,
    partition,
    codec: createEntryCodec(definitions),
    definitions,
    now: () => clock.now(),
    indexOf(type, value) {
      const claim = identifiers.find(type, value);
      return 'code' in claim ? undefined : { type: claim.type, hash: claim.hash };
    },
    open: (facet, path, sealed) => sealer.open({ facet, path }, sealed),
  });
  const dialects = [canonical, segment];
  const bodies = createBodyReader();
  const admit = createAdmit({
    normalize: createNormalizer({
      schemas: loadEventSchemas(SCHEMAS),
      defaultCurrency: config.currency,
      allowCustomTypes: config.allowCustomTypes,
      sources: config.sources,
    }),
    identifiers,
    keyring,
    sealer,
    log,
    clock,
    encodeEvent: parts.records.encodeEvent,
    encodeQuarantine: encodeRecord,
    outcomes: board,
    tally: metrics.events,
  });
  registerEventRoutes(app, { dialects, bodies, admit, profiles, authenticator, clock });
  const again = async (canonicalEvent: string) => {
    await log.append([encodeCanonical(canonicalEvent)]);
  };
  const replay = createReplay({ dialects, bodies, sealer, admit, again });
  const { metricsPublic } = config;
  registerReadRoutes(app, readServices(parts, profiles, replay), { metrics, version, metricsPublic });
  observe(metrics, parts);
  return app;
}

function readServices(
  parts: HttpParts,
  profiles: ReadServices['profiles'],
  replay: ReturnType<typeof createReplay>,
): ReadServices {
  const { partition, hub, history, definitions, store } = parts;
  const rows = createHistoryRows(history);
  return {
    profiles,
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
    definitions: {
      features: () => definitions.entry.features.map(({ definition }) => definition),
      triggers: () => definitions.entry.triggers.map(({ definition }) => definition),
    },
    health: { ready: () => readiness(parts) },
    state: { digest: () => digestState(store, partition) },
  };
}

function lagOf({ log, runner, historian }: HttpParts): Record<string, number> {
  return {
    people: log.stats().lastSeq - (runner.checkpoint?.seq ?? 0),
    history: historian.stats().entriesWaiting,
  };
}

function readiness(parts: HttpParts): Readiness {
  const reasons: string[] = [];
  const { stopped } = parts.loop;
  if (stopped !== undefined) reasons.push(`partition ${parts.partition} stands still: ${stopped.code}`);
  if (parts.logFailure() !== undefined) reasons.push('the event log refuses writes');
  if (parts.log.stats().bytes >= limits.logBytesMax) reasons.push('the event log is full');
  if (parts.historian.spoolLag() > limits.spoolBytesMax) reasons.push('the history spool is full');
  return { ok: reasons.length === 0, reasons, lag: lagOf(parts) };
}

function observe(metrics: Metrics, parts: HttpParts): void {
  metrics.observe({
    readerLag: () => lagOf(parts),
    logBytes: () => parts.log.stats().bytes,
    spoolBytes: () => parts.historian.spoolLag(),
    cacheEntries: () => ({ state: parts.cache.size }),
  });
  metrics.gauge(
    'tessera_history_rows_inserted',
    'Rows that this process put into history.',
    () => parts.historian.stats().rowsInserted,
  );
  metrics.gauge(
    'tessera_history_rows_repaired',
    'Rows that a torn insert had left out, put in on recovery.',
    () => parts.historian.stats().rowsRepaired,
  );
}
