import type { EpochMs } from './time.ts';

/** What somebody can do with an item, or have done to them; each is remembered once per item, its newest time. */
export type ItemDeed =
  | 'viewed'
  | 'carted'
  | 'uncarted'
  | 'favorited'
  | 'tried'
  | 'inquired'
  | 'ordered'
  | 'returned'
  /** It was among what was shown as a recommendation, or led on from there. */
  | 'shown'
  | 'clicked';

/** The newest time that a deed was done to an item, and where. */
export interface ItemMoment {
  readonly time: EpochMs;
  /** `source\u0000event id`: the tie-break between two of one time, so that order of arrival does not matter. */
  readonly tie: string;
  readonly channel: string;
  readonly store?: string;
  readonly variant?: string;
  /** As the event said it. */
  readonly size?: string;
  /** Of a cart or an order. */
  readonly quantity?: number;
}

/** What one facet (or, merged, one profile) remembers of one item. */
export interface ItemFacts {
  readonly item: string;
  readonly deeds: Readonly<Partial<Record<ItemDeed, ItemMoment>>>;
  readonly category?: string;
  readonly brand?: string;
}
