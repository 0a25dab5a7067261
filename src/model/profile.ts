import type { JsonValue } from './json.ts';
import type { EpochMs } from './time.ts';

/** A value that merges by rule: newest wins, ties broken by source and event id. */
export interface Register {
  readonly value: JsonValue;
  readonly time: EpochMs;
  /** `source\u0000event id`: the tie-break, so that order of arrival does not matter. */
  readonly tie: string;
  /** The facet whose key seals the value, where that facet was folded into the one that holds this. */
  readonly facet?: string;
}

/** One reported fact of an order, keyed by namespace, order, transition and refund. */
export interface OrderFact {
  readonly key: string;
  readonly time: EpochMs;
  readonly tie: string;
  /** Append time of its first report: facts are remembered 400 days from then. */
  readonly since: EpochMs;
  /** Extracted values by extractor number: what the features need, nothing else. */
  readonly values: ReadonlyMap<number, unknown>;
}

/**
 * Events reduced under one pair of identifiers (weakest, strongest). The unit of merge and unmerge.
 * Mutable on purpose: it is owned by the fold, which runs single-threaded per partition.
 */
export interface Facet {
  readonly id: string;
  events: number;
  first: EpochMs;
  last: EpochMs;
  /** State of each aggregate by feature number; the shape belongs to the aggregate's operation. */
  readonly aggregates: Map<number, unknown>;
  readonly orders: Map<string, OrderFact>;
  readonly traits: Map<string, Register>;
  readonly consents: Map<string, Register>;
  /** Days (UTC day of append time) that have a field of deduplication ids. */
  dedupDays: number[];
}

/** A facet with its deduplication ids, as it travels between partitions. */
export interface FacetContent {
  readonly id: string;
  /** The facet as features/encode.ts writes it. */
  readonly facet: unknown;
  /** Ids of each day, base64. */
  readonly dedup: readonly { readonly day: number; readonly ids: string }[];
}

/** What a trigger remembers about one profile. */
export interface TriggerMemory {
  /** Times of the latest matching events, ascending, bounded by the trigger's count. */
  matches: number[];
  /** Time of the latest event of the `unless` pattern. */
  unlessAt: number;
  /** Append time of the latest decision to fire. */
  firedAt: number;
}

/** Head of a profile; mutable for the same reason as Facet. */
export interface Header {
  readonly id: string;
  readonly createdAt: EpochMs;
  kind: 'customer' | 'pseudo';
  facets: string[];
  readonly triggers: Map<string, TriggerMemory>;
  /** Set when the profile was merged away: readers follow it. */
  forward?: string;
  /** Facet id → profile to which it moved. */
  tombstones?: Map<string, string>;
}

/** Identity's entry of one identifier. */
export interface Link {
  readonly type: string;
  readonly hash: string;
  owner: string;
  verified: boolean;
  sealed: string;
  /** Facet under whose key `sealed` was encrypted. */
  sealedBy: string;
  readonly since: EpochMs;
  /** Provenance: source and id of the event that made the link. */
  readonly source: string;
  readonly event: string;
  /**
   * A weak identifier that two strong people used stops linking. Its anonymous events belong to this stable
   * anonymous profile (empty until the first such event).
   */
  sharedAs?: string;
}

/** Identity's entry of one facet. Ownership changes at the decision, location at the confirm of the move. */
export interface Place {
  owner: string;
  location: string;
  /** True once exactly this pair was judged as a combination (and not only as part of a larger one). */
  judged: boolean;
}

/** Identity's verdict on a combination of three or more identifiers. */
export interface Combination {
  readonly facet: string;
}

/** Unfinished moves, oldest first; `sent` ones are under way. */
export interface MoveQueue {
  last: number;
  waiting: QueuedMove[];
}

export interface QueuedMove {
  readonly move: number;
  readonly from: string;
  readonly to: string;
  readonly facets: readonly string[];
  sent: boolean;
}

/** Identity's entry of one person: who is linked, which facets it owns. */
export interface Person {
  readonly id: string;
  readonly createdAt: EpochMs;
  /** `type:hash`, in order of linking. */
  links: string[];
  facets: string[];
  /** Ids of people merged into this one, bounded. */
  merged: string[];
  mergedInto?: string;
}
