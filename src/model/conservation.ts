import type { HistoryRow, OutcomeStatus } from './effect.ts';
import { ENGINE_SOURCE, type Event } from './event.ts';
import type { LogRecord } from './record.ts';
import { sqlTime } from './sql-time.ts';
import { type EpochMs, MINUTE_MS } from './time.ts';

/*
 * The ledger of law 6: received = applied + duplicate + quarantined + refused, by the minute in which an event was received
 * and by its source.
 */

/** What became of events of one source that were received in one minute. */
export type Tallies = Record<'received' | OutcomeStatus, number>;

export const TALLY_NAMES = ['received', 'applied', 'duplicate', 'quarantined', 'refused'] as const;

/** Columns of the table `conservation` behind the position. */
export const CONSERVATION_COLUMNS = ['minute', 'source', ...TALLY_NAMES, 'at'] as const;

export function noTallies(): Tallies {
  return { received: 0, applied: 0, duplicate: 0, quarantined: 0, refused: 0 };
}

export function addTallies(into: Tallies, from: Readonly<Tallies>): void {
  for (const name of TALLY_NAMES) into[name] += from[name];
}

/** The minute that a moment lies in, by its first millisecond. */
export function minuteOf(at: EpochMs): EpochMs {
  return at - (((at % MINUTE_MS) + MINUTE_MS) % MINUTE_MS);
}

/** What the ledger counts: whose it is, and when it was received. */
export interface Counted {
  readonly source: string;
  readonly receivedAt: EpochMs;
}

/** The event that a record is about, wherever on its way it is. */
export function eventIn(record: LogRecord): Event | undefined {
  if (record.kind === 'event' || record.kind === 'routed') return record.event;
  if (record.kind !== 'message') return undefined;
  const { body } = record;
  return body.type === 'event' || body.type === 'returned' ? body.event : undefined;
}

/** What a record counts as once it has its outcome. Nobody has received what the engine says itself. */
export function countedIn(record: LogRecord): Counted | undefined {
  const counted = record.kind === 'quarantine' ? record : eventIn(record);
  return counted === undefined || counted.source === ENGINE_SOURCE ? undefined : counted;
}

/** What a record brings in from outside; nothing where it is on its way between partitions. */
export function receivedIn(record: LogRecord): Counted | undefined {
  return record.kind === 'message' ? undefined : countedIn(record);
}

/** `2026-11-21 10:00:00`. */
const WHOLE_SECONDS = 19;

/** A row of the ledger: rows of one minute and source add up. */
export function conservationRow(input: {
  readonly minute: EpochMs;
  readonly source: string;
  readonly tallies: Readonly<Tallies>;
  readonly at: EpochMs;
  readonly cause: {
    readonly partition: number;
    readonly seq: number;
    readonly index: number;
    readonly ordinal: number;
  };
}): HistoryRow {
  const { minute, source, tallies, at, cause } = input;
  return {
    table: 'conservation',
    values: [
      cause.partition,
      cause.seq,
      cause.index,
      cause.ordinal,
      sqlTime(minute).slice(0, WHOLE_SECONDS),
      source,
      ...TALLY_NAMES.map((name) => tallies[name]),
      sqlTime(at),
    ],
  };
}

/** Why two accounts of the same events differ. The first six are explanations; the others are what nobody can explain away. */
export const CONSERVATION_CODES = [
  'in_flight',
  'history_lag',
  'erased',
  'expired',
  'before_ledger',
  'log_erased',
  'outcome_missing',
  'outcome_repeated',
  'rows_missing',
  'rows_repeated',
  'log_missing',
  'log_unbooked',
] as const;

export type ConservationCode = (typeof CONSERVATION_CODES)[number];

/** What is no fault of the engine's, and needs no repair. */
export const EXPLAINED: ReadonlySet<ConservationCode> = new Set([
  'in_flight',
  'history_lag',
  'erased',
  'expired',
  'before_ledger',
  'log_erased',
]);
