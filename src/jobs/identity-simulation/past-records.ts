import { type PastEvent, parsePastEvent, readPastEvents } from '../../desks/past-events.ts';
import { assert } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Event } from '../../model/event.ts';
import { UNATTRIBUTED } from '../../model/keys.ts';
import type { CommandRecord, LogRecord, Position } from '../../model/record.ts';
import type { EpochMs } from '../../model/time.ts';
import type { History } from '../../ports/history.ts';
import type { Log, LogMessage } from '../../ports/log.ts';

/** What identity was told in the past: events that name somebody, and commands. */
export interface PastRecord {
  readonly record: { readonly kind: 'event'; readonly event: Event } | CommandRecord;
  readonly position: Position;
  readonly now: EpochMs;
}

/** As many records as were read at once. Decoded while they are walked through. */
export interface PastBatch {
  readonly lastSeq: number;
  readonly fromHistory: boolean;
  records(): Generator<PastRecord, void, undefined>;
}

export interface PastSource {
  readonly log: Log;
  readonly history: Pick<History, 'query'>;
  readonly decode: (bytes: Uint8Array) => { readonly record: LogRecord };
  readonly partition: number;
}

/** Which part of the past: messages up to `end`, and of these what was received in [from, to). */
export interface PastRange {
  readonly end: number;
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/**
 * The past in the order of the log: from the log as far back as it reaches, and from history where it has been trimmed
 * (also while this is going on). What history never had is missing there: commands, repeats, what is in quarantine.
 */
export async function* readPast(
  source: PastSource,
  range: PastRange,
): AsyncGenerator<PastBatch, void, undefined> {
  const { log } = source;
  for (let next = 1; next <= range.end; ) {
    const { firstSeq } = log.stats();
    if (next < firstSeq) {
      const last = Math.min(firstSeq - 1, range.end);
      yield* readHistory(source, { first: next, last, range });
      next = last + 1;
      continue;
    }
    const messages = await log.read(next - 1, limits.simulationReadMessages);
    if (messages[0]?.seq !== next) {
      assert(log.stats().firstSeq > next, 'a log holds what it says');
      continue;
    }
    for (const message of messages) {
      if (message.seq > range.end) return;
      next = message.seq + 1;
      yield {
        lastSeq: message.seq,
        fromHistory: false,
        records: () => recordsOf(message, range, source.decode),
      };
    }
  }
}

function* recordsOf(
  { seq, appendedAt: now, records }: LogMessage,
  { from, to }: PastRange,
  decode: PastSource['decode'],
): Generator<PastRecord, void, undefined> {
  // Nothing is received after it was appended.
  if (now < from) return;
  for (let index = 0; index < records.length; index++) {
    const { record } = decode(records[index] as Uint8Array);
    const position = { seq, index };
    if (record.kind === 'command') {
      if (now < to) yield { record, position, now };
    } else if (record.kind === 'event' || record.kind === 'routed') {
      const { event } = record;
      if (event.claims.length === 0 || event.receivedAt < from || event.receivedAt >= to) continue;
      yield { record: { kind: 'event', event }, position, now };
    }
  }
}

interface Stretch {
  readonly first: number;
  readonly last: number;
  readonly range: PastRange;
}

/**
 * Pages by windows of the log's numbers, which an index of history knows: few events lie in a window that is narrow, so
 * it widens until pages are about full.
 */
async function* readHistory(
  source: PastSource,
  { first, last, range }: Stretch,
): AsyncGenerator<PastBatch, void, undefined> {
  let after: Position = { seq: first, index: -1 };
  let width: number = limits.simulationPageRows;
  while (after.seq <= last) {
    const windowLast = Math.min(last, after.seq + width - 1);
    const rows = await readRows(source, { after, last: windowLast, range });
    const end = rows.at(-1);
    const full = rows.length === limits.simulationPageRows && end !== undefined;
    after = full ? end.position : { seq: windowLast + 1, index: -1 };
    if (full) width = Math.max(1, Math.floor(width / 2));
    else if (rows.length * 2 < limits.simulationPageRows)
      width = Math.min(width * 2, limits.simulationPageMessagesMax);
    yield { lastSeq: Math.min(after.seq, windowLast), fromHistory: true, records: () => eventsOf(rows) };
  }
}

function* eventsOf(rows: readonly PastEvent[]): Generator<PastRecord, void, undefined> {
  for (const row of rows) {
    const event = parsePastEvent(row);
    const { position, now } = row;
    // What identity said of a referral was no record of its own.
    if (event.claims.length > 0 && event.referral === undefined)
      yield { record: { kind: 'event', event }, position, now };
  }
}

interface Window {
  readonly after: Position;
  readonly last: number;
  readonly range: PastRange;
}

async function readRows(
  { history, partition }: PastSource,
  { after, last, range }: Window,
): Promise<readonly PastEvent[]> {
  const where = [
    `\`partition\` = ${partition}`,
    `seq BETWEEN ${after.seq} AND ${last}`,
    `(seq > ${after.seq} OR idx > ${after.index})`,
    `profile_id != '${UNATTRIBUTED}'`,
    ...(Number.isFinite(range.from)
      ? [`received_at >= fromUnixTimestamp64Milli(toInt64(${range.from}))`]
      : []),
    ...(Number.isFinite(range.to) ? [`received_at < fromUnixTimestamp64Milli(toInt64(${range.to}))`] : []),
  ];
  return await readPastEvents(history, { where, limit: limits.simulationPageRows });
}
