import type { ExpiryRule } from '../model/loyalty.ts';
import { DAY_MS, type EpochMs } from '../model/time.ts';
import type { Zone } from '../model/zone.ts';

/**
 * When points that were earned at a moment expire, by the calendar of the program's zone. They end with a day, so that
 * whoever reads "until 31 May" may spend them all that day, and lots of one day are alike once they are old.
 */
export function compileExpiry(
  rule: ExpiryRule | undefined,
  zone: Zone,
): (earnedAt: EpochMs) => EpochMs | undefined {
  if (rule === undefined) return () => undefined;
  if ('months' in rule) return (earnedAt) => endOfDay(monthsLater(zone.localAt(earnedAt), rule.months), zone);
  return (earnedAt) => startOfYear(yearOf(earnedAt, zone) + 1 + rule.end_of_year, zone);
}

export function yearOf(at: EpochMs, zone: Zone): number {
  return new Date(zone.localAt(at)).getUTCFullYear();
}

export function startOfYear(year: number, zone: Zone): EpochMs {
  return toInstant(Date.UTC(year, 0, 1), zone);
}

/** The same day of a later month, or its last one: 31 January and a month is 28 February. */
function monthsLater(local: number, months: number): number {
  const date = new Date(local);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + months];
  const daysInMonth = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return Date.UTC(year, month, Math.min(date.getUTCDate(), daysInMonth));
}

function endOfDay(localDay: number, zone: Zone): EpochMs {
  return toInstant(localDay + DAY_MS, zone);
}

/** The moment at which the zone's wall clock shows this. Where it shows it twice or never: within the change. */
function toInstant(local: number, zone: Zone): EpochMs {
  const guess = local - zone.offsetAt(local);
  return local - zone.offsetAt(guess);
}
