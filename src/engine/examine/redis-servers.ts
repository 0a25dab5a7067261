import { openRedisConnection } from '../../adapters/redis/connection.ts';
import type { ServerFacts } from '../../adapters/redis/server-report.ts';
import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Finding } from '../../model/finding.ts';
import type { Clock } from '../../ports/clock.ts';
import { skewOf } from './clocks.ts';

const MAJOR_MIN = 7;

/** Whether Redis keeps what it is given; changes nothing there. */
export async function examineRedis(url: string, clock: Clock): Promise<readonly Finding[]> {
  const at = url.replace(/\/\/[^@/]*@/, '//');
  try {
    const redis = openRedisConnection({ url });
    try {
      const from = clock.now();
      const servers = await redis.facts();
      const asked = { from, to: clock.now() };
      return servers.flatMap((server) => [...judge(server), ...judgeClock(server, asked)]);
    } finally {
      await redis.close();
    }
  } catch (error) {
    if (!(error instanceof TesseraError)) throw error;
    return [{ code: 'redis_unreachable', at, detail: error.message }];
  }
}

function judge({ address, info, appendfsync }: ServerFacts): readonly Finding[] {
  const at = `redis ${address}`;
  const found: Finding[] = [];
  const note = (code: Finding['code'], detail: string): void => void found.push({ code, at, detail });
  const version = info.get('redis_version') ?? '0';
  if (Number(version.split('.')[0]) < MAJOR_MIN) note('redis_unfit', `it is Redis ${version}`);
  if (info.get('role') === 'slave') note('redis_unfit', 'it is a replica');
  const policy = info.get('maxmemory_policy') ?? 'noeviction';
  if (policy !== 'noeviction') note('redis_evicts', `maxmemory-policy is ${policy}`);
  if (info.get('aof_enabled') !== '1') note('redis_not_persistent', 'appendonly is off');
  else if (info.get('aof_last_write_status') === 'err')
    note('redis_cannot_write', 'its last write to the append-only file failed');
  else if (appendfsync === 'no') note('redis_flushes_late', 'appendfsync is no');
  const [used, most] = [Number(info.get('used_memory') ?? 0), Number(info.get('maxmemory') ?? 0)];
  if (most > 0 && used > most * (1 - limits.roomLowPercent / 100))
    note('redis_memory_low', `${used} of ${most} bytes are used`);
  return found;
}

function judgeClock(
  { address, info }: ServerFacts,
  asked: { readonly from: number; readonly to: number },
): readonly Finding[] {
  // Microseconds; servers before 6.2 do not say.
  const theirs = Number(info.get('server_time_usec') ?? Number.NaN) / 1_000;
  return skewOf(`redis ${address}`, theirs, asked);
}
