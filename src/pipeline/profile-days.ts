import type { ProfileLookup } from '../conditions/condition.ts';
import type { CompiledProgram } from '../loyalty/program.ts';
import { readLedger } from '../loyalty/standing.ts';
import type { CompiledPrivacy } from '../model/compile-privacy.ts';
import type { Event } from '../model/event.ts';
import { isJsonObject, isSealed } from '../model/json.ts';
import type { Facet, Header } from '../model/profile.ts';
import type { EpochMs } from '../model/time.ts';
import { usableRegister } from '../profile/usable-traits.ts';
import { BIRTHDAY_TRAITS, type CalendarIndex } from '../triggers/calendar-days.ts';
import type { CompiledTrigger } from '../triggers/compile.ts';
import { customerZone } from '../triggers/limits/customer-zone.ts';
import type { CompiledMessaging } from '../triggers/messaging.ts';
import { type CalendarFacts, type KnownDate, planDay } from '../triggers/patterns/calendar.ts';
import { concernsPoints } from './profile-loyalty.ts';

/*
 * Keeps the days that a profile waits for: planned when an event has come that may move them, when one was done, and as a
 * whole once its facets or the definitions are others than before.
 */
export interface DayDefinitions {
  readonly days: CalendarIndex;
  readonly messaging: CompiledMessaging;
  readonly loyalty?: CompiledProgram | undefined;
  /** What of people may be used; absent: everything. */
  readonly privacy?: CompiledPrivacy | undefined;
}

/** The triggers whose day may be another one because of the event. */
export function daysAfter(
  event: Event,
  header: Header | undefined,
  { days, loyalty, privacy }: DayDefinitions,
): readonly CompiledTrigger[] {
  if (days.all.length === 0) return days.all;
  if (header?.plannedUnder !== days.version) return days.all;
  // A consent, or a notice, may make a date usable, or take it back.
  if (event.consent !== undefined && privacy !== undefined && privacy.gates.size > 0) return days.all;
  return days.concernedBy(event, concernsPoints(event, { loyalty }));
}

/** Whether all days are to be planned: nobody has since they are what they are, or since facets came or went. */
export function isUnplanned({ plannedUnder }: Header, { days }: Pick<DayDefinitions, 'days'>): boolean {
  return days.all.length > 0 && plannedUnder !== days.version;
}

/** Days are planned as a whole next, because facets are others now. */
export function forgetDays(header: Header): void {
  if (header.plannedUnder !== undefined) header.plannedUnder = FACETS_CHANGED;
}

/** No version of days. */
const FACETS_CHANGED = '-';

export interface Planning {
  readonly header: Header;
  readonly facets: readonly Facet[];
  readonly lookup: ProfileLookup;
  readonly now: EpochMs;
  readonly definitions: DayDefinitions;
  /** What has just come. */
  readonly event?: Event;
}

/** Plans the next days of these triggers; answers whether anything that is remembered has changed. */
export function planDays(which: readonly CompiledTrigger[], planning: Planning): boolean {
  const { header, definitions } = planning;
  let changed = false;
  if (isUnplanned(header, definitions)) {
    header.plannedUnder = definitions.days.version;
    changed = true;
  }
  if (which.length === 0) return changed;
  const facts = factsOf(planning);
  for (const trigger of which) if (planDay(header, trigger, facts)) changed = true;
  return changed;
}

function factsOf({ header, facets, lookup, now, definitions, event }: Planning): CalendarFacts {
  const { messaging, loyalty, privacy } = definitions;
  return {
    profile: header.id,
    now,
    event,
    zone: customerZone(lookup, messaging),
    birthday: () => birthdayIn(facets, privacy),
    trait: (name) => traitIn(facets, name, privacy),
    feature: (name) => lookup.feature(name),
    expiries: () => (loyalty === undefined ? [] : expiriesIn(facets, loyalty, now)),
    occasion: (name) => messaging.definition.occasions?.[name] ?? [],
  };
}

function traitIn(
  facets: readonly Facet[],
  name: string,
  privacy: CompiledPrivacy | undefined,
): KnownDate | undefined {
  const register = usableRegister(facets, name, privacy);
  if (register === undefined || isSealed(register.value)) return undefined;
  return { value: register.value, cause: register.tie };
}

/** Of a birthday that was sealed, month and day stand beside it. */
function birthdayIn(facets: readonly Facet[], privacy: CompiledPrivacy | undefined): KnownDate | undefined {
  for (const name of BIRTHDAY_TRAITS) {
    const register = usableRegister(facets, name, privacy);
    if (register === undefined) continue;
    const { value, tie: cause } = register;
    if (!isSealed(value)) return { value, cause };
    const day = isJsonObject(value) ? value.day : undefined;
    if (day !== undefined) return { value: day, cause };
  }
  return undefined;
}

function expiriesIn(
  facets: readonly Facet[],
  program: CompiledProgram,
  now: EpochMs,
): ReturnType<CalendarFacts['expiries']> {
  const { lots } = readLedger(
    facets.map(({ ledger }) => ledger),
    program,
    now,
  );
  return lots.flatMap(({ fact: { expiresAt: at, tie, key }, pending, available }) =>
    at === undefined || pending + available <= 0 ? [] : [{ at, cause: tie || key }],
  );
}
