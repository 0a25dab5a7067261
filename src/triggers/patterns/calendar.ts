import { readDateTime } from '../../model/date-time.ts';
import type { Event } from '../../model/event.ts';
import type { JsonValue } from '../../model/json.ts';
import { localDayOf, momentShowing } from '../../model/local-time.ts';
import type { Header, PendingMoment, TriggerMemory } from '../../model/profile.ts';
import { DAY_MS, type EpochMs } from '../../model/time.ts';
import type { Zone } from '../../model/zone.ts';
import { type Candidate, causeOf, firingId } from '../candidate.ts';
import type { CompiledTrigger } from '../compile.ts';
import { keptEvent, openEvent } from '../kept-event.ts';
import { dropEmpty, memoryOf, putPending } from './memory.ts';
import type { CalendarKind } from './pattern.ts';

/*
 * Days of the calendar, at a time of the day on the customer's clock. A profile waits for the next one of each trigger; it is
 * planned anew whenever what it comes from may be another one, and after it was done. Each day is done once.
 */

/** A date that somebody or something has. */
export interface KnownDate {
  readonly value: JsonValue;
  /** Of the event that said so. */
  readonly cause: string;
}

/** What a profile knows of days. */
export interface CalendarFacts {
  readonly profile: string;
  readonly now: EpochMs;
  readonly zone: Zone;
  /** Month and day, `MM-DD` or with the year; also of what is sealed. */
  birthday(): KnownDate | undefined;
  trait(name: string): KnownDate | undefined;
  feature(name: string): JsonValue | undefined;
  /** When points expire, and the cause of what they were earned by. */
  expiries(): readonly { readonly at: EpochMs; readonly cause: string }[];
  /** What has just come. */
  readonly event?: Event | undefined;
  /** `YYYY-MM-DD`. */
  occasion(name: string): readonly string[];
}

/** Days are counted from 1970-01-01 on the customer's calendar. */
interface Dated {
  readonly day: number;
  readonly time: EpochMs;
  readonly cause: string;
  readonly facet: string;
}

/** How long after its moment a day is still done once it becomes known. */
const KNOWN_LATE_MS = DAY_MS;

/** Days that are remembered as done: those that could be planned again are younger than two days. */
const DONE_MAX = 4;

/** Plans the next day of a trigger; answers whether what is pending has changed. */
export function planDay(header: Header, trigger: CompiledTrigger, facts: CalendarFacts): boolean {
  const { pattern } = trigger;
  if (pattern.kind !== 'calendar') return false;
  const memory = memoryOf(header, trigger);
  const { pending: before } = memory;
  const next = nextOf(pattern, { memory, after: trigger.restartedAt ?? Number.NEGATIVE_INFINITY }, facts);
  if (isSame(before, next)) {
    dropEmpty(header, trigger);
    return false;
  }
  memory.pending = [];
  if (next !== undefined) {
    const kept = pattern.day.of === 'since' ? keptOf(next, before, facts.event) : {};
    putPending(memory, { ...next, ...kept });
  }
  dropEmpty(header, trigger);
  return true;
}

function isSame([first, second]: readonly PendingMoment[], next: PendingMoment | undefined): boolean {
  if (second !== undefined) return false;
  return first?.key === next?.key && first?.due === next?.due && first?.cause === next?.cause;
}

/** The event of `since` is asked again when its day has come. */
function keptOf(
  { cause }: PendingMoment,
  before: readonly PendingMoment[],
  event: Event | undefined,
): Pick<PendingMoment, 'event'> {
  const kept =
    event !== undefined && causeOf(event) === cause
      ? keptEvent(event)
      : before.find((moment) => moment.cause === cause)?.event;
  return kept === undefined ? {} : { event: kept };
}

/** `after`: what was due by then is not made up for, because the trigger was off. */
function nextOf(
  pattern: CalendarKind,
  { memory, after }: { readonly memory: TriggerMemory; readonly after: EpochMs },
  facts: CalendarFacts,
): PendingMoment | undefined {
  let next: PendingMoment | undefined;
  for (const { day, time, cause, facet } of datesOf(pattern, memory, facts)) {
    const shifted = day + pattern.shiftDays;
    const due = momentShowing(facts.zone, shifted * DAY_MS + pattern.timeOfDayMs);
    if (due === undefined || due <= Math.max(after, facts.now - KNOWN_LATE_MS)) continue;
    const key = nameOf(shifted);
    if ((next !== undefined && due >= next.due) || memory.done?.includes(key)) continue;
    next = { key, time, due, cause, facet };
  }
  return next;
}

