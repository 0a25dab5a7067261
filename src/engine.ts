import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { historyDatabase, openClickHouseHistory } from './adapters/clickhouse/history.ts';
import { checkFormat } from './adapters/embedded/directory-format.ts';
import { lockDirectory } from './adapters/embedded/directory-lock.ts';
import { Environment } from './adapters/embedded/environment.ts';
import { openKeyStore } from './adapters/embedded/key-store.ts';
import { openLog } from './adapters/embedded/log.ts';
import { checkFingerprint, openSecrets, type Secrets } from './adapters/embedded/secrets.ts';
import { openStateStore } from './adapters/embedded/state-store.ts';
import { createSystemClock } from './adapters/embedded/system-clock.ts';
import {
  createEntryCodec,
  createRecordCodec,
  encodeCanonical,
  encodeRecord,
  type RecordCodec,
} from './codec.ts';
import type { Config } from './config.ts';
import { Definitions } from './definitions.ts';
import { loadPack } from './definitions-pack.ts';
import { EntryCache } from './entry-cache.ts';
import { createHistorian, type Historian } from './historian.ts';
import { compilePolicy } from './identity/policy.ts';
import { createAdmit } from './ingest/admit.ts';
import { createBodyReader } from './ingest/body.ts';
import { canonical } from './ingest/dialects/canonical.ts';
import { segment } from './ingest/dialects/segment.ts';
import { createIdentifierReader } from './ingest/identifiers.ts';
import { loadIdentityPolicy } from './ingest/identity-policy.ts';
import { createKeyring } from './ingest/keyring.ts';
import { createNormalizer } from './ingest/normalize.ts';
import { createReplay } from './ingest/quarantine.ts';
import { loadEventSchemas } from './ingest/schemas.ts';
import { createSealer } from './ingest/seal.ts';
import { limits } from './limits.ts';
import type { JsonObject } from './model/json.ts';
import { DAY_MS, dayOf } from './model/time.ts';
import type { Firing } from './model/trigger.ts';
import { OutcomeBoard } from './outcome-board.ts';
import { createPipeline } from './pipeline.ts';
import type { Clock } from './ports/clock.ts';
import type { History } from './ports/history.ts';
import type { Log } from './ports/log.ts';
import type { SpoolStore, StateStore } from './ports/state.ts';
import { createProfileReader } from './profile-reader.ts';
import { type CommittedBatch, StageRunner } from './runner.ts';
import { allScopes, createAuthenticator } from './serve/authenticate.ts';
import { registerEventRoutes } from './serve/event-routes.ts';
import { createFiringHub } from './serve/firing-hub.ts';
import { createHistoryRows } from './serve/history-rows.ts';
import { createLogger, describeError } from './serve/logger.ts';
import { createMetrics, type Metrics } from './serve/metrics.ts';
import { registerReadRoutes } from './serve/read-routes.ts';
import { createServer } from './serve/server.ts';
import type { Readiness, ReadServices } from './serve/services.ts';
import { createStageLoop, type StageLoop } from './stage-loop.ts';

/** The embedded form: both stages fused over one log and one state, in one process and one data directory. */
const PARTITION = 'p0';
const SCHEMAS = fileURLToPath(new URL('../schemas/events', import.meta.url));

export interface Engine {
  readonly app: FastifyInstance;
  readonly secrets: Secrets;
  /** Starts to listen; resolves with the address. */
  listen(): Promise<string>;
  /** Stops taking requests, applies what is durable, lets the insert under way finish, closes everything. */
  stop(): Promise<void>;
}

type Logger = ReturnType<typeof createLogger>;

