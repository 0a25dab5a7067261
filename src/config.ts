import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { TesseraError } from './errors.ts';
import { isJsonObject, type JsonObject } from './model/json.ts';
import { limits } from './limits.ts';
import type { LogLevel } from './model/log-level.ts';
import { decimalsOfCurrency } from './model/money.ts';
import { ROLES, type Role } from './model/role.ts';
import { parseDuration } from './model/time.ts';

/** What is known about one source of events: whether its orders are the ledger, and how late it may be. */
export interface SourceConfig {
  readonly orders: 'ledger' | 'behavior';
  readonly namespace?: string;
  /** Milliseconds; null: never late. Absent: as its channel. */
  readonly lateness_ms?: number | null;
}

/** Validated and frozen. Flags win over the environment, the environment over the file, the file over defaults. */
export interface Config {
  readonly mode: 'dev';
  readonly host: string;
  readonly port: number;
  readonly dataDirectory: string;
  /** One deployment serves one brand; every name that could be shared carries this prefix. */
  readonly space: string;
  /** Absent: created at the first start and kept in the data directory. */
  readonly writeKey: string | undefined;
  readonly secretKey: string | undefined;
  /** 32 bytes. Absent: created at the first start and kept in the data directory. */
  readonly masterKey: Uint8Array | undefined;
  /** The reporting currency, and that of events which name none. */
  readonly currency: string;
  /** Region of phone numbers without a country code. */
  readonly region: string;
  /** Absent: history runs in this process, in the data directory. */
  readonly clickhouseUrl: string | undefined;
  /** NATS servers that keep the logs, and Redis that keeps the state; both or neither. */
  readonly natsUrl: string | undefined;
  readonly redisUrl: string | undefined;
  /** Partitions of people, fixed when the deployment is created. Absent: one for everything, which only a data directory can have. */
  readonly partitions: number | undefined;
  /** What this node does. */
  readonly roles: readonly Role[];
  readonly logLevel: LogLevel;
  readonly allowCustomTypes: boolean;
  readonly metricsPublic: boolean;
  readonly definitionsDirectory: string;
  readonly corsOrigins: 'any' | readonly string[];
  readonly sources: Readonly<Record<string, SourceConfig>>;
  /** Share of all profiles that is recomputed from history and compared; 0 switches that off. */
  readonly parityShare: number;
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

const LOG_LEVELS: readonly LogLevel[] = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

/** Where a setting comes from. The name in the file is the flag's in snake case, or `file`. */
interface Setting<T> {
  readonly flag?: string;
  readonly env?: string;
  readonly file?: string;
  /** Fails through `refuse` with what is wrong, never with the value: it may be a secret. */
  readonly read: (value: unknown, refuse: Refuse) => T;
  readonly fallback: T;
}

type Refuse = (problem: string, cause?: unknown) => never;

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
  space: { flag: 'space', env: 'TESSERA_SPACE', file: 'space', read: readSpace, fallback: 'main' },
  writeKey: { env: 'TESSERA_WRITE_KEY', read: keyReader('wk_'), fallback: undefined },
  secretKey: { env: 'TESSERA_SECRET_KEY', read: keyReader('sk_'), fallback: undefined },
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
  parityShare: { env: 'TESSERA_PARITY_SHARE', file: 'parity_share', read: readShare, fallback: 0.01 },
} as const satisfies { readonly [K in Exclude<keyof Config, 'mode' | 'masterKey'>]: Setting<Config[K]> };

/** Settings from flags, environment and file. Fails with `invalid_config`, naming what is wrong where. */
export function loadConfig(input: ConfigInput): Config {
  const file = readConfigFile(input);
  const from = <T>(setting: Setting<T>): T => resolve(setting, input, file);
  return Object.freeze({
    mode: 'dev',
    host: from(settings.host),
    port: from(settings.port),
    dataDirectory: from(settings.dataDirectory),
    space: from(settings.space),
    writeKey: from<string | undefined>(settings.writeKey),
    secretKey: from<string | undefined>(settings.secretKey),
    masterKey: readMasterKey(input),
    currency: from(settings.currency),
    region: from(settings.region),
    clickhouseUrl: from<string | undefined>(settings.clickhouseUrl),
    ...storageOf(from),
    roles: from<readonly Role[]>(settings.roles),
    logLevel: from<LogLevel>(settings.logLevel),
    allowCustomTypes: from<boolean>(settings.allowCustomTypes),
    metricsPublic: from<boolean>(settings.metricsPublic),
    definitionsDirectory: from(settings.definitionsDirectory),
    corsOrigins: from<Config['corsOrigins']>(settings.corsOrigins),
    sources: from<Config['sources']>(settings.sources),
    parityShare: from<number>(settings.parityShare),
  });
}

