import { NO_EVENT, type ProfileLookup } from '../conditions/condition.ts';
import type { DecisionMemory } from '../model/decision-memory.ts';
import type { Event } from '../model/event.ts';
import type { JsonObject } from '../model/json.ts';
import type { ProfileKind } from '../model/profile.ts';
import { RESTRICTED } from '../model/restriction.ts';
import type { EpochMs } from '../model/time.ts';
import type { Decision } from '../model/trigger.ts';
import type { Zone } from '../model/zone.ts';
import type { CompiledTrigger } from './compile.ts';
import { type CappedMessage, fullCap } from './limits/caps.ts';
import { type ChannelChoice, chooseChannel } from './limits/channel-choice.ts';
import { contactLimit } from './limits/contact-limit.ts';
import { cooldownUntil } from './limits/cooldown.ts';
import { customerZone } from './limits/customer-zone.ts';
import { guardAgainst } from './limits/guards.ts';
import { isHeldOut } from './limits/holdout.ts';
import { quietUntil } from './limits/quiet-hours.ts';
import type { CompiledMessaging } from './messaging.ts';

/*
 * May this trigger fire now? Checks come in a fixed order and the first that says no decides, so that the reason given is
 * one that a person can act on: who may never get it comes before who got too much, and that before when. Nothing is
 * changed here, so that `explain` asks the same questions as a decision.
 */
export interface JudgedProfile {
  readonly profileId: string;
  readonly kind: ProfileKind;
  /** At the moment of the decision. */
  readonly lookup: ProfileLookup;
  readonly messaging: CompiledMessaging;
  readonly memory: DecisionMemory;
}

/** What is about to fire. */
export interface Proposal {
  readonly trigger: CompiledTrigger;
  readonly key: string;
  readonly at: EpochMs;
  /** Absent where there is none. */
  readonly event?: Event | undefined;
  /** How many triggers of its group have fired at this moment. */
  readonly firedAtOnce: number;
}

export interface Verdict {
  readonly decision: Extract<Decision, 'fired' | 'suppressed' | 'deferred' | 'held_out'>;
  readonly reason?: string;
  /** From when on what stands against it does not any more, where that is known; of a deferred one, its release. */
  readonly until?: EpochMs;
  /** Empty where there is none. */
  readonly channel: string;
  /** Every check that was made, in order, with what it saw. */
  readonly checks: readonly JsonObject[];
}

/** What a check found: nothing against it, or a decision. */
type Finding = Pick<Verdict, 'decision' | 'reason' | 'until'> | undefined;

interface Judging {
  readonly proposal: Proposal;
  readonly profile: JudgedProfile;
  readonly choice: ChannelChoice;
  readonly zone: Zone;
  readonly service: boolean;
  readonly message: CappedMessage;
  readonly checks: JsonObject[];
}

export function judge(proposal: Proposal, profile: JudgedProfile): Verdict {
  const judging = judgingOf(proposal, profile);
  const { choice, checks } = judging;
  for (const check of CHECKS) {
    const finding = check(judging);
    if (finding !== undefined) return { ...finding, channel: choice.channel, checks };
  }
  return { decision: 'fired', channel: choice.channel, checks };
}

function judgingOf(proposal: Proposal, profile: JudgedProfile): Judging {
  const { name, group = '', purpose, action } = proposal.trigger.definition;
  const { lookup, messaging, memory } = profile;
  const service = purpose === 'service';
  const choice = chooseChannel({ wanted: action.channel, service }, { lookup, messaging, sent: memory.sent });
  return {
    proposal,
    profile,
    choice,
    zone: customerZone(lookup, messaging),
    service,
    message: { trigger: name, group, channel: choice.channel, service },
    checks: [],
  };
}

const CHECKS: readonly ((judging: Judging) => Finding)[] = Object.freeze([
  checkRestricted,
  checkKind,
  checkGuards,
  checkChannel,
  checkPaused,
  checkCooldown,
  checkCaps,
  checkAtOnce,
  checkQuietHours,
  checkHoldout,
]);

/** Whose processing is restricted is kept and nothing more, not even served. */
function checkRestricted({ profile: { lookup }, checks }: Judging): Finding {
  if (!lookup.tag(RESTRICTED)) return undefined;
  checks.push({ check: 'restricted', passed: false });
  return { decision: 'suppressed', reason: 'restricted' };
}

/** Promotions are for customers: staff, test accounts, resellers and the like stay out of them. */
function checkKind({ profile: { kind }, service, checks }: Judging): Finding {
  if (service) return undefined;
  const passed = kind === 'customer';
  checks.push({ check: 'kind', passed, kind });
  return passed ? undefined : { decision: 'suppressed', reason: 'kind' };
}

