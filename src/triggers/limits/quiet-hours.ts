import { TesseraError } from '../../errors.ts';
import { localDayOf, momentShowing, parseTimeOfDay, timeOfDay } from '../../model/local-time.ts';
import type { QuietHours } from '../../model/messaging.ts';
import { DAY_MS, type EpochMs } from '../../model/time.ts';
import type { Zone } from '../../model/zone.ts';

/** Times of day in milliseconds since midnight; `from` after `to` spans midnight. */
export interface CompiledQuietHours {
  readonly from: number;
  readonly to: number;
  readonly then: 'defer' | 'drop';
}

/** Fails with `invalid_definition` and the place. */
export function compileQuietHours({ from, to, then }: QuietHours, path: string): CompiledQuietHours {
  const hours = { from: clock(from, `${path}/from`), to: clock(to, `${path}/to`), then };
  if (hours.from === hours.to) refuse(`${path}/to`, 'must be another time than from');
  return hours;
}

function clock(text: string, path: string): number {
  return parseTimeOfDay(text) ?? refuse(path, `${text} is not a time of day such as 22:00`);
}

function refuse(path: string, why: string): never {
  throw new TesseraError('invalid_definition', `${path}: ${why}`, { path });
}

/** The moment at which the quiet hours that hold at `at` end on the zone's clock; undefined where none hold. */
export function quietUntil(hours: CompiledQuietHours, zone: Zone, at: EpochMs): EpochMs | undefined {
  const { from, to } = hours;
  const now = timeOfDay(zone, at);
  const isQuiet = from < to ? now >= from && now < to : now >= from || now < to;
  if (!isQuiet) return undefined;
  const today = localDayOf(zone, at) * DAY_MS + to;
  const end = momentShowing(zone, now < to ? today : today + DAY_MS, at);
  // A clock that went back may have shown `to` before and not show it again today.
  return end ?? momentShowing(zone, today + DAY_MS, at) ?? at + DAY_MS;
}
