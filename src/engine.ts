import { join } from 'node:path';
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
import { createPastOfFeatures } from './backfill/past-of-features.ts';
import { Backfills } from './backfills.ts';
import { createEntryCodec, createRecordCodec, encodeRecord } from './codec.ts';
import type { Config } from './config.ts';
import { checkSet } from './definition-set.ts';
import { encodeDefinitions } from './definition-writer.ts';
import { Definitions } from './definitions.ts';
import { type DefinitionsPack, loadPack, recordOfPack } from './definitions-pack.ts';
import { EntryCache } from './entry-cache.ts';
import { createHistorian } from './historian.ts';
import { buildServer } from './http-role.ts';
import { IdentityLint, type IdentityLintOptions } from './identity-lint.ts';
import { createKeyring } from './ingest/keyring.ts';
import { blindLists } from './ingest/kind-lists.ts';
import { JobRegistry } from './jobs.ts';
import { limits } from './limits.ts';
import { maintain } from './maintenance.ts';
import type { BackfillCursor } from './model/definitions.ts';
import type { IdentityPolicy } from './model/identity-policy.ts';
import { keys } from './model/keys.ts';
import type { Firing } from './model/trigger.ts';
import { OutcomeBoard } from './outcome-board.ts';
import { ParityCheck, type ParityOptions } from './parity.ts';
import { createPipeline } from './pipeline.ts';
import type { Clock } from './ports/clock.ts';
import { HistoryReach, type HistoryReachOptions } from './profile-history/history-reach.ts';
import { type CommittedBatch, StageRunner } from './runner.ts';
import { createFiringHub } from './serve/firing-hub.ts';
import { createLogger, describeError } from './serve/logger.ts';
import { createMetrics } from './serve/metrics.ts';
import { createStageLoop, type StageLoop } from './stage-loop.ts';

