import type { Config } from '../config.ts';
import { TesseraError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../serve/logger.ts';
import type { Storage } from './storage.ts';

/** Logs and data keys on NATS JetStream, state and spool on Redis, history on ClickHouse. */
export async function openServerStorage(
  _config: Config,
  _parts: { readonly clock: Clock; readonly logger: Logger },
): Promise<Storage> {
  throw new TesseraError('invalid_config', 'not yet');
}
