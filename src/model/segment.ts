import type { Condition } from './condition.ts';
import type { EpochMs } from './time.ts';

/** A segment as its author writes it (schemas/definitions/segment.json). */
export interface SegmentDefinition {
  readonly name: string;
  readonly description?: string;
  /** `tag`: whoever is a member has the tag of this name, as if it had been put on by hand. */
  readonly kind: 'segment' | 'tag';
  /** Of the segments of a group, a profile is in one at most: the first by rank whose condition holds. */
  readonly group?: string;
  readonly rank?: number;
  readonly when: Condition;
}

/** A segment with the version (hash of its text) that memberships name. */
export interface VersionedSegment {
  readonly version: string;
  readonly definition: SegmentDefinition;
  readonly author?: string;
  readonly since?: EpochMs;
}

/** What a profile remembers of a segment that it is in. */
export interface SegmentMembership {
  /** Of the segment when it was entered. */
  readonly version: string;
  /** Append time of the record by which it was entered. */
  readonly since: EpochMs;
}

/**
 * Why a membership changed: an event, the passing of time, facets that came or went, the profile merged into another
 * one, or definitions that say something else now.
 */
export type SegmentCause = 'event' | 'time' | 'facets' | 'merge' | 'definitions';

/** One entry or exit, as streams, history and triggers see it. */
export interface SegmentChange {
  /** Hash of the record that caused it and its place among the record's changes. */
  readonly id: string;
  readonly segment: string;
  readonly version: string;
  readonly group?: string;
  readonly profile_id: string;
  readonly change: 'entered' | 'left';
  readonly at: EpochMs;
  readonly cause: SegmentCause;
  /** Of the event that caused it; empty otherwise. */
  readonly event_id: string;
}

/** State entry `n/segments` of a partition of people: how many of its profiles are in each segment. */
export interface SegmentCounts {
  /** Segments with members, by name; changed in place by the fold. */
  readonly members: [name: string, count: number][];
  /** Version of the set of segments that every profile of the partition has been looked at under; absent before that. */
  under?: string;
}

/** The group whose segments are the stages of a customer's life: profiles answer the one that they are in. */
export const LIFECYCLE = 'lifecycle';

/** What the names of segments begin with that are kept for a trigger: they are counted, told and shown nowhere. */
export const HIDDEN_SEGMENT = '~';

export function isHiddenSegment(name: string): boolean {
  return name.startsWith(HIDDEN_SEGMENT);
}