function datesOf({ day }: CalendarKind, memory: TriggerMemory, facts: CalendarFacts): readonly Dated[] {
  switch (day.of) {
    case 'birthday':
      return yearly(facts.birthday(), facts);
    case 'trait':
      return dated(facts.trait(day.name), facts);
    case 'feature':
      return dated(featureDate(day.name, facts), facts);
    case 'since':
      return since(memory, facts);
    case 'points':
      return facts
        .expiries()
        .map(({ at, cause }) => ({ ...ofProfile(cause, at), day: localDayOf(facts.zone, at) }));
    case 'occasion':
      return facts.occasion(day.name).flatMap((date) => {
        const number = dayOfDate(date);
        return number === undefined ? [] : [{ ...ofProfile(facts.profile, number * DAY_MS), day: number }];
      });
  }
}

function ofProfile(cause: string, time: EpochMs): Omit<Dated, 'day'> {
  return { time, cause, facet: '' };
}

function since({ matches }: TriggerMemory, { zone }: CalendarFacts): readonly Dated[] {
  const newest = matches.at(-1);
  if (newest === undefined) return [];
  const { time, cause, facet } = newest;
  return [{ day: localDayOf(zone, time), time, cause, facet }];
}

function featureDate(name: string, facts: CalendarFacts): KnownDate | undefined {
  const value = facts.feature(name);
  return value === undefined ? undefined : { value, cause: facts.profile };
}

/** A date, a moment, or a day of every year. */
function dated(known: KnownDate | undefined, facts: CalendarFacts): readonly Dated[] {
  if (known === undefined) return [];
  const { value, cause } = known;
  if (typeof value === 'number') return [{ ...ofProfile(cause, value), day: localDayOf(facts.zone, value) }];
  if (typeof value !== 'string') return [];
  const day = dayOfDate(value);
  if (day !== undefined) return [{ ...ofProfile(cause, day * DAY_MS), day }];
  const at = readDateTime(value, undefined);
  if (at !== undefined) return [{ ...ofProfile(cause, at), day: localDayOf(facts.zone, at) }];
  return yearly(known, facts);
}

const BIRTHDAY = /^(?:\d{4}-)?(\d{2})-(\d{2})$/;

/** Before and after the present year: moments may lie as long before their day or after it. */
const YEARS: readonly number[] = [-2, -1, 0, 1, 2];

function yearly(known: KnownDate | undefined, { now, zone }: CalendarFacts): readonly Dated[] {
  if (known === undefined || typeof known.value !== 'string') return [];
  const match = BIRTHDAY.exec(known.value);
  if (match === null) return [];
  const year = new Date(zone.localAt(now)).getUTCFullYear();
  return YEARS.flatMap((ahead) => {
    // Who was born on 29 February has their day on the 28th in other years.
    const day =
      dayOfDate(`${year + ahead}-${match[1]}-${match[2]}`) ??
      (match[1] === '02' && match[2] === '29' ? dayOfDate(`${year + ahead}-02-28`) : undefined);
    return day === undefined ? [] : [{ ...ofProfile(known.cause, day * DAY_MS), day }];
  });
}

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

/** Undefined where no calendar has such a day. */
function dayOfDate(text: string): number | undefined {
  const match = DATE.exec(text);
  if (match === null) return undefined;
  const day = Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3])) / DAY_MS;
  return nameOf(day) === text ? day : undefined;
}

function nameOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** The candidate of a day whose moment has come; it was taken out of what is pending, and is done. */
export function candidateOfDay(
  trigger: CompiledTrigger,
  { key, cause, event, time }: PendingMoment,
  { header, at, due }: { readonly header: Header; readonly at: EpochMs; readonly due: EpochMs },
): Candidate {
  const memory = memoryOf(header, trigger);
  memory.done = [...(memory.done ?? []), key].slice(-DONE_MAX);
  return {
    trigger,
    key,
    cause,
    id: firingId(trigger.name, key, cause),
    at,
    due,
    ...(event === undefined ? {} : { event: openEvent(event) }),
    trace: { date: key, counted_from: time },
    useUp: NOTHING,
  };
}

const NOTHING = (): void => undefined;
