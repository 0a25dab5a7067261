import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { historyDatabase, openClickHouseHistory } from "./adapters/clickhouse/history.js";
import { checkFormat } from "./adapters/embedded/directory-format.js";
import { lockDirectory } from "./adapters/embedded/directory-lock.js";
import { Environment } from "./adapters/embedded/environment.js";
import { openKeyStore } from "./adapters/embedded/key-store.js";
import { openLog } from "./adapters/embedded/log.js";
import { checkFingerprint, openSecrets } from "./adapters/embedded/secrets.js";
import { openStateStore } from "./adapters/embedded/state-store.js";
import { createSystemClock } from "./adapters/embedded/system-clock.js";
import { createEntryCodec, createRecordCodec, encodeRecord } from "./codec.js";
import { Definitions } from "./definitions.js";
import { loadPack } from "./definitions-pack.js";
import { EntryCache } from "./entry-cache.js";
import { createHistorian } from "./historian.js";
import { compilePolicy } from "./identity/policy.js";
import { createAdmit } from "./ingest/admit.js";
import { createBodyReader } from "./ingest/body.js";
import { canonical } from "./ingest/dialects/canonical.js";
import { segment } from "./ingest/dialects/segment.js";
import { createIdentifierReader } from "./ingest/identifiers.js";
import { loadIdentityPolicy } from "./ingest/identity-policy.js";
import { createKeyring } from "./ingest/keyring.js";
import { createNormalizer } from "./ingest/normalize.js";
import { loadEventSchemas } from "./ingest/schemas.js";
import { createSealer } from "./ingest/seal.js";
import { limits } from "./limits.js";
import { DAY_MS, dayOf } from "./model/time.js";
import { OutcomeBoard } from "./outcome-board.js";
import { createPipeline } from "./pipeline.js";
import { createProfileReader } from "./profile-reader.js";
import { StageRunner } from "./runner.js";
import { allScopes, createAuthenticator } from "./serve/authenticate.js";
import { registerEventRoutes } from "./serve/event-routes.js";
import { createFiringHub } from "./serve/firing-hub.js";
import { createHistoryRows } from "./serve/history-rows.js";
import { createLogger, describeError } from "./serve/logger.js";
import { createMetrics } from "./serve/metrics.js";
import { registerReadRoutes } from "./serve/read-routes.js";
import { createServer } from "./serve/server.js";
import { createStageLoop } from "./stage-loop.js";
/** The embedded form: both stages fused over one log and one state, in one process and one data directory. */
const PARTITION = 'p0';
const SCHEMAS = fileURLToPath(new URL('../schemas/events', import.meta.url));
/** Opens a data directory and builds every role on it. Fails with a code that says what to change. */
export async function openEngine(config, version) {
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
    }
    catch (error) {
        lock.release();
        throw error;
    }
}
async function openParts(config, { secrets, logger }) {
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
        address: config.clickhouseUrl === undefined
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
/** After a commit: who waits is answered, who listens is told, history is woken, the books are kept. */
function publish(batch, { board, hub, historian, metrics }) {
    let applied = 0;
    let duplicate = 0;
    let quarantined = 0;
    for (const { outcome } of batch.outcomes) {
        if (outcome.status === 'applied')
            applied++;
        else if (outcome.status === 'duplicate')
            duplicate++;
        else
            quarantined++;
    }
    metrics.events.applied.add(applied);
    metrics.events.duplicate.add(duplicate);
    metrics.events.quarantined.add(quarantined);
    metrics.stage('people').records.add(batch.records);
    if (batch.spooled !== undefined)
        historian.wake(batch.spooled.n, batch.spooled.bytes);
    const firings = [];
    for (const effect of batch.effects) {
        if (effect.kind === 'firing')
            firings.push(effect.firing);
        else if (effect.kind === 'counter')
            metrics.counter(effect.name).add(effect.value);
    }
    if (firings.length > 0)
        hub.firings(firings);
    board.post(batch.outcomes);
}
async function buildServer(config, input) {
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
    registerEventRoutes(app, {
        dialects: [canonical, segment],
        bodies: createBodyReader(),
        admit: createAdmit({
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
        }),
        profiles,
        authenticator,
        clock,
    });
    const { metricsPublic } = config;
    registerReadRoutes(app, readServices(parts, profiles), { metrics, version, metricsPublic });
    return { app, metrics };
}
function readServices(parts, profiles) {
    const { hub, history, definitions, store } = parts;
    return {
        profiles,
        firings: hub,
        sql: history,
        history: createHistoryRows(history),
        definitions: {
            features: () => definitions.entry.features.map(({ definition }) => definition),
            triggers: () => definitions.entry.triggers.map(({ definition }) => definition),
        },
        health: { ready: () => readiness(parts) },
        state: { digest: () => digestState(store) },
    };
}
function lagOf({ log, runner, historian }) {
    return {
        people: log.stats().lastSeq - (runner.checkpoint?.seq ?? 0),
        history: historian.stats().entriesWaiting,
    };
}
function readiness(parts) {
    const reasons = [];
    const { stopped } = parts.loop;
    if (stopped !== undefined)
        reasons.push(`partition ${PARTITION} stands still: ${stopped.code}`);
    if (parts.logEnvironment.failure !== undefined)
        reasons.push('the event log refuses writes');
    if (parts.log.stats().bytes >= limits.logBytesMax)
        reasons.push('the event log is full');
    if (parts.historian.spoolLag() > limits.spoolBytesMax)
        reasons.push('the history spool is full');
    return { ok: reasons.length === 0, reasons, lag: lagOf(parts) };
}
function observe(metrics, parts) {
    metrics.observe({
        readerLag: () => lagOf(parts),
        logBytes: () => parts.log.stats().bytes,
        spoolBytes: () => parts.historian.spoolLag(),
        cacheEntries: () => ({ state: parts.cache.size }),
    });
    metrics.gauge('tessera_history_rows_inserted', 'Rows that this process put into history.', () => parts.historian.stats().rowsInserted);
    metrics.gauge('tessera_history_rows_repaired', 'Rows that a torn insert had left out, put in on recovery.', () => parts.historian.stats().rowsRepaired);
}
/** Over every entry in key order, in slices, so that live traffic goes on meanwhile. */
async function digestState(store) {
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
        if (page.length < limits.pageMax)
            return { digest: digest.digest('hex'), entries };
        await setImmediate();
    }
}
/** Catches up with the log, then makes sure that the definitions of the directory are in force. */
async function startStages(parts, pack, config) {
    const { loop, runner, log, historian, definitions, board } = parts;
    await historian.start();
    while (runner.checkpoint === undefined || runner.checkpoint.seq < log.stats().lastSeq) {
        if (!(await runner.step()))
            break;
    }
    const { features, triggers } = definitions.entry;
    const inForce = JSON.stringify([
        features.map((entry) => entry.definition),
        triggers.map((entry) => entry.definition),
    ]);
    if (inForce !== JSON.stringify([pack.features, pack.triggers])) {
        await log.append([encodeRecord({ kind: 'definitions', author: `directory ${config.space}`, ...pack })]);
        while (await runner.step())
            ;
    }
    void board;
    loop.start();
    parts.maintenance.timer = setInterval(() => void maintain(parts), limits.maintenanceEveryMs).unref();
}
/** Retention: the log keeps a stretch for replays, and never loses what a reader still needs. */
async function maintain({ runner, log, store, clock }) {
    runner.requestSweep(dayOf(clock.now()) - limits.dedupMs / DAY_MS);
    const applied = runner.checkpoint?.seq ?? 0;
    const { firstSeq, lastSeq, bytes } = log.stats();
    if (bytes <= limits.logRetainBytes || lastSeq < firstSeq)
        return;
    await store.flushed();
    const average = bytes / (lastSeq - firstSeq + 1);
    const surplus = Math.floor((bytes - limits.logRetainBytes) / average);
    // The message of the checkpoint stays: a restart compares it.
    await log.trim(Math.min(firstSeq + surplus - 1, applied - 1));
}
async function closeParts({ maintenance, loop, historian, history, log, logEnvironment, store, }) {
    clearInterval(maintenance.timer);
    await loop.stop();
    await historian.stop();
    await history.close();
    await log.close();
    await logEnvironment.close();
    await store.close();
}
//# sourceMappingURL=engine.js.map