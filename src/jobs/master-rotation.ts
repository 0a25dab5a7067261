import { TesseraError } from '../errors.ts';
import type { KeyWrapping } from '../ingest/key-wrapping.ts';
import { ROOT_SECRET } from '../ingest/root-secret.ts';
import { limits } from '../limits.ts';
import type { AuditTrail } from '../ports/audit.ts';
import type { KeyStore, StoredKey } from '../ports/keys.ts';
import type { MasterKeyService } from '../serve/audit-service.ts';
import type { Jobs, ReportProgress } from '../serve/services.ts';

export interface MasterRotationOptions {
  readonly keys: KeyStore;
  readonly wrapping: KeyWrapping;
  readonly jobs: Jobs;
  readonly audit: AuditTrail;
  /** The previous master key is of no use any more. */
  readonly onDone: () => void;
}

interface Counts {
  keys: number;
  rewrapped: number;
  /** Under neither master key: nothing that they have sealed can be read, before as after. */
  unreadable: number;
}

const PASSES_MAX = 8;

/**
 * Wraps every stored key under the master key of now, while everything goes on: the keys themselves stay what they are, so
 * nothing that they have sealed is touched. Walks over the store until a whole walk has found nothing under the previous
 * master key; it may be stopped and begun again anywhere.
 */
export function createMasterRotation(options: MasterRotationOptions): MasterKeyService {
  const { wrapping, jobs, audit, onDone } = options;
  return {
    status: () => ({ id: wrapping.masterId, previous: wrapping.previousId ?? null }),
    rotate: (author) =>
      jobs.create({
        kind: 'master_rotation',
        author,
        async run(report, signal, id) {
          const counts = await rotateAll(options, report, signal);
          const detail = `to ${wrapping.masterId}`;
          await audit.record({
            action: 'master_key_rotated',
            author,
            target: id,
            count: counts.rewrapped,
            detail,
          });
          if (counts.unreadable === 0) onDone();
          return { master_key: wrapping.masterId, ...counts };
        },
      }),
  };
}

async function rotateAll(
  options: MasterRotationOptions,
  report: ReportProgress,
  signal: AbortSignal,
): Promise<Counts> {
  let rewrapped = 0;
  for (let pass = 1; pass <= PASSES_MAX; pass += 1) {
    const counts = await walk(options, signal, (keys) =>
      report({ done: keys, total: 0, note: `walk ${pass} over the stored keys` }),
    );
    rewrapped += counts.rewrapped;
    if (counts.rewrapped === 0) return { ...counts, rewrapped };
  }
  throw new TesseraError(
    'key_mismatch',
    'Nodes that do not have the new master key go on making keys under the old one: give it to all of them first.',
  );
}

async function walk(
  { keys, wrapping }: MasterRotationOptions,
  signal: AbortSignal,
  report: (keys: number) => void,
): Promise<Counts> {
  const counts: Counts = { keys: 0, rewrapped: 0, unreadable: 0 };
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    if (signal.aborted) throw new TesseraError('stopping');
    const page = await keys.scan(cursor, limits.rewrapPage);
    await Promise.all(page.keys.filter(isWrapped).map((key) => rewrap(key, { keys, wrapping, counts })));
    report(counts.keys);
    cursor = page.next;
  }
  return counts;
}

/** What else the deployment keeps there is not wrapped. */
function isWrapped({ name }: StoredKey): boolean {
  return !name.startsWith('!') || name === ROOT_SECRET;
}

async function rewrap(
  { name, wrapped }: StoredKey,
  { keys, wrapping, counts }: Pick<MasterRotationOptions, 'keys' | 'wrapping'> & { readonly counts: Counts },
): Promise<void> {
  counts.keys += 1;
  let next: Uint8Array | undefined;
  try {
    next = wrapping.rewrap(name, wrapped);
  } catch (error) {
    if (!(error instanceof TesseraError) || error.code !== 'key_mismatch') throw error;
    counts.unreadable += 1;
    return;
  }
  // One that was destroyed or replaced meanwhile is what the next walk looks at.
  if (next !== undefined && (await keys.replace(name, wrapped, next))) counts.rewrapped += 1;
}
