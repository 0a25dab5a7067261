import { hash } from 'node:crypto';
import type { Event } from '../../src/model/event.ts';
import type {
  CapDefinition,
  GuardDefinition,
  MessagingDefinition,
  QuietHours,
} from '../../src/model/messaging.ts';
import type { TriggerDefinition } from '../../src/model/trigger.ts';
import { dateIn, datePlus, minutesIn, minutesOf, momentIn } from './naive-local-time.ts';
import { type NaiveDecision, naiveMs } from './naive-trigger-forms.ts';
import type { NaiveMoment } from './naive-trigger-moment.ts';

/** A pattern that is complete. */
export interface NaiveCandidate {
  readonly trigger: TriggerDefinition;
  readonly key: string;
  readonly cause: string;
  readonly id: string;
  readonly due: number;
  readonly event?: Event;
  /** Suppressed for this reason before anything else is asked. */
  readonly refusal?: string;
  /** Events that forbid the pattern and happened from here on call it off while it is deferred. */
  readonly calledOffFrom?: number;
  /** Those of up to here revoke it once it has fired. */
  readonly revokedUntil?: number;
  /** It was deferred before. */
  readonly released?: true;
  readonly useUp: () => void;
}

/** A decision that counts, kept for ever. */
export interface NaiveSent {
  readonly id: string;
  readonly trigger: TriggerDefinition;
  readonly channel: string;
  readonly at: number;
  readonly held: boolean;
}

export interface NaiveLimits {
  readonly profile: string;
  readonly at: number;
  readonly moment: NaiveMoment;
  readonly messaging: MessagingDefinition;
  readonly sent: readonly NaiveSent[];
  /** Decisions that wait. */
  readonly deferred: readonly NaiveCandidate[];
  /** Groups of what has fired at this moment. */
  readonly firedNow: readonly (string | undefined)[];
}

export interface NaiveVerdict extends Pick<NaiveDecision, 'decision' | 'reason' | 'until'> {
  readonly channel: string;
}

const DEFERRED_MAX = 16;
const KEPT_BYTES_MAX = 4_096;

/** The list of limits, from the top; undefined where the candidate is none. */
export function naiveVerdict(candidate: NaiveCandidate, limits: NaiveLimits): NaiveVerdict | undefined {
  const { trigger, event } = candidate;
  if (candidate.refusal !== undefined) return suppressed(candidate.refusal, '');
  if (trigger.when !== undefined && !limits.moment.holds(trigger.when, event)) {
    return candidate.released ? suppressed('when', '') : undefined;
  }
  const reason = unwanted(candidate, limits);
  if (reason !== undefined) return suppressed(reason, '');
  const channel = naiveChannel(trigger, limits);
  if (channel === 'no_consent' || channel === 'no_quota') return suppressed(channel, '');
  const full = tooMuch(trigger, channel, limits);
  if (full !== undefined) return suppressed(full, channel);
  const quiet = quietUntil(trigger, limits);
  if (quiet === 'drop') return suppressed('quiet_hours', channel);
  if (quiet !== undefined) return deferral(candidate, { channel, until: quiet }, limits);
  const held = inHoldout(trigger, limits.profile);
  return { decision: held ? 'held_out' : 'fired', channel };
}

function suppressed(reason: string, channel: string): NaiveVerdict {
  return { decision: 'suppressed', reason, channel };
}

/** Kind and guards. */
function unwanted(
  { trigger, event }: NaiveCandidate,
  { moment, messaging }: NaiveLimits,
): string | undefined {
  if (trigger.purpose === 'marketing' && moment.kind !== 'customer') return 'kind';
  const own: readonly GuardDefinition[] = trigger.limit?.guards ?? [];
  const shared = messaging.groups[trigger.group ?? '']?.guards ?? [];
  const holding = [...own, ...shared].find(({ unless }) => moment.holds(unless, event));
  return holding && `guard:${holding.name}`;
}

function naiveChannel({ purpose, action }: TriggerDefinition, limits: NaiveLimits): string {
  const { moment, messaging, sent } = limits;
  if (action.channel === 'none') return 'none';
  const inOrder = Object.entries(messaging.channels)
    .sort(([, a], [, b]) => a.order - b.order)
    .map(([name]) => name);
  if (purpose === 'service')
    return action.channel === 'preferred' ? messaging.service_channel : action.channel;
  const wanted = action.channel === 'preferred' ? inOrder : [action.channel];
  const allowed = wanted.filter((channel) => moment.consent(`marketing.${channel}`) === true);
  const open = allowed.filter((channel) => {
    const quota = messaging.channels[channel]?.quota;
    if (quota === undefined) return true;
    const used = sent.filter((each) => each.channel === channel && !each.held).length;
    return Number(moment.feature(quota.feature) ?? 0) - used > 0;
  });
  if (allowed.length === 0) return 'no_consent';
  if (open.length === 0) return 'no_quota';
  const declared = [moment.trait('preferred_channel'), moment.feature('preferred_channel')];
  return (
    open.find((name) => name === declared[0]) ?? open.find((name) => name === declared[1]) ?? String(open[0])
  );
}

