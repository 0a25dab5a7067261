import { errorTable } from '../errors.ts';
import type { Outcome } from '../model/effect.ts';
import type { Event } from '../model/event.ts';
import { type FoldContext, rawOf } from '../model/fold.ts';
import type { QuarantineAttemptsRecord, QuarantineRecord } from '../model/quarantine-records.ts';
import { quarantineAttemptRow, quarantineIdOf, quarantineRow } from '../model/quarantine-rows.ts';

/** An event for which there is no room is kept with the reason, from where it can be brought again. */
export function quarantineFull(
  code: 'dedup_full' | 'facets_full' | 'ledger_full' | 'profile_full',
  { profile, event }: { readonly profile: string; readonly event: Event },
  context: FoldContext,
): Outcome {
  const row = {
    id: quarantineIdOf(event),
    eventId: event.id,
    source: event.source,
    receivedAt: event.receivedAt,
    code,
    path: '',
    message: errorTable[code][2],
    type: event.type,
    channel: event.channel,
    // Canonical events hold personal values only as ciphertext.
    sealed: rawOf(event, context),
  };
  context.history(quarantineRow(row, context.cause()));
  return { status: 'quarantined', code, profileId: profile, firings: [] };
}

/** What ingest has refused. */
export function keepQuarantined(record: QuarantineRecord, context: FoldContext): Outcome {
  context.history(quarantineRow(record, context.cause()));
  return { status: 'quarantined', code: record.code, profileId: '', firings: [] };
}

export function keepAttempts({ author, attempts }: QuarantineAttemptsRecord, context: FoldContext): void {
  for (const attempt of attempts)
    context.history(quarantineAttemptRow(attempt, { author, at: context.now, cause: context.cause() }));
}
