import { fileURLToPath } from 'node:url';
import { type MasterKeys, readConfigFile, readMasterKeys, refusal } from './config/config-file.ts';
import { checkHistory, readReaderPassword } from './config/history-settings.ts';
import { type KeyConfig, readKeys } from './config/read-keys.ts';
import { readPersonalFields } from './config/read-personal-fields.ts';
import { readTls, type TlsConfig } from './config/read-tls.ts';
import {
  type ClickHouseTopology,
  keyReader,
  type Refuse,
  readAddressRanges,
  readClickHouseTopology,
  readCrashPlan,
  readCurrency,
  readHttpUrl,
  readInterval,
  readLogLevel,
  readOrigins,
  readPartitions,
  readPort,
  readProcesses,
  readPublicUrl,
  readRegion,
  readReplicas,
  readRoles,
  readShare,
  readSources,
  readSpace,
  readSwitch,
  readTeachers,
  readText,
  urlReader,
} from './config/setting-readers.ts';
import { checkStorage } from './config/storage-settings.ts';
import type { CrashPlan } from './model/crash-point.ts';
import type { JsonObject } from './model/json.ts';
import type { LogLevel } from './model/log-level.ts';
import type { PersonalFields } from './model/personal-fields.ts';
import type { Teachers } from './model/recommendation.ts';
import { ROLES, type Role } from './model/role.ts';

/** What is known about one source of events: whether its orders are the ledger, and how late it may be. */
export interface SourceConfig {
  readonly orders: 'ledger' | 'behavior';
  readonly namespace?: string;
  /** What the source signs its requests with, where its protocol has signatures instead of keys (Shopify). */
  readonly secret?: string;
  /** Milliseconds; null: never late. Absent: as its channel. */
  readonly lateness_ms?: number | null;
}