/** Whether marketing has paused, and what has been sent of late. */
function tooMuch(trigger: TriggerDefinition, channel: string, limits: NaiveLimits): string | undefined {
  const { at, moment, messaging, sent, firedNow } = limits;
  const marketing = trigger.purpose === 'marketing';
  if (marketing && (moment.tag('marketing_paused') || moment.members.has('marketing_paused')))
    return 'paused';
  const { cooldown, caps = [] } = trigger.limit ?? {};
  const own = sent.filter((each) => each.trigger.name === trigger.name);
  if (cooldown !== undefined && own.some((each) => at - each.at < naiveMs(cooldown))) return 'cooldown';
  const all = marketing ? [...caps, ...messaging.caps] : caps;
  const full = all.find(
    (cap) => concerns(cap, trigger, channel) && !hasRoom(cap, { trigger, channel }, limits),
  );
  if (full !== undefined) return `cap:${scopeOf(full)}`;
  const most = moment.trait('contact_limit');
  if (marketing && channel !== 'none' && typeof most === 'number') {
    const cap: CapDefinition = { overall: true, count: most, every: '7d' };
    if (!hasRoom(cap, { trigger, channel }, limits)) return 'cap:customer';
  }
  const atOnce = messaging.groups[trigger.group ?? '']?.at_once;
  const fired = firedNow.filter((group) => group !== undefined && group === trigger.group).length;
  return atOnce !== undefined && fired >= atOnce ? 'priority' : undefined;
}

function scopeOf({ trigger, group, channel }: CapDefinition): string {
  return trigger ? 'trigger' : group !== undefined ? 'group' : channel !== undefined ? 'channel' : 'overall';
}

/** Whether a cap has anything to say of this trigger on this channel. */
function concerns(cap: CapDefinition, trigger: TriggerDefinition, channel: string): boolean {
  if (cap.trigger) return true;
  if (cap.group !== undefined) return cap.group === trigger.group;
  return channel !== 'none' && (cap.channel === undefined || cap.channel === channel);
}

function hasRoom(
  cap: CapDefinition,
  { trigger, channel }: { readonly trigger: TriggerDefinition; readonly channel: string },
  { at, moment, messaging, sent }: NaiveLimits,
): boolean {
  const zone = moment.zone(messaging.zone);
  const days = /^(\d+)d$/.exec(cap.every)?.[1];
  const first = datePlus(dateIn(zone, at), 1 - Number(days ?? 0));
  const within = (time: number): boolean =>
    days === undefined || cap.rolling === true
      ? time > at - naiveMs(cap.every) && time <= at
      : dateIn(zone, time) >= first;
  const counted = sent.filter((each) => {
    if (each.held || !within(each.at)) return false;
    if (cap.trigger) return each.trigger.name === trigger.name;
    if (each.trigger.purpose === 'service') return false;
    if (cap.group !== undefined) return each.trigger.group === cap.group;
    return each.channel !== 'none' && (cap.channel === undefined || each.channel === channel);
  });
  return counted.length < cap.count;
}

/** When quiet hours that hold now end, or that they drop; undefined outside of them. */
function quietUntil(
  { purpose, limit }: TriggerDefinition,
  { at, moment, messaging }: NaiveLimits,
): number | 'drop' | undefined {
  const quiet: QuietHours | false | undefined = limit?.quiet_hours ?? messaging.quiet_hours;
  if (quiet === undefined || quiet === false || purpose === 'service') return undefined;
  const zone = moment.zone(messaging.zone);
  const minutes = minutesIn(zone, at);
  const [from, to] = [minutesOf(quiet.from), minutesOf(quiet.to)];
  const holds = from < to ? minutes >= from && minutes < to : minutes >= from || minutes < to;
  if (!holds) return undefined;
  if (quiet.then === 'drop') return 'drop';
  const today = dateIn(zone, at);
  return momentIn(zone, minutes < to ? today : datePlus(today, 1), quiet.to);
}

function deferral(
  { trigger, key, event, released }: NaiveCandidate,
  { channel, until }: { readonly channel: string; readonly until: number },
  { deferred }: NaiveLimits,
): NaiveVerdict {
  if (released) return { decision: 'deferred', channel, until };
  const same = deferred.some((each) => each.trigger.name === trigger.name && each.key === key);
  if (same) return suppressed('already_deferred', channel);
  if (deferred.length >= DEFERRED_MAX) return suppressed('too_many_deferred', channel);
  if (Buffer.byteLength(JSON.stringify(event ?? {})) > KEPT_BYTES_MAX)
    return suppressed('too_large', channel);
  return { decision: 'deferred', reason: 'quiet_hours', channel, until };
}

/** An event of which nobody keeps a copy. */
export function isTooLarge(event: Event): boolean {
  return Buffer.byteLength(JSON.stringify(event)) > KEPT_BYTES_MAX;
}

/** The first 48 bits of a hash, as a share of all of them. */
export function inHoldout({ name, limit }: TriggerDefinition, profile: string): boolean {
  const share = limit?.holdout ?? 0;
  return Number.parseInt(hash('sha256', `${name}\0${profile}`, 'hex').slice(0, 12), 16) / 2 ** 48 < share;
}
