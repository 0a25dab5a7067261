import type { CouponFacts } from './coupon.ts';
import type { DecisionMemory } from './decision-memory.ts';
import type { KeptEvent, KindClaim } from './event.ts';
import type { IdSet } from './id-set.ts';
import type { ItemTable } from './item-facts.ts';
import type { JsonValue } from './json.ts';
import type { Ledger } from './loyalty.ts';
import type { SegmentMembership } from './segment.ts';
import type { EpochMs } from './time.ts';

/** A value that merges by rule: newest wins, ties broken by source and event id. */
export interface Register {
  readonly value: JsonValue;
  readonly time: EpochMs;
  /** `source\u0000event id`: the tie-break, so that order of arrival does not matter. */
  readonly tie: string;
  /** Rank of its source by the conflict rule of the trait: the higher wins before the newer; 0 where none is. */
  readonly rank: number;
  /** The facet whose key seals the value, where that facet was folded into the one that holds this. */
  readonly facet?: string;
  /** Of a consent: nothing that its event said of who it is about was verified. */
  readonly stated?: true;
  /** Of a consent: the version of the text that it was given to. */
  readonly text?: string;
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

/** What kind of profile a person is; `customer` unless a list, a rule or an event says otherwise. */
export type ProfileKind = 'customer' | 'staff' | 'test' | 'business' | 'reseller' | 'bot';

/** What an event said of its person's kind, with what decides between two such claims. */
export interface KindRegister extends KindClaim {
  readonly time: EpochMs;
  readonly tie: string;
}

/** A list's claim, which counts while the entry is in that list. */
export interface ListedKind extends KindRegister {
  readonly by: 'list';
  readonly entry: string;
}

/** The newest word on a tag that somebody put on or took off by hand. */
export interface TagRegister {
  readonly on: boolean;
  readonly author: string;
  readonly reason: string;
  readonly expires?: EpochMs;
  /** Of a restriction that was lifted: the ties of the words that it takes back, ascending. */
  readonly lifts?: readonly string[];
  readonly time: EpochMs;
  readonly tie: string;
}

/**
 * Events reduced under one pair of identifiers (weakest, strongest). The unit of merge and unmerge.
 * Mutable on purpose: it is owned by the fold, which runs single-threaded per partition.
 */
export interface Facet {
  /** The key of its claims; `key~epoch` once it is closed. */
  readonly id: string;
  /** How many closed facets of the same key there are: history tells their events apart by it. */
  epoch: number;
  events: number;
  first: EpochMs;
  last: EpochMs;
  /** State of each aggregate by feature number; the shape belongs to the aggregate's operation. */
  readonly aggregates: Map<number, unknown>;
  readonly orders: Map<string, OrderFact>;
  readonly traits: Map<string, Register>;
  readonly consents: Map<string, Register>;
  /** The newest verified word on a consent, where a newer one that was only stated is in `consents`. */
  proved?: Map<string, Register>;
  /** Absent while no event has said anything of it. What a list says with its entry is in `listed`. */
  kind?: KindRegister;
  /** The newest claim of each entry of a list, what wins first; bounded, absent while there is none. */
  listed?: readonly ListedKind[];
  /** Absent while nobody has said anything of any. */
  tags?: Map<string, TagRegister>;
  /** What was said of coupons, by their codes; absent while nothing was. */
  coupons?: Map<string, CouponFacts>;
  /** What was done with items, the newest of each deed; absent while nothing was. */
  items?: ItemTable;
  /** Points; absent while no event has said anything of any. */
  ledger?: Ledger;
  /** Days (UTC day of append time) that have a field of deduplication ids. */
  dedupDays: number[];
}

/** Ids seen on one day of append time, as 64-bit keyed hashes. */
export interface DedupDay {
  readonly ids: IdSet;
}

/** A facet with its deduplication ids, as it travels between partitions. */
export interface FacetContent {
  readonly id: string;
  /** The facet as features/encode.ts writes it. */
  readonly facet: unknown;
  /** Ids of each day, base64. */
  readonly dedup: readonly { readonly day: number; readonly ids: string }[];
}

/** An event that matched a step of a trigger's pattern. */
export interface TriggerMatch {
  /** From 0; negative ones are events that must not come: see triggers/patterns/memory.ts. */
  readonly step: number;
  readonly time: EpochMs;
  /** `source\u0000event id`: the tie-break. */
  readonly cause: string;
  /** Null: it counts for every key. */
  readonly key: string | null;
  /** Where its event was reduced into: the match leaves with it. */
  readonly facet: string;
}

/** Something that a trigger does when its time has come, unless something else comes first. */
export interface PendingMoment {
  readonly key: string;
  /** What it counts from: the last event of the chain, the day of the calendar. */
  readonly time: EpochMs;
  readonly due: EpochMs;
  /** Of the event that completed the pattern so far, or what else the moment comes from. */
  readonly cause: string;
  /** Cause of the last event of the chain, where it is another one. */
  readonly last?: string;
  /** Empty where it belongs to the whole profile. */
  readonly facet: string;
  /** The event that completed the pattern so far, without its claims; of a large one only what it is. */
  readonly event?: KeptEvent;
  /** The event was too large to be kept. */
  readonly tooLarge?: true;
}

/** What a trigger remembers about one profile; JSON, because it travels with moves. */
export interface TriggerMemory {
  /** Hash of the pattern: what another one remembered means nothing to it. Absent in old memories. */
  under?: string;
  /** Ascending by time and cause. */
  matches: TriggerMatch[];
  /** Ascending by due time. */
  pending: PendingMoment[];
  /** Keys of calendar moments that were done, the newest last. */
  done?: string[];
}

/** What triggers remember, on its way to another place. */
export interface CarriedMemory {
  /** By trigger name. */
  readonly memory: Readonly<Record<string, TriggerMemory>>;
  readonly decisions?: DecisionMemory;
}

/** Head of a profile; mutable for the same reason as Facet. */
export interface Header {
  readonly id: string;
  readonly createdAt: EpochMs;
  kind: 'person' | 'pseudo';
  facets: string[];
  /** Latest event time that identity was told of. */
  seenAt: EpochMs;
  readonly triggers: Map<string, TriggerMemory>;
  /** Set when the profile was merged away: readers follow it. */
  forward?: string;
  /** Facet id → profile to which it moved. */
  tombstones?: Map<string, string>;
  /** Of a profile whose person was erased: when. Nothing else is left, and nothing is taken any more. */
  erased?: EpochMs;
  /** Facets that went to somebody who was erased since, as `tombstoneOf` calls them: identity says where their events belong. */
  unknownFacets?: readonly string[];
  /** When it was last found to take as many bytes as it may; absent while it has room. */
  fullAt?: EpochMs;
  /** When time alone may change something about it; an entry under `keys.alarm` says the same, and brings a wake record. */
  alarmAt?: EpochMs;
  /** When segments and points want to be looked at: the alarm is the earlier of this and of what triggers and decisions wait for. */
  looksAt?: EpochMs;
  /** End of the day of which history is to get a snapshot; absent while nothing has changed since the last one. */
  snapshotAt?: EpochMs;
  /** Items of the catalog that it waits for, ascending; entries under `keys.waiting` say the same. */
  waiting?: readonly string[];
  /** Version of the days of calendar triggers under which all of them were last planned. */
  plannedUnder?: string;
  /** The segments that it is in; absent before it was first looked at. */
  segments?: Map<string, SegmentMembership>;
  /** Version of the set of segments that all of them were last looked at under. */
  segmentsUnder?: string;
  /** Up to when what time does to its points was told; absent before its first points. */
  pointsAt?: EpochMs;
  /** Absent before its first decision. */
  decisions?: DecisionMemory;
}
