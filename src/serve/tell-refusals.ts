import { TesseraError } from '../errors.ts';
import type { Admission } from '../ingest/admit.ts';
import { tellsOfPerson } from '../model/telling-id.ts';
import type { EpochMs } from '../model/time.ts';
import type { RefusalWatch } from './event-hub.ts';

/** Who had sent it, and when it came. */
export interface Received {
  readonly source: string;
  readonly receivedAt: EpochMs;
}

/** Tells those who watch of what was refused in the answer; what went into quarantine is told from there. */
export function tellRefused(
  { rejected }: Admission,
  received: Received,
  watch: RefusalWatch | undefined,
): void {
  if (watch === undefined || rejected.length === 0) return;
  const refused = rejected.filter(({ quarantine_id }) => quarantine_id === undefined);
  if (refused.length === 0) return;
  watch.refused(
    refused.map(({ id = '', code, path }) => ({
      ...received,
      id: tellsOfPerson(id) ? '' : id,
      code,
      path,
      type: '',
      channel: '',
    })),
  );
}

/** The same of a body of which nobody can say what events it has. */
export function tellUnreadable(error: unknown, received: Received, watch: RefusalWatch | undefined): void {
  if (!(error instanceof TesseraError)) return;
  const { code, path = '' } = error;
  watch?.refused([{ ...received, id: '', code, path, type: '', channel: '' }]);
}
