import type { EpochMs } from './time.ts';

/** What somebody can do with an item, or have done to them; each is remembered once per item, its newest time. */
export type ItemDeed =
  | 'viewed'
  | 'carted'
  /** Taken out of the cart, or ordered as far as a browser or an unpaid order knows. */
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
  /** Short hash of source and event id: the tie-break between two of one time, so that order of arrival does not matter. */
  readonly tie: string;
  readonly channel: string;
  readonly store?: string;
  readonly variant?: string;
  /** As the event said it. */
  readonly size?: string;
  /** What the size is measured in, as the event said it: EU, US, CN. */
  readonly size_system?: string;
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

/** Deeds by the numbers that they are stored under: new ones go to the end. */
export const itemDeeds = [
  'viewed',
  'carted',
  'uncarted',
  'favorited',
  'tried',
  'inquired',
  'ordered',
  'returned',
  'shown',
  'clicked',
] as const satisfies readonly ItemDeed[];

/**
 * What a facet keeps of items: by deed, ascending, its moments, the newest first, as one text with `BETWEEN_MOMENTS` between
 * them. A moment is a text, lines of item, time, tie, channel, variant, size, store, category, brand, quantity, order
 * (`namespace\u0000id`) and what the size is measured in; what is not known is empty, and left out at the end. A profile is
 * stored far more often than its items are read, and one text costs nothing to store: as lists of values the same moments made
 * a full facet half as much again to encode, and as a text each they had to be gone through one by one.
 */
export type ItemTable = [deed: number, moments: string][];

/** No moment holds it. */
export const BETWEEN_MOMENTS = '\r';
