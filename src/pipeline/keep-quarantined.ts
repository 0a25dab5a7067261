import { errorTable } from '../errors.ts';
import type { Outcome } from '../model/effect.ts';
import type { Event } from '../model/event.ts';
import { type FoldContext, rawOf } from '../model/fold.ts';
import { quarantineRow } from '../model/history-rows.ts';
import type { QuarantineRecord } from '../model/record.ts';

/** An event for which there is no room is kept with the reason, from where it can be brought again. */
export function quarantineFull(
  code: 'dedup_full' | 'facets_full' | 'ledger_full' | 'profile_full',
  { profile, event }: { readonly profile: string; readonly event: Event },
  context: FoldContext,
): Outcome {
  const { seq, index } = context.position;
  const row = {
    id: `q-${context.partition}-${seq}-${index}`,
    source: event.source,
    receivedAt: event.receivedAt,
    code,
    path: '',
    message: errorTable[code][2],
    // Canonical events hold personal values only as ciphertext.
    sealed: rawOf(event, context),
  };
  context.history(quarantineRow(row, context.cause(), event.id));
  return { status: 'quarantined', code, profileId: profile, firings: [] };
}

/** What ingest has refused. */
export function keepQuarantined(record: QuarantineRecord, context: FoldContext): Outcome {
  context.history(quarantineRow(record, context.cause()));
  return { status: 'quarantined', code: record.code, profileId: '', firings: [] };
}
