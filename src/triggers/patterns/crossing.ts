import type { Event } from '../../model/event.ts';
import type { SegmentCause } from '../../model/segment.ts';
import type { EpochMs } from '../../model/time.ts';
import { type Candidate, causeAt, causeOf, firingId } from '../candidate.ts';
import type { CompiledTrigger, TriggerSet } from '../compile.ts';

/** A segment that a profile has entered or left. */
export interface Turned {
  readonly name: string;
  readonly entered: boolean;
}

export interface Turning {
  readonly profile: string;
  readonly at: EpochMs;
  /** When time did it. */
  readonly due: EpochMs;
  readonly why: SegmentCause;
  /** What did it, where that was an event. */
  readonly event?: Event;
}

/**
 * Entries and exits that triggers watch, and crossings, which are entries of segments that nobody sees. Nothing comes of what
 * only other definitions have changed, of a late event, or, where it is a crossing, of a merge.
 */
export function candidatesOfTurns(
  turns: readonly Turned[],
  { bySegment }: Pick<TriggerSet, 'bySegment'>,
  turning: Turning,
): readonly Candidate[] {
  if (bySegment.size === 0) return NONE;
  const { why, event } = turning;
  if (why === 'definitions' || why === 'merge' || event?.late === true) return NONE;
  const found: Candidate[] = [];
  for (const turn of turns)
    for (const trigger of bySegment.get(turn.name) ?? NO_TRIGGERS)
      if (isWatched(trigger, turn, why)) found.push(candidateOf(trigger, turn, turning));
  return found;
}

const NONE: readonly Candidate[] = Object.freeze([]);
const NO_TRIGGERS: readonly CompiledTrigger[] = Object.freeze([]);

function isWatched({ pattern }: CompiledTrigger, { entered }: Turned, why: SegmentCause): boolean {
  if (pattern.kind === 'crossing') return entered && why !== 'facets';
  return pattern.kind === 'membership' && entered === (pattern.change === 'entered');
}

function candidateOf(trigger: CompiledTrigger, turn: Turned, turning: Turning): Candidate {
  const { profile, at, due, why, event } = turning;
  const key = turn.entered ? 'entered' : 'left';
  const cause = event === undefined ? causeAt(due, profile) : causeOf(event);
  return {
    trigger,
    key,
    cause,
    id: firingId(trigger.name, key, cause),
    at,
    ...(event === undefined ? { due } : { event }),
    trace: {
      ...(trigger.pattern.kind === 'crossing' ? {} : { segment: turn.name }),
      change: key,
      by: why,
    },
    useUp: NOTHING,
  };
}

const NOTHING = (): void => undefined;