function resolve<T>(
  { flag, env, file: key, read, fallback }: Setting<T>,
  input: ConfigInput,
  file: JsonObject,
): T {
  if (flag !== undefined && input.flags[flag] !== undefined) {
    return read(input.flags[flag], refusal(`--${dashed(flag)}`));
  }
  // An empty variable is how container files say "not set".
  if (env !== undefined && input.env[env]) return read(input.env[env], refusal(env));
  if (key !== undefined && file[key] !== undefined) return read(file[key], refusal(`${key} in the file`));
  return fallback;
}

function refusal(name: string): Refuse {
  return (problem, cause) => {
    throw new TesseraError('invalid_config', `${name} ${problem}.`, { path: name, cause });
  };
}

function dashed(flag: string): string {
  return flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function readConfigFile({ env, flags, readFile }: ConfigInput): JsonObject {
  const path = flags.config ?? env.TESSERA_CONFIG;
  if (path === undefined || path === '') return {};
  const refuse = refusal(flags.config === undefined ? 'TESSERA_CONFIG' : '--config');
  const content = parseYaml(readBytes(readText(path, refuse), readFile, refuse), refuse);
  if (content === null) return {};
  if (!isJsonObject(content)) return refuse('names a file that is no mapping of settings');
  const known = new Set<string>();
  for (const setting of Object.values<Setting<unknown>>(settings)) {
    if (setting.file !== undefined) known.add(setting.file);
  }
  const unknown = Object.keys(content).find((name) => !known.has(name));
  if (unknown !== undefined) refuse(`names a file with the unknown setting ${unknown}`);
  return content;
}

function parseYaml(bytes: Buffer, refuse: Refuse): unknown {
  try {
    return parse(bytes.toString('utf8'));
  } catch (error) {
    return refuse('names a file that is not valid YAML', error);
  }
}

function readBytes(path: string, readFile: ConfigInput['readFile'], refuse: Refuse): Buffer {
  try {
    return readFile(path);
  } catch (error) {
    return refuse('names a file that cannot be read', error);
  }
}

/** The master key as 32 raw bytes, 64 hex digits or base64, from the environment or a mounted file. */
function readMasterKey({ env, readFile }: ConfigInput): Uint8Array | undefined {
  const { TESSERA_MASTER_KEY: text, TESSERA_MASTER_KEY_FILE: path } = env;
  if (text && path) refusal('TESSERA_MASTER_KEY')('and TESSERA_MASTER_KEY_FILE are both set');
  if (text) return decodeKey(text, refusal('TESSERA_MASTER_KEY'));
  if (!path) return undefined;
  const refuse = refusal('TESSERA_MASTER_KEY_FILE');
  const bytes = readBytes(path, readFile, refuse);
  return bytes.length === 32 ? new Uint8Array(bytes) : decodeKey(bytes.toString('latin1'), refuse);
}

function decodeKey(text: string, refuse: Refuse): Uint8Array {
  const trimmed = text.trim();
  if (/^[0-9a-f]{64}$/i.test(trimmed)) return new Uint8Array(Buffer.from(trimmed, 'hex'));
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(trimmed)) return new Uint8Array(Buffer.from(trimmed, 'base64'));
  return refuse('must be 32 bytes, as 64 hex digits or base64');
}

function readText(value: unknown, refuse: Refuse): string {
  return typeof value === 'string' && value !== '' ? value : refuse('must be a text');
}

function readPort(value: unknown, refuse: Refuse): number {
  const port = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value;
  if (typeof port === 'number' && Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  return refuse('must be a port number from 0 to 65535');
}

function readSpace(value: unknown, refuse: Refuse): string {
  if (typeof value === 'string' && /^[a-z][a-z0-9_]{0,31}$/.test(value)) return value;
  return refuse('must be 1 to 32 lower-case letters, digits or _, beginning with a letter');
}

function keyReader(prefix: 'wk_' | 'sk_'): (value: unknown, refuse: Refuse) => string {
  return (value, refuse) => {
    // Printable ASCII without the colon, which ends the user in Basic.
    const readable =
      typeof value === 'string' && /^[!-9;-~]{32,256}$/.test(value) && value.startsWith(prefix);
    return readable
      ? value
      : refuse(`must be 32 to 256 printable characters without ":", beginning with ${prefix}`);
  };
}

function readCurrency(value: unknown, refuse: Refuse): string {
  if (typeof value === 'string' && decimalsOfCurrency(value) !== undefined) return value;
  return refuse('must be an ISO 4217 code, such as CNY');
}

function readRegion(value: unknown, refuse: Refuse): string {
  if (typeof value === 'string' && /^[A-Z]{2}$/.test(value)) return value;
  return refuse('must be an ISO 3166 code of two letters, such as CN');
}

function readHttpUrl(value: unknown, refuse: Refuse): string {
  if (typeof value === 'string' && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol))
    return value;
  return refuse('must be an http or https address');
}

type From = <T>(setting: Setting<T>) => T;

