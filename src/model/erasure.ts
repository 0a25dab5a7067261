import { hash } from 'node:crypto';
import type { JsonObject } from './json.ts';
import type { Position } from './record.ts';
import type { EpochMs } from './time.ts';

/**
 * State entry `er/<erasure>` of identity: what was erased, and for as long as something outside of the state is to be
 * cleaned, by what it can be found there. It is identity's word on how far an erasure has come, so a crash loses nothing.
 */
export type Erasure = ErasureUnderWay | ErasureReceipt;

/** What is known of an erasure for good, and all that it takes to carry it out again on older data. */
export interface ErasureFrame {
  readonly id: string;
  readonly author: string;
  /** Append time of the first command: what happened until then is forgotten. */
  readonly at: EpochMs;
  /** Ids that the person had, ascending: its own and those that were merged into it. */
  readonly profiles: readonly string[];
  /** What is left of all its identifiers (`tombstoneOf`), and of facets that had none of them (`facetTombstoneOf`), ascending. */
  readonly tombstones: readonly string[];
}

export interface ErasureUnderWay extends ErasureFrame {
  readonly status: 'under_way';
  /** Of the first command, in identity's log. */
  readonly position: Position;
  readonly identifiers: readonly ErasedIdentifier[];
  /** What the person held, closed facets included. */
  readonly facets: readonly ErasedFacet[];
  /** Profiles whose partitions have not answered yet: until this is empty their state holds something of the person. */
  readonly waiting: readonly string[];
  /**
   * How many messages the log of each partition had caused when it came to the erasure last, by the partition's number and by
   * destination: those of partitions that have answered. Empty in the embedded form. Whoever takes records out of the logs
   * writes these numbers into the command and into the `erase` messages without a profile, so that a replay goes on alike.
   */
  readonly given: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export interface ErasureReceipt extends ErasureFrame {
  readonly status: 'done';
  readonly doneAt: EpochMs;
  /** What the job counted. */
  readonly counts: JsonObject;
}

export interface ErasedIdentifier {
  /** `type:hash`. */
  readonly key: string;
  /** Ciphertext of the value, under the key of the facet `sealedBy`; empty where none was kept. */
  readonly sealed: string;
  readonly sealedBy: string;
}

export interface ErasedFacet {
  /** As state calls it: `key`, or `key~epoch` once it is closed. */
  readonly id: string;
  /** `historyFacetId` needs both. */
  readonly epoch: number;
}

/** State entry `et/<tombstone>`: an event that names such an identifier, or is of such a facet, and happened by then is dropped. */
export interface Tombstone {
  readonly at: EpochMs;
}

/** State entry `m/erasures`: identity looks for tombstones only where there are any. */
export interface ErasureCount {
  readonly tombstones: number;
}

/**
 * What is kept of an erased identifier (`type:hash`): 32 bits of a digest. Enough to know what may not come back, and no proof
 * of whose it was: of ten billion possible phone numbers two or three share each value.
 */
export function tombstoneOf(identifier: string): string {
  return hash('sha256', identifier, 'hex').slice(0, TOMBSTONE_CHARACTERS);
}

/**
 * The same of a facet (its id) of which no identifier was theirs any more, such as that of a device that somebody else had by
 * then. A letter in front tells them apart.
 */
export function facetTombstoneOf(facet: string): string {
  return `${FACET_MARK}${tombstoneOf(facet)}`;
}

const FACET_MARK = 'f';
const TOMBSTONE_CHARACTERS = 8;

/** How many of the tombstones are those of identifiers. */
export function identifiersIn(tombstones: readonly string[]): number {
  return tombstones.filter((each) => each.length === TOMBSTONE_CHARACTERS).length;
}

/** Without anything else that an entry holds. */
export function frameOf({ id, author, at, profiles, tombstones }: ErasureFrame): ErasureFrame {
  return { id, author, at, profiles, tombstones };
}
