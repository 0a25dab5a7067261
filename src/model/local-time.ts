import { DAY_MS, type EpochMs, MINUTE_MS } from './time.ts';
import type { Zone } from './zone.ts';

/** Number of the day that a wall clock of the zone shows, counted from 1970-01-01. */
export function localDayOf(zone: Zone, at: EpochMs): number {
  return Math.floor(zone.localAt(at) / DAY_MS);
}

/** How far the day is on a wall clock of the zone, in milliseconds since its midnight. */
export function timeOfDay(zone: Zone, at: EpochMs): number {
  const local = zone.localAt(at);
  return local - Math.floor(local / DAY_MS) * DAY_MS;
}

/**
 * The first moment after `after` at which the zone's wall clock shows this (milliseconds since its own 1970-01-01T00:00).
 * Where the clock leaves it out, the moment of the change; undefined where it has shown it for the last time by then.
 */
export function momentShowing(
  zone: Zone,
  local: number,
  after: EpochMs = Number.NEGATIVE_INFINITY,
): EpochMs | undefined {
  // No zone changes its clock twice in two days, so that these are all the offsets there can be.
  const early = local - zone.offsetAt(local - DAY_MS);
  const late = local - zone.offsetAt(local + DAY_MS);
  const shows = (at: EpochMs): boolean => zone.localAt(at) === local;
  const shown = [Math.min(early, late), Math.max(early, late)].filter(shows);
  if (shown.length > 0) return shown.find((at) => at > after);
  const change = firstReaching(zone, local, { before: Math.min(early, late), after: Math.max(early, late) });
  return change > after ? change : undefined;
}

/** The first moment at which the clock is at `local` or past it, between one at which it is not and one at which it is. */
function firstReaching(zone: Zone, local: number, between: { before: EpochMs; after: EpochMs }): EpochMs {
  let { before, after } = between;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (zone.localAt(middle) < local) before = middle;
    else after = middle;
  }
  return after;
}

const CLOCK = /^([01]\d|2[0-3]):([0-5]\d)$/;

/** `HH:MM` as milliseconds since midnight; undefined where it is no time of day. */
export function parseTimeOfDay(text: string): number | undefined {
  const match = CLOCK.exec(text);
  return match === null ? undefined : (Number(match[1]) * 60 + Number(match[2])) * 60_000;
}

/** What the customer's clock and calendar show. */
export interface LocalMoment {
  /** Since midnight. */
  readonly minutes: number;
  readonly weekday: Weekday;
  /** `YYYY-MM-DD`. */
  readonly date: string;
}

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** What a clock of the zone shows. */
export function localMomentOf(zone: Zone, at: EpochMs): LocalMoment {
  const day = localDayOf(zone, at);
  return {
    minutes: Math.floor(timeOfDay(zone, at) / MINUTE_MS),
    weekday:
      WEEKDAYS[(((day + EPOCH_WEEKDAY) % WEEKDAYS.length) + WEEKDAYS.length) % WEEKDAYS.length] ?? 'mon',
    date: new Date(day * DAY_MS).toISOString().slice(0, 'YYYY-MM-DD'.length),
  };
}

/** 1 January 1970 was a Thursday. */
const EPOCH_WEEKDAY = WEEKDAYS.indexOf('thu');
