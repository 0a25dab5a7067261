import { isIP } from 'node:net';
import type { Config, SourceConfig } from '../config.ts';
import { limits } from '../limits.ts';
import { CRASH_POINTS, type CrashPlan } from '../model/crash-point.ts';
import { isJsonObject } from '../model/json.ts';
import type { LogLevel } from '../model/log-level.ts';
import { decimalsOfCurrency } from '../model/money.ts';
import type { Teachers } from '../model/recommendation.ts';
import { ROLES, type Role } from '../model/role.ts';
import { HOUR_MS, parseDuration } from '../model/time.ts';

/** Fails through `invalid_config` with what is wrong, never with the value: it may be a secret. */
export type Refuse = (problem: string, cause?: unknown) => never;

const LOG_LEVELS: readonly LogLevel[] = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

const TOPOLOGIES = ['single', 'replicated', 'distributed'] as const;
export type ClickHouseTopology = (typeof TOPOLOGIES)[number];

export function readClickHouseTopology(value: unknown, refuse: Refuse): ClickHouseTopology {
  return (
    TOPOLOGIES.find((topology) => topology === value) ?? refuse(`must be one of ${TOPOLOGIES.join(', ')}`)
  );
}

export function readText(value: unknown, refuse: Refuse): string {
  return typeof value === 'string' && value !== '' ? value : refuse('must be a text');
}

export function readPort(value: unknown, refuse: Refuse): number {
  const port = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value;
  if (typeof port === 'number' && Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  return refuse('must be a port number from 0 to 65535');
}

export function readSpace(value: unknown, refuse: Refuse): string {
  if (typeof value === 'string' && /^[a-z][a-z0-9_]{0,31}$/.test(value)) return value;
  return refuse('must be 1 to 32 lower-case letters, digits or _, beginning with a letter');
}

export function keyReader(prefix: 'wk_' | 'sk_'): (value: unknown, refuse: Refuse) => string {
  return (value, refuse) => {
    // Printable ASCII without the colon, which ends the user in Basic.
    const readable =
      typeof value === 'string' && /^[!-9;-~]{32,256}$/.test(value) && value.startsWith(prefix);
    return readable
      ? value
      : refuse(`must be 32 to 256 printable characters without ":", beginning with ${prefix}`);
  };
}

export function readCurrency(value: unknown, refuse: Refuse): string {
  if (typeof value === 'string' && decimalsOfCurrency(value) !== undefined) return value;
  return refuse('must be an ISO 4217 code, such as CNY');
}

export function readRegion(value: unknown, refuse: Refuse): string {
  if (typeof value === 'string' && /^[A-Z]{2}$/.test(value)) return value;
  return refuse('must be an ISO 3166 code of two letters, such as CN');
}

export function readHttpUrl(value: unknown, refuse: Refuse): string {
  if (typeof value === 'string' && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol))
    return value;
  return refuse('must be an http or https address');
}

/** An http or https address without query or fragment; a slash at its end is taken off. */
export function readPublicUrl(value: unknown, refuse: Refuse): string {
  const url = new URL(readHttpUrl(value, refuse));
  if (url.search !== '' || url.hash !== '' || url.username !== '')
    return refuse('must be an address without query, fragment or user');
  return url.href.replace(/\/$/, '');
}

