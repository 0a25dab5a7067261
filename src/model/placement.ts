import type { Strategy } from './recommendation.ts';

/** A place that shows recommendations, as its author writes it (schemas/definitions/placement.json). */
export interface PlacementDefinition {
  readonly name: string;
  readonly description?: string;
  /** How many items, where nobody says. */
  readonly limit?: number;
  /** What each strategy counts; one that is left out counts nothing. */
  readonly blend: Readonly<Partial<Record<BlendedStrategy, number>>>;
  readonly stock?: PlacementStock;
  /** False: sizes that fit nobody are offered, too. */
  readonly fit_size?: boolean;
  /** How long what somebody has bought, or brought back, is not offered; `never` is never held back. */
  readonly bought_within?: string;
  readonly returned_within?: string;
  readonly price?: PlacementPrice;
  readonly per_category?: number;
  readonly per_brand?: number;
  readonly exclude?: PlacementExclusions;
  readonly pins?: readonly PlacementPin[];
  /** True: what is launched later is offered before. */
  readonly before_launch?: boolean;
  readonly shown?: PlacementShown;
  /** True: what was left in a cart that is closed by now may be offered as a reminder. */
  readonly remind_closed_carts?: boolean;
}

export type BlendedStrategy = Exclude<Strategy, 'pinned'>;

export interface PlacementStock {
  /** `store`: it must be in the store that is asked for; `deliverable`: in that store or anywhere; `any`: stock does not count. */
  readonly where?: 'store' | 'deliverable' | 'any';
  /** True: what nobody has told the stock of is not available. */
  readonly strict?: boolean;
}

export interface PlacementPrice {
  /** In major units. */
  readonly min?: number;
  readonly max?: number;
  /** What `min` and `max` are in: they say nothing of items of another one. Absent: of each item's own currency. */
  readonly currency?: string;
  /** At most so many times as dear, or as cheap, as the item that is looked at, or else as what the person usually takes. */
  readonly factor?: number;
}

export interface PlacementExclusions {
  /** Products or variants, by any of their names. */
  readonly items?: readonly string[];
  /** Paths: all below them, too. */
  readonly categories?: readonly string[];
  readonly brands?: readonly string[];
  /** Over fields of the item: `{ price: { lt: 50 } }`. */
  readonly where?: unknown;
}

export interface PlacementPin {
  readonly item: string;
  /** RFC 3339. */
  readonly from?: string;
  readonly until?: string;
  /** Only there; absent: everywhere. */
  readonly stores?: readonly string[];
}

/** What was shown at a moment counts `factor` of what it would; half of what it lost comes back in each half-life. */
export interface PlacementShown {
  readonly factor?: number;
  readonly half_life?: string;
}
