import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { historyDatabase, openClickHouseHistory } from '../adapters/clickhouse/history.ts';
import { type HistoryFront, startHistoryFront } from '../adapters/clickhouse/history-front.ts';
import { openAuditStore } from '../adapters/embedded/audit-store.ts';
import { Environment } from '../adapters/embedded/environment.ts';
import { openKeyStore } from '../adapters/embedded/key-store.ts';
import { openLog } from '../adapters/embedded/log.ts';
import { scrubEnvironment } from '../adapters/embedded/scrub.ts';
import { checkFingerprint, readFingerprint } from '../adapters/embedded/secrets.ts';
import { openStateStore } from '../adapters/embedded/state-store.ts';
import { FUSED, stagedTopology } from '../cluster/topology.ts';
import type { Config } from '../config.ts';
import { TesseraError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { History } from '../ports/history.ts';
import type { Log } from '../ports/log.ts';
import { createBackupStore } from './make-backup.ts';
import { createNoHistory } from './no-history.ts';
import type { Storage } from './storage.ts';

/** Everything in a data directory: log, state and keys in LMDB, history there too or on a server. */
export async function openEmbeddedStorage(config: Config, clock: Clock): Promise<Storage> {
  const directory = config.dataDirectory;
  const topology = config.partitions === undefined ? FUSED : stagedTopology(config.partitions);
  const logEnvironment = new Environment(join(directory, 'log'), {
    full: 'log_full',
    failed: 'log_unavailable',
  });
  const stateEnvironment = new Environment(join(directory, 'state'), {
    full: 'state_unavailable',
    failed: 'state_unavailable',
  });
  const logs = new Map<string, Log>(
    topology.all.map((partition) => [partition, openLog(logEnvironment, partition, { clock })]),
  );
  const log = (partition: string): Log => {
    const found = logs.get(partition);
    if (found === undefined) throw new TesseraError('internal', `there is no log ${partition}`);
    return found;
  };
  const store = openStateStore(stateEnvironment);
  const history = await openHistory(config);
  return {
    topology,
    store,
    spool: store,
    keys: openKeyStore(logEnvironment),
    audit: openAuditStore(logEnvironment),
    history,
    // What lies on a server cannot be copied at the same moment.
    backups:
      config.clickhouseUrl === undefined
        ? createBackupStore({
            directory,
            backups: backupsOf(config),
            space: config.space,
            logEnvironment,
            stateEnvironment,
            logs,
            store,
            history: history.copying,
            clock,
            version: versionOf(),
          })
        : undefined,
    channel: undefined,
    notifications: undefined,
    log,
    lastSeq: async (partition) => log(partition).stats().lastSeq,
    logFailure: () => logEnvironment.failure,
    stateReachable: () => true,
    notes: [],
    founded: async () => readFingerprint(directory),
    scrub: async (finds) =>
      (await scrubEnvironment(logEnvironment, finds)) + (await scrubEnvironment(stateEnvironment, finds)),
    checkFingerprint: async (fingerprint) => checkFingerprint(directory, fingerprint),
    async close() {
      await history.close();
      for (const each of logs.values()) await each.close();
      await logEnvironment.close();
      await store.close();
    },
  };
}

/**
 * In this process where no server is named, and then its tables are there when this resolves. One that is lent is only
 * asked: whoever lends it has made its tables.
 */
export async function openHistory(config: Config, lentUrl?: string): Promise<History> {
  const { clickhouseUrl, clickhouseTopology: kind, clickhouseCluster: cluster } = config;
  if (lentUrl !== undefined) {
    const address = { kind: 'http', url: lentUrl } as const;
    return await openClickHouseHistory({ address, database: historyDatabase(config.space), founded: true });
  }
  if (clickhouseUrl === undefined && !config.roles.includes('history')) return createNoHistory();
  const history = await openClickHouseHistory({
    address:
      clickhouseUrl === undefined
        ? { kind: 'chdb', path: historyDirectory(config), backups: backupsOf(config) }
        : { kind: 'http', url: clickhouseUrl },
    database: historyDatabase(config.space),
    ...(kind === 'single' || cluster === undefined ? {} : { topology: { kind, cluster } }),
    ...(config.clickhouseReaderPassword && { readerPassword: config.clickhouseReaderPassword }),
  });
  try {
    await history.migrate();
  } catch (error) {
    // A server that is away now is waited for like one that goes away later.
    const away = error instanceof TesseraError && error.code === 'history_unavailable';
    if (!away || clickhouseUrl === undefined) throw error;
  }
  return history;
}

/** Shows the history of this process to ClickHouse clients, where a port for them is set. */
export async function openHistoryFront(
  config: Config,
  authorize: (password: string) => boolean,
): Promise<HistoryFront | undefined> {
  const { historyPort: port, historyWritable: writable, clickhouseUrl } = config;
  if (port === undefined || clickhouseUrl !== undefined) return undefined;
  const database = historyDatabase(config.space);
  return await startHistoryFront({ path: historyDirectory(config), database, port, writable, authorize });
}

function backupsOf({ backupDirectory, dataDirectory }: Config): string {
  return resolve(backupDirectory ?? `${dataDirectory}.backups`);
}

function versionOf(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

function historyDirectory(config: Config): string {
  return join(config.dataDirectory, 'history');
}