/** The embedded form: both stages fused over one log and one state, in one process and one data directory. */
const PARTITION = 'p0';
const PARTITION_NUMBER = 0;

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
  // On stderr: stdout belongs to what commands answer.
  const logger = createLogger(config.logLevel, process.stderr);
  const directory = config.dataDirectory;
  const lock = lockDirectory(directory);
  try {
    checkFormat(directory);
    const secrets = openSecrets(directory, config);
    const written = loadPack(config.definitionsDirectory, config.currency);
    const parts = await openParts(config, { secrets, logger });
    // No identifier of a list reaches the log, the state or an answer in clear text.
    const keys = { indexKey: parts.keyring.indexKey, defaultRegion: config.region };
    const blind = (policy: IdentityPolicy): IdentityPolicy => blindLists(policy, keys);
    const pack = { ...written, identity: blind(written.identity) };
    const app = await buildServer(config, {
      parts: { ...parts, pack, blind },
      access: secrets,
      logger,
      version,
    });
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

/** What lies on disk: log, state and keys in the data directory, history there or on a server. */
async function openStorage(config: Config, { secrets, clock }: { secrets: Secrets; clock: Clock }) {
  const directory = config.dataDirectory;
  const logEnvironment = new Environment(join(directory, 'log'), {
    full: 'log_full',
    failed: 'log_unavailable',
  });
  const stateEnvironment = new Environment(join(directory, 'state'), {
    full: 'state_unavailable',
    failed: 'state_unavailable',
  });
  const keyring = createKeyring({
    master: secrets.masterKey,
    keys: openKeyStore(logEnvironment),
    space: config.space,
    clock,
  });
  checkFingerprint(directory, keyring.fingerprint);
  const history = await openClickHouseHistory({
    address:
      config.clickhouseUrl === undefined
        ? { kind: 'chdb', path: join(directory, 'history') }
        : { kind: 'http', url: config.clickhouseUrl },
    database: historyDatabase(config.space),
  });
  await history.migrate();
  return {
    logEnvironment,
    logFailure: () => logEnvironment.failure,
    log: openLog(logEnvironment, PARTITION, { clock }),
    store: openStateStore(stateEnvironment),
    keyring,
    history,
  };
}

type Parts = Awaited<ReturnType<typeof openParts>>;

const FACET_KEYS = 'f/';

async function openParts(config: Config, { secrets, logger }: { secrets: Secrets; logger: Logger }) {
  const clock = createSystemClock();
  const storage = await openStorage(config, { secrets, clock });
  const metrics = createMetrics({ processMetrics: true });
  const definitions = new Definitions({ reportingCurrency: config.currency });
  const historian = createHistorian({
    ...storage,
    partition: PARTITION,
    space: config.space,
    onError: (error) => logger.warn({ error: describeError(error) }, 'history insert failed; trying again'),
  });
  const cache = new EntryCache(createEntryCodec(definitions), limits.cacheBytesMax, (key, bytes) => {
    if (key.startsWith(FACET_KEYS)) metrics.facetBytes.observe(bytes);
  });
  const records = createRecordCodec();
  const board = new OutcomeBoard();
  const hub = createFiringHub();
  const jobs = new JobRegistry({
    clock,
    onError: (error, kind) => logger.error({ error: describeError(error), kind }, 'a job failed'),
  });
  const lint = createLint({ ...storage, definitions, clock }, logger);
  const checking = createParity({ ...storage, historian, definitions, clock }, config, logger);
  const runner = new StageRunner({
    ...storage,
    partition: PARTITION,
    partitionNumber: PARTITION_NUMBER,
    cache,
    stage: createPipeline({
      space: config.space,
      dedupKey: Buffer.from(storage.keyring.dedupKey).toString('hex'),
      definitions,
    }).fused,
    decode: records.decode,
    encode: encodeRecord,
    onCommitted: (batch) => publish(batch, { board, hub, historian, metrics }),
    onPoison: (error, position) =>
      logger.error({ error: describeError(error), position }, 'a record cannot be folded; it is quarantined'),
  });
  const loop = createLoop({ ...storage, runner, historian, metrics }, logger);
  const backfills = createBackfills({ ...storage, definitions, historian, clock, jobs, runner });
  return {
    ...storage,
    partition: PARTITION,
    partitionNumber: PARTITION_NUMBER,
    clock,
    metrics,
    definitions,
    historian,
    cache,
    records,
    board,
    hub,
    jobs,
    backfills,
    lint,
    ...checking,
    runner,
    loop,
    ...createMaintenance(logger),
  };
}

function createMaintenance(logger: Logger) {
  const onMaintenanceError = (error: unknown): void =>
    logger.warn({ error: describeError(error) }, 'maintenance failed; it will be tried again');
  const maintenance: { timer: NodeJS.Timeout | undefined } = { timer: undefined };
  return { onMaintenanceError, maintenance };
}

type Backfilled = Pick<
  Parts,
  'log' | 'history' | 'store' | 'definitions' | 'historian' | 'clock' | 'jobs' | 'runner'
>;

function createBackfills({ store, definitions, history, runner, ...parts }: Backfilled): Backfills {
  const codec = createEntryCodec(definitions);
  return new Backfills({
    ...parts,
    definitions,
    past: createPastOfFeatures({ history, partitionNumber: PARTITION_NUMBER }),
    appliedSeq: () => runner.checkpoint?.seq ?? 0,
    async cursor() {
      const [bytes] = await store.read(PARTITION, [keys.backfill]);
      // The codec answers what lies under the key.
      return bytes && (codec.decode(keys.backfill, bytes) as BackfillCursor);
    },
  });
}

type Linted = Pick<IdentityLintOptions, 'store' | 'definitions' | 'clock'>;

function createLint(parts: Linted, logger: Logger): IdentityLint {
  return new IdentityLint({
    ...parts,
    partition: PARTITION,
    codec: createEntryCodec(parts.definitions),
    onError: (error) => logger.warn({ error: describeError(error) }, 'identifiers could not be looked over'),
  });
}

type Compared = Omit<ParityOptions, 'reach' | 'partition' | 'codec' | 'share' | 'onError'> &
  Omit<HistoryReachOptions, 'partition'>;

/** State and history against each other, and what waits until history has caught up. */
function createParity(parts: Compared, { parityShare: share }: Config, logger: Logger) {
  const reach = new HistoryReach({ ...parts, partition: PARTITION });
  const parity = new ParityCheck({
    ...parts,
    partition: PARTITION,
    codec: createEntryCodec(parts.definitions),
    reach,
    share,
    onError: (error) => logger.warn({ error: describeError(error) }, 'state and history were not compared'),
  });
  return { reach, parity };
}

type Looped = Pick<Parts, 'runner' | 'log' | 'historian' | 'metrics'>;

function createLoop({ runner, log, historian, metrics }: Looped, logger: Logger): StageLoop {
  const stage = metrics.stage('people');
  return createStageLoop({
    runner,
    log,
    paused: () => historian.spoolLag() > limits.spoolBytesMax,
    onError(error, willRetry) {
      stage.errors.add(1);
      logger.error({ error: describeError(error), willRetry }, 'a batch failed');
    },
    onRound: (seconds) => stage.seconds.observe(seconds),
  });
}

type Publishing = Pick<Parts, 'board' | 'hub' | 'historian' | 'metrics'>;

/** After a commit: who waits is answered, who listens is told, history is woken, the books are kept. */
function publish(batch: CommittedBatch, { board, hub, historian, metrics }: Publishing): void {
  let applied = 0;
  let duplicate = 0;
  let quarantined = 0;
  for (const { outcome, command } of batch.outcomes) {
    if (command === true) continue;
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

/** Catches up with the log, then makes sure that the definitions of the directory are in force. */
async function startStages(parts: Parts, pack: DefinitionsPack, config: Config): Promise<void> {
  const { loop, runner, log, historian, definitions } = parts;
  await historian.start();
  while (runner.checkpoint === undefined || runner.checkpoint.seq < log.stats().lastSeq) {
    if (!(await runner.step())) break;
  }
  const record = recordOfPack(pack, definitions.entry, `directory ${config.space}`);
  if (record !== undefined) {
    checkSet({ ...record, sources: record.sources ?? [] }, config.currency);
    await log.append([encodeDefinitions(record)]);
    while (await runner.step());
  }
  loop.start();
  parts.backfills.resume();
  parts.lint.start();
  parts.parity.start();
  parts.maintenance.timer = setInterval(
    () => maintain(parts).catch(parts.onMaintenanceError),
    limits.maintenanceEveryMs,
  ).unref();
}

async function closeParts({
  maintenance,
  jobs,
  lint,
  parity,
  loop,
  historian,
  history,
  log,
  logEnvironment,
  store,
}: Parts): Promise<void> {
  clearInterval(maintenance.timer);
  await jobs.stop();
  await lint.stop();
  await parity.stop();
  await loop.stop();
  await historian.stop();
  await history.close();
  await log.close();
  await logEnvironment.close();
  await store.close();
}
