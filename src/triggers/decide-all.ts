import { NO_EVENT } from '../conditions/condition.ts';
import type { DeferredFiring } from '../model/decision-memory.ts';
import type { JsonObject } from '../model/json.ts';
import type { Header, ProfileKind } from '../model/profile.ts';
import type { EpochMs } from '../model/time.ts';
import type { Decision, Firing } from '../model/trigger.ts';
import { byPrecedence, type Candidate } from './candidate.ts';
import {
  addDeferred,
  decisionsOf,
  isDecided,
  rememberFired,
  rememberRevocable,
  removeDeferred,
} from './decision-memory.ts';
import { type JudgedProfile, judge, type Verdict } from './judge.ts';
import { keptEvent } from './kept-event.ts';
import type { DecisionReach } from './limits/reach.ts';
import { seenValues } from './seen-values.ts';

/**
 * Decides what is complete at one moment: one due time, or one record. Candidates come by precedence, because an earlier one
 * may take the room of a later one. Decisions depend on the order of the log and on nothing else; what limits need is
 * remembered in the header, which the caller puts back whenever it has asked.
 */
export interface DecisionScene extends Omit<JudgedProfile, 'profileId' | 'memory'> {
  readonly header: Header;
  readonly kind: ProfileKind;
  readonly reach: DecisionReach;
}

export function decideAll(candidates: readonly Candidate[], scene: DecisionScene): readonly Firing[] {
  const firings: Firing[] = [];
  const firedInGroup = new Map<string, number>();
  for (const candidate of candidates.toSorted(byPrecedence)) {
    const firing = decideOne(candidate, scene, firedInGroup);
    if (firing === undefined) continue;
    firings.push(firing);
    const { group } = candidate.trigger.definition;
    if (firing.decision === 'fired' && group !== undefined)
      firedInGroup.set(group, (firedInGroup.get(group) ?? 0) + 1);
  }
  return firings;
}

function decideOne(
  candidate: Candidate,
  scene: DecisionScene,
  firedInGroup: ReadonlyMap<string, number>,
): Firing | undefined {
  const memory = decisionsOf(scene.header);
  const { trigger, deferred } = candidate;
  if (deferred === undefined && isDecided(memory, candidate.id)) {
    candidate.useUp();
    return undefined;
  }
  if (!holds(candidate, scene)) {
    // Whoever was told that it is deferred is told what has become of it.
    if (deferred === undefined) return undefined;
    removeDeferred(memory, candidate.id);
    return firingOf(candidate, scene, { decision: 'suppressed', reason: 'when', channel: '', checks: [] });
  }
  const firedAtOnce = firedInGroup.get(trigger.definition.group ?? '') ?? 0;
  const judged = judge({ ...candidate, firedAtOnce }, { ...scene, profileId: scene.header.id, memory });
  const verdict = admitted(candidate, refused(candidate, judged), scene);
  if (deferred !== undefined) {
    if (verdict.decision === 'deferred') return undefined;
    removeDeferred(memory, candidate.id);
  }
  candidate.useUp();
  const firing = firingOf(candidate, scene, verdict);
  remember(candidate, firing, scene);
  return firing;
}

/** What was refused before anything was asked is suppressed, whatever else. */
function holds({ trigger, refusal, event = NO_EVENT }: Candidate, { lookup }: DecisionScene): boolean {
  return refusal !== undefined || trigger.when === undefined || trigger.when(event, lookup);
}

function refused({ refusal }: Candidate, verdict: Verdict): Verdict {
  return refusal === undefined
    ? verdict
    : { decision: 'suppressed', reason: refusal, channel: verdict.channel, checks: [] };
}

/** What is deferred is remembered until its release; where that is not possible it is suppressed. */
function admitted(candidate: Candidate, verdict: Verdict, { header }: DecisionScene): Verdict {
  const { decision, until } = verdict;
  if (decision !== 'deferred' || until === undefined) return verdict;
  const memory = decisionsOf(header);
  if (candidate.deferred !== undefined) {
    removeDeferred(memory, candidate.id);
    addDeferred(memory, { ...candidate.deferred, until });
    return verdict;
  }
  const { name } = candidate.trigger;
  const waits = memory.deferred.some(({ trigger, key }) => trigger === name && key === candidate.key);
  const event = candidate.event && keptEvent(candidate.event);
  const isTooLarge = event === undefined && candidate.event !== undefined;
  const refusal = waits ? 'already_deferred' : isTooLarge ? 'too_large' : undefined;
  if (refusal === undefined && addDeferred(memory, deferredOf(candidate, until, event))) return verdict;
  return {
    decision: 'suppressed',
    reason: refusal ?? 'too_many_deferred',
    channel: verdict.channel,
    checks: verdict.checks,
  };
}

function deferredOf(candidate: Candidate, until: EpochMs, event: string | undefined): DeferredFiring {
  const { id, trigger, key, cause, at, trace, calledOff } = candidate;
  return {
    id,
    trigger: trigger.name,
    key,
    cause,
    at,
    until,
    ...(event === undefined ? {} : { event }),
    matched: trace,
    ...(calledOff === undefined ? {} : { calledOff }),
  };
}

function remember(candidate: Candidate, firing: Firing, { header, reach }: DecisionScene): void {
  const { decision, id, at, channel, event_id: eventId } = firing;
  if (decision !== 'fired' && decision !== 'held_out') return;
  const memory = decisionsOf(header);
  const { trigger, key, calledOff } = candidate;
  const { group = '', purpose } = trigger.definition;
  const service = purpose === 'service';
  const heldOut = decision === 'held_out';
  rememberFired(memory, { id, trigger: trigger.name, group, channel, at, service, heldOut }, reach);
  if (heldOut || calledOff?.until === undefined) return;
  const { from, until } = calledOff;
  rememberRevocable(memory, { id, trigger: trigger.name, key, at, channel, eventId, from, until });
}

function firingOf(
  candidate: Candidate,
  { header, kind, lookup }: DecisionScene,
  verdict: Verdict & { readonly decision: Decision },
): Firing {
  const { trigger, key, id, at, due, event, trace, deferred } = candidate;
  const { definition, version } = trigger;
  const { decision, reason, until, channel, checks } = verdict;
  const { template } = definition.action;
  const data = trigger.data?.(event, lookup);
  const when = definition.when;
  return {
    id,
    trigger: trigger.name,
    profile_id: header.id,
    decision,
    ...(reason === undefined ? {} : { reason }),
    ...(decision === 'deferred' && until !== undefined ? { until } : {}),
    at,
    event_id: event?.id ?? '',
    channel,
    payload: { ...(template === undefined ? {} : { template }), ...(data === undefined ? {} : { data }) },
    trace: {
      version,
      matched: trace,
      ...(key === '' ? {} : { key }),
      ...(due === undefined ? {} : { due }),
      ...(deferred === undefined ? {} : { deferred_at: deferred.at }),
      purpose: definition.purpose,
      ...(kind === 'customer' ? {} : { kind }),
      ...(when === undefined || candidate.refusal !== undefined
        ? {}
        : // A definition is plain JSON.
          { when: when as JsonObject, when_held: reason !== 'when', saw: seenValues(when, lookup) }),
      checks: [...checks],
    },
  };
}
