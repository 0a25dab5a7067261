import type { ProfileLookup } from '../../conditions/condition.ts';
import type { CompiledMessaging } from '../messaging.ts';

/** Where a message goes, or why it goes nowhere. */
export interface ChannelChoice {
  /** Empty where there is none. */
  readonly channel: string;
  readonly reason?: 'no_consent' | 'no_quota';
  /** Channels that the customer has agreed to, in order. */
  readonly consented: readonly string[];
  /** Of these, or of all for service, the ones without any quota left. */
  readonly exhausted: readonly string[];
}

export interface ChannelWish {
  /** A name, `preferred` or `none`. */
  readonly wanted: string;
  readonly service: boolean;
}

export interface ChannelFacts {
  readonly lookup: ProfileLookup;
  readonly messaging: CompiledMessaging;
  /** How many messages were sent on each channel, ever. */
  readonly sent: Readonly<Record<string, number>>;
}

/** What a customer said, or what their behavior says, under this name as a trait or a feature. */
const PREFERRED = 'preferred_channel';

/**
 * Marketing goes where the customer has agreed to it, service anywhere. Of the channels that are left: what the customer
 * has declared, then what has worked, then the order of the messaging definition.
 */
export function chooseChannel(wish: ChannelWish, facts: ChannelFacts): ChannelChoice {
  const { wanted, service } = wish;
  const { lookup, messaging } = facts;
  if (wanted === 'none') return { channel: 'none', consented: [], exhausted: [] };
  const candidates = wanted === 'preferred' ? messaging.channels : [wanted];
  const consented = candidates.filter((channel) => lookup.consent(`marketing.${channel}`) === true);
  const allowed = service ? candidates : consented;
  if (allowed.length === 0) return { channel: '', reason: 'no_consent', consented, exhausted: [] };
  const left = allowed.filter((channel) => quotaLeft(channel, facts) > 0);
  const exhausted = allowed.filter((channel) => !left.includes(channel));
  if (left.length === 0) return { channel: '', reason: 'no_quota', consented, exhausted };
  const agreed = left.filter((channel) => consented.includes(channel));
  // Who has agreed to no channel gets a service message on the one that reaches everybody.
  const channel = preferredOf(agreed, lookup) ?? serviceChannelOf(left, messaging);
  return { channel, consented, exhausted };
}

function preferredOf(channels: readonly string[], lookup: ProfileLookup): string | undefined {
  const said = [lookup.trait(PREFERRED), lookup.feature(PREFERRED)];
  for (const channel of said) if (typeof channel === 'string' && channels.includes(channel)) return channel;
  return channels[0];
}

function serviceChannelOf(left: readonly string[], { definition }: CompiledMessaging): string {
  return left.includes(definition.service_channel) ? definition.service_channel : (left[0] ?? '');
}

/** How many messages more may be sent on the channel. */
function quotaLeft(channel: string, { lookup, messaging, sent }: ChannelFacts): number {
  const quota = messaging.definition.channels[channel]?.quota;
  if (quota === undefined) return Number.POSITIVE_INFINITY;
  const bought = lookup.feature(quota.feature);
  return (typeof bought === 'number' ? bought : 0) - (sent[channel] ?? 0);
}
