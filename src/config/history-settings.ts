import { limits } from '../limits.ts';
import { refusal } from './config-file.ts';
import type { ClickHouseTopology, Refuse } from './setting-readers.ts';

/** Settings of history that have to go together. */
interface HistorySettings {
  readonly clickhouseUrl: string | undefined;
  readonly clickhouseTopology: ClickHouseTopology;
  readonly clickhouseCluster: string | undefined;
  readonly clickhouseReaderPassword: string | undefined;
  readonly historyPort: number | undefined;
  readonly historyWritable: boolean;
}

/** A cluster needs a name, a reader a server, and only the ClickHouse of this process can be shown on a port of it. */
export function checkHistory(settings: HistorySettings): HistorySettings {
  const { clickhouseUrl, clickhouseTopology, clickhouseCluster, clickhouseReaderPassword, historyPort } =
    settings;
  const onCluster = clickhouseTopology !== 'single';
  if (onCluster && (clickhouseUrl === undefined || clickhouseCluster === undefined))
    refusal('TESSERA_CLICKHOUSE_TOPOLOGY')('needs CLICKHOUSE_URL and TESSERA_CLICKHOUSE_CLUSTER');
  if (clickhouseReaderPassword !== undefined && clickhouseUrl === undefined)
    refusal('TESSERA_CLICKHOUSE_READER_PASSWORD')(
      'needs CLICKHOUSE_URL: without it tools come in by TESSERA_HISTORY_PORT, with the secret key',
    );
  if (clickhouseUrl !== undefined && historyPort !== undefined)
    refusal('TESSERA_HISTORY_PORT')('is of no use with CLICKHOUSE_URL: clients can ask that server');
  return settings;
}

/** Never says the password in what it refuses. */
export function readReaderPassword(value: unknown, refuse: Refuse): string {
  const { readerPasswordCharactersMin: least, readerPasswordCharactersMax: most } = limits;
  if (typeof value !== 'string' || value.length < least || value.length > most)
    return refuse(`must be a text of ${least} to ${most} characters`);
  return value;
}
