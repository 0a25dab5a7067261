import { TesseraError } from '../../errors.ts';

/** What losing state is out of the question under: the weakest of all servers counts. */
export type Safety = 'nothing' | 'process crash' | 'power loss';

export interface RedisReport {
  readonly safeAgainst: Safety;
  /** What an operator should know, one sentence each. */
  readonly warnings: readonly string[];
  /** How soon an answered write is on the disk: `unknown` where CONFIG is forbidden. */
  readonly fsync: 'always' | 'everysec' | 'no' | 'never' | 'unknown';
}

/** What one server says of itself. */
export interface ServerFacts {
  readonly address: string;
  /** The answer of INFO, by field. */
  readonly info: ReadonlyMap<string, string>;
  /** Undefined where CONFIG is forbidden. */
  readonly appendfsync: string | undefined;
}

const MAJOR_MIN = 7;

export function parseInfo(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0 && !line.startsWith('#')) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return fields;
}

/** Fails with `unsafe_state_store` where state would not be safe or the library cannot run. */
export function judgeServers(servers: readonly ServerFacts[]): RedisReport {
  for (const server of servers) refuseUnfit(server);
  const judged = servers.map(judge);
  const weakest = judged.reduce((worst, one) => (RANK[one.fsync] < RANK[worst.fsync] ? one : worst), {
    fsync: 'always',
    warnings: [],
  } as Judged);
  return {
    safeAgainst: SAFETY[weakest.fsync],
    fsync: weakest.fsync,
    warnings: [...new Set(judged.flatMap(({ warnings }) => warnings))],
  };
}

type Fsync = RedisReport['fsync'];

interface Judged {
  readonly fsync: Fsync;
  readonly warnings: readonly string[];
}

const RANK: Readonly<Record<Fsync, number>> = { never: 0, no: 1, unknown: 2, everysec: 3, always: 4 };
const SAFETY: Readonly<Record<Fsync, Safety>> = {
  never: 'nothing',
  no: 'process crash',
  unknown: 'process crash',
  everysec: 'process crash',
  always: 'power loss',
};

function refuseUnfit({ address, info }: ServerFacts): void {
  const version = info.get('redis_version') ?? '0';
  if (Number(version.split('.')[0]) < MAJOR_MIN) {
    throw new TesseraError(
      'unsafe_state_store',
      `Redis ${version} at ${address} is too old: functions need ${MAJOR_MIN}.0`,
    );
  }
  const policy = info.get('maxmemory_policy') ?? 'noeviction';
  if (policy !== 'noeviction') {
    throw new TesseraError(
      'unsafe_state_store',
      `Redis at ${address} has maxmemory-policy ${policy} and would delete state when memory runs short: set maxmemory-policy to noeviction`,
    );
  }
  if (info.get('role') === 'slave') {
    throw new TesseraError('unsafe_state_store', `Redis at ${address} is a replica: name its master`);
  }
}

function judge({ address, info, appendfsync }: ServerFacts): Judged {
  const warnings: string[] = [];
  const fsync = fsyncOf(info.get('aof_enabled') === '1', appendfsync);
  if (fsync !== 'always') warnings.push(`Redis at ${address}: ${WHAT_IT_MEANS[fsync]}`);
  if (info.get('aof_enabled') === '1' && info.get('aof_last_write_status') === 'err') {
    warnings.push(`Redis at ${address} failed to write its append-only file`);
  }
  if (Number(info.get('connected_slaves') ?? 0) === 0) {
    warnings.push(
      `Redis at ${address} has no replica: while it is away nothing is applied, and its disk is the only one`,
    );
  }
  return { fsync, warnings };
}

function fsyncOf(isOn: boolean, appendfsync: string | undefined): Fsync {
  if (!isOn) return 'never';
  if (appendfsync === 'always' || appendfsync === 'everysec' || appendfsync === 'no') return appendfsync;
  return 'unknown';
}

const WHAT_IT_MEANS: Readonly<Record<Exclude<Fsync, 'always'>, string>> = {
  never:
    'appendonly is off, so a restart loses all state, and what the log no longer holds with it: set appendonly yes',
  no: 'appendfsync is no, so a power cut steps state back by as long as the kernel pleases; the log is read again',
  everysec:
    'appendfsync is everysec, so a power cut may step state back by two seconds; the log is read again from there',
  unknown: 'CONFIG is forbidden, so whether writes reach the disk before they are answered is not known',
};
