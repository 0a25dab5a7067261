import type { Pace } from '../../background/pace.ts';
import { limits } from '../../limits.ts';
import { minuteOf, receivedIn } from '../../model/conservation.ts';
import { type EpochMs, MINUTE_MS } from '../../model/time.ts';
import type { Log, LogMessage } from '../../ports/log.ts';
import { decodeRecord } from '../../runner/codec.ts';
import type { ConservationNote } from '../../serve/conservation-service.ts';
import type { Accounts } from './accounts.ts';
import type { PartitionBooks } from './read-books.ts';

export interface LogReading {
  /** All logs hold everything that was received from here on. */
  loggedSince: EpochMs;
  erasedRecords: number;
  records: number;
}

/** A record is appended after it was received, by clocks that may differ by so much. */
const CLOCKS_DIFFER_MS = 10 * MINUTE_MS;

/** Counts what came in by the log of a partition itself, up to where its books were read: an account that no fold has touched. */
export async function readLog(
  { partition, checkpoint }: PartitionBooks,
  { log, accounts, pace }: { readonly log: Log; readonly accounts: Accounts; readonly pace: Pace },
  reading: LogReading,
): Promise<readonly ConservationNote[]> {
  const { firstSeq } = log.stats();
  const earliest = accounts.from - CLOCKS_DIFFER_MS;
  const notes: ConservationNote[] = [];
  const oldest = await messageBehind(log, firstSeq - 1);
  if (firstSeq > 1 && oldest !== undefined && oldest.appendedAt > earliest) {
    const since = minuteOf(oldest.appendedAt + CLOCKS_DIFFER_MS) + MINUTE_MS;
    reading.loggedSince = Math.max(reading.loggedSince, since);
    if (since > accounts.from) {
      const text = `The log of ${partition} was trimmed; it reaches back to ${new Date(since).toISOString()}.`;
      notes.push({ code: 'log_trimmed', partition, text });
    }
  }
  let seq = await lastBefore(log, { first: firstSeq, last: checkpoint.seq }, earliest);
  while (seq < checkpoint.seq) {
    if (reading.records >= limits.conservationLogRecordsMax) {
      reading.loggedSince = Number.POSITIVE_INFINITY;
      const text = `More than ${limits.conservationLogRecordsMax} records of the logs would have to be read.`;
      return [...notes, { code: 'log_unread', partition, text }];
    }
    const messages = await log.read(seq, limits.batchMessagesMax);
    for (const message of messages)
      if (message.seq <= checkpoint.seq) countRecords(message, accounts, reading);
    const last = messages.at(-1);
    if (last === undefined) break;
    seq = last.seq;
    if (pace.isDue()) await pace.rest();
  }
  return notes;
}

function countRecords({ records }: LogMessage, accounts: Accounts, reading: LogReading): void {
  for (const bytes of records) {
    reading.records += 1;
    const { record } = decodeRecord(bytes);
    if (record.kind === 'erased') reading.erasedRecords += 1;
    const received = receivedIn(record);
    const account = received && accounts.at(received.receivedAt, received.source);
    if (account !== undefined) account.logs += 1;
  }
}

async function messageBehind(log: Log, seq: number): Promise<LogMessage | undefined> {
  return (await log.read(seq, 1))[0];
}

/** The last message that was appended before a moment, by halving; the one before the first where none was. */
async function lastBefore(
  log: Log,
  { first, last }: { readonly first: number; readonly last: number },
  moment: EpochMs,
): Promise<number> {
  let [low, high] = [first - 1, last];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const message = await messageBehind(log, middle - 1);
    if (message !== undefined && message.appendedAt < moment) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** A log must hold the very message that the state ended with: otherwise it has lost its tail. */
export async function looksCut(log: Log, { seq, digest }: PartitionBooks['checkpoint']): Promise<boolean> {
  if (seq === 0) return false;
  const message = await messageBehind(log, seq - 1);
  if (message?.seq === seq) return message.digest !== digest;
  return message === undefined && log.stats().lastSeq < seq;
}
