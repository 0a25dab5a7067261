/** What the engine answers, as far as programs are likely to look into it. Times are epoch milliseconds. */
import type { Json, JsonFields } from './new-event.ts';

export interface FeatureValue {
  readonly value: Json;
  readonly as_of: number;
  /** True while the window of the feature reaches back before the engine knew it. */
  readonly partial: boolean;
  readonly approximate?: boolean;
}

export interface Profile {
  readonly profile_id: string;
  readonly kind: string;
  /** By type, masked unless the key has the scope `pii`. */
  readonly identifiers: Readonly<Record<string, readonly string[]>>;
  readonly traits: JsonFields;
  readonly features: Readonly<Record<string, FeatureValue>>;
  readonly segments: readonly string[];
  readonly tags: readonly string[];
  readonly lifecycle: string | null;
  readonly consents: JsonFields;
  /** Traits that are kept and may not be used, with the reason; absent while there are none. */
  readonly withheld?: Readonly<Record<string, string>>;
  readonly loyalty: JsonFields | null;
  /** The newest first; absent while there are none. */
  readonly coupons?: readonly JsonFields[];
  readonly first_seen: number | null;
  readonly last_seen: number | null;
}

export interface ProfilePage {
  readonly profiles: readonly Profile[];
  /** Where the next page starts; absent on the last one. */
  readonly next?: string;
}

/** A decision of a trigger. */
export interface Firing {
  readonly id: string;
  readonly trigger: string;
  readonly profile_id: string;
  readonly decision: 'fired' | 'suppressed' | 'deferred' | 'held_out' | 'revoked';
  readonly reason?: string;
  readonly until?: number;
  readonly at: number;
  readonly event_id: string;
  readonly channel: string;
  /** What to do: template, message, coupon, data. */
  readonly payload: JsonFields;
  readonly trace: JsonFields;
}

/** What became of one event that went by. */
export interface ToldEvent {
  readonly node: string;
  readonly status: 'applied' | 'duplicate' | 'quarantined' | 'refused' | 'rejected';
  /** Why it was not applied. */
  readonly code?: string;
  /** JSON pointer to what is wrong with it. */
  readonly path?: string;
  readonly quarantine_id?: string;
  readonly event_id: string;
  readonly type: string;
  readonly channel: string;
  readonly source: string;
  readonly store?: string;
  readonly profile_id?: string;
  readonly time?: number;
  readonly received_at: number;
  readonly at: number;
}

/** What a node has had since it said so last, all of it. */
export interface EventRates {
  readonly node: string;
  readonly at: number;
  readonly over_ms: number;
  readonly channels: Readonly<Record<string, Readonly<Partial<Record<ToldEvent['status'], number>>>>>;
  readonly seen: number;
  /** Of these the ones that were told one by one. */
  readonly shown: number;
}

/** What one commit did to one profile. */
export interface ProfileChange {
  readonly profile_id: string;
  readonly partition: string;
  readonly seq: number;
  readonly events?: readonly { readonly id: string; readonly type: string; readonly time: number }[];
  readonly segments?: readonly { readonly segment: string; readonly change: string; readonly at: number }[];
  readonly points?: readonly object[];
  readonly decisions?: readonly Pick<
    Firing,
    'id' | 'trigger' | 'decision' | 'reason' | 'until' | 'at' | 'channel'
  >[];
  /** True where a list would have been longer. */
  readonly more?: true;
}

export interface RecommendedItem {
  readonly item_id: string;
  /** The one to offer: in stock here, in the person's size. */
  readonly variant_id?: string;
  readonly name?: string;
  readonly score: number;
  readonly strategy: string;
  readonly reasons: readonly { readonly code: string; readonly item_id?: string; readonly text: string }[];
}

export interface Recommendation {
  /** What shows the list says so with this id, as `recommendation_id` of its events. */
  readonly id: string;
  readonly placement: string;
  readonly profile_id?: string;
  readonly items: readonly RecommendedItem[];
  readonly strategy: string;
  readonly personalized: boolean;
  readonly took_us: number;
}

/** An event that was not taken; it waits in quarantine. */
export interface RejectedEvent {
  readonly index: number;
  readonly id?: string;
  readonly code: string;
  readonly path: string;
  readonly message: string;
  readonly quarantine_id?: string;
}

/** Durable, not yet applied. */
export interface Receipt {
  readonly accepted: number;
  readonly rejected: readonly RejectedEvent[];
}

export interface AppliedEvent {
  readonly id: string;
  readonly status: 'applied' | 'duplicate' | 'quarantined' | 'refused';
  readonly code?: string;
  readonly profile_id?: string;
  readonly triggers: readonly Firing[];
  readonly timings_us: Readonly<Record<string, number>>;
  /** With `include: ['profile']`. */
  readonly profile?: Profile | null;
  /** With `include: ['recommendations']`. */
  readonly recommendations?: Recommendation | null;
}

export interface Applied {
  readonly results: readonly AppliedEvent[];
  readonly rejected: readonly RejectedEvent[];
}

/** A definition with where it comes from. */
export interface Definition {
  readonly name: string;
  readonly version?: string;
  readonly author?: string;
  readonly since?: number;
  readonly [field: string]: unknown;
}

/** Answers whose shape is told here; those of other operations are JSON. */
export interface Answers {
  'GET /v1/profiles': ProfilePage;
  'GET /v1/profiles/{id}': Profile;
  'GET /v1/profiles/unattributed': Profile;
  'GET /v1/definitions/{kind}': { readonly definitions: readonly Definition[] };
  'GET /v1/definitions/{kind}/{name}': Definition;
  'GET /v1/recommendations': Recommendation;
  'GET /metrics': string;
}
