import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';

interface StorageSettings {
  readonly natsUrl: string | undefined;
  readonly redisUrl: string | undefined;
  readonly partitions: number | undefined;
  readonly processes: number;
}

/** What goes on servers needs both of them, and more than one partition or process makes sense there. */
export function checkStorage(settings: StorageSettings): StorageSettings {
  const { natsUrl, redisUrl, processes, partitions } = settings;
  if ((natsUrl === undefined) !== (redisUrl === undefined)) {
    throw new TesseraError(
      'invalid_config',
      'TESSERA_NATS_URL and TESSERA_REDIS_URL belong together: logs on NATS, state on Redis; or neither',
    );
  }
  if (processes > 1 && natsUrl === undefined) {
    throw new TesseraError(
      'invalid_config',
      'a data directory has room for one process: several (TESSERA_PROCESSES, --processes) need TESSERA_NATS_URL and TESSERA_REDIS_URL',
    );
  }
  const fallback = natsUrl === undefined ? undefined : limits.partitionsDefault;
  return { natsUrl, redisUrl, processes, partitions: partitions ?? fallback };
}
