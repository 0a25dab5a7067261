import type { Condition } from './condition.ts';
import type { Period } from './local-periods.ts';
import type { EpochMs } from './time.ts';

/** At most `count` fired decisions in `every`; exactly one of trigger, group, channel and overall says of what. */
export interface CapDefinition {
  readonly trigger?: true;
  readonly group?: string;
  readonly channel?: string;
  readonly overall?: true;
  readonly count: number;
  /** In days: calendar days of the customer, today included. In smaller units: up to now. */
  readonly every: string;
  /** Counts days up to now too. */
  readonly rolling?: boolean;
}

/** From `from` until before `to` on the customer's clock, which may span midnight: `HH:MM`. */
export interface QuietHours {
  readonly from: string;
  readonly to: string;
  readonly then: 'defer' | 'drop';
}

/** Keeps decisions from whoever it holds for. */
export interface GuardDefinition {
  readonly name: string;
  readonly unless: Condition;
}

export interface ChannelDefinition {
  /** Which channel is taken first where nothing else decides. */
  readonly order: number;
  /** How many messages may ever be sent on it is what this feature says. */
  readonly quota?: { readonly feature: string };
}

export interface GroupDefinition {
  /** How many of its triggers may fire at one moment; those of the highest priority do. */
  readonly at_once?: number;
  readonly guards?: readonly GuardDefinition[];
}

/** What holds for all messages (schemas/definitions/messaging.json), with every default filled in. */
export interface MessagingDefinition {
  readonly name: 'default';
  readonly description?: string;
  /** Zone of the customers who have none of their own. */
  readonly zone: string;
  readonly caps: readonly CapDefinition[];
  /** Absent: none. */
  readonly quiet_hours?: QuietHours;
  readonly channels: Readonly<Record<string, ChannelDefinition>>;
  /** What a service message takes when nobody has said anything. */
  readonly service_channel: string;
  readonly groups: Readonly<Record<string, GroupDefinition>>;
  /** How often history gets a snapshot of who has changed, at the end of the day or week in `zone`; absent: never. */
  readonly snapshots?: Period;
  /** Days of festivals and promotions, `YYYY-MM-DD`, that calendar triggers count to; absent: none. */
  readonly occasions?: Readonly<Record<string, readonly string[]>>;
}

export interface VersionedMessaging {
  /** Hash of its text. */
  readonly version: string;
  readonly author: string;
  readonly since: EpochMs;
  readonly definition: MessagingDefinition;
}

/** What holds while nothing was said. */
export const MESSAGING_BEFORE_ANY: MessagingDefinition = Object.freeze({
  name: 'default',
  zone: 'UTC',
  caps: [],
  channels: {
    wechat: { order: 1 },
    app_push: { order: 2 },
    sms: { order: 3 },
    email: { order: 4 },
    phone: { order: 5 },
  },
  service_channel: 'sms',
  groups: {},
});
