import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { DurationMs, EpochMs } from '../../model/time.ts';
import { DAY_MS } from '../../model/time.ts';
import { Zones } from '../../model/zone.ts';

/**
 * Local wall-clock time → UTC for one IANA zone.
 *
 * `Intl.DateTimeFormat` knows the offset of an instant, not of a wall-clock time, and takes microseconds per
 * call. So the offset is asked once per local day: where it is the same on the day before and the day after,
 * it holds for the whole day. On the few other days it is found per value, by trying both offsets.
 *
 * A time that occurs twice (clocks go back) is the first of the two; a time that does not occur (clocks go
 * forward) is read with the offset before the change, as calendars do.
 */
export type LocalToUtc = (localMs: number) => EpochMs;

export function compileZone(zone: string): LocalToUtc {
  if (zone === 'UTC') return (localMs) => localMs;
  const found = new Zones().find(zone);
  if (found === undefined) {
    throw new TesseraError('invalid_map', `${zone} is not an IANA time zone such as Europe/London.`, {
      path: '/zone',
    });
  }
  const offsetAt = (utcMs: EpochMs): DurationMs => found.offsetAt(utcMs);
  /** Local day → its offset, or NaN for a day near a change. */
  const days = new Map<number, number>();
  return (localMs) => {
    const day = Math.floor(localMs / DAY_MS);
    let offset = days.get(day);
    if (offset === undefined) {
      const before = offsetAt((day - 1) * DAY_MS);
      offset = before === offsetAt((day + 2) * DAY_MS) ? before : Number.NaN;
      if (days.size >= limits.importZoneDaysMax) days.clear();
      days.set(day, offset);
    }
    return Number.isNaN(offset) ? nearChange(localMs, offsetAt) : localMs - offset;
  };
}

function nearChange(localMs: number, offsetAt: (utcMs: number) => number): EpochMs {
  const before = offsetAt(localMs - DAY_MS);
  const after = offsetAt(localMs + DAY_MS);
  const early = localMs - before;
  if (offsetAt(early) === before) return early;
  const late = localMs - after;
  return offsetAt(late) === after ? late : early;
}
