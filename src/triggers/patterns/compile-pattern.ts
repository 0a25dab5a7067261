import { compileOperators } from '../../conditions/operators.ts';
import { limits } from '../../limits.ts';
import { parseTimeOfDay } from '../../model/local-time.ts';
import { HIDDEN_SEGMENT } from '../../model/segment.ts';
import { DAY_MS } from '../../model/time.ts';
import type {
  CalendarPattern,
  CatalogPattern,
  CountPattern,
  CrossingPattern,
  EventPattern,
  InterestEnd,
  MembershipPattern,
  TriggerDefinition,
  TriggerPattern,
} from '../../model/trigger.ts';
import { versionOf } from '../../model/version-of.ts';
import { compileSequence, forbiddenIn } from './compile-sequence.ts';
import { compileEventTest, compileKey, compileTexts, type KeyReader, typesIn } from './event-test.ts';
import type {
  CalendarDay,
  CalendarKind,
  CatalogKind,
  CompiledPattern,
  CountKind,
  CrossingKind,
  InterestEnder,
  MembershipKind,
} from './pattern.ts';
import { compileDuration, refuse } from './refuse.ts';

/** What patterns have to know of other definitions in force; without a set any name is accepted. */
export interface PatternNames {
  readonly features?: ReadonlySet<string>;
  readonly segments?: ReadonlySet<string>;
  readonly occasions?: ReadonlySet<string>;
}

/** Fails with `invalid_definition` and the place. `restarts`: how often the trigger was switched on again. */
export function compilePattern(
  { name, on }: TriggerDefinition,
  names: PatternNames,
  restarts?: number,
): CompiledPattern {
  const kinds = PATTERNS.filter((kind) => Object.hasOwn(on, kind));
  if (kinds.length !== 1)
    refuse('/on', `must hold exactly one of ${PATTERNS.join(', ')}; it holds ${kinds.join(', ') || 'none'}`);
  if ('count' in on) return compileCount(on);
  if ('sequence' in on) return compileSequence(on);
  if ('feature' in on) return compileCrossing(on, { name, restarts }, names);
  if ('segment' in on) return compileMembership(on, names);
  if ('calendar' in on) return compileCalendar(on, names);
  if ('catalog' in on) return compileCatalog(on);
  return { kind: 'event', matches: compileEventTest(on, '/on') };
}

const PATTERNS = ['event', 'count', 'sequence', 'feature', 'segment', 'calendar', 'catalog'] as const;

/** The event types that a pattern looks at. */
export function typesOf(on: TriggerPattern): readonly string[] {
  return eventsOf(on).flatMap(typesIn);
}

function eventsOf(on: TriggerPattern): readonly EventPattern[] {
  if ('count' in on) return on.unless === undefined ? [on.of] : [on.of, on.unless];
  if ('sequence' in on) return on.sequence.flatMap((step) => ('not' in step ? forbiddenIn(step) : [step]));
  if ('calendar' in on) return on.calendar.since === undefined ? [] : [on.calendar.since];
  if ('catalog' in on) return [on.interest, ...endsOf(on)];
  return 'event' in on ? [on] : [];
}

function endsOf({ unless = [] }: CatalogPattern): readonly InterestEnd[] {
  return Array.isArray(unless) ? unless : [unless as InterestEnd];
}

function compileCount({ count, of, within, by, unless }: CountPattern): CountKind {
  return {
    kind: 'count',
    count,
    withinMs: compileDuration(within, '/on/within'),
    matches: compileEventTest(of, '/on/of'),
    key: compileKey(by, '/on/by'),
    cancels: unless && compileEventTest(unless, '/on/unless'),
  };
}

/** A restart makes it another segment: who is in it is looked at anew, and nothing comes of that. */
function compileCrossing(
  on: CrossingPattern,
  { name, restarts }: { readonly name: string; readonly restarts: number | undefined },
  { features }: PatternNames,
): CrossingKind {
  const { feature, ...operators } = on;
  if (features?.has(feature) === false) refuse('/on/feature', `there is no feature "${feature}"`);
  compileOperators(operators, '/on');
  const when = { feature, ...operators };
  // A definition is plain JSON, and no name of a segment begins so.
  const definition = { name: `${HIDDEN_SEGMENT}${name}`, kind: 'segment', when } as const;
  const version = versionOf(restarts === undefined ? definition : [definition, restarts]);
  return { kind: 'crossing', segment: { version, definition } };
}