/** What goes on servers needs both of them, and more than one partition makes sense there. */
function storageOf(from: From): Pick<Config, 'natsUrl' | 'redisUrl' | 'partitions'> {
  const natsUrl = from<string | undefined>(settings.natsUrl);
  const redisUrl = from<string | undefined>(settings.redisUrl);
  const partitions = from<number | undefined>(settings.partitions);
  if ((natsUrl === undefined) !== (redisUrl === undefined)) {
    throw new TesseraError(
      'invalid_config',
      'TESSERA_NATS_URL and TESSERA_REDIS_URL belong together: logs on NATS, state on Redis; or neither',
    );
  }
  return {
    natsUrl,
    redisUrl,
    partitions: partitions ?? (natsUrl === undefined ? undefined : limits.partitionsDefault),
  };
}

/** Servers may be several, separated by commas. */
function urlReader(protocols: readonly string[]) {
  return (value: unknown, refuse: Refuse): string => {
    const urls = typeof value === 'string' ? value.split(',') : [];
    const scheme = urls[0]?.slice(0, urls[0].indexOf(':') + 1) ?? '';
    if (protocols.includes(scheme)) return urls.join(',');
    return refuse(`must be an address that begins with ${protocols.map((each) => `${each}//`).join(' or ')}`);
  };
}

function readPartitions(value: unknown, refuse: Refuse): number {
  const count = typeof value === 'string' && /^\d{1,4}$/.test(value) ? Number(value) : value;
  return typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= limits.partitionsMax
    ? count
    : refuse(`must be a whole number from 1 to ${limits.partitionsMax}`);
}

function readRoles(value: unknown, refuse: Refuse): readonly Role[] {
  const wanted: unknown = typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value;
  if (!Array.isArray(wanted) || wanted.length === 0) return refuse(`must be some of ${ROLES.join(', ')}`);
  const unknown = wanted.find((role) => !ROLES.some((known) => known === role));
  if (unknown !== undefined) return refuse(`must be some of ${ROLES.join(', ')}`);
  return Object.freeze(ROLES.filter((role) => wanted.includes(role)));
}

function readLogLevel(value: unknown, refuse: Refuse): LogLevel {
  return LOG_LEVELS.find((level) => level === value) ?? refuse(`must be one of ${LOG_LEVELS.join(', ')}`);
}

function readSwitch(value: unknown, refuse: Refuse): boolean {
  if (value === true || value === 'true' || value === '1') return true;
  if (value === false || value === 'false' || value === '0') return false;
  return refuse('must be true or false');
}

function readShare(value: unknown, refuse: Refuse): number {
  const share = typeof value === 'string' && /^\d{1,3}(\.\d{1,9})?$/.test(value) ? Number(value) : value;
  return typeof share === 'number' && share >= 0 && share <= 1
    ? share
    : refuse('must be a number from 0 to 1');
}

function readOrigins(value: unknown, refuse: Refuse): Config['corsOrigins'] {
  const origins: unknown = typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value;
  if (!Array.isArray(origins) || origins.length === 0)
    return refuse('must be any, or origins separated by commas');
  if (origins.length === 1 && (origins[0] === 'any' || origins[0] === '*')) return 'any';
  return Object.freeze(origins.map((origin) => readOrigin(origin, refuse)));
}

function readOrigin(value: unknown, refuse: Refuse): string {
  if (typeof value === 'string' && URL.canParse(value) && new URL(value).origin === value) return value;
  return refuse('must hold origins such as https://shop.example, without a path');
}

function readSources(value: unknown, refuse: Refuse): Config['sources'] {
  if (!isJsonObject(value)) return refuse('must be a mapping of source names');
  const sources: Record<string, SourceConfig> = {};
  for (const [name, source] of Object.entries(value)) {
    if (!/^[\w.:-]{1,64}$/.test(name)) refuse(`has a source whose name is not allowed: ${name}`);
    sources[name] = readSource(source, (problem) => refuse(`has a source ${name} that ${problem}`));
  }
  return Object.freeze(sources);
}

function readSource(value: unknown, refuse: Refuse): SourceConfig {
  if (!isJsonObject(value)) return refuse('is no mapping');
  const { orders = 'ledger', namespace, lateness, ...others } = value;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) refuse(`has the unknown setting ${unknown}`);
  if (orders !== 'ledger' && orders !== 'behavior') return refuse('has orders other than ledger or behavior');
  if (namespace !== undefined && (typeof namespace !== 'string' || !/^[\w.-]{1,64}$/.test(namespace))) {
    return refuse('has a namespace that is not allowed');
  }
  return Object.freeze({
    orders,
    ...(namespace === undefined ? {} : { namespace }),
    ...(lateness === undefined ? {} : { lateness_ms: readLateness(lateness, refuse) }),
  });
}

function readLateness(value: unknown, refuse: Refuse): number | null {
  if (value === 'none') return null;
  const duration = typeof value === 'string' ? parseDuration(value) : undefined;
  return duration ?? refuse('has a lateness that is neither a duration such as 7d nor none');
}
