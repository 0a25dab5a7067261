import type { JsonObject } from '../model/json.ts';

export interface DeadPage {
  readonly dead: readonly JsonObject[];
  /** Where the next page begins; absent on the last. */
  readonly next?: string;
}

/** How things stand with the endpoints that are told of decisions. */
export interface Webhooks {
  /** The definitions in force, each with how its endpoint takes it. */
  list(): Promise<readonly JsonObject[]>;
  /** Fails with `not_found`, also in the others where neither a definition nor anything left of one is there. */
  show(name: string): Promise<JsonObject>;
  dead(name: string, page: { readonly after: string; readonly limit: number }): Promise<DeadPage>;
  /** Has dead letters brought again, all of them or those with these ids; at most `limits.deadLettersMax` at once. */
  replay(name: string, ids: readonly string[] | 'all', author: string): Promise<JsonObject>;
}

/** Pools of coupons and their codes. */
export interface Coupons {
  list(): Promise<readonly JsonObject[]>;
  show(pool: string): Promise<JsonObject>;
  put(pool: string, settings: JsonObject, author: string): Promise<JsonObject>;
  /** Codes that the pool has had before change nothing. Fails with `not_found` where there is no such pool. */
  addCodes(pool: string, codes: readonly string[], author: string): Promise<JsonObject>;
}
