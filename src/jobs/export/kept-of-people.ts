import { setImmediate as nextTurn } from 'node:timers/promises';
import { type KeptEvent, walkKept } from '../../desks/quarantine/kept-events.ts';
import { TesseraError } from '../../errors.ts';
import type { IdentifierReader } from '../../ingest/identifiers.ts';
import { type Kept, openKept } from '../../ingest/quarantine.ts';
import type { Sealer } from '../../ingest/seal.ts';
import { limits } from '../../limits.ts';
import type { History } from '../../ports/history.ts';
import { textsIn } from '../erasure/find-quarantined.ts';

export interface KeptSources {
  readonly history: Pick<History, 'query'>;
  readonly sealer: Pick<Sealer, 'openQuarantined'>;
  readonly reader: Pick<IdentifierReader, 'find'>;
  readonly signal: AbortSignal;
}

/** Ids of the events in quarantine that name an identifier, by the identifier (`type:hash`). */
export type KeptByIdentifier = ReadonlyMap<string, readonly string[]>;

/**
 * Events in quarantine belong to nobody, so all of them are read, as an erasure does: each text in them is taken for an identifier
 * of every type that is asked for. However many people are meant, that is done once.
 */
export async function findKept(wanted: ReadonlySet<string>, sources: KeptSources): Promise<KeptByIdentifier> {
  const found = new Map<string, string[]>();
  if (wanted.size === 0) return found;
  const types = new Set([...wanted].map((key) => key.slice(0, key.lastIndexOf(':'))));
  for await (const page of walkKept(sources.history, {})) {
    for (const [i, event] of page.entries()) {
      for (const key of namedIn(event, types, sources)) {
        if (!wanted.has(key)) continue;
        const known = found.get(key);
        if (known === undefined) found.set(key, [event.id]);
        else known.push(event.id);
      }
      if (i % limits.keptLookedAtInTurn === 0) await nextTurn();
      if (sources.signal.aborted) throw new TesseraError('stopping');
    }
  }
  return found;
}

/** Every identifier of these types that the event may name. */
function namedIn(
  { sealed }: KeptEvent,
  types: ReadonlySet<string>,
  { sealer, reader }: KeptSources,
): ReadonlySet<string> {
  const kept = openIfPossible(sealed, sealer);
  if (kept === undefined) return new Set();
  if (kept.as === 'taken') return new Set(kept.event.claims.map(({ type, hash }) => `${type}:${hash}`));
  const texts = textsIn(JSON.stringify([kept.event.text, kept.event.envelope]));
  const named = new Set<string>();
  for (const text of texts)
    for (const type of types) {
      const claim = reader.find(type, text);
      if ('hash' in claim) named.add(`${claim.type}:${claim.hash}`);
    }
  return named;
}

/** Undefined where its key is gone, or where it is none that could ever be applied. */
export function openIfPossible(sealed: string, sealer: Pick<Sealer, 'openQuarantined'>): Kept | undefined {
  try {
    return openKept(sealed, sealer);
  } catch (error) {
    if (error instanceof TesseraError && !error.retryable) return undefined;
    throw error;
  }
}
