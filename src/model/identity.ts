import type { Position } from './record.ts';
import type { EpochMs } from './time.ts';

/**
 * Identity's entries: what it knows of identifiers, people, facets and unfinished moves. Mutable on purpose: they are
 * owned by the fold, which runs single-threaded. Keys of links are written `type:hash` throughout.
 */

/** Why an identifier belongs to a person: one event that carried it together with another identifier. */
export interface Evidence {
  /** The other identifier, `type:hash`; empty where the event carried this one alone. */
  readonly with: string;
  readonly source: string;
  readonly event: string;
  /** Append time of the record. */
  readonly at: EpochMs;
  readonly rule: LinkRule;
}

/** By which rule an identifier came to its person. */
export type LinkRule = 'first_seen' | 'verified' | 'stated' | 'weak' | 'yielded' | 'recycled' | 'command';

/** Who held an identifier before, until when, and why it went. */
export interface PastOwner {
  readonly profile: string;
  /** valid_from and valid_to: append times. */
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly reason: 'signed_out' | 'recycled' | 'shared' | 'yielded' | 'unmerged';
}

/** Identity's entry of one identifier. */
export interface Link {
  readonly type: string;
  readonly hash: string;
  /** The person that holds it; empty while nobody does (after a sign-out, or blocked). */
  owner: string;
  verified: boolean;
  sealed: string;
  /** Facet under whose key `sealed` was encrypted. */
  sealedBy: string;
  /** valid_from: append time at which the owner took it. Merges keep it. */
  since: EpochMs;
  /** Oldest first, bounded; together they are the edges of the identity graph. */
  evidence: Evidence[];
  /** Oldest first, bounded. */
  past: PastOwner[];
  /** Distinct people with strong identifiers that it was seen with and did not join; bounded. */
  seenWith: string[];
  /**
   * Set once it was found to be shared: it links nobody any more. Its anonymous events belong to the stable
   * anonymous profile of this id (empty until the first such event), which then is its owner.
   */
  sharedAs?: string;
  /**
   * Identifies nobody and never will: claimed by more strong people than one value can have, or declared to be the
   * place's. Beside `sharedAs`, which may heal.
   */
  blocked?: boolean;
  /** A value of a "one ever" type that stays valid for a merged member, beside the one that counts. */
  alias?: boolean;
  /** How it was shared, until the people who shared it became one: an unmerge that parts them shares it again. */
  healed?: Healed;
}

export interface Healed {
  /** Identifiers of the two who became one. */
  readonly sides: readonly [string, string];
  /** The anonymous profile that it had, with whatever else was shared under it; empty where it had none. */
  readonly sharedAs: string;
}

/** What a person's entry says of each of its links: enough to judge without loading them. */
export interface PersonLink {
  /** `type:hash`. */
  readonly key: string;
  since: EpochMs;
  verified: boolean;
  alias: boolean;
  /** A weak identifier that came to a known person by statements alone: whoever proves more takes it along. */
  stated?: boolean;
}

/** Identity's entry of one person: who is linked, which facets it owns. */
export interface Person {
  readonly id: string;
  readonly createdAt: EpochMs;
  /** In order of linking. */
  links: PersonLink[];
  /** Facets that it owns, closed ones (`facet~epoch`) included; bounded. */
  facets: string[];
  /** Ids of known people merged into this one, bounded. */
  merged: string[];
  mergedInto?: string;
  /** People that an operator took apart from this one; never joined again but by an operator. Bounded. */
  apart: string[];
  /** Weak identifiers (`type:hash`) that it shares with other people; bounded. */
  shared: string[];
  /** Latest event time that identity has heard of, exact to a week. */
  seenAt: EpochMs;
  /** Blind index of the name that the person last gave; empty when none is known. */
  name: string;
}

