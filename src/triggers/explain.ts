import { NO_EVENT, type ProfileLookup } from '../conditions/condition.ts';
import type { DecisionMemory } from '../model/decision-memory.ts';
import type { JsonObject } from '../model/json.ts';
import type { Header, ProfileKind } from '../model/profile.ts';
import type { EpochMs } from '../model/time.ts';
import type { CompiledTrigger } from './compile.ts';
import { emptyDecisions } from './decision-memory.ts';
import { explainPattern, timeOf } from './explain-pattern.ts';
import { judge, type Verdict } from './judge.ts';
import type { CompiledMessaging } from './messaging.ts';
import { seenValues } from './seen-values.ts';

/** A profile at the moment of asking. */
export interface ExplainedProfile {
  readonly header: Header;
  readonly kind: ProfileKind;
  readonly lookup: ProfileLookup;
  readonly messaging: CompiledMessaging;
  readonly now: EpochMs;
}

/**
 * Why a trigger has not fired for somebody, and what would happen if its pattern were complete now. The limits are asked by
 * the code that decides; what a condition asks of an event cannot be known before there is one, and is taken as missing.
 */
export function explainTrigger(trigger: CompiledTrigger, profile: ExplainedProfile): JsonObject {
  const { header, kind, lookup, messaging, now } = profile;
  const memory = header.decisions ?? emptyDecisions();
  const remembered = header.triggers.get(trigger.name);
  const current = remembered?.under === trigger.patternVersion ? remembered : undefined;
  const pattern = explainPattern(trigger, { memory: current, now });
  const verdict = judge(
    { trigger, key: '', at: now, firedAtOnce: 0 },
    { profileId: header.id, kind, lookup, messaging, memory },
  );
  const when = whenOf(trigger, lookup);
  return {
    profile_id: header.id,
    trigger: trigger.name,
    version: trigger.version,
    at: now,
    says: [...pattern.says, ...when.says, ...verdictSays(verdict), ...waitingSays(trigger, memory)],
    pattern: { kind: pattern.kind, progress: pattern.progress, pending: pattern.pending },
    ...(when.state === undefined ? {} : { when: when.state }),
    if_complete_now: {
      decision: when.state?.holds === false ? 'none' : verdict.decision,
      ...(verdict.reason === undefined ? {} : { reason: verdict.reason }),
      ...(verdict.until === undefined ? {} : { until: verdict.until }),
      channel: verdict.channel,
      checks: verdict.checks,
    },
    deferred: memory.deferred
      .filter((entry) => entry.trigger === trigger.name)
      .map(({ id, key, at, until }) => ({ id, ...(key === '' ? {} : { key }), at, until })),
    fired: memory.fired
      .filter((entry) => entry.trigger === trigger.name)
      .map(({ id, at, channel, heldOut }) => ({ id, at, channel, decision: heldOut ? 'held_out' : 'fired' }))
      .reverse(),
  };
}

interface WhenState {
  readonly says: readonly string[];
  readonly state?: { readonly condition: JsonObject; readonly holds: boolean; readonly saw: JsonObject };
}

function whenOf({ when, definition }: CompiledTrigger, lookup: ProfileLookup): WhenState {
  if (when === undefined || definition.when === undefined) return { says: [] };
  const holds = when(NO_EVENT, lookup);
  // A definition is plain JSON.
  const condition = definition.when as JsonObject;
  return {
    says: [holds ? 'its condition holds now' : 'its condition does not hold now'],
    state: { condition, holds, saw: seenValues(condition, lookup) },
  };
}

function verdictSays({ decision, reason, until, channel }: Verdict): readonly string[] {
  const what = {
    fired: 'fire',
    held_out: 'be held out',
    deferred: 'be deferred',
    suppressed: 'be suppressed',
  }[decision];
  const why = reason === undefined ? '' : `: ${reason}`;
  const end = until === undefined ? '' : `, until ${timeOf(until)}`;
  const where = channel === '' || decision === 'suppressed' ? '' : ` on ${channel}`;
  return [`complete now, it would ${what}${where}${why}${end}`];
}

function waitingSays({ name }: CompiledTrigger, { deferred }: DecisionMemory): readonly string[] {
  return deferred
    .filter(({ trigger }) => trigger === name)
    .map(({ key, until }) => `${key === '' ? '' : `${key}: `}deferred until ${timeOf(until)}`);
}
