/**
 * When did it happen? Senders' clocks are wrong, tills have no zone, queues deliver late. The rules (semantics.md):
 * the sender's clock is corrected by what it says the time is at sending; nothing lies in the future; an event older
 * than its channel's lateness budget still counts, but may not set off triggers any more.
 */
import { limits } from '../limits.ts';
import { readDateTime } from '../model/date-time.ts';
import type { JsonValue } from '../model/json.ts';
import type { DurationMs, EpochMs } from '../model/time.ts';
import { type Rejection, reject } from './rejection.ts';

export interface EventTime {
  readonly ok: true;
  readonly time: EpochMs;
  readonly late: boolean;
  /** What the sender's clock is ahead (negative: behind), where it is off by so much that it is noted. */
  readonly aheadMs?: DurationMs;
}

export interface TimeContext {
  readonly receivedAt: EpochMs;
  /** When it was taken in: later, where it was kept in quarantine until then. */
  readonly takenAt?: EpochMs | undefined;
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

const EPOCH_TEXT = /^\d{12,14}$/;

/** The corrected time of an event, or why it has none. */
export function eventTime(value: JsonValue | undefined, context: TimeContext): EventTime | Rejection {
  const { receivedAt, sentAt } = context;
  if (value === undefined || value === null)
    return { ok: true, time: receivedAt, late: isLate(receivedAt, context) };
  const stated = readTime(value, context.zoneOffsetMinutes);
  if (stated === undefined) return invalidTime(value, '/time');
  const time = sentAt === undefined ? stated : receivedAt - (sentAt - stated);
  if (time < limits.earliestTimeMs) return reject('invalid_time', '/time', 'The time lies before 1970.');
  if (time > receivedAt + limits.futureToleranceMs) {
    return reject(
      'time_in_future',
      '/time',
      'The time lies more than 24 hours after the event was received.',
    );
  }
  // A future event must not prune live tiles, so what is early by a little counts as now.
  const at = Math.min(time, receivedAt);
  const late = isLate(at, context);
  // Who does not say when it sent is only known to be ahead.
  const aheadMs = sentAt === undefined ? Math.max(0, time - receivedAt) : sentAt - receivedAt;
  return Math.abs(aheadMs) < limits.clockSkewNotedMs
    ? { ok: true, time: at, late }
    : { ok: true, time: at, late, aheadMs };
}

/** Late is what was taken in late, whoever held it up: its moment to set something off is over. */
function isLate(time: EpochMs, { receivedAt, takenAt = receivedAt, latenessMs }: TimeContext): boolean {
  return latenessMs !== null && takenAt - time > latenessMs;
}

/** A moment from an RFC 3339 date-time or epoch milliseconds; undefined when it is neither, or lies before 1970. */
export function readTime(value: JsonValue, zoneOffsetMinutes: number): EpochMs | undefined {
  if (typeof value === 'number') return fromEpoch(value);
  if (typeof value !== 'string') return undefined;
  if (EPOCH_TEXT.test(value)) return fromEpoch(Number(value));
  const ms = readDateTime(value, zoneOffsetMinutes);
  return ms === undefined || ms < limits.earliestTimeMs ? undefined : ms;
}

export function invalidTime(value: JsonValue, path: string): Rejection {
  if (typeof value === 'number' && value >= 0 && value < limits.epochMillisecondsMin) {
    return reject(
      'invalid_time',
      path,
      'The number looks like epoch seconds; epoch milliseconds are expected.',
    );
  }
  return reject(
    'invalid_time',
    path,
    'The time must be an RFC 3339 date-time since 1970, or epoch milliseconds.',
  );
}

function fromEpoch(value: number): EpochMs | undefined {
  const ms = Math.floor(value);
  return ms >= limits.epochMillisecondsMin && ms <= Number.MAX_SAFE_INTEGER ? ms : undefined;
}