function checkGuards({ proposal, profile, checks }: Judging): Finding {
  const { trigger, event = NO_EVENT } = proposal;
  const group = profile.messaging.groups.get(trigger.definition.group ?? '');
  const guards = [...trigger.limits.guards, ...(group?.guards ?? [])];
  if (guards.length === 0) return undefined;
  const found = guardAgainst(guards, event, profile.lookup);
  checks.push({
    check: 'guards',
    passed: found === undefined,
    asked: guards.map(({ name }) => name),
    ...(found === undefined ? {} : { guard: found.name, unless: found.definition.unless as JsonObject }),
  });
  return found && { decision: 'suppressed', reason: `guard:${found.name}` };
}

function checkChannel({ proposal, service, choice, checks }: Judging): Finding {
  const { channel, reason, consented, exhausted } = choice;
  checks.push({
    check: 'channel',
    passed: reason === undefined,
    wanted: proposal.trigger.definition.action.channel,
    ...(channel === '' ? {} : { channel }),
    consent: service || channel === 'none' ? 'not needed' : [...consented],
    ...(exhausted.length === 0 ? {} : { quota_used_up: [...exhausted] }),
  });
  return reason && { decision: 'suppressed', reason };
}

/** The tag or segment that keeps all marketing from a customer, such as one with an open complaint. */
export const MARKETING_PAUSED = 'marketing_paused';

function checkPaused({ profile: { lookup }, service, checks }: Judging): Finding {
  if (service) return undefined;
  const passed = !lookup.tag(MARKETING_PAUSED) && !lookup.segment(MARKETING_PAUSED);
  checks.push({ check: 'paused', passed });
  return passed ? undefined : { decision: 'suppressed', reason: 'paused' };
}

function checkCooldown({ proposal, profile, checks }: Judging): Finding {
  const { trigger, at } = proposal;
  const { cooldownMs } = trigger.limits;
  if (cooldownMs === 0) return undefined;
  const until = cooldownUntil(profile.memory.fired, { trigger: trigger.name, cooldownMs }, at);
  checks.push({
    check: 'cooldown',
    passed: until === undefined,
    cooldown_ms: cooldownMs,
    ...(until === undefined ? {} : { until }),
  });
  return until === undefined ? undefined : { decision: 'suppressed', reason: 'cooldown', until };
}

function checkCaps({ proposal, profile, zone, service, message, checks }: Judging): Finding {
  const { lookup, messaging, memory } = profile;
  const own = service ? undefined : contactLimit(lookup);
  const caps = [...proposal.trigger.limits.caps, ...messaging.caps, ...(own === undefined ? [] : [own])];
  if (caps.length === 0) return undefined;
  const full = fullCap(caps, { fired: memory.fired, message }, { at: proposal.at, zone });
  if (full === undefined) {
    checks.push({ check: 'caps', passed: true, asked: caps.length, zone: zone.name });
    return undefined;
  }
  const { cap, count } = full;
  const until = Number.isFinite(full.until) ? { until: full.until } : {};
  checks.push({
    check: 'caps',
    passed: false,
    cap: cap.scope,
    ...(cap.name === '' ? {} : { name: cap.name }),
    fired: count,
    most: cap.count,
    ...(cap.days === undefined ? { within_ms: cap.withinMs } : { days: cap.days, zone: zone.name }),
    ...until,
  });
  return { decision: 'suppressed', reason: `cap:${cap.scope}`, ...until };
}

function checkAtOnce({ proposal, profile, message, checks }: Judging): Finding {
  const group = profile.messaging.groups.get(message.group);
  if (group === undefined || !Number.isFinite(group.atOnce)) return undefined;
  const passed = proposal.firedAtOnce < group.atOnce;
  checks.push({
    check: 'at_once',
    passed,
    group: message.group,
    fired: proposal.firedAtOnce,
    most: group.atOnce,
  });
  return passed ? undefined : { decision: 'suppressed', reason: 'priority' };
}

function checkQuietHours({ proposal, profile, zone, service, checks }: Judging): Finding {
  const { trigger, at } = proposal;
  const own = trigger.limits.quietHours;
  const hours = own === undefined ? profile.messaging.quietHours : own;
  if (service || hours === undefined || hours === false) return undefined;
  const until = quietUntil(hours, zone, at);
  checks.push({
    check: 'quiet_hours',
    passed: until === undefined,
    zone: zone.name,
    ...(until === undefined ? {} : { until }),
  });
  if (until === undefined) return undefined;
  if (hours.then === 'drop') return { decision: 'suppressed', reason: 'quiet_hours', until };
  return { decision: 'deferred', reason: 'quiet_hours', until };
}

function checkHoldout({ proposal: { trigger }, profile, checks }: Judging): Finding {
  const share = trigger.limits.holdout;
  if (share === 0) return undefined;
  const passed = !isHeldOut(trigger.name, profile.profileId, share);
  checks.push({ check: 'holdout', passed, share });
  return passed ? undefined : { decision: 'held_out' };
}
