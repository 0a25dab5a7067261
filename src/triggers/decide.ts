import { hash } from 'node:crypto';
import type { ProfileLookup } from '../conditions/condition.ts';
import type { Event } from '../model/event.ts';
import type { FoldContext } from '../model/fold.ts';
import type { JsonObject } from '../model/json.ts';
import { keys } from '../model/keys.ts';
import type { Header, ProfileKind, TriggerMemory } from '../model/profile.ts';
import type { Firing } from '../model/trigger.ts';
import type { CompiledTrigger, TriggerSet } from './compile.ts';

/**
 * Decides the triggers that an event may set off. Decisions depend on the order of the log, and say so; what
 * is remembered is the latest matching times of each trigger, bounded by its count. Late events are remembered
 * (an order that arrives late is an order all the same) but never fire, and neither do events that came with a
 * merge, because a merge decides nothing.
 */
export interface DecisionInput {
  readonly header: Header;
  readonly event: Event;
  /** Kind of the profile: promotions are for customers only. */
  readonly kind: ProfileKind;
  readonly lookup: ProfileLookup;
  readonly context: FoldContext;
}

export function decide(triggers: TriggerSet, input: DecisionInput): readonly Firing[] {
  const firings: Firing[] = [];
  const relevant = triggers.byType.get(input.event.type);
  if (relevant === undefined) return firings;
  let ordinal = 0;
  for (const trigger of relevant) {
    const firing = decideOne(trigger, input, ordinal);
    if (firing === undefined) continue;
    ordinal++;
    firings.push(firing);
  }
  return firings;
}

function decideOne(trigger: CompiledTrigger, input: DecisionInput, ordinal: number): Firing | undefined {
  const { header, event, context } = input;
  const matches = trigger.matches(event);
  const cancels = trigger.cancels(event);
  if (!matches && !cancels) return undefined;

  const name = trigger.definition.name;
  const memory = header.triggers.get(name) ?? { matches: [], unlessAt: 0, firedAt: 0 };
  header.triggers.set(name, memory);
  context.view.put(keys.header(header.id), header);
  if (cancels && event.time > memory.unlessAt) memory.unlessAt = event.time;
  if (!matches) return undefined;

  const latest = remember(memory, event.time, trigger);
  if (event.late) return undefined;
  const opens = latest - trigger.withinMs;
  const inWindow = memory.matches.filter((time) => time > opens);
  if (inWindow.length < trigger.count) return undefined;
  if (memory.unlessAt > opens && memory.unlessAt <= latest) return undefined;
  if (trigger.when !== undefined && !trigger.when(event, input.lookup)) return undefined;
  return firingOf(trigger, input, { memory, inWindow, ordinal });
}

/** Inserts the time in order, keeps the latest `count`, answers the newest. */
function remember(memory: TriggerMemory, time: number, trigger: CompiledTrigger): number {
  const times = memory.matches;
  let at = times.length;
  while (at > 0 && (times[at - 1] as number) > time) at--;
  times.splice(at, 0, time);
  if (times.length > trigger.count) times.splice(0, times.length - trigger.count);
  return times[times.length - 1] as number;
}

interface Matched {
  readonly memory: TriggerMemory;
  readonly inWindow: readonly number[];
  readonly ordinal: number;
}

function firingOf(
  trigger: CompiledTrigger,
  input: DecisionInput,
  { memory, inWindow, ordinal }: Matched,
): Firing {
  const { header, event, kind, context } = input;
  const { definition } = trigger;
  const { channel, reason } = allowed(trigger, memory, input);
  // Whatever was decided, these matches are used up: the next decision needs new ones.
  memory.matches = [];
  if (reason === undefined) memory.firedAt = context.now;
  const { seq, index } = context.position;
  const id = hash(
    'sha256',
    `${trigger.version}\0${context.partition}\0${seq}\0${index}\0${ordinal}`,
    'hex',
  ).slice(0, 32);
  const payload: JsonObject = {
    ...(definition.action.template === undefined ? {} : { template: definition.action.template }),
    ...(definition.action.data === undefined ? {} : { data: definition.action.data }),
  };
  return {
    id,
    trigger: definition.name,
    profile_id: header.id,
    decision: reason === undefined ? 'fired' : 'suppressed',
    ...(reason === undefined ? {} : { reason }),
    at: context.now,
    event_id: event.id,
    channel,
    payload,
    trace: {
      version: trigger.version,
      matched: { count: inWindow.length, times: inWindow, within_ms: trigger.withinMs },
      purpose: definition.purpose,
      ...(kind === 'customer' ? {} : { kind }),
      ...(definition.when === undefined ? {} : { when: definition.when as JsonObject, when_held: true }),
      consent: channel === '' ? 'none on record' : 'given or not needed',
      cooldown_ms: trigger.cooldownMs,
    },
  };
}

/**
 * Staff, test accounts, resellers and the like stay out of promotions. Consent is checked here, at the moment of
 * acting; then the cooldown.
 */
function allowed(
  trigger: CompiledTrigger,
  memory: TriggerMemory,
  { kind, lookup, context: { now } }: DecisionInput,
): { channel: string; reason?: string } {
  const channel = channelOf(trigger, lookup);
  if (kind !== 'customer' && trigger.definition.purpose === 'marketing')
    return { channel: channel ?? '', reason: 'kind' };
  if (channel === undefined) return { channel: '', reason: 'no_consent' };
  if (memory.firedAt > 0 && now - memory.firedAt < trigger.cooldownMs) return { channel, reason: 'cooldown' };
  return { channel };
}

/** Channels that `preferred` may choose from, in the order in which it asks for consent. */
const CHANNELS = ['wechat', 'app_push', 'sms', 'email', 'phone'] as const;

function channelOf({ definition }: CompiledTrigger, lookup: ProfileLookup): string | undefined {
  const wanted = definition.action.channel;
  if (wanted === 'none') return 'none';
  const consents = (channel: string) => lookup.consent(`marketing.${channel}`) === true;
  if (definition.purpose === 'service') {
    // Service needs no consent; where the person has named a channel for messages it is used all the same.
    return wanted === 'preferred' ? (CHANNELS.find(consents) ?? SERVICE_CHANNEL) : wanted;
  }
  if (wanted !== 'preferred') return consents(wanted) ? wanted : undefined;
  return CHANNELS.find(consents);
}

/** What a service message takes when nobody has said anything. */
const SERVICE_CHANNEL = 'sms';
