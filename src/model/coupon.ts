import type { EpochMs } from './time.ts';

/** Where coupons come from, and what holds for them (schemas/definitions/coupon.json). The codes are in identity's state. */
export interface CouponPoolDefinition {
  readonly name: string;
  readonly description?: string;
  /** How long a code can be used once it was drawn; absent: until `expires_at`, or always. */
  readonly valid?: string;
  /** RFC 3339: no code can be used from then on. */
  readonly expires_at?: string;
  /** What a refund of the order does that used the coupon: the customer has it again, it is void, or it stays used. */
  readonly on_refund: 'return' | 'void' | 'keep';
  /** The first that holds says from which pool the code comes instead. */
  readonly bands?: readonly CouponBand[];
}

export interface CouponBand {
  readonly feature: string;
  readonly gte: number;
  readonly pool: string;
}

/** One word on a coupon: the newest of its kind counts, ties go to the greater (source, event id). */
export interface CouponWord {
  readonly time: EpochMs;
  readonly tie: string;
}

/** What a facet's events said of one code. */
export interface CouponFacts {
  issued?: CouponWord & { readonly pool: string; readonly expires: EpochMs; readonly firing: string };
  used?: CouponWord & { readonly order: string };
  returned?: CouponWord & { readonly voided: boolean };
}

/** State entry `k/<pool>` of identity: how many codes there are and how many of them were drawn, in order. */
export interface PoolState {
  readonly added: number;
  readonly drawn: number;
}

/** State entry `l/<pool>/<n>`. */
export interface CouponCode {
  readonly code: string;
}

/** State entry `j/<firing>`: a draw that is asked for again gets the same code. */
export interface CouponDraw {
  readonly pool: string;
  readonly code: string;
}

/** What the payload of a firing says of its coupon. */
export type CouponOfFiring =
  | { readonly status: 'drawing' | 'none_left'; readonly pool: string }
  | { readonly status: 'drawn'; readonly pool: string; readonly code: string; readonly expires_at?: string };
