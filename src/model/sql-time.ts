import { DAY_MS, type EpochMs } from './time.ts';

/** `00` to `99`. */
const PAIRS: readonly string[] = Object.freeze(
  Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0')),
);

/**
 * `2026-11-21 10:00:00.123`, in UTC. Text, because ClickHouse reads a number as seconds or as milliseconds by its size.
 * An event has three times, so this runs on integers instead of a Date: a fifth of the time. The calendar counts from
 * 1 March, which puts the leap day last, in eras of 400 years, which all have the same number of days.
 */
export function sqlTime(at: EpochMs): string {
  const days = Math.floor(at / DAY_MS);
  const inDay = at - days * DAY_MS;
  const sinceEra0 = days + 719_468;
  const era = Math.floor(sinceEra0 / 146_097);
  const dayOfEra = sinceEra0 - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const seconds = Math.floor(inDay / 1_000);
  const clock = `${pair(Math.floor(seconds / 3_600))}:${pair(Math.floor(seconds / 60) % 60)}:${pair(seconds % 60)}`;
  const millis = inDay % 1_000;
  return `${pair(Math.floor(year / 100))}${pair(year % 100)}-${pair(month)}-${pair(day)} ${clock}.${Math.floor(millis / 100)}${pair(millis % 100)}`;
}

function pair(n: number): string {
  return PAIRS[n] ?? '00';
}
