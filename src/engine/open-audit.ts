import { AuditLog } from '../background/audit/audit-log.ts';
import type { Config } from '../config.ts';
import { TesseraError } from '../errors.ts';
import type { Keyring } from '../ingest/keyring.ts';
import type { Clock } from '../ports/clock.ts';
import { describeError, type Logger } from '../serve/logger.ts';
import type { Storage } from './storage.ts';

export interface AuditParts {
  readonly config: Pick<Config, 'natsUrl' | 'space'>;
  readonly storage: Storage;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Tells this process apart from the other nodes. */
  readonly node: string;
  readonly leads: () => boolean;
}

/** Nodes write a chain each, from their start to their end; what is alone on its data directory goes on with one. */
export async function openAuditLog({
  config,
  storage,
  keyring,
  clock,
  logger,
  node,
  leads,
}: AuditParts): Promise<AuditLog> {
  return await AuditLog.open({
    store: storage.audit,
    key: { key: keyring.derive('audit'), space: config.space },
    clock,
    writer: config.natsUrl === undefined ? 'local' : node,
    history: storage.history,
    leads,
    onError: (error, what) => {
      const away = error instanceof TesseraError && error.code === 'history_unavailable';
      logger[away ? 'debug' : 'warn']({ error: describeError(error) }, what);
    },
    onHead: (head) => logger.info({ head }, 'head of the audit log'),
  });
}
