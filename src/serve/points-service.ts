import type { JsonObject } from '../model/json.ts';
import type { EpochMs } from '../model/time.ts';

/** Points given or taken by hand. */
export interface PointsOrder {
  /** A profile id, or an identifier as people write it. */
  readonly profile: string;
  /** Positive or negative, not 0. */
  readonly points: number;
  readonly reason: string;
  /** Of given points; the program's expiry where it is absent. */
  readonly expires?: EpochMs;
  /** Repeating a request with the same id changes nothing more. */
  readonly id?: string;
}

/** The ledgers of profiles. */
export interface Points {
  /**
   * What the points are now. Fails with `profile_not_found`, with `not_found` where no program is in force, and as appends
   * and waiting do.
   */
  adjust(order: PointsOrder, author: string): Promise<JsonObject>;
  /** The standing, the open lots and the newest entries; fails as `adjust` does. */
  statement(profile: string, limit: number): Promise<JsonObject>;
}
