import { hash } from 'node:crypto';
import { hash53 } from './hash.ts';

const PLAIN_ITEM = /^[A-Za-z0-9._-]{1,64}$/;

/** An id as part of a key: keys are ASCII and short. */
function idInKey(id: string): string {
  return PLAIN_ITEM.test(id) ? id : `~${hash('sha256', id, 'hex').slice(0, 32)}`;
}

/** The first letters of a key that is looked up or read with all others, and never in an order: they spread it evenly. */
function spread(id: string, letters: number): string {
  return hash53(id).toString(16).padStart(14, '0').slice(-letters);
}

/** What the keys of all who wait for an item begin with; the profile's id follows. Ids that are long or odd are hashed. */
export function waitingFor(item: string): string {
  return `w/${idInKey(item)}/`;
}

/** Keys of the state entries; the table in src/README.md says what each holds. */
export const keys = {
  link: (type: string, hash: string): string => `i/${type}:${hash}`,
  person: (profile: string): string => `g/${profile}`,
  place: (facet: string): string => `o/${facet}`,
  combination: (combination: string): string => `c/${combination}`,
  moves: 'm/moves',
  reviews: 'm/reviews',
  review: (n: number): string => `v/${String(n).padStart(10, '0')}`,
  /** What is credited once among all people, by a hash of what it is. */
  credit: (hash: string): string => `r/${hash}`,
  header: (profile: string): string => `h/${profile}`,
  facet: (profile: string, facet: string): string => `f/${profile}/${facet}`,
  /**
   * By day first, because days expire as a whole; then by profile, whose id begins with its time, so that the
   * entries of new people lie side by side (a random page costs an embedded store ten times a neighboring one).
   */
  dedup: (day: number, profile: string, facet: string): string => `d/${day}/${profile}/${facet}`,
  /** By time first, so that what is due next comes first. */
  alarm: (at: number, profile: string): string => `t/${String(at).padStart(15, '0')}/${profile}`,
  /** Who waits for an item; `waitingFor` is what their keys begin with. */
  waiting: (item: string, profile: string): string => `${waitingFor(item)}${profile}`,
  catalogItem: (item: string): string => `a/${spread(item, 2)}${idInKey(item)}`,
  stock: (store: string, variant: string): string =>
    `b/${spread(`${store}/${variant}`, 3)}${idInKey(store)}/${idInKey(variant)}`,
  store: (store: string): string => `s/${idInKey(store)}`,
  catalog: 'n/catalog',
  catalogJournal: (version: number): string => `n/catalog/${String(version).padStart(15, '0')}`,
  /** A moment of the catalog for which profiles of the partition are still to be woken. */
  pendingMoment: (version: number, n: number): string =>
    `p/${String(version).padStart(15, '0')}/${String(n).padStart(6, '0')}`,
  pendingMoments: 'n/moments',
  definitions: 'n/definitions',
  /** What one change of definitions was. */
  definitionChanges: (number: number): string => `n/definitions/${String(number).padStart(12, '0')}`,
  /** Keys that the engine has made. */
  accessKeys: 'n/keys',
  backfill: 'n/backfill',
  /** What a partition received and what became of it, of the minutes that are not in history yet. */
  ledger: 'n/conservation',
  /** How many profiles of a partition are in each segment. */
  segments: 'n/segments',
  /** What is to be brought to a webhook, by when. */
  delivery: (webhook: string, due: number, id: string): string =>
    `q/${webhook}/${String(due).padStart(15, '0')}/${id}`,
  endpoint: (webhook: string): string => `e/${webhook}`,
  deadLetter: (webhook: string, n: number): string => `z/${webhook}/${String(n).padStart(10, '0')}`,
  /** A firing that waits for its coupon. */
  drawing: (firing: string): string => `u/${firing}`,
  couponPool: (pool: string): string => `k/${pool}`,
  couponCode: (pool: string, n: number): string => `l/${pool}/${String(n).padStart(9, '0')}`,
  /** By a hash of pool and code. */
  couponKnown: (hash: string): string => `y/${hash}`,
  couponDraw: (firing: string): string => `j/${firing}`,
  erasure: (id: string): string => `er/${id}`,
  /** What is left of an erased identifier. */
  tombstone: (tombstone: string): string => `et/${tombstone}`,
  erasures: 'm/erasures',
  /** Zero-padded so that the outbox scans in order of n. */
  outbox: (destination: string, n: number): string => `x/${destination}/${String(n).padStart(12, '0')}`,
} as const;

/**
 * A link's bytes begin with the id of its owner (or as many spaces), so that a store can answer with the owner's
 * entry in the same round trip.
 */
export const OWNER_OF_LINK = { prefix: 'i/', length: 36, target: 'g/' } as const;

/** The profile of events without identifiers; it exists in every people partition. */
export const UNATTRIBUTED = 'unattributed';
