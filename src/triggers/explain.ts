import { NO_EVENT, type ProfileLookup } from '../conditions/condition.ts';
import { asksEvent } from '../conditions/condition-uses.ts';
import type { DecisionMemory } from '../model/decision-memory.ts';
import type { Event } from '../model/event.ts';
import type { JsonObject } from '../model/json.ts';
import type { Header, ProfileKind } from '../model/profile.ts';
import { type Saying, saidAs } from '../model/saying.ts';
import type { EpochMs } from '../model/time.ts';
import type { CompiledTrigger } from './compile.ts';
import { emptyDecisions } from './decision-memory.ts';
import { explainPattern, keyed, timeOf, whose } from './explain-pattern.ts';
import { judge, type Verdict } from './judge.ts';
import { openEvent } from './kept-event.ts';
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

const OFF: Saying = {
  code: 'off',
  text: 'it is switched off: it remembers nothing and decides nothing',
};

/**
 * Why a trigger has not fired for somebody, and what would happen if its pattern were complete now. The limits are asked by
 * the code that decides. What a condition asks of an event is asked of the one that waits for its time; where none waits it
 * cannot be known yet, and is not held against the trigger.
 */
export function explainTrigger(trigger: CompiledTrigger, profile: ExplainedProfile): JsonObject {
  const { header, kind, lookup, messaging, now } = profile;
  const memory = header.decisions ?? emptyDecisions();
  const remembered = header.triggers.get(trigger.name);
  const off = trigger.definition.enabled === false;
  const current = !off && remembered?.under === trigger.patternVersion ? remembered : undefined;
  const pattern = explainPattern(trigger, { memory: current, now });
  const verdict = judge(
    { trigger, key: '', at: now, firedAtOnce: 0 },
    { profileId: header.id, kind, lookup, messaging, memory },
  );
  const waiting = current?.pending[0]?.event;
  const when = whenOf(trigger, lookup, waiting === undefined ? undefined : openEvent(waiting));
  return {
    profile_id: header.id,
    trigger: trigger.name,
    version: trigger.version,
    at: now,
    ...(off ? { enabled: false } : {}),
    ...saidAs([
      ...(off ? [OFF] : []),
      ...pattern.sentences,
      ...when.sentences,
      verdictSaying(verdict, off),
      ...waitingSayings(trigger, memory),
    ]),
    pattern: { kind: pattern.kind, progress: pattern.progress, pending: pattern.pending },
    ...(when.state === undefined ? {} : { when: when.state }),
    if_complete_now: off ? { decision: 'none', reason: 'off' } : ifComplete(verdict, when.state?.holds),
    deferred: memory.deferred
      .filter((entry) => entry.trigger === trigger.name)
      .map(({ id, key, at, until }) => ({ id, ...(key === '' ? {} : { key }), at, until })),
    fired: memory.fired
      .filter((entry) => entry.trigger === trigger.name)
      .map(({ id, at, channel, heldOut }) => ({ id, at, channel, decision: heldOut ? 'held_out' : 'fired' }))
      .reverse(),
  };
}

function ifComplete(verdict: Verdict, holds: boolean | null | undefined): JsonObject {
  const { decision, reason, until, channel, checks } = verdict;
  return {
    decision: holds === false ? 'none' : decision,
    ...(reason === undefined ? {} : { reason }),
    ...(until === undefined ? {} : { until }),
    channel,
    checks,
  };
}

interface WhenState {
  readonly sentences: readonly Saying[];
  readonly state?: {
    readonly condition: JsonObject;
    readonly holds: boolean | null;
    readonly saw: JsonObject;
  };
}

function whenOf(
  { when, definition }: CompiledTrigger,
  lookup: ProfileLookup,
  event: Event | undefined,
): WhenState {
  if (when === undefined || definition.when === undefined) return { sentences: [] };
  const unknown = event === undefined && asksEvent(definition.when);
  const holds = unknown ? null : when(event ?? NO_EVENT, lookup);
  // A definition is plain JSON.
  const condition = definition.when as JsonObject;
  return {
    sentences: [conditionSaying(holds)],
    state: { condition, holds, saw: seenValues(condition, lookup) },
  };
}

function conditionSaying(holds: boolean | null): Saying {
  if (holds === null)
    return { code: 'condition_unknown', text: 'its condition asks the event, which is yet to come' };
  return holds
    ? { code: 'condition_holds', text: 'its condition holds now' }
    : { code: 'condition_fails', text: 'its condition does not hold now' };
}

const WOULD = {
  fired: 'fire',
  held_out: 'be held out',
  deferred: 'be deferred',
  suppressed: 'be suppressed',
};

function verdictSaying({ decision, reason, until, channel }: Verdict, off: boolean): Saying {
  const would = off ? 'if it were on, complete now, it would' : 'complete now, it would';
  const why = reason === undefined ? '' : `: ${reason}`;
  const end = until === undefined ? '' : `, until ${timeOf(until)}`;
  const where = channel === '' || decision === 'suppressed' ? '' : ` on ${channel}`;
  return {
    code: off ? 'would_if_on' : 'would',
    decision,
    ...(where === '' ? {} : { channel }),
    ...(reason === undefined ? {} : { reason }),
    ...(until === undefined ? {} : { until }),
    text: `${would} ${WOULD[decision]}${where}${why}${end}`,
  };
}

function waitingSayings({ name }: CompiledTrigger, { deferred }: DecisionMemory): readonly Saying[] {
  return deferred
    .filter(({ trigger }) => trigger === name)
    .map(({ key, until }) => ({
      code: 'deferred_until',
      ...keyed(key),
      until,
      text: `${whose(key)}deferred until ${timeOf(until)}`,
    }));
}
