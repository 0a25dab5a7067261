import type { JsonObject } from './json.ts';
import type { DurationMs, EpochMs } from './time.ts';

/** A loyalty program as its author wrote it, with every default filled in. One is in force at a time. */
export interface LoyaltyProgram {
  readonly name: 'default';
  readonly description?: string;
  /** ISO 4217. Orders in another currency earn nothing and count for no tier. */
  readonly currency: string;
  /** IANA zone of its days and years. */
  readonly zone: string;
  readonly earn: {
    readonly purchase?: PurchaseRule;
    readonly welcome?: GiftRule;
    readonly birthday?: GiftRule;
    readonly referral?: ReferralRule;
    /** Whether `points_earned` of verified sources counts; one that names an order only where purchases earn nothing here. */
    readonly reported: boolean;
  };
  readonly hold: HoldRule;
  readonly expiry?: ExpiryRule;
  /** How long before points expire they count as about to. */
  readonly warn: string;
  readonly claim: { readonly within: string };
  readonly tiers?: TierRules;
}

export interface PurchaseRule {
  /** So many points for so much merchandise paid by other means than points; decimal texts or numbers. */
  readonly points: number;
  readonly per: number | string;
  readonly rounding: Rounding;
  /** The largest multiplier that fits a line counts; they do not multiply each other. */
  readonly bonuses: readonly BonusRule[];
}

export type Rounding = 'down' | 'nearest' | 'up';

export interface BonusRule {
  readonly name: string;
  readonly multiply: number;
  /** A condition over the event: channel, store, campaign. */
  readonly where?: JsonObject;
  /** Any of these in the line; a category counts with everything below it. */
  readonly items?: readonly string[];
  readonly categories?: readonly string[];
  readonly brands?: readonly string[];
  /** Validity by the time of the order, RFC 3339. */
  readonly from?: string;
  readonly to?: string;
}

/** Points for an event: once ever (welcome), or once in 365 days (birthday). */
export interface GiftRule {
  readonly points: number;
  readonly on: string;
  /** Duration; the program's expiry where it is absent. */
  readonly expires?: string;
}

export interface ReferralRule {
  readonly points: number;
  /** The return window of the invitee's first order. */
  readonly hold: string;
}

export interface HoldRule {
  /** Duration during which points are pending; `0d` for none. */
  readonly for: string;
  readonly from: 'order' | 'delivery';
  /** An order whose delivery nobody reports counts as delivered after so long. */
  readonly delivery_within: string;
}

/** At the end of the day so many months later, or of the year so many years later. */
export type ExpiryRule = { readonly months: number } | { readonly end_of_year: number };

export interface TierRules {
  readonly by: 'points' | 'spend' | 'orders';
  readonly window: 'rolling_year' | 'calendar_year';
  /** How long after the end of a term one may still qualify for another. */
  readonly grace: string;
  /** Name of where everybody begins. */
  readonly base: string;
  readonly base_benefits?: JsonObject;
  /** Ascending. `from` is points, orders, or major units of the currency. */
  readonly levels: readonly TierLevel[];
}

export interface TierLevel {
  readonly name: string;
  readonly from: number | string;
  readonly benefits?: JsonObject;
}

/**
 * earn: a lot of points. burn, debit: points taken. refund, cancel: of an order, so that it earned less. delivered: from
 * when a hold runs. restore: a burn that was called off. invited: somebody else earns with the first order that stands. tier: what settled
 * facts had made of the tier.
 */
export type LedgerKind =
  | 'earn'
  | 'burn'
  | 'debit'
  | 'refund'
  | 'cancel'
  | 'delivered'
  | 'restore'
  | 'invited'
  | 'tier';

/** [hash of the item, minor units paid, millionths of points] of a line whose rate differs from the order's. */
export type LedgerLine = readonly [item: number, amount: number, micro: number];

/** Something that happened to points, in the facet of its event: it merges and splits with the facet. */
export interface LedgerFact {
  /** Equal for reports of the same thing, which counts once over all facets of a profile. */
  readonly key: string;
  readonly kind: LedgerKind;
  /** When it takes effect: the event's time, of burns the append time of their record. */
  readonly time: EpochMs;
  /** `source\0event id`. */
  readonly tie: string;
  /** Append time of its record. */
  readonly since: EpochMs;
  /** Version of the program under which it was read. */
  readonly version: string;
  /** Namespace and number of the order; empty without one. Of `restore`: the id of the burn's event; of `invited` by which identifier. */
  readonly order: string;
  /** What earned or took it: `order`, `welcome`, …; of a tier its name. */
  readonly by: string;
  /** Whole points, positive. Of a lot what was earned before any return. */
  readonly points: number;
  /** Of an order's lot: points in millionths before rounding. */
  readonly micro: number;
  /** Minor units of merchandise paid (returned, of a refund), by any means. */
  readonly spend: number;
  readonly lines: readonly LedgerLine[];
  readonly holdMs: DurationMs;
  /** Where the hold runs from delivery: after so long an order counts as delivered. Undefined: it runs from the order. */
  readonly deliveryMs: DurationMs | undefined;
  /** Undefined: never. */
  readonly expiresAt: EpochMs | undefined;
  readonly rounding: Rounding;
  /** Who did it by hand. */
  readonly author: string;
}

/** Sums over what has settled and left the ledger, which comes to nothing: earned = burned + expired + returned. */
export interface SettledPoints {
  readonly earned: number;
  readonly burned: number;
  readonly expired: number;
  readonly returned: number;
}

/** The ledger of one facet. Mutable like the facet. */
export interface Ledger {
  readonly facts: Map<string, LedgerFact>;
  settled: SettledPoints;
}

export type EntryKind = 'earn' | 'release' | 'burn' | 'restore' | 'expire' | 'clawback' | 'debit' | 'repay';

/** A derived entry: together the changes come to available + pending − debt. */
export interface LedgerEntry {
  readonly at: EpochMs;
  readonly kind: EntryKind;
  /** What it adds to available + pending − debt; 0 for a release and a repayment, which move points. */
  readonly change: number;
  readonly amount: number;
  /** Key of the lot that it came from or spends; empty where the points were missing, and became debt. */
  readonly lot: string;
  /** Id of the event that caused it: of a release or an expiry the one that earned. */
  readonly event: string;
  readonly order: string;
  readonly by: string;
  readonly author: string;
}

/** What the passing of time, or an event, changed; data for triggers. */
export type LoyaltyChange =
  | {
      readonly change: 'released' | 'expired';
      readonly at: EpochMs;
      readonly points: number;
      readonly lot: string;
    }
  | {
      readonly change: 'expiring';
      readonly at: EpochMs;
      readonly points: number;
      readonly expires_at: EpochMs;
    }
  | {
      readonly change: 'tier';
      readonly at: EpochMs;
      readonly from: string;
      readonly to: string;
      readonly up: boolean;
    };

/** A change of one profile, as effects and history carry it; the id is a hash of its place in the log. */
export type ProfileLoyaltyChange = LoyaltyChange & { readonly id: string; readonly profile_id: string };
