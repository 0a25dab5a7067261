import type { ProfileKind } from './profile.ts';

/**
 * The identity policy: a definition, versioned and in force from its record of the log on. deploy/retail/identity.yaml
 * is the shipped one, schemas/definitions/identity.json its format.
 */
export interface IdentityPolicy {
  readonly name: string;
  /** Types strongest first: the order is their priority. */
  readonly types: readonly IdentifierTypePolicy[];
  readonly blocked: BlockedValues;
  /** What evidence is worth that is only a shared device, card or cookie. */
  readonly weak_evidence: {
    /** Whether a weak identifier may join two people of whom both have strong verified identifiers. */
    readonly joins_known_people: boolean;
    /** Distinct values of one strong type that weak evidence alone may bring together. */
    readonly values_per_type: number;
  };
  readonly shared: {
    /** A strong value claimed by more strong people than this identifies nobody. */
    readonly strong_people_max: number;
  };
  readonly recycled: {
    /** The old owner was active within this many days: a duplicate, not a recycled number. */
    readonly active_days: number;
  };
  readonly reviews: {
    /** Merging two known people into one with more values of a strong type than this waits for approval. */
    readonly values_per_type: number;
  };
  /** The first rule that fits an event's source and channel holds. */
  readonly sources: readonly SourceRule[];
  readonly traits: TraitRules;
  readonly kinds: KindRules;
}

/** How one identifier type behaves. */
export interface IdentifierTypePolicy {
  readonly type: string;
  readonly description?: string;
  /** Distinct values that one profile may hold within the period, per issuer. */
  readonly limit: number;
  readonly period: 'ever' | 'year' | 'month' | 'week';
  /** Strong identifiers name a person; weak ones (devices, cards, cookies) only carry a trace. */
  readonly strong: boolean;
  readonly normalize: Normalization;
  /** Ids that somebody issues: they may be written `type@issuer`. */
  readonly issued?: boolean;
  /** The issuer that is meant where none is written. */
  readonly issuer?: string;
}

/** How values of a type are made comparable. */
export type Normalization = 'phone' | 'email' | 'number' | 'exact';

export interface BlockedValues {
  /** Values that never identify anybody, in any letter case, quoted or not. */
  readonly values: readonly string[];
  /** From how many digits on a value of one repeated digit is blocked; zeros always are. */
  readonly repeated_digits_from: number;
  /** Domains of relay addresses (and their subdomains), which hide who writes. */
  readonly email_domains: readonly string[];
  /** Beginnings of E.164 numbers that stand for somebody else: privacy numbers of marketplaces. */
  readonly phone_prefixes: readonly string[];
}

export interface SourceRule {
  /** Exact, or a prefix followed by `*`. */
  readonly source?: string;
  readonly channel?: string;
  /** Only these types identify; others are dropped from its events. */
  readonly may_link?: readonly string[];
  /** These types never identify in its events. */
  readonly never_link?: readonly string[];
  /**
   * Weak identifiers of its events are the place's, not a person's: shared from the first sight on. For devices that
   * stand in a store.
   */
  readonly shared_devices?: boolean;
  /** Its strong claims count as this, whatever its key says. A public key never becomes verified. */
  readonly claims?: 'stated' | 'verified';
}

/** Which of two values of a trait wins: `newest`, or the better source first and then the newest. */
export type TraitRule =
  | { readonly rule: 'newest' }
  | { readonly rule: 'offline_first' }
  | { readonly rule: 'online_first' }
  /** Best first; sources that are not listed come last. */
  | { readonly rule: 'source_priority'; readonly sources: readonly string[] };

export interface TraitRules {
  readonly default: TraitRule;
  readonly by_name: Readonly<Record<string, TraitRule>>;
  /** Channels that count as offline. */
  readonly offline_channels: readonly string[];
}

export interface KindRules {
  /**
   * Identifiers by kind. Written `type:value`; kept as `type#hash`, their blind index, so that nobody can be read out
   * of a policy.
   */
  readonly lists: Readonly<Partial<Record<ProfileKind, readonly string[]>>>;
  /** Conditions over the event, as triggers write them; the first that holds decides. */
  readonly rules: readonly { readonly kind: ProfileKind; readonly where: unknown }[];
}

/** In force before the first definitions record: there are no types, so nothing identifies anybody. */
export const EMPTY_POLICY: IdentityPolicy = Object.freeze<IdentityPolicy>({
  name: 'default',
  types: [],
  blocked: { values: [], repeated_digits_from: 2, email_domains: [], phone_prefixes: [] },
  weak_evidence: { joins_known_people: false, values_per_type: 1 },
  shared: { strong_people_max: 20 },
  recycled: { active_days: 90 },
  reviews: { values_per_type: 3 },
  sources: [],
  traits: { default: { rule: 'newest' }, by_name: {}, offline_channels: [] },
  kinds: { lists: {}, rules: [] },
});
