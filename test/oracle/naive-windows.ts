import type { Event } from '../../src/model/event.ts';
import type { FeatureDefinition } from '../../src/model/feature.ts';
import { localDate } from './naive-dates.ts';

/**
 * What calendar and session windows mean, said as plainly as possible: dates as `Intl` writes them, sessions by
 * going through all events. Types only, like the rest of the oracle.
 */
type Windowed = Pick<FeatureDefinition, 'window' | 'previous' | 'zone' | 'idle'>;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const UNIT: Record<string, number> = { s: 1_000, m: MINUTE, h: HOUR, d: DAY };

const textOf = (date: Date): string => date.toISOString().slice(0, 10);

/** The date on which the unit begins that lies `previous` units before the one holding this date. */
function firstDate(unit: string, date: string, previous: number): string {
  const first = new Date(`${date}T00:00:00Z`);
  if (unit === 'day') first.setUTCDate(first.getUTCDate() - previous);
  if (unit === 'week') {
    while (first.getUTCDay() !== 1) first.setUTCDate(first.getUTCDate() - 1);
    first.setUTCDate(first.getUTCDate() - 7 * previous);
  }
  if (unit === 'month') first.setUTCMonth(first.getUTCMonth() - previous, 1);
  return textOf(first);
}

/** The first moment whose local date is this one or later; zones change at quarters of an hour. */
function momentOf(zone: string, date: string): number {
  let moment = Date.parse(`${date}T00:00:00Z`) - DAY;
  while (localDate(zone, moment) < date) moment += 15 * MINUTE;
  return moment;
}

export function isNaiveCalendar(window: string): boolean {
  return ['day', 'week', 'month'].includes(window);
}

/** Whether a calendar window counts what happened at `time`. */
export function inNaiveCalendar(definition: Windowed, time: number, now: number): boolean {
  const { window, zone = 'UTC', previous = 0 } = definition;
  const unit = firstDate(window, localDate(zone, time), 0);
  return unit === firstDate(window, localDate(zone, now), previous);
}

/** When the calendar window began. */
export function naiveCalendarStart({ window, zone = 'UTC', previous = 0 }: Windowed, now: number): number {
  return momentOf(zone, firstDate(window, localDate(zone, now), previous));
}

export function naiveIdle({ idle = '30m' }: Windowed): number {
  return Number(idle.slice(0, -1)) * (UNIT[idle.slice(-1)] ?? Number.NaN);
}

/** How long a session waits after this event: as the definition says, else as its channel does. */
export function naiveIdleAfter(definition: Windowed, { channel, order }: Event): number {
  if (definition.idle !== undefined) return naiveIdle(definition);
  return channel === 'app' && order === undefined ? 2 * MINUTE : 30 * MINUTE;
}

/** Those of the things (ascending by time) that belong to the session open at `now`. */
export function inNaiveSession<Thing extends { readonly time: number; readonly event: Event }>(
  definition: Windowed,
  things: readonly Thing[],
  now: number,
): Thing[] {
  let session: Thing[] = [];
  let until = Number.NEGATIVE_INFINITY;
  for (const thing of things) {
    if (thing.time > until) session = [];
    session.push(thing);
    until = Math.max(until, thing.time + naiveIdleAfter(definition, thing.event));
  }
  const first = session[0];
  const last = session.at(-1);
  if (first === undefined || last === undefined || now > until) return [];
  // It lasts until it is over, less what the longest wait adds.
  if (until - naiveIdle(definition) - first.time <= DAY) return session;
  const midnight = Math.floor(last.time / DAY) * DAY;
  return session.filter(({ time }) => time >= midnight);
}
