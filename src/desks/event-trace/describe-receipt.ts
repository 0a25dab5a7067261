import { shownPath } from '../../ingest/shown-path.ts';
import type { JsonObject } from '../../model/json.ts';
import { type Saying, saidAs } from '../../model/saying.ts';
import { type Receipt, receivedAt, sourceOf } from './receipts.ts';

/** What came of a receipt and when, as far as that is known, and what is not. */
export function describeReceipt(
  receipt: Receipt,
  { historyAnswers }: { readonly historyAnswers: boolean },
): JsonObject {
  const { seen, applied, kept } = receipt;
  const store = applied?.event.context?.store;
  const status = statusOf(receipt);
  const row = applied?.row ?? kept;
  const code = seen?.code || String(kept?.code ?? '');
  return {
    ...eventIdOf(receipt),
    source: sourceOf(receipt),
    type: applied?.event.type ?? seen?.type ?? kept?.type ?? '',
    channel: applied?.event.channel ?? seen?.channel ?? kept?.channel ?? '',
    ...(typeof store === 'string' ? { store } : {}),
    status,
    ...(code === '' ? {} : { code }),
    ...(applied === undefined ? {} : { late: applied.event.late === true }),
    times: {
      event: applied?.event.time ?? seen?.time ?? null,
      received: receivedAt(receipt),
      appended: applied === undefined ? null : Number(applied.row.appended),
      applied: status === 'rejected' ? null : (seen?.doneAt ?? null),
      in_history: seen?.inHistoryAt ?? null,
    },
    ...(row === undefined ? {} : { position: positionOf(row) }),
    history: { present: row !== undefined },
    ...quarantineOf(receipt),
    known: {
      times: seen === undefined ? 'stored' : 'measured',
      ...saidAs(
        sayings(receipt, historyAnswers).map((code) => ({ code, text: NOTES[code] }) satisfies Saying),
      ),
    },
  };
}

/** Absent of what is kept and was not understood well enough to have one. */
function eventIdOf({ seen, applied, kept }: Receipt): JsonObject {
  const id = applied?.event.id ?? (seen?.id || kept?.event_id);
  return typeof id === 'string' && id !== '' ? { event_id: id } : {};
}

function statusOf({ seen, applied }: Receipt): string {
  return seen?.status ?? (applied === undefined ? 'quarantined' : 'applied');
}

function positionOf({ partition, seq, idx }: JsonObject): JsonObject {
  return { partition: Number(partition), seq: Number(seq), index: Number(idx) };
}

function quarantineOf({ seen, kept }: Receipt): JsonObject {
  if (kept !== undefined) {
    const { id, code, path, message, schema_version: version } = kept;
    return {
      quarantine: {
        id,
        code,
        path: shownPath(String(path)),
        message,
        ...(version === '' ? {} : { schema_version: version }),
      },
    };
  }
  if (seen === undefined || seen.quarantineId === '') return {};
  return { quarantine: { id: seen.quarantineId, code: seen.code, path: shownPath(seen.path) } };
}

/** What may be said of a receipt beside what is known of it. */
const NOTES = {
  history_away: 'history cannot be asked now: this is only what the process itself has seen',
  not_in_history: 'it is not in history yet',
  repeated: 'it was a repeat of an event that had been applied, and changed nothing',
  refused_in_answer: 'it was refused in the answer to whoever sent it, and is kept nowhere',
  refused: 'it was refused, and changed nothing',
  not_seen: 'this process has not seen it, or no longer knows: when it was applied is not stored',
  history_time_unknown: 'when history had it is not known here',
  features_now: 'features are as they are now',
};

function sayings({ seen, applied, kept }: Receipt, historyAnswers: boolean): (keyof typeof NOTES)[] {
  const said: (keyof typeof NOTES)[] = [];
  if (!historyAnswers) said.push('history_away');
  else if (applied === undefined && kept === undefined) said.push(withoutRow(seen?.status));
  if (seen === undefined) said.push('not_seen');
  else if (seen.inHistoryAt === undefined && (applied !== undefined || kept !== undefined))
    said.push('history_time_unknown');
  if (applied !== undefined) said.push('features_now');
  return said;
}

function withoutRow(status: string | undefined): keyof typeof NOTES {
  switch (status) {
    case 'applied':
    case 'quarantined':
      return 'not_in_history';
    case 'duplicate':
      return 'repeated';
    case 'rejected':
      return 'refused_in_answer';
    default:
      return 'refused';
  }
}
