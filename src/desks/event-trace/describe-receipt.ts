import type { JsonObject } from '../../model/json.ts';
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
    known: { times: seen === undefined ? 'stored' : 'measured', says: sayings(receipt, historyAnswers) },
  };
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
      quarantine: { id, code, path, message, ...(version === '' ? {} : { schema_version: version }) },
    };
  }
  if (seen === undefined || seen.quarantineId === '') return {};
  return { quarantine: { id: seen.quarantineId, code: seen.code, path: seen.path } };
}

/** In sentences, for whoever reads it. */
function sayings({ seen, applied, kept }: Receipt, historyAnswers: boolean): readonly string[] {
  const says: string[] = [];
  if (!historyAnswers)
    says.push('history cannot be asked now: this is only what the process itself has seen');
  else if (applied === undefined && kept === undefined) says.push(withoutRow(seen?.status));
  if (seen === undefined)
    says.push('this process has not seen it, or no longer knows: when it was applied is not stored');
  else if (seen.inHistoryAt === undefined && (applied !== undefined || kept !== undefined))
    says.push('when history had it is not known here');
  if (applied !== undefined) says.push('features are as they are now');
  return says;
}

function withoutRow(status: string | undefined): string {
  switch (status) {
    case 'applied':
    case 'quarantined':
      return 'it is not in history yet';
    case 'duplicate':
      return 'it was a repeat of an event that had been applied, and changed nothing';
    case 'rejected':
      return 'it was refused in the answer to whoever sent it, and is kept nowhere';
    default:
      return 'it was refused, and changed nothing';
  }
}
