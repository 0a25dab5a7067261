import type { DeferredFiring } from '../model/decision-memory.ts';
import type { Header } from '../model/profile.ts';
import type { EpochMs } from '../model/time.ts';
import type { Firing } from '../model/trigger.ts';
import type { Candidate } from './candidate.ts';
import type { TriggerSet } from './compile.ts';
import { removeDeferred } from './decision-memory.ts';
import { openEvent } from './kept-event.ts';

/** When the first deferred firing of a profile is to be decided; undefined while none waits. */
export function nextRelease({ decisions }: Header): EpochMs | undefined {
  return decisions?.deferred[0]?.until;
}

/** Deferred firings whose time has come, in the order of their release. */
export function releasesDue({ decisions }: Header, now: EpochMs): readonly DeferredFiring[] {
  return decisions?.deferred.filter(({ until }) => until <= now) ?? NONE;
}

const NONE: readonly DeferredFiring[] = Object.freeze([]);

/** Everything is asked again of a firing that was deferred, `when` included; undefined where its trigger is gone. */
export function candidateOfDeferred(
  deferred: DeferredFiring,
  { byName }: Pick<TriggerSet, 'byName'>,
  at: EpochMs,
): Candidate | undefined {
  const trigger = byName.get(deferred.trigger);
  if (trigger === undefined) return undefined;
  const { id, key, cause, until, event, matched, calledOff } = deferred;
  return {
    trigger,
    key,
    cause,
    id,
    at,
    due: until,
    ...(event === undefined ? {} : { event: openEvent(event) }),
    trace: matched,
    deferred,
    ...(calledOff === undefined ? {} : { calledOff }),
    // Its matches were used up when it was deferred.
    useUp: () => undefined,
  };
}

/** A deferred firing will not be: its trigger is gone or switched off, or what it waited for was called off. */
export function dropDeferred(
  deferred: DeferredFiring,
  header: Header,
  because: {
    readonly reason: 'cancelled' | 'trigger_gone' | 'trigger_off';
    readonly at: EpochMs;
    readonly by?: string;
  },
): Firing {
  const { id, trigger, key, event, matched, at } = deferred;
  if (header.decisions !== undefined) removeDeferred(header.decisions, id);
  return {
    id,
    trigger,
    profile_id: header.id,
    decision: 'suppressed',
    reason: because.reason,
    at: because.at,
    event_id: event === undefined ? '' : openEvent(event).id,
    channel: '',
    payload: {},
    trace: {
      matched,
      ...(key === '' ? {} : { key }),
      deferred_at: at,
      ...(because.by === undefined ? {} : { cancelled_by: because.by }),
    },
  };
}
