import type { Pace } from '../../background/pace.ts';
import { TesseraError } from '../../errors.ts';
import { comparable, FeatureReader } from '../../features/read.ts';
import { limits } from '../../limits.ts';
import type { Event } from '../../model/event.ts';
import type { Facet } from '../../model/profile.ts';
import type { EpochMs } from '../../model/time.ts';
import { reduceEvent } from '../../pipeline/reduce-event.ts';
import { emptyFacet } from '../../profile/facets.ts';
import { usableTrait } from '../../profile/usable-traits.ts';
import type { FeatureCourse } from '../../serve/past-profiles.ts';
import { parsePastEvent } from '../past-events.ts';
import type { PastIdentity } from './past-owners.ts';
import { pastEventPages } from './recompute-facets.ts';
import type { PastDefinitions } from './whole-past.ts';

export interface Happened {
  /** When it counts: at its time, or at its receipt where its time lies after that. */
  readonly at: EpochMs;
  readonly facet: string;
  readonly event: Event;
}

export interface CourseRequest {
  /** Names of the facets, as history calls them. */
  readonly facets: readonly string[];
  /** The moments to read at, the oldest first. */
  readonly moments: readonly EpochMs[];
  /** All where it is absent. */
  readonly names?: ReadonlySet<string>;
}

interface Replaying {
  readonly past: PastIdentity;
  readonly definitions: PastDefinitions;
  readonly pace: Pace;
}

/**
 * What features were worth at several moments, had every event been there when it happened: so an import of a year has a course,
 * though all of it was applied on one day. One pass over the events, which are reduced as they happened and read in between.
 */
export async function featureCourse(
  { facets: names, moments, names: wanted }: CourseRequest,
  replaying: Replaying,
): Promise<FeatureCourse['features']> {
  const { definitions, pace } = replaying;
  const events = await eventsInTime(names, replaying.past);
  const facets = new Map<string, Facet>();
  const course: Record<string, (number | null)[]> = {};
  let next = 0;
  for (const [step, moment] of moments.entries()) {
    for (let each = events[next]; each !== undefined && each.at <= moment; each = events[++next]) {
      const facet = facets.get(each.facet) ?? emptyFacet(each.facet);
      facets.set(each.facet, facet);
      reduceEvent(definitions, { facet, event: each.event }, each.at);
      if (pace.isDue()) await pace.rest();
    }
    if (facets.size > 0)
      note(course, numbersAt(moment, { facets: [...facets.values()], definitions, wanted }), step);
    if (pace.isDue()) await pace.rest();
  }
  for (const values of Object.values(course)) while (values.length < moments.length) values.push(null);
  return course;
}

/** By when they happened; of the same moment as the log has them. */
export async function eventsInTime(
  names: readonly string[],
  past: PastIdentity,
): Promise<readonly Happened[]> {
  const events: Happened[] = [];
  for await (const page of pastEventPages(names, past)) {
    for (const row of page) {
      const event = parsePastEvent(row);
      events.push({ at: Math.min(event.time, row.now), facet: row.facet, event });
    }
    if (events.length > limits.courseEventsMax)
      throw new TesseraError(
        'replay_too_large',
        `The profile has more than ${limits.courseEventsMax} events.`,
      );
  }
  return events.sort((a, b) => a.at - b.at);
}

interface Reading {
  readonly facets: readonly Facet[];
  readonly definitions: PastDefinitions;
  readonly wanted: ReadonlySet<string> | undefined;
}

function numbersAt(
  now: EpochMs,
  { facets, definitions: { features, privacy }, wanted }: Reading,
): ReadonlyMap<string, number> {
  const trait = (name: string) => usableTrait(facets, name, privacy);
  const reader = new FeatureReader(features, { facets, now, trait });
  const values = wanted === undefined ? reader.all() : reader.some(wanted);
  const numbers = new Map<string, number>();
  for (const [name, value] of Object.entries(values)) {
    const number = comparable(value);
    if (typeof number === 'number') numbers.set(name, number);
  }
  return numbers;
}

/** A feature without a number at a moment has none there: nothing before it, and nothing where it is missing later. */
function note(
  course: Record<string, (number | null)[]>,
  numbers: ReadonlyMap<string, number>,
  step: number,
): void {
  for (const [name, number] of numbers) {
    course[name] ??= [];
    const values = course[name];
    while (values.length < step) values.push(null);
    values.push(number);
  }
}