/** Identity's entry of one facet. Ownership changes at the decision, location at the confirm of the move. */
export interface Place {
  owner: string;
  location: string;
  /** True once exactly this pair was judged as a combination (and not only as part of a larger one). */
  judged: boolean;
  /**
   * Version of the policy under which the judged pair had to do without one of its identifiers. Under another one it is
   * judged anew; without this the verdict stands for good.
   */
  refusedUnder?: string;
  /** Identifiers that the facet names, `type:hash`; a closed facet names the strongest of its owner instead. */
  names: string[];
  /** How often this facet was closed: 0 until the first sign-out, recycling or detection of sharing. */
  epoch: number;
  /**
   * The identifier with which it leaves when people who were merged are taken apart, where its names alone do not say:
   * they named something that its person did not hold when the merge came.
   */
  home?: string;
  /**
   * The record of identity's log that made it (`recordNumber`), once anybody was ever erased: a facet of theirs may have come back,
   * while verdicts on combinations from before still name it (`isVerdictOn`).
   */
  founded?: number;
}

/** Identity's verdict on a combination of three or more identifiers. */
export interface Combination {
  readonly facet: string;
  /** The record that it came with, where its place tells that too. */
  readonly judgedAt?: number;
  /** As `Place.refusedUnder`. */
  readonly refusedUnder?: string;
}

/** Records of one log as numbers, in their order: a message has fewer than 2^16. */
export function recordNumber({ seq, index }: Position): number {
  return seq * 2 ** 16 + index;
}

/** Whether the verdict is on this place, and not on one of somebody who was erased that had its name. */
export function isVerdictOn({ founded = 0 }: Place, { judgedAt = 0 }: Combination): boolean {
  return judgedAt >= founded;
}

/** Unfinished moves, oldest first; `sent` ones are under way. */
export interface MoveQueue {
  last: number;
  waiting: QueuedMove[];
}

export type MoveReason = 'merge' | 'split' | 'epoch';

export interface QueuedMove {
  readonly move: number;
  readonly reason: MoveReason;
  readonly from: string;
  readonly to: string;
  /** A merge takes everything of `from`, and confirms these; other moves take these and nothing else. */
  readonly facets: readonly string[];
  /** Of an epoch: the number of each facet from here on (`Place.epoch`); what is closed gets the one before. */
  readonly epochs?: Readonly<Record<string, number>>;
  sent: boolean;
}

/** What is up for review, and what was decided. Key `v/<n>`. */
export interface Review {
  readonly n: number;
  /**
   * conflict: two known people claim one event. duplicate: one verified phone, two ids of a "one ever" type.
   * suspicious_merge: a merge that would unite unusually much. referral: inviter and invitee may be one; no merge, but points
   * for the inviter hang on it. All are held back until somebody approves.
   */
  readonly kind: ReviewKind;
  /** The two identifiers (`type:hash`) whose holders would be merged. */
  readonly identifiers: readonly [string, string];
  /** Their holders when it was opened. */
  readonly people: readonly [string, string];
  readonly reason: string;
  readonly source: string;
  readonly event: string;
  readonly at: EpochMs;
  /** settled: somebody came to decide it when there was nothing left to decide. */
  status: 'open' | 'approved' | 'rejected' | 'expired' | 'settled';
  decidedBy?: string;
  decidedAt?: EpochMs;
  note?: string;
}

export type ReviewKind = 'conflict' | 'duplicate' | 'suspicious_merge' | 'referral';

/** Key `r/<hash>`: who came first for what is credited once. */
export interface Credit {
  /** `source\0event id`. */
  readonly event: string;
  /** Absent of a receipt. */
  readonly referral?: Referral;
}

/** Both identifiers are written `type:hash`. */
export interface Referral {
  readonly inviter: string;
  readonly invitee: string;
  /** waiting: for an order of the invitee that stands. held: the two may be one, and somebody has to look. */
  readonly status: 'waiting' | 'held' | 'credited' | 'rejected';
}

/** Key `m/reviews`: reviews are numbered densely; those before `first` are gone. */
export interface ReviewIndex {
  first: number;
  last: number;
  open: number;
}
