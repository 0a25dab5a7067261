import { hash } from 'node:crypto';
import type { HistoryRow } from './effect.ts';
import type { Event } from './event.ts';
import type { RowCause } from './history-rows.ts';
import type { QuarantineAttempt, QuarantineRecord } from './quarantine-records.ts';
import { sqlTime } from './sql-time.ts';
import type { EpochMs } from './time.ts';

/** Columns of the table `quarantine` behind the position. */
export const QUARANTINE_COLUMNS = [
  'id',
  'event_id',
  'source',
  'received_at',
  'code',
  'path',
  'message',
  'sealed',
  'type',
  'channel',
  'schema_version',
] as const;

/** The same of `quarantine_attempts`. */
export const ATTEMPT_COLUMNS = [
  'id',
  'at',
  'author',
  'status',
  'state',
  'code',
  'path',
  'message',
  'schema_version',
] as const;

export function quarantineRow(record: Omit<QuarantineRecord, 'kind'>, cause: RowCause): HistoryRow {
  const { eventId = '', type = '', channel = '', schemaVersion = '' } = record;
  return {
    table: 'quarantine',
    values: [
      ...placeOf(cause),
      record.id,
      eventId,
      record.source,
      sqlTime(record.receivedAt),
      record.code,
      record.path,
      record.message,
      record.sealed,
      type,
      channel,
      schemaVersion,
    ],
  };
}

/** What came of one attempt to send a kept event on its way again. */
export function quarantineAttemptRow(
  { id, status, state, code = '', path = '', message = '', schemaVersion = '' }: QuarantineAttempt,
  { author, at, cause }: { readonly author: string; readonly at: EpochMs; readonly cause: RowCause },
): HistoryRow {
  return {
    table: 'quarantine_attempts',
    values: [...placeOf(cause), id, sqlTime(at), author, status, state, code, path, message, schemaVersion],
  };
}

/**
 * What an event that fails on applying is called in quarantine: the same each time it is tried again, so that attempts can be
 * counted. Not by its place in the log, which is another one each time.
 */
export function quarantineIdOf({
  source,
  id,
  receivedAt,
}: Pick<Event, 'source' | 'id' | 'receivedAt'>): string {
  return `q-${hash('sha256', `${source}\u0000${id}\u0000${receivedAt}`, 'hex').slice(0, 24)}`;
}

function placeOf({ partition, seq, index, ordinal }: RowCause): readonly number[] {
  return [partition, seq, index, ordinal];
}
