import { NO_EVENT, type ProfileLookup } from '../conditions/condition.ts';
import type { SegmentMembership } from '../model/segment.ts';
import type { EpochMs } from '../model/time.ts';
import type { CompiledSegment, SegmentSet } from './compile.ts';

/** A profile at one moment, as segments ask about it: what the lookup says of segments comes out of the same members. */
export interface SegmentMoment {
  readonly lookup: ProfileLookup;
  readonly now: EpochMs;
}

/** One segment that the profile is in now and was not before, or the other way round. */
export interface Turn {
  readonly name: string;
  readonly version: string;
  readonly group?: string;
  readonly entered: boolean;
}

/** The segments that a profile is in; changed in place, and owned by the fold. */
export type Members = Map<string, SegmentMembership>;

/**
 * Brings the members up to date for some segments, which come in the order of evaluation, and answers what changed. A
 * member of a segment whose definition changed stays one since it entered, as long as its condition holds.
 */
export function evaluate(
  segments: readonly CompiledSegment[],
  members: Members,
  { lookup, now }: SegmentMoment,
): readonly Turn[] {
  let turns: Turn[] | undefined;
  for (const segment of segments) {
    const { name, version, rivals, condition } = segment;
    const holds = (rivals.length === 0 || isFree(rivals, members)) && condition(NO_EVENT, lookup);
    if (holds === members.has(name)) continue;
    if (holds) members.set(name, { version, since: now });
    else members.delete(name);
    turns ??= [];
    turns.push(turnOf(segment, holds));
  }
  return turns ?? NONE;
}

const NONE: readonly Turn[] = Object.freeze([]);

function turnOf({ name, version, definition }: CompiledSegment, entered: boolean): Turn {
  const { group } = definition;
  return group === undefined ? { name, version, entered } : { name, version, group, entered };
}

/** Whether no segment that comes first in its group has the profile. */
function isFree(rivals: readonly string[], members: Members): boolean {
  for (const rival of rivals) if (members.has(rival)) return false;
  return true;
}

/** All segments; members of those that are gone leave first. */
export function evaluateAll(set: SegmentSet, members: Members, moment: SegmentMoment): readonly Turn[] {
  const gone: Turn[] = [];
  for (const [name, { version }] of members) {
    if (set.byName.has(name)) continue;
    members.delete(name);
    gone.push({ name, version, entered: false });
  }
  return [...gone, ...evaluate(set.all, members, moment)];
}