/** Servers may be several, separated by commas. */
export function urlReader(protocols: readonly string[]) {
  return (value: unknown, refuse: Refuse): string => {
    const urls = typeof value === 'string' ? value.split(',') : [];
    const scheme = urls[0]?.slice(0, urls[0].indexOf(':') + 1) ?? '';
    if (protocols.includes(scheme)) return urls.join(',');
    return refuse(`must be an address that begins with ${protocols.map((each) => `${each}//`).join(' or ')}`);
  };
}

export function readPartitions(value: unknown, refuse: Refuse): number {
  const count = typeof value === 'string' && /^\d{1,4}$/.test(value) ? Number(value) : value;
  return typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= limits.partitionsMax
    ? count
    : refuse(`must be a whole number from 1 to ${limits.partitionsMax}`);
}

export function readProcesses(value: unknown, refuse: Refuse): number {
  const count = typeof value === 'string' && /^\d{1,4}$/.test(value) ? Number(value) : value;
  return typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= limits.processesMax
    ? count
    : refuse(`must be a whole number from 1 to ${limits.processesMax}`);
}

export function readReplicas(value: unknown, refuse: Refuse): number {
  const count = Number(value);
  return [1, 3, 5].includes(count) ? count : refuse('must be 1, 3 or 5');
}

export function readRoles(value: unknown, refuse: Refuse): readonly Role[] {
  const wanted: unknown = typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value;
  if (!Array.isArray(wanted) || wanted.length === 0) return refuse(`must be some of ${ROLES.join(', ')}`);
  const unknown = wanted.find((role) => !ROLES.some((known) => known === role));
  if (unknown !== undefined) return refuse(`must be some of ${ROLES.join(', ')}`);
  return Object.freeze(ROLES.filter((role) => wanted.includes(role)));
}

export function readLogLevel(value: unknown, refuse: Refuse): LogLevel {
  return LOG_LEVELS.find((level) => level === value) ?? refuse(`must be one of ${LOG_LEVELS.join(', ')}`);
}

export function readSwitch(value: unknown, refuse: Refuse): boolean {
  if (value === true || value === 'true' || value === '1') return true;
  if (value === false || value === 'false' || value === '0') return false;
  return refuse('must be true or false');
}

export function readTeachers(value: unknown, refuse: Refuse): Teachers {
  return value === 'all' || value === 'agreed' ? value : refuse('must be all or agreed');
}

export function readShare(value: unknown, refuse: Refuse): number {
  const share = typeof value === 'string' && /^\d{1,3}(\.\d{1,9})?$/.test(value) ? Number(value) : value;
  return typeof share === 'number' && share >= 0 && share <= 1
    ? share
    : refuse('must be a number from 0 to 1');
}

export function readOrigins(value: unknown, refuse: Refuse): Config['corsOrigins'] {
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

/** `10.1.0.0/16,fd00::/8`; what a range must look like is known where it is used. */
export function readAddressRanges(value: unknown, refuse: Refuse): readonly string[] {
  const ranges: unknown = typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value;
  if (!Array.isArray(ranges) || ranges.length > limits.webhookAddressesMax)
    return refuse(`must hold at most ${limits.webhookAddressesMax} address ranges separated by commas`);
  return Object.freeze(ranges.map((range) => readAddressRange(range, refuse)));
}

function readAddressRange(value: unknown, refuse: Refuse): string {
  const [address = '', bits = ''] = typeof value === 'string' ? value.split('/') : [];
  const version = isIP(address);
  const most = version === 4 ? 32 : 128;
  if (version !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= most) return `${address}/${bits}`;
  return refuse('must hold address ranges such as 10.1.0.0/16 or fd00::/8');
}

export function readSources(value: unknown, refuse: Refuse): Config['sources'] {
  if (!isJsonObject(value)) return refuse('must be a mapping of source names');
  const sources: Record<string, SourceConfig> = {};
  for (const [name, source] of Object.entries(value)) {
    if (!/^[\w.:-]{1,64}$/.test(name)) refuse(`has a source whose name is not allowed: ${name}`);
    sources[name] = readSource(source, (problem) => refuse(`has a source ${name} that ${problem}`));
  }
  return Object.freeze(sources);
}

/** What a platform makes is longer; what somebody typed for a test may be as short as this. */
const SECRET_CHARACTERS_MIN = 16;

function readSource(value: unknown, refuse: Refuse): SourceConfig {
  if (!isJsonObject(value)) return refuse('is no mapping');
  const { orders = 'ledger', namespace, lateness, secret, ...others } = value;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) refuse(`has the unknown setting ${unknown}`);
  if (orders !== 'ledger' && orders !== 'behavior') return refuse('has orders other than ledger or behavior');
  if (namespace !== undefined && (typeof namespace !== 'string' || !/^[\w.-]{1,64}$/.test(namespace))) {
    return refuse('has a namespace that is not allowed');
  }
  if (secret !== undefined && (typeof secret !== 'string' || secret.length < SECRET_CHARACTERS_MIN)) {
    return refuse(`has a secret of fewer than ${SECRET_CHARACTERS_MIN} characters`);
  }
  return Object.freeze({
    orders,
    ...(secret === undefined ? {} : { secret }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(lateness === undefined ? {} : { lateness_ms: readLateness(lateness, refuse) }),
  });
}

/** How often something is to be done, from an hour up; never where it says so. */
export function readInterval(value: unknown, refuse: Refuse): number | undefined {
  if (value === 'never') return undefined;
  const duration = typeof value === 'string' ? parseDuration(value) : undefined;
  if (duration !== undefined && duration >= HOUR_MS) return duration;
  return refuse('must be a duration of an hour or more, such as 1d, or never');
}

function readLateness(value: unknown, refuse: Refuse): number | null {
  if (value === 'none') return null;
  const duration = typeof value === 'string' ? parseDuration(value) : undefined;
  return duration ?? refuse('has a lateness that is neither a duration such as 7d nor none');
}

/** `commit.after:3`: the third time that a commit has come back. */
export function readCrashPlan(value: unknown, refuse: Refuse): CrashPlan {
  const [, name, count] = /^([a-z.]+):(\d{1,9})$/.exec(String(value)) ?? [];
  const point = CRASH_POINTS.find((each) => each === name);
  if (point === undefined || Number(count) === 0)
    return refuse(
      `must be a point and a number, such as commit.after:3; points are ${CRASH_POINTS.join(', ')}`,
    );
  return { point, reached: Number(count) };
}

/** 32 bytes, as 64 hex digits or base64. */
export function decodeKey(text: string, refuse: Refuse): Uint8Array {
  const trimmed = text.trim();
  if (/^[0-9a-f]{64}$/i.test(trimmed)) return new Uint8Array(Buffer.from(trimmed, 'hex'));
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(trimmed)) return new Uint8Array(Buffer.from(trimmed, 'base64'));
  return refuse('must be 32 bytes, as 64 hex digits or base64');
}
