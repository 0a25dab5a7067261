import { TesseraError } from '../errors.ts';
import type { Event } from '../model/event.ts';
import type { FeatureDefinition } from '../model/feature.ts';
import { DAY_MS, type EpochMs, HOUR_MS } from '../model/time.ts';
import type { Zone, Zones } from '../model/zone.ts';

/** What a histogram counts by: `of` of its definition. */
const SLOTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['hour', Object.freeze(Array.from({ length: 24 }, (_, hour) => String(hour)))],
  ['weekday', Object.freeze(['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'])],
]);

/** 1970-01-01 was a Thursday, the fourth day from Monday on. */
const FIRST_WEEKDAY = 3;

export function slotNames(of: string | undefined): readonly string[] | undefined {
  return of === undefined ? undefined : SLOTS.get(of);
}

function slotAt(of: string, local: EpochMs): number {
  if (of === 'hour') return Math.floor(local / HOUR_MS) - 24 * Math.floor(local / DAY_MS);
  const day = Math.floor(local / DAY_MS) + FIRST_WEEKDAY;
  return day - 7 * Math.floor(day / 7);
}

function ownZone(event: Event, zones: Zones): Zone | undefined {
  const timezone = event.context?.timezone;
  return typeof timezone === 'string' ? zones.find(timezone) : undefined;
}

/** Reads the slot of an event off the clock of its own zone, or of the definition's where it names none. */
export function compileSlots(
  definition: FeatureDefinition,
  zones: Zones,
): (event: Event) => readonly number[] {
  const { of = '', zone: name = 'UTC' } = definition;
  const zone = zones.find(name);
  if (zone === undefined) {
    const why = `feature "${definition.name}" at /zone: "${name}" is not an IANA time zone such as Asia/Shanghai`;
    throw new TesseraError('invalid_definition', why, { path: '/zone' });
  }
  return (event) => [slotAt(of, (ownZone(event, zones) ?? zone).localAt(event.time))];
}
