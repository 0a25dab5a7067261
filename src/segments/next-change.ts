import type { ProfileLookup } from '../conditions/condition.ts';
import { limits } from '../limits.ts';
import type { JsonValue } from '../model/json.ts';
import { DAY_MS, type DurationMs, type EpochMs, HOUR_MS, MINUTE_MS } from '../model/time.ts';
import type { CompiledSegment, SegmentSet } from './compile.ts';
import { evaluate, type Members } from './evaluate.ts';

/**
 * When time alone may change a membership.
 *
 * A feature jumps at moments that its operation names (a tile leaves the window, a day ends), and between them it stands
 * still or moves one way. What a segment sees of a number is where it lies among the bounds that some segment compares it
 * with: its *place*. Places of a value that moves one way follow each other, so two equal places mean that nothing happened
 * between them, and the first change is found by halving. Only expressions that may do anything are looked at step by step.
 *
 * An event asks for a bound that is cheap (`soonest`), a wake for the moment itself (`nextChange`), so that a profile that
 * does nothing is woken when something happens to it, and rarely otherwise.
 */
export interface TimedMoment {
  readonly lookup: ProfileLookup;
  readonly now: EpochMs;
  /** See `Operation.changesAt`. */
  changesAt(feature: string): EpochMs;
  /** When something else may change that is no feature: a tag expires, points are released. */
  readonly otherwise: EpochMs;
}

/** The profile at a moment, as long as no event comes; `members` is what its lookup says of segments. */
export type ProfileAt = (now: EpochMs, members: ReadonlyMap<string, unknown>) => TimedMoment;

/** How far ahead a cheap bound looks, the farthest first. */
const LADDER: readonly DurationMs[] = [30 * DAY_MS, HOUR_MS, MINUTE_MS];

/**
 * A moment after the present before which none of these segments changes by itself; it may come earlier than need be.
 * What the segments asked of the present is known there already.
 */
export function soonest(
  set: SegmentSet,
  segments: readonly CompiledSegment[],
  { at, present }: { readonly at: ProfileAt; readonly present: TimedMoment },
): EpochMs {
  const { now } = present;
  const looking = new Looking(set, at, present);
  let found = present.otherwise;
  for (const name of set.lists.featuresOf(segments)) found = Math.min(found, looking.quiet(name, now));
  return found;
}

/**
 * The next moment at which a membership changes; one before it where it lies too far ahead to be found in a bounded number
 * of looks, and undefined where nothing ever does. `members` is what holds now.
 */
export function nextChange(
  set: SegmentSet,
  members: Members,
  from: { at: ProfileAt; now: EpochMs },
): EpochMs | undefined {
  const looking = new Looking(set, from.at);
  const candidates = new Map<string, EpochMs>();
  for (const name of set.bounds.keys()) candidates.set(name, looking.change(name, from.now));
  let now = from.now;
  for (let looks = 0; looks < limits.segmentLooksMax; looks++) {
    const next = Math.min(looking.moment(now).otherwise, ...candidates.values());
    if (!Number.isFinite(next)) return undefined;
    if (changes(set, members, { at: from.at, now: next })) return next;
    now = next;
    for (const [name, moment] of candidates)
      if (moment <= now) candidates.set(name, looking.change(name, now));
  }
  return now;
}

function changes(
  set: SegmentSet,
  members: Members,
  { at, now }: { readonly at: ProfileAt; readonly now: EpochMs },
): boolean {
  const then: Members = new Map(members);
  return evaluate(set.all, then, at(now, then)).length > 0;
}

/** Moments of one profile; each is made once. */
class Looking {
  readonly #set: SegmentSet;
  readonly #at: ProfileAt;
  readonly #moments = new Map<EpochMs, TimedMoment>();

  constructor(set: SegmentSet, at: ProfileAt, present?: TimedMoment) {
    this.#set = set;
    this.#at = at;
    if (present !== undefined) this.#moments.set(present.now, present);
  }

  moment(now: EpochMs): TimedMoment {
    const known = this.#moments.get(now);
    if (known !== undefined) return known;
    // What segments say matters to no feature.
    const made = this.#at(now, NO_MEMBERS);
    if (this.#moments.size >= limits.segmentMomentsMax) this.#moments.clear();
    this.#moments.set(now, made);
    return made;
  }

  /** Up to when the feature surely keeps its place. */
  quiet(name: string, now: EpochMs): EpochMs {
    const jump = this.moment(now).changesAt(name);
    const course = this.#set.features.courseOf(name);
    if (course === 'fixed') return jump;
    const step = now + limits.segmentStepMs;
    if (course === 'any') return Math.min(jump, step);
    const place = this.#place(name, now);
    for (const ahead of LADDER) {
      const then = Math.min(now + ahead, jump - 1);
      if (then > now && this.#place(name, then) === place) return then + 1;
    }
    return Math.min(jump, now + 1);
  }

  /** When the feature has another place than now, or the last moment up to which it was looked for. */
  change(name: string, now: EpochMs): EpochMs {
    const place = this.#place(name, now);
    const course = this.#set.features.courseOf(name);
    let from = now;
    for (let jumps = 0; jumps < limits.segmentJumpsMax; jumps++) {
      const jump = this.moment(from).changesAt(name);
      const to = course === 'any' ? Math.min(jump, from + limits.segmentStepMs) : jump;
      if (course !== 'fixed') {
        const end = Math.min(to - 1, from + limits.segmentHorizonMs);
        if (end > from && this.#place(name, end) !== place)
          return this.#halve(name, place, { from, to: end });
        if (end < to - 1) return end;
      }
      if (!Number.isFinite(to)) return to;
      if (this.#place(name, to) !== place) return to;
      from = to;
    }
    return from;
  }

  /** The first moment at which the place is another one: at `from` it is not, at `to` it is. */
  #halve(name: string, place: string | number, stretch: { from: EpochMs; to: EpochMs }): EpochMs {
    let { from, to } = stretch;
    while (to - from > 1) {
      const middle = Math.floor((from + to) / 2);
      if (this.#place(name, middle) === place) from = middle;
      else to = middle;
    }
    return to;
  }

  #place(name: string, now: EpochMs): string | number {
    return placeOf(this.moment(now).lookup.feature(name), this.#set.bounds.get(name) ?? NO_BOUNDS);
  }
}

const NO_MEMBERS: ReadonlyMap<string, unknown> = new Map();
const NO_BOUNDS: readonly number[] = Object.freeze([]);

/** How many bounds a number has reached and how many it has passed, together; other values are places of their own. */
function placeOf(value: JsonValue | undefined, bounds: readonly number[]): string | number {
  if (typeof value !== 'number') return value === undefined ? 'null' : JSON.stringify(value);
  let place = 0;
  for (const bound of bounds) {
    if (value < bound) break;
    place += value > bound ? 2 : 1;
  }
  return place;
}
