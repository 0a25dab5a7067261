/**
 * When did it happen? Senders' clocks are wrong, tills have no zone, queues deliver late. The rules (semantics.md):
 * the sender's clock is corrected by what it says the time is at sending; nothing lies in the future; an event older
 * than its channel's lateness budget still counts, but may not set off triggers any more.
 */
import { limits } from "../limits.js";
import { MINUTE_MS } from "../model/time.js";
import { reject } from "./rejection.js";
/** Budgets by channel; channels that are not listed count as online. */
export const defaultLateness = Object.freeze({
    pos: limits.latenessStoreMs,
    store: limits.latenessStoreMs,
    store_device: limits.latenessStoreMs,
});
const EPOCH_TEXT = /^\d{12,14}$/;
const FRACTION_DIGITS_MAX = 9;
const SPACE = 0x20;
const PLUS = 0x2b;
const DASH = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const UPPER_T = 0x54;
const UPPER_Z = 0x5a;
const LOWER_T = 0x74;
const LOWER_Z = 0x7a;
const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** The corrected time of an event, or why it has none. */
export function eventTime(value, context) {
    const { receivedAt, sentAt } = context;
    if (value === undefined || value === null)
        return { ok: true, time: receivedAt, late: false };
    const stated = readTime(value, context.zoneOffsetMinutes);
    if (stated === undefined)
        return invalidTime(value, '/time');
    const time = sentAt === undefined ? stated : receivedAt - (sentAt - stated);
    if (time < limits.earliestTimeMs)
        return reject('invalid_time', '/time', 'The time lies before 1970.');
    if (time > receivedAt + limits.futureToleranceMs) {
        return reject('time_in_future', '/time', 'The time lies more than 24 hours after the event was received.');
    }
    // A future event must not prune live tiles, so what is early by a little counts as now.
    if (time > receivedAt)
        return { ok: true, time: receivedAt, late: false };
    return { ok: true, time, late: context.latenessMs !== null && receivedAt - time > context.latenessMs };
}
/** A moment from an RFC 3339 date-time or epoch milliseconds; undefined when it is neither, or lies before 1970. */
export function readTime(value, zoneOffsetMinutes) {
    if (typeof value === 'number')
        return fromEpoch(value);
    if (typeof value !== 'string')
        return undefined;
    if (EPOCH_TEXT.test(value))
        return fromEpoch(Number(value));
    return fromText(value, zoneOffsetMinutes);
}
export function invalidTime(value, path) {
    if (typeof value === 'number' && value >= 0 && value < limits.epochMillisecondsMin) {
        return reject('invalid_time', path, 'The number looks like epoch seconds; epoch milliseconds are expected.');
    }
    return reject('invalid_time', path, 'The time must be an RFC 3339 date-time since 1970, or epoch milliseconds.');
}
function fromEpoch(value) {
    const ms = Math.floor(value);
    return ms >= limits.epochMillisecondsMin && ms <= Number.MAX_SAFE_INTEGER ? ms : undefined;
}
/** `2026-11-21T10:00:00.123+08:00`, read by position: an expression with as many groups costs five times as much. */
function fromText(text, zoneOffsetMinutes) {
    const year = digits(text, 0, 4);
    const month = digits(text, 5, 2);
    const day = digits(text, 8, 2);
    const hour = digits(text, 11, 2);
    const minute = digits(text, 14, 2);
    const second = digits(text, 17, 2);
    if (!hasSeparators(text) || !isDate(year, month, day) || !isTimeOfDay(hour, minute, second))
        return undefined;
    let end = 19;
    let fractionMs = 0;
    if (text.charCodeAt(end) === DOT) {
        end = endOfDigits(text, 20);
        if (end === 20 || end - 20 > FRACTION_DIGITS_MAX)
            return undefined;
        fractionMs = Number(text.slice(20, Math.min(end, 23)).padEnd(3, '0'));
    }
    const offset = offsetMinutes(text, end, zoneOffsetMinutes);
    if (offset === undefined)
        return undefined;
    const ms = Date.UTC(year, month - 1, day, hour, minute, second, fractionMs) - offset * MINUTE_MS;
    return ms < limits.earliestTimeMs ? undefined : ms;
}
function hasSeparators(text) {
    const between = text.charCodeAt(10);
    return ((between === UPPER_T || between === LOWER_T || between === SPACE) &&
        text.charCodeAt(4) === DASH &&
        text.charCodeAt(7) === DASH &&
        text.charCodeAt(13) === COLON &&
        text.charCodeAt(16) === COLON);
}
function isDate(year, month, day) {
    // 1969 can still be 1970 further west. Digits that are none make these NaN, which no comparison accepts.
    return year >= 1969 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
}
function isTimeOfDay(hour, minute, second) {
    // 60 is a leap second: RFC 3339 allows it, and the epoch counts it as the next one.
    return hour <= 23 && minute <= 59 && second <= 60;
}
/** Minutes east of UTC from what stands at `at`, which must end the text; the default where nothing does. */
function offsetMinutes(text, at, zoneOffsetMinutes) {
    if (at === text.length)
        return zoneOffsetMinutes;
    const sign = text.charCodeAt(at);
    if (sign === UPPER_Z || sign === LOWER_Z)
        return at + 1 === text.length ? 0 : undefined;
    if (sign !== PLUS && sign !== DASH)
        return undefined;
    // Some systems write +0800.
    const colon = text.charCodeAt(at + 3) === COLON ? 1 : 0;
    const hours = digits(text, at + 1, 2);
    const minutes = digits(text, at + 3 + colon, 2);
    if (!(hours <= 23 && minutes <= 59) || at + 5 + colon !== text.length)
        return undefined;
    return (sign === DASH ? -1 : 1) * (hours * 60 + minutes);
}
/** The number in `count` digits from `at` on; NaN when one of them is none. */
function digits(text, at, count) {
    let value = 0;
    for (let i = at; i < at + count; i++) {
        const digit = text.charCodeAt(i) - ZERO;
        if (!(digit >= 0 && digit <= 9))
            return Number.NaN;
        value = value * 10 + digit;
    }
    return value;
}
function endOfDigits(text, from) {
    let at = from;
    while (at < text.length && text.charCodeAt(at) >= ZERO && text.charCodeAt(at) <= ZERO + 9)
        at++;
    return at;
}
function daysIn(year, month) {
    if (month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0))
        return 29;
    return DAYS_IN_MONTH[month - 1] ?? 0;
}
//# sourceMappingURL=event-time.js.map