/** Validated and frozen. Flags win over the environment, the environment over the file, the file over defaults. */
export interface Config {
  /** `serve`: a node of a deployment, which takes no secret that it has made up itself. */
  readonly mode: 'dev' | 'serve';
  readonly host: string;
  readonly port: number;
  readonly dataDirectory: string;
  /** The register of erasures, apart from the data. Absent: beside the data directory. */
  readonly erasuresFile: string | undefined;
  /** Where backups go. Absent: beside the data directory. */
  readonly backupDirectory: string | undefined;
  /** One deployment serves one brand; every name that could be shared carries this prefix. */
  readonly space: string;
  /** Absent: created at the first start and kept in the data directory. */
  readonly writeKey: string | undefined;
  readonly secretKey: string | undefined;
  /** Further keys, each with a name of its own, which is the source of what is sent with it. */
  readonly keys: readonly KeyConfig[];
  /** Origins of the pages that may use the write key; those of further keys stand beside them. */
  readonly writeKeyOrigins: 'any' | readonly string[];
  /** Absent: TLS ends in front of the engine. */
  readonly tls: TlsConfig | undefined;
  /** Where clients reach the engine, without a slash at the end. Absent: wherever they asked. */
  readonly publicUrl: string | undefined;
  /** 32 bytes. Absent: created at the first start and kept in the data directory. */
  readonly masterKey: Uint8Array | undefined;
  /** A command that prints the master key, so that any key management service can hold it; instead of `masterKey`. */
  readonly masterKeyCommand: string | undefined;
  /** What the master key was before, while stored keys may still be wrapped under it. */
  readonly masterKeyPrevious: Uint8Array | undefined;
  /** The reporting currency, and that of events which name none. */
  readonly currency: string;
  /** Region of phone numbers without a country code. */
  readonly region: string;
  /** Absent: history runs in this process, in the data directory. */
  readonly clickhouseUrl: string | undefined;
  /** Where its tables are: on that server alone, on every replica, or spread over shards of the cluster. */
  readonly clickhouseTopology: ClickHouseTopology;
  readonly clickhouseCluster: string | undefined;
  /** Of the user of that server that reads for BI tools. Absent: the engine makes none. */
  readonly clickhouseReaderPassword: string | undefined;
  /** Absent: the history of this process answers no ClickHouse clients. */
  readonly historyPort: number | undefined;
  readonly historyWritable: boolean;
  /** NATS servers that keep the logs, and Redis that keeps the state; both or neither. */
  readonly natsUrl: string | undefined;
  readonly redisUrl: string | undefined;
  /** Partitions of people, fixed when the deployment is created. Absent: one for everything, which only a data directory can have. */
  readonly partitions: number | undefined;
  /** Processes that this node consists of: each a node of the deployment of its own, all on one port. */
  readonly processes: number;
  /** Servers of a NATS cluster that hold each stream. */
  readonly replicas: number;
  /** The operator's word that the NATS servers flush before they acknowledge (`sync_interval: always`). */
  readonly natsSyncAlways: boolean;
  /** What this node does. */
  readonly roles: readonly Role[];
  readonly logLevel: LogLevel;
  readonly allowCustomTypes: boolean;
  readonly metricsPublic: boolean;
  readonly definitionsDirectory: string;
  readonly corsOrigins: 'any' | readonly string[];
  readonly sources: Readonly<Record<string, SourceConfig>>;
  /** Names of fields that are personal beside those that the engine knows, and names that are not. */
  readonly personalFields: PersonalFields;
  /** Share of all profiles that is recomputed from history and compared; 0 switches that off. */
  readonly parityShare: number;
  /** How old a fitted model may become before it is fitted again. Absent: as old as it likes. */
  readonly fitEveryMs: number | undefined;
  /** Whether this node learns from what happens, and answers recommendations from it. */
  readonly recommend: boolean;
  /** From whom it learns. */
  readonly teachers: Teachers;
  /** Addresses beyond the public ones that webhooks may be sent to, as ranges: `10.1.0.0/16`. */
  readonly webhooksAllow: readonly string[];
  /** Whether webhooks may be sent without TLS. */
  readonly webhooksHttp: boolean;
  /** For tests of faults: where the process kills itself. */
  readonly crashAt: CrashPlan | undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ConfigInput {
  readonly env: Environment;
  /** By the names of the table below; `config` names the file. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** Reads a file; whatever it throws becomes `invalid_config`. */
  readonly readFile: (path: string) => Buffer;
}

/** The environment of this process; nothing else reads it. */
export function processEnvironment(): Environment {
  return process.env;
}

/** Where a setting comes from. The name in the file is the flag's in snake case, or `file`. */
interface Setting<T> {
  readonly flag?: string;
  readonly env?: string;
  readonly file?: string;
  /** Fails through `refuse` with what is wrong, never with the value: it may be a secret. */
  readonly read: (value: unknown, refuse: Refuse) => T;
  readonly fallback: T;
}

const settings = {
  host: { flag: 'host', env: 'TESSERA_HOST', file: 'host', read: readText, fallback: '127.0.0.1' },
  port: { flag: 'port', env: 'PORT', file: 'port', read: readPort, fallback: 8080 },
  dataDirectory: {
    flag: 'dataDir',
    env: 'TESSERA_DATA_DIR',
    file: 'data_directory',
    read: readText,
    fallback: './.tessera',
  },
  erasuresFile: { env: 'TESSERA_ERASURES_FILE', file: 'erasures_file', read: readText, fallback: undefined },
  backupDirectory: {
    env: 'TESSERA_BACKUP_DIR',
    file: 'backup_directory',
    read: readText,
    fallback: undefined,
  },
  space: { flag: 'space', env: 'TESSERA_SPACE', file: 'space', read: readSpace, fallback: 'main' },
  writeKey: { env: 'TESSERA_WRITE_KEY', read: keyReader('wk_'), fallback: undefined },
  secretKey: { env: 'TESSERA_SECRET_KEY', read: keyReader('sk_'), fallback: undefined },
  keys: { file: 'keys', read: readKeys, fallback: Object.freeze([]) },
  writeKeyOrigins: {
    env: 'TESSERA_WRITE_KEY_ORIGINS',
    file: 'write_key_origins',
    read: readOrigins,
    fallback: 'any',
  },
  publicUrl: { env: 'TESSERA_PUBLIC_URL', file: 'public_url', read: readPublicUrl, fallback: undefined },
  currency: {
    flag: 'currency',
    env: 'TESSERA_CURRENCY',
    file: 'currency',
    read: readCurrency,
    fallback: 'CNY',
  },
  region: { flag: 'region', env: 'TESSERA_REGION', file: 'region', read: readRegion, fallback: 'CN' },
  clickhouseUrl: {
    flag: 'clickhouseUrl',
    env: 'CLICKHOUSE_URL',
    file: 'clickhouse_url',
    read: readHttpUrl,
    fallback: undefined,
  },
  clickhouseTopology: {
    env: 'TESSERA_CLICKHOUSE_TOPOLOGY',
    file: 'clickhouse_topology',
    read: readClickHouseTopology,
    fallback: 'single',
  },
  clickhouseCluster: {
    env: 'TESSERA_CLICKHOUSE_CLUSTER',
    file: 'clickhouse_cluster',
    read: readText,
    fallback: undefined,
  },
  clickhouseReaderPassword: {
    env: 'TESSERA_CLICKHOUSE_READER_PASSWORD',
    file: 'clickhouse_reader_password',
    read: readReaderPassword,
    fallback: undefined,
  },
  historyPort: {
    flag: 'historyPort',
    env: 'TESSERA_HISTORY_PORT',
    file: 'history_port',
    read: readPort,
    fallback: undefined,
  },
  historyWritable: {
    flag: 'historyWritable',
    env: 'TESSERA_HISTORY_WRITABLE',
    file: 'history_writable',
    read: readSwitch,
    fallback: false,
  },
  natsUrl: {
    flag: 'natsUrl',
    env: 'TESSERA_NATS_URL',
    file: 'nats_url',
    read: urlReader(['nats:', 'tls:']),
    fallback: undefined,
  },
  redisUrl: {
    flag: 'redisUrl',
    env: 'TESSERA_REDIS_URL',
    file: 'redis_url',
    read: urlReader(['redis:', 'rediss:', 'redis+cluster:', 'rediss+cluster:']),
    fallback: undefined,
  },
  partitions: {
    flag: 'partitions',
    env: 'TESSERA_PARTITIONS',
    file: 'partitions',
    read: readPartitions,
    fallback: undefined,
  },
  processes: {
    flag: 'processes',
    env: 'TESSERA_PROCESSES',
    file: 'processes',
    read: readProcesses,
    fallback: 1,
  },
  replicas: { env: 'TESSERA_REPLICAS', file: 'replicas', read: readReplicas, fallback: 1 },
  natsSyncAlways: {
    env: 'TESSERA_NATS_SYNC_ALWAYS',
    file: 'nats_sync_always',
    read: readSwitch,
    fallback: false,
  },
  roles: { flag: 'roles', env: 'TESSERA_ROLES', file: 'roles', read: readRoles, fallback: ROLES },
  logLevel: {
    flag: 'logLevel',
    env: 'TESSERA_LOG_LEVEL',
    file: 'log_level',
    read: readLogLevel,
    fallback: 'info',
  },
  allowCustomTypes: {
    env: 'TESSERA_ALLOW_CUSTOM_TYPES',
    file: 'allow_custom_types',
    read: readSwitch,
    fallback: true,
  },
  metricsPublic: { env: 'TESSERA_METRICS_PUBLIC', file: 'metrics_public', read: readSwitch, fallback: false },
  definitionsDirectory: {
    flag: 'definitions',
    env: 'TESSERA_DEFINITIONS',
    file: 'definitions_directory',
    read: readText,
    fallback: fileURLToPath(new URL('../deploy/retail', import.meta.url)),
  },
  corsOrigins: { env: 'TESSERA_CORS_ORIGINS', file: 'cors_origins', read: readOrigins, fallback: 'any' },
  sources: { file: 'sources', read: readSources, fallback: Object.freeze({}) },
  personalFields: { file: 'personal_fields', read: readPersonalFields, fallback: Object.freeze({}) },
  crashAt: { env: 'TESSERA_CRASH_AT', read: readCrashPlan, fallback: undefined },
  parityShare: { env: 'TESSERA_PARITY_SHARE', file: 'parity_share', read: readShare, fallback: 0.01 },
  fitEveryMs: { env: 'TESSERA_FIT_EVERY', file: 'fit_every', read: readInterval, fallback: undefined },
  recommend: { env: 'TESSERA_RECOMMEND', file: 'recommend', read: readSwitch, fallback: true },
  teachers: { env: 'TESSERA_RECOMMEND_FROM', file: 'recommend_from', read: readTeachers, fallback: 'all' },
  webhooksAllow: {
    env: 'TESSERA_WEBHOOKS_ALLOW',
    file: 'webhooks_allow',
    read: readAddressRanges,
    fallback: Object.freeze([]),
  },
  webhooksHttp: { env: 'TESSERA_WEBHOOKS_HTTP', file: 'webhooks_http', read: readSwitch, fallback: false },
} as const satisfies {
  readonly [K in Exclude<keyof Config, 'mode' | 'tls' | keyof MasterKeys>]: Setting<Config[K]>;
};

/** Settings from flags, environment and file. Fails with `invalid_config`, naming what is wrong where. */
export function loadConfig(input: ConfigInput): Config {
  const file = readConfigFile(input, knownFileSettings());
  const from = <T>(setting: Setting<T>): T => resolve(setting, input, file);
  return Object.freeze({
    mode: input.flags.needsServers === true ? 'serve' : 'dev',
    host: from(settings.host),
    port: from(settings.port),
    dataDirectory: from(settings.dataDirectory),
    erasuresFile: from<string | undefined>(settings.erasuresFile),
    backupDirectory: from<string | undefined>(settings.backupDirectory),
    space: from(settings.space),
    writeKey: from<string | undefined>(settings.writeKey),
    secretKey: from<string | undefined>(settings.secretKey),
    ...readMasterKeys(input),
    keys: from<Config['keys']>(settings.keys),
    writeKeyOrigins: from<Config['writeKeyOrigins']>(settings.writeKeyOrigins),
    publicUrl: from<string | undefined>(settings.publicUrl),
    tls: readTls(input),
    currency: from(settings.currency),
    region: from(settings.region),
    ...checkHistory({
      clickhouseUrl: from<string | undefined>(settings.clickhouseUrl),
      clickhouseTopology: from<ClickHouseTopology>(settings.clickhouseTopology),
      clickhouseCluster: from<string | undefined>(settings.clickhouseCluster),
      clickhouseReaderPassword: from<string | undefined>(settings.clickhouseReaderPassword),
      historyPort: from<number | undefined>(settings.historyPort),
      historyWritable: from<boolean>(settings.historyWritable),
    }),
    ...checkStorage({
      natsUrl: from<string | undefined>(settings.natsUrl),
      redisUrl: from<string | undefined>(settings.redisUrl),
      partitions: from<number | undefined>(settings.partitions),
      processes: from<number>(settings.processes),
    }),
    replicas: from<number>(settings.replicas),
    natsSyncAlways: from<boolean>(settings.natsSyncAlways),
    roles: from<readonly Role[]>(settings.roles),
    logLevel: from<LogLevel>(settings.logLevel),
    allowCustomTypes: from<boolean>(settings.allowCustomTypes),
    metricsPublic: from<boolean>(settings.metricsPublic),
    definitionsDirectory: from(settings.definitionsDirectory),
    corsOrigins: from<Config['corsOrigins']>(settings.corsOrigins),
    sources: from<Config['sources']>(settings.sources),
    personalFields: from<PersonalFields>(settings.personalFields),
    parityShare: from<number>(settings.parityShare),
    fitEveryMs: from<number | undefined>(settings.fitEveryMs),
    webhooksAllow: from<readonly string[]>(settings.webhooksAllow),
    recommend: from<boolean>(settings.recommend),
    teachers: from<Teachers>(settings.teachers),
    webhooksHttp: from<boolean>(settings.webhooksHttp),
    crashAt: from<CrashPlan | undefined>(settings.crashAt),
  });
}

function resolve<T>(
  { flag, env, file: key, read, fallback }: Setting<T>,
  input: ConfigInput,
  file: JsonObject,
): T {
  if (flag !== undefined && input.flags[flag] !== undefined) {
    const dashed = flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    return read(input.flags[flag], refusal(`--${dashed}`));
  }
  // An empty variable is how container files say "not set".
  if (env !== undefined && input.env[env]) return read(input.env[env], refusal(env));
  if (key !== undefined && file[key] !== undefined) return read(file[key], refusal(`${key} in the file`));
  return fallback;
}

function knownFileSettings(): ReadonlySet<string> {
  const known = new Set<string>();
  for (const setting of Object.values<Setting<unknown>>(settings)) {
    if (setting.file !== undefined) known.add(setting.file);
  }
  return known;
}
