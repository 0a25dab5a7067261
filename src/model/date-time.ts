import { type EpochMs, MINUTE_MS } from './time.ts';

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
const DAYS_IN_MONTH: readonly number[] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * The moment of a date-time of RFC 3339, such as `2026-11-21T10:00:00.123+08:00`, read by position: an expression with as
 * many groups costs five times as much. Digits beyond the milliseconds are cut off. A text without an offset is of the zone
 * that is given, and none where that is undefined. Undefined for everything else: a day that no calendar has (`Date.parse`
 * makes 2 March of 30 February), hour 24, years before 1969.
 */
export function readDateTime(text: string, zoneOffsetMinutes: number | undefined): EpochMs | undefined {
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
    if (end === 20 || end - 20 > FRACTION_DIGITS_MAX) return undefined;
    fractionMs = Number(text.slice(20, Math.min(end, 23)).padEnd(3, '0'));
  }
  const offset = offsetMinutes(text, end, zoneOffsetMinutes);
  if (offset === undefined) return undefined;
  return Date.UTC(year, month - 1, day, hour, minute, second, fractionMs) - offset * MINUTE_MS;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const WITHOUT_SECONDS = /^(.{10}T\d{2}:\d{2})(?=Z$|[+-]\d{2}:\d{2}$)/;

/**
 * A moment as people write it: a date-time of RFC 3339 with its offset, of which the seconds may be left out, or a day
 * alone, which is its first moment in UTC. Undefined for what is none, as in `readDateTime`.
 */
export function readMoment(text: string): EpochMs | undefined {
  const whole = DAY.test(text) ? `${text}T00:00:00Z` : text.replace(WITHOUT_SECONDS, '$1:00');
  return readDateTime(whole, undefined);
}

function hasSeparators(text: string): boolean {
  const between = text.charCodeAt(10);
  return (
    (between === UPPER_T || between === LOWER_T || between === SPACE) &&
    text.charCodeAt(4) === DASH &&
    text.charCodeAt(7) === DASH &&
    text.charCodeAt(13) === COLON &&
    text.charCodeAt(16) === COLON
  );
}

function isDate(year: number, month: number, day: number): boolean {
  // 1969 can still be 1970 further west. Digits that are none make these NaN, which no comparison accepts.
  return year >= 1969 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
}

function isTimeOfDay(hour: number, minute: number, second: number): boolean {
  // 60 is a leap second: RFC 3339 allows it, and the epoch counts it as the next one.
  return hour <= 23 && minute <= 59 && second <= 60;
}

/** Minutes east of UTC from what stands at `at`, which must end the text; the default where nothing does. */
function offsetMinutes(text: string, at: number, zoneOffsetMinutes: number | undefined): number | undefined {
  if (at === text.length) return zoneOffsetMinutes;
  const sign = text.charCodeAt(at);
  if (sign === UPPER_Z || sign === LOWER_Z) return at + 1 === text.length ? 0 : undefined;
  if (sign !== PLUS && sign !== DASH) return undefined;
  // Some systems write +0800.
  const colon = text.charCodeAt(at + 3) === COLON ? 1 : 0;
  const hours = digits(text, at + 1, 2);
  const minutes = digits(text, at + 3 + colon, 2);
  if (!(hours <= 23 && minutes <= 59) || at + 5 + colon !== text.length) return undefined;
  return (sign === DASH ? -1 : 1) * (hours * 60 + minutes);
}

/** The number in `count` digits from `at` on; NaN when one of them is none. */
function digits(text: string, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) {
    const digit = text.charCodeAt(i) - ZERO;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

function endOfDigits(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) >= ZERO && text.charCodeAt(at) <= ZERO + 9) at++;
  return at;
}

function daysIn(year: number, month: number): number {
  if (month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)) return 29;
  return DAYS_IN_MONTH[month - 1] ?? 0;
}
