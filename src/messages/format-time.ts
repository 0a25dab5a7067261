import { readMoment } from '../model/date-time.ts';
import type { JsonValue } from '../model/json.ts';
import { DAY_MS } from '../model/time.ts';
import type { Zones } from '../model/zone.ts';

/** What a format may say, and what it means: the numbers of a calendar, which are the same in every language. */
const PARTS: Readonly<Record<string, (at: Date) => string>> = {
  Y: (at) => String(at.getUTCFullYear()),
  m: (at) => pad(at.getUTCMonth() + 1, 2),
  d: (at) => pad(at.getUTCDate(), 2),
  e: (at) => String(at.getUTCDate()),
  H: (at) => pad(at.getUTCHours(), 2),
  M: (at) => pad(at.getUTCMinutes(), 2),
  S: (at) => pad(at.getUTCSeconds(), 2),
  F: (at) => at.toISOString().slice(0, DATE_CHARACTERS),
  R: (at) => at.toISOString().slice(DATE_CHARACTERS + 1, DATE_CHARACTERS + 6),
  u: (at) => String(at.getUTCDay() || 7),
  '%': () => '%',
};

const DATE_CHARACTERS = 10;
const PART = /%([A-Za-z%])/g;

/**
 * A moment (RFC 3339, or epoch milliseconds) as the customer's clock shows it: `%Y-%m-%d %H:%M`. Empty where it is none. The
 * moment of rendering has no name: `now` would make two renderings of one decision differ.
 */
export function formatTime(
  value: JsonValue | undefined,
  format: string,
  at: { zone: string; zones: Zones },
): string {
  const moment =
    typeof value === 'number' ? value : typeof value === 'string' ? readMoment(value) : undefined;
  if (moment === undefined || !Number.isFinite(moment) || Math.abs(moment) > FURTHEST_MS) return '';
  const zone = at.zones.find(at.zone);
  const shown = new Date(zone === undefined ? moment : zone.localAt(moment));
  return format.replaceAll(PART, (written, part: string) => PARTS[part]?.(shown) ?? written);
}

/** About the year 11000. */
const FURTHEST_MS = 3_300_000 * DAY_MS;

function pad(n: number, digits: number): string {
  return String(n).padStart(digits, '0');
}
