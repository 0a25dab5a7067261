import { ZONE_TRAIT } from '../conditions/clock.ts';
import type { Event } from '../model/event.ts';
import { versionOf } from '../model/version-of.ts';
import type { CompiledTrigger } from './compile.ts';
import type { CompiledMessaging } from './messaging.ts';
import { typesIn } from './patterns/event-test.ts';

/** Which days an event may concern: so that one that concerns none costs a look-up. */
export interface CalendarIndex {
  readonly all: readonly CompiledTrigger[];
  /** Of everything that says when days are due, apart from profiles; empty while there are none. */
  readonly version: string;
  concernedBy(event: Event, movesPoints: boolean): readonly CompiledTrigger[];
}

/** Event types and traits that a feature depends on. */
type UsesOf = (feature: string) => {
  readonly types: ReadonlySet<string>;
  readonly traits: ReadonlySet<string>;
};

/** What a birthday may be called. */
export const BIRTHDAY_TRAITS = ['birthday', 'birth_date', 'birthdate'] as const;

const NONE: readonly CompiledTrigger[] = Object.freeze([]);

export function indexCalendars(
  all: readonly CompiledTrigger[],
  {
    messaging: { definition },
    usesOf,
    privacy = '',
  }: {
    readonly messaging: CompiledMessaging;
    readonly usesOf: UsesOf;
    /** Changes with what dates may be used of people; empty where nothing was said of it. */
    readonly privacy?: string;
  },
): CalendarIndex {
  const byType = new Map<string, readonly CompiledTrigger[]>();
  const byTrait = new Map<string, readonly CompiledTrigger[]>([[ZONE_TRAIT, all]]);
  for (const trigger of all) {
    const { types, traits } = usesIn(trigger, usesOf);
    for (const type of types) byType.set(type, [...(byType.get(type) ?? []), trigger]);
    for (const name of traits) byTrait.set(name, [...(byTrait.get(name) ?? []), trigger]);
  }
  const points = all.filter(({ pattern }) => pattern.kind === 'calendar' && pattern.day.of === 'points');
  const { zone, occasions } = definition;
  const versions = all.map(({ name, patternVersion }) => [name, patternVersion]);
  return {
    all,
    version:
      all.length === 0
        ? ''
        : versionOf([...versions, zone, occasions ?? {}, ...(privacy === '' ? [] : [privacy])]),
    concernedBy({ type, traits }, movesPoints) {
      if (all.length === 0) return NONE;
      const lists = [byType.get(type) ?? NONE, movesPoints ? points : NONE];
      for (const name of Object.keys(traits ?? {})) lists.push(byTrait.get(name) ?? NONE);
      const [only, second] = lists.filter((list) => list.length > 0);
      if (only === undefined || second === undefined) return only ?? NONE;
      return [...new Set(lists.flat())];
    },
  };
}

function usesIn(
  { pattern, definition: { on } }: CompiledTrigger,
  usesOf: UsesOf,
): { readonly types: Iterable<string>; readonly traits: Iterable<string> } {
  if (pattern.kind !== 'calendar') return { types: [], traits: [] };
  const { day } = pattern;
  if (day.of === 'feature') return usesOf(day.name);
  if (day.of === 'trait') return { types: [], traits: [day.name] };
  if (day.of === 'birthday') return { types: [], traits: BIRTHDAY_TRAITS };
  return { types: 'calendar' in on && on.calendar.since ? typesIn(on.calendar.since) : [], traits: [] };
}
