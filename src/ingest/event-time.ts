/**
 * When did it happen? Senders' clocks are wrong, tills have no zone, queues deliver late. The rules (semantics.md):
 * the sender's clock is corrected by what it says the time is at sending; nothing lies in the future; an event older
 * than its channel's lateness budget still counts, but may not set off triggers any more.
 */
import { limits } from '../limits.ts';
import type { JsonValue } from '../model/json.ts';
import { type DurationMs, type EpochMs, MINUTE_MS } from '../model/time.ts';
import { type Rejection, reject } from './rejection.ts';

export interface EventTime {
  readonly ok: true;
  readonly time: EpochMs;
  readonly late: boolean;
}

export interface TimeContext {
  readonly receivedAt: EpochMs;
  /** The sender's clock when it sent, where the protocol tells. */
  readonly sentAt: EpochMs | undefined;
  /** Offset of local times that name none, east positive. */
  readonly zoneOffsetMinutes: number;
  /** How old an event may be and still fire; null: any age (imports). */
  readonly latenessMs: DurationMs | null;
}

/** Budgets by channel; channels that are not listed count as online. */
export const defaultLateness: Readonly<Record<string, DurationMs>> = Object.freeze({
  pos: limits.latenessStoreMs,
  store: limits.latenessStoreMs,
  store_device: limits.latenessStoreMs,
});

const RFC3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?:([Zz])|([+-])(\d\d):?(\d\d))?$/;
const EPOCH_TEXT = /^\d{12,14}$/;
const DAYS_IN_MONTH: readonly number[] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** The corrected time of an event, or why it has none. */
export function eventTime(value: JsonValue | undefined, context: TimeContext): EventTime | Rejection {
  const { receivedAt, sentAt } = context;
  if (value === undefined || value === null) return { ok: true, time: receivedAt, late: false };
  const stated = readTime(value, context.zoneOffsetMinutes);
  if (stated === undefined) return invalidTime(value, '/time');
  const time = sentAt === undefined ? stated : receivedAt - (sentAt - stated);
  if (time < limits.earliestTimeMs) return reject('invalid_time', '/time', 'The time lies before 1970.');
  if (time > receivedAt + limits.futureToleranceMs) {
    return reject('time_in_future', '/time', 'The time lies more than 24 hours after the event was received.');
  }
  // A future event must not prune live tiles, so what is early by a little counts as now.
  if (time > receivedAt) return { ok: true, time: receivedAt, late: false };
  return { ok: true, time, late: context.latenessMs !== null && receivedAt - time > context.latenessMs };
}

/** A moment from an RFC 3339 date-time or epoch milliseconds; undefined when it is neither, or lies before 1970. */
export function readTime(value: JsonValue, zoneOffsetMinutes: number): EpochMs | undefined {
  if (typeof value === 'number') return fromEpoch(value);
  if (typeof value !== 'string') return undefined;
  const match = RFC3339.exec(value);
  if (match === null) return EPOCH_TEXT.test(value) ? fromEpoch(Number(value)) : undefined;
  return fromParts(match, zoneOffsetMinutes);
}

export function invalidTime(value: JsonValue, path: string): Rejection {
  if (typeof value === 'number' && value >= 0 && value < limits.epochMillisecondsMin) {
    return reject('invalid_time', path, 'The number looks like epoch seconds; epoch milliseconds are expected.');
  }
  return reject('invalid_time', path, 'The time must be an RFC 3339 date-time since 1970, or epoch milliseconds.');
}

function fromEpoch(value: number): EpochMs | undefined {
  const ms = Math.floor(value);
  return ms >= limits.epochMillisecondsMin && ms <= Number.MAX_SAFE_INTEGER ? ms : undefined;
}

function fromParts(match: RegExpExecArray, zoneOffsetMinutes: number): EpochMs | undefined {
  const year = Number(match[1]);
  const month = Number(match[2]);
  const day = Number(match[3]);
  const hour = Number(match[4]);
  const minute = Number(match[5]);
  const second = Number(match[6]);
  // 60 is a leap second: RFC 3339 allows it, and the epoch counts it as the next one.
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 60) {
    return undefined;
  }
  const offset = offsetMinutes(match, zoneOffsetMinutes);
  if (offset === undefined || year < 1969) return undefined;
  const fractionMs = match[7] === undefined ? 0 : Number(match[7].slice(0, 3).padEnd(3, '0'));
  const ms = Date.UTC(year, month - 1, day, hour, minute, second, fractionMs) - offset * MINUTE_MS;
  return ms < limits.earliestTimeMs ? undefined : ms;
}

function offsetMinutes(match: RegExpExecArray, zoneOffsetMinutes: number): number | undefined {
  if (match[8] !== undefined) return 0;
  if (match[9] === undefined) return zoneOffsetMinutes;
  const hours = Number(match[10]);
  const minutes = Number(match[11]);
  if (hours > 23 || minutes > 59) return undefined;
  return (match[9] === '-' ? -1 : 1) * (hours * 60 + minutes);
}

function daysIn(year: number, month: number): number {
  if (month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)) return 29;
  return DAYS_IN_MONTH[month - 1] ?? 0;
}
