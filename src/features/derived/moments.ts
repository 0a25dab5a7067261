import type { JsonValue } from '../../model/json.ts';

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const MOMENT = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;
/** What a Date can hold. */
const EARLIEST_OR_LATEST_MS = 8.64e15;

/**
 * A moment: epoch milliseconds, a date (its start in UTC) or RFC 3339. Null for everything else, also for days that
 * no calendar has.
 */
export function momentOf(value: JsonValue): number | null {
  if (typeof value === 'number') return Math.abs(value) <= EARLIEST_OR_LATEST_MS ? value : null;
  if (typeof value !== 'string') return null;
  const date = MOMENT.exec(value)?.[1] ?? value;
  const midnight = midnightOf(date);
  if (midnight === null || date === value) return midnight;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : at;
}

function midnightOf(text: string): number | null {
  const match = DATE.exec(text);
  if (match === null) return null;
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text) ? at : null;
}

/** Birthdays between a moment and now, in UTC: whole years, as people count their age. Null while it lies ahead. */
export function yearsBetween(from: number, until: number): number | null {
  if (from > until) return null;
  const start = new Date(from);
  const end = new Date(until);
  const years = end.getUTCFullYear() - start.getUTCFullYear();
  const anniversary = Date.UTC(
    start.getUTCFullYear() + years,
    start.getUTCMonth(),
    start.getUTCDate(),
    start.getUTCHours(),
    start.getUTCMinutes(),
    start.getUTCSeconds(),
    start.getUTCMilliseconds(),
  );
  return anniversary > until ? years - 1 : years;
}
