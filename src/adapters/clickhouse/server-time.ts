import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { EpochMs } from '../../model/time.ts';

/** What the clock of a server shows. Fails with `history_unavailable`: it is away, or refuses the user that the address names. */
export async function readServerTime(url: string): Promise<EpochMs> {
  const client = createClient({
    url,
    request_timeout: limits.natsRequestMs,
    application: 'tessera',
    log: { level: ClickHouseLogLevel.OFF },
  });
  try {
    const query = 'SELECT toUnixTimestamp64Milli(now64(3))';
    const answer = await client.query({ query, format: 'TabSeparated' });
    return Number((await answer.text()).trim());
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new TesseraError('history_unavailable', detail, { cause });
  } finally {
    await client.close();
  }
}