/** Opens a data directory and builds every role on it. Fails with a code that says what to change. */
export async function openEngine(config: Config, version: string): Promise<Engine> {
  const logger = createLogger(config.logLevel);
  const directory = config.dataDirectory;
  const lock = lockDirectory(directory);
  try {
    checkFormat(directory);
    const secrets = openSecrets(directory, config);
    const pack = loadPack(config.definitionsDirectory, config.currency);
    const parts = await openParts(config, { secrets, logger });
    const { app, metrics } = await buildServer(config, { parts, secrets, logger, version });
    observe(metrics, parts);
    await startStages(parts, pack, config);
    return {
      app,
      secrets,
      listen: () => app.listen({ host: config.host, port: config.port }),
      async stop() {
        await app.close();
        await closeParts(parts);
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

interface Parts {
  readonly clock: Clock;
  readonly log: Log;
  readonly logEnvironment: Environment;
  readonly store: StateStore & SpoolStore;
  readonly keyring: ReturnType<typeof createKeyring>;
  readonly definitions: Definitions;
  readonly policy: ReturnType<typeof loadIdentityPolicy>;
  readonly runner: StageRunner;
  readonly cache: EntryCache;
  readonly records: RecordCodec;
  readonly loop: StageLoop;
  readonly history: History;
  readonly historian: Historian;
  readonly board: OutcomeBoard;
  readonly hub: ReturnType<typeof createFiringHub>;
  readonly metrics: Metrics;
  readonly maintenance: { timer: NodeJS.Timeout | undefined };
}

async function openParts(
  config: Config,
  { secrets, logger }: { secrets: Secrets; logger: Logger },
): Promise<Parts> {
  const clock = createSystemClock();
  const directory = config.dataDirectory;
  const logEnvironment = new Environment(join(directory, 'log'), {
    full: 'log_full',
    failed: 'log_unavailable',
  });
  const stateEnvironment = new Environment(join(directory, 'state'), {
    full: 'state_unavailable',
    failed: 'state_unavailable',
  });
  const log = openLog(logEnvironment, PARTITION, { clock });
  const store = openStateStore(stateEnvironment);
  const keyring = createKeyring({
    master: secrets.masterKey,
    keys: openKeyStore(logEnvironment),
    space: config.space,
    clock,
  });
  checkFingerprint(directory, keyring.fingerprint);
  const metrics = createMetrics({ processMetrics: true });
  const history = await openClickHouseHistory({
    address:
      config.clickhouseUrl === undefined
        ? { kind: 'chdb', path: join(directory, 'history') }
        : { kind: 'http', url: config.clickhouseUrl },
    database: historyDatabase(config.space),
  });
  await history.migrate();
  const historian = createHistorian({
    store,
    history,
    partition: PARTITION,
    space: config.space,
    onError: (error) => logger.warn({ error: describeError(error) }, 'history insert failed; trying again'),
  });
  const policy = loadIdentityPolicy(join(config.definitionsDirectory, 'identity.yaml'));
  const definitions = new Definitions({ reportingCurrency: config.currency });
  const pipeline = createPipeline({
    policy: compilePolicy(policy),
    space: config.space,
    dedupKey: Buffer.from(keyring.dedupKey).toString('hex'),
    definitions,
  });
  const records = createRecordCodec();
  const cache = new EntryCache(createEntryCodec(definitions), limits.cacheBytesMax);
  const board = new OutcomeBoard();
  const hub = createFiringHub();
  const stage = metrics.stage('people');
  const runner = new StageRunner({
    partition: PARTITION,
    partitionNumber: 0,
    log,
    store,
    stage: pipeline.fused,
    cache,
    decode: records.decode,
    encode: encodeRecord,
    onCommitted: (batch) => publish(batch, { board, hub, historian, metrics }),
  });
  const loop = createStageLoop({
    runner,
    log,
    paused: () => historian.spoolLag() > limits.spoolBytesMax,
    onError(error, willRetry) {
      stage.errors.add(1);
      logger.error({ error: describeError(error), willRetry }, 'a batch failed');
    },
    onRound: (seconds) => stage.seconds.observe(seconds),
  });
  const maintenance = { timer: undefined };
  return {
    clock,
    log,
    logEnvironment,
    store,
    keyring,
    definitions,
    policy,
    runner,
    cache,
    records,
    loop,
    history,
    historian,
    board,
    hub,
    metrics,
    maintenance,
  };
}

type Publishing = Pick<Parts, 'board' | 'hub' | 'historian' | 'metrics'>;

/** After a commit: who waits is answered, who listens is told, history is woken, the books are kept. */
function publish(batch: CommittedBatch, { board, hub, historian, metrics }: Publishing): void {
  let applied = 0;
  let duplicate = 0;
  let quarantined = 0;
  for (const { outcome } of batch.outcomes) {
    if (outcome.status === 'applied') applied++;
    else if (outcome.status === 'duplicate') duplicate++;
    else quarantined++;
  }
  metrics.events.applied.add(applied);
  metrics.events.duplicate.add(duplicate);
  metrics.events.quarantined.add(quarantined);
  metrics.stage('people').records.add(batch.records);
  if (batch.spooled !== undefined) historian.wake(batch.spooled.n, batch.spooled.bytes);
  const firings: Firing[] = [];
  for (const effect of batch.effects) {
    if (effect.kind === 'firing') firings.push(effect.firing);
    else if (effect.kind === 'counter') metrics.counter(effect.name).add(effect.value);
  }
  if (firings.length > 0) hub.firings(firings);
  board.post(batch.outcomes);
}

interface ServerInput {
  readonly parts: Parts;
  readonly secrets: Secrets;
  readonly logger: Logger;
  readonly version: string;
}

async function buildServer(
  config: Config,
  input: ServerInput,
): Promise<{ app: FastifyInstance; metrics: Metrics }> {
  const { parts, secrets, logger, version } = input;
  const { metrics, clock, keyring, definitions, policy, store, log, board } = parts;
  const authenticator = createAuthenticator([
    { key: secrets.writeKey, name: 'web', scopes: ['ingest'] },
    { key: secrets.secretKey, name: 'server', scopes: allScopes },
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
    partition: PARTITION,
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
  return { app, metrics };
}

function readServices(
  parts: Parts,
  profiles: ReadServices['profiles'],
  replay: ReturnType<typeof createReplay>,
): ReadServices {
  const { hub, history, definitions, store } = parts;
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
    state: { digest: () => digestState(store) },
  };
}

function lagOf({ log, runner, historian }: Parts): Record<string, number> {
  return {
    people: log.stats().lastSeq - (runner.checkpoint?.seq ?? 0),
    history: historian.stats().entriesWaiting,
  };
}

function readiness(parts: Parts): Readiness {
  const reasons: string[] = [];
  const { stopped } = parts.loop;
  if (stopped !== undefined) reasons.push(`partition ${PARTITION} stands still: ${stopped.code}`);
  if (parts.logEnvironment.failure !== undefined) reasons.push('the event log refuses writes');
  if (parts.log.stats().bytes >= limits.logBytesMax) reasons.push('the event log is full');
  if (parts.historian.spoolLag() > limits.spoolBytesMax) reasons.push('the history spool is full');
  return { ok: reasons.length === 0, reasons, lag: lagOf(parts) };
}

function observe(metrics: Metrics, parts: Parts): void {
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

/** Over every entry in key order, in slices, so that live traffic goes on meanwhile. */
async function digestState(store: StateStore): Promise<{ digest: string; entries: number }> {
  const digest = createHash('sha256');
  let entries = 0;
  let after = '';
  for (;;) {
    const page = await store.scan(PARTITION, '', after, limits.pageMax);
    for (const [key, bytes] of page) {
      digest.update(`${key.length}:${key}${bytes.byteLength}:`).update(bytes);
      after = key;
    }
    entries += page.length;
    if (page.length < limits.pageMax) return { digest: digest.digest('hex'), entries };
    await setImmediate();
  }
}

/** Catches up with the log, then makes sure that the definitions of the directory are in force. */
async function startStages(parts: Parts, pack: ReturnType<typeof loadPack>, config: Config): Promise<void> {
  const { loop, runner, log, historian, definitions, board } = parts;
  await historian.start();
  while (runner.checkpoint === undefined || runner.checkpoint.seq < log.stats().lastSeq) {
    if (!(await runner.step())) break;
  }
  const { features, triggers } = definitions.entry;
  const inForce = JSON.stringify([
    features.map((entry) => entry.definition),
    triggers.map((entry) => entry.definition),
  ]);
  if (inForce !== JSON.stringify([pack.features, pack.triggers])) {
    await log.append([encodeRecord({ kind: 'definitions', author: `directory ${config.space}`, ...pack })]);
    while (await runner.step());
  }
  void board;
  loop.start();
  parts.maintenance.timer = setInterval(() => void maintain(parts), limits.maintenanceEveryMs).unref();
}

/** Retention: the log keeps a stretch for replays, and never loses what a reader still needs. */
async function maintain({ runner, log, store, clock }: Parts): Promise<void> {
  runner.requestSweep(dayOf(clock.now()) - limits.dedupMs / DAY_MS);
  const applied = runner.checkpoint?.seq ?? 0;
  const { firstSeq, lastSeq, bytes } = log.stats();
  if (bytes <= limits.logRetainBytes || lastSeq < firstSeq) return;
  await store.flushed();
  const average = bytes / (lastSeq - firstSeq + 1);
  const surplus = Math.floor((bytes - limits.logRetainBytes) / average);
  // The message of the checkpoint stays: a restart compares it.
  await log.trim(Math.min(firstSeq + surplus - 1, applied - 1));
}

async function closeParts({
  maintenance,
  loop,
  historian,
  history,
  log,
  logEnvironment,
  store,
}: Parts): Promise<void> {
  clearInterval(maintenance.timer);
  await loop.stop();
  await historian.stop();
  await history.close();
  await log.close();
  await logEnvironment.close();
  await store.close();
}