function compileMembership(
  { segment, change }: MembershipPattern,
  { segments }: PatternNames,
): MembershipKind {
  if (segments?.has(segment) === false) refuse('/on/segment', `there is no segment "${segment}"`);
  return { kind: 'membership', segment, change };
}

function compileCalendar(
  { calendar, at = '10:00' }: CalendarPattern,
  { features, occasions }: PatternNames,
): CalendarKind {
  const { birthday, date, since, points_expiring: points, occasion, days_before: before = 0 } = calendar;
  const { days_after: after = 0, days = 0 } = calendar;
  const named = [birthday, date, since, points, occasion].filter((each) => each !== undefined);
  if (named.length !== 1)
    refuse('/on/calendar', 'must hold exactly one of birthday, date, since, points_expiring, occasion');
  if (after > 0 && date === undefined) refuse('/on/calendar/days_after', 'has a meaning for a date only');
  if (before > 0 && after > 0) refuse('/on/calendar', 'may lie before the date or after it, not both');
  if (since !== undefined && days === 0) refuse('/on/calendar/days', 'says how many days after the event');
  if (since !== undefined && before > 0) refuse('/on/calendar/days_before', 'has no meaning after an event');
  const timeOfDayMs = parseTimeOfDay(at);
  if (timeOfDayMs === undefined) refuse('/on/at', `${at} is no time of day such as 10:00`);
  if (date !== undefined && 'feature' in date && features?.has(date.feature) === false)
    refuse('/on/calendar/date/feature', `there is no feature "${date.feature}"`);
  if (occasion !== undefined && occasions?.has(occasion) === false)
    refuse('/on/calendar/occasion', `the messaging definition lists no occasion "${occasion}"`);
  return { kind: 'calendar', day: dayOf(calendar), shiftDays: days + after - before, timeOfDayMs };
}

function dayOf({ birthday, date, since, occasion }: CalendarPattern['calendar']): CalendarDay {
  if (birthday) return { of: 'birthday' };
  if (date !== undefined)
    return 'trait' in date ? { of: 'trait', name: date.trait } : { of: 'feature', name: date.feature };
  if (since !== undefined) return { of: 'since', matches: compileEventTest(since, '/on/calendar/since') };
  return occasion === undefined ? { of: 'points' } : { of: 'occasion', name: occasion };
}

function compileCatalog(on: CatalogPattern): CatalogKind {
  const { catalog, interest, key, for: wait, drop } = on;
  const forMs = compileDuration(wait, '/on/for');
  if (forMs < DAY_MS || forMs > limits.catalogInterestMaxMs)
    refuse('/on/for', `${wait} is outside 1d to ${limits.catalogInterestMaxMs / DAY_MS}d`);
  if (drop !== undefined && catalog !== 'price_drop')
    refuse('/on/drop', 'has a meaning for a price drop only');
  return {
    kind: 'catalog',
    moment: catalog,
    interest: compileEventTest(interest, '/on/interest'),
    key: compileItem(key),
    ends: endsOf(on).map((end, place) => compileEnd(end, on, place)),
    forMs,
    dropPercent: drop?.percent ?? 0,
  };
}

/** Of several paths the first that leads anywhere. */
function compileItem(key: CatalogPattern['key']): KeyReader {
  if (typeof key === 'string') return compileKey(key, '/on/key');
  const readers = key.map((path, place) => compileKey(path, `/on/key/${place}`));
  return (event) => {
    for (const read of readers) {
      const item = read(event);
      if (item !== undefined) return item;
    }
    return undefined;
  };
}

/** An event that names no items of its own ends the interest in whatever the pattern's key leads to. */
function compileEnd(end: InterestEnd, { key, unless }: CatalogPattern, place: number): InterestEnder {
  const path = Array.isArray(unless) ? `/on/unless/${place}` : '/on/unless';
  const paths = end.key !== undefined ? [end.key] : typeof key === 'string' ? [key] : key;
  const readers = paths.map((each) => compileTexts(each, `${path}/key`));
  return {
    matches: compileEventTest(end, path),
    items: (event) => readers.flatMap((read) => read(event)),
  };
}
