import type { JsonObject } from './json.ts';
import type { ProfileKind } from './profile.ts';
import type { EpochMs } from './time.ts';

/**
 * One identifier that an event carries, after normalization. The value itself is gone: `hash` is its blind
 * index (keyed hash), `sealed` its ciphertext for display, present when ingest had not seen this facet yet.
 */
export interface Claim {
  /** `phone`, or `wechat_openid@wx123` where the issuer is not the default one. */
  readonly type: string;
  /** 22 characters base64url: HMAC-SHA-256 of type and value, cut to 128 bits. */
  readonly hash: string;
  /** Verified claims come from servers, tills and sign-ins; stated ones from public clients and forms. */
  readonly verified: boolean;
  readonly sealed?: string;
}

/** What an order event says about money and about which fact it reports. Amounts are signed minor units. */
export interface OrderInfo {
  readonly namespace: string;
  readonly order_id: string;
  readonly transition: OrderTransition;
  /** The refund's own id (or the event id); empty for other transitions. */
  readonly refund_id: string;
  /** False for browser copies beside an order system: they close carts but add no count, spend or points. */
  readonly ledger: boolean;
  /** Everything on the bill; negative for a refund. */
  readonly total: number;
  /** Merchandise paid: net of discounts, without freight and fees; negative for a refund. */
  readonly spend: number;
  /** The amount given back, positive; 0 when this is not a refund. */
  readonly refund: number;
  /** True where only a total was given, so that `spend` had to be taken from it. */
  readonly total_only: boolean;
}

export type OrderTransition = 'completed' | 'refunded' | 'cancelled';

/** Links are written `type:hash`. */
export type IdentityDirective =
  | { readonly type: 'signed_in' }
  | { readonly type: 'signed_out' }
  /** The loyalty master (a verified source) says that two memberships are one person. */
  | { readonly type: 'members_merged'; readonly kept: string; readonly merged: string }
  /** A receipt that named nobody: namespace and number of the order. */
  | { readonly type: 'claim'; readonly order: string }
  /** Who was invited, as the inviter's event says. */
  | { readonly type: 'referral'; readonly invitee: string };

export interface KindClaim {
  readonly kind: ProfileKind;
  /** A list outranks an event, an event outranks a rule. */
  readonly by: 'list' | 'event' | 'rule';
  /** Of a list: the entry that matched, `type#blind index`, so that the claim lasts no longer than the entry. */
  readonly entry?: string;
}

/** A tag put on by hand, or taken off. */
export interface TagChange {
  readonly name: string;
  readonly on: boolean;
  readonly author: string;
  readonly reason: string;
  /** Absent: it stays until somebody takes it off. */
  readonly expires?: EpochMs;
  /** Of a restriction that is lifted: the ties of the words that it takes back. */
  readonly lifts?: readonly string[];
}

/** Points given or taken by hand. */
export interface PointsAdjustment {
  /** Positive or negative, never 0. */
  readonly points: number;
  readonly author: string;
  readonly reason: string;
  /** Of given ones; the program's expiry where it is absent. */
  readonly expires?: EpochMs;
}

/**
 * Where a referral stands, in the ledger of one of the two. accepted: the invitee's waits for an order that stands.
 * credited: the inviter's takes the points. The invitee is written `type:hash`.
 */
export interface ReferralNote {
  readonly step: 'accepted' | 'credited';
  readonly invitee: string;
}

/** Source of events that no request has brought, and nobody waits for. */
export const ENGINE_SOURCE = 'engine';
/** Source of what operators say of a person by hand. */
export const OPERATOR_SOURCE = 'operator';

/**
 * An event that waits with a profile, as its JSON: a profile is stored far more often than what waits in it is due, and a text is
 * stored much faster than an object. As an object where it is at hand, or was stored when all of them were.
 */
export type KeptEvent = string | Event;

/** The canonical event: what the log keeps and what every stage reads. */
export interface Event {
  readonly id: string;
  readonly type: string;
  readonly time: EpochMs;
  readonly receivedAt: EpochMs;
  /** True when the event is older than its channel's lateness budget: it counts, but fires nothing. */
  readonly late?: boolean;
  /** What its sender's clock was ahead (negative: behind), where that was a minute or more. */
  readonly aheadMs?: number;
  readonly source: string;
  readonly channel: string;
  /** Weakest first. Empty: nobody is touched, the event counts for items and stores. */
  readonly claims: readonly Claim[];
  /** Key of the facet that the event is reduced into; derived from the claims alone. */
  readonly facet: string;
  /** Key of the whole set of claims, where there are three or more; fewer *are* the facet. */
  readonly combination?: string;
  /** What the event asks of identity beside linking its claims: such events always pass through identity. */
  readonly identity?: IdentityDirective;
  /** The weak claims are the place's (a tablet in a store), not a person's. */
  readonly sharedDevices?: true;
  /** Blind index of the person's name, where the event gives one: tells a duplicate from a recycled number. */
  readonly name?: string;
  /** What kind of profile this event shows its person to be, and how that is known. */
  readonly kind?: KindClaim;
  /** ISO 4217, where the event carries money. */
  readonly currency?: string;
  readonly order?: OrderInfo;
  /** Amounts marked as money in the schema are integers in minor units here; personal fields are sealed. */
  /** What an operator did to a tag: only the engine itself makes such events. */
  readonly tag?: TagChange;
  /** What an operator did to points: only the engine itself makes such events. */
  readonly adjustment?: PointsAdjustment;
  /** What became of a referral: only the engine itself makes such events. */
  readonly referral?: ReferralNote;
  /** A coupon that a trigger drew, nothing that its customer did: only the engine itself makes such events. */
  readonly drawn?: true;
  readonly properties: JsonObject;
  readonly traits?: JsonObject;
  readonly consent?: JsonObject;
  readonly context?: JsonObject;
}
