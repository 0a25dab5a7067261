import type { JsonObject } from '../model/json.ts';

/** What an operator enters of somebody's consents. */
export interface ConsentOrder {
  /** A profile id, `type:value` or `type@issuer:value`. */
  readonly profile: string;
  /** As events carry it. */
  readonly consent: JsonObject;
  readonly reason: string;
}

export interface NoticesPage {
  /** Only people who have to be told of this notice. */
  readonly notice: string | undefined;
  /** Id of the last profile of the page before; empty at first. */
  readonly after: string;
  readonly limit: number;
}

/** Consents of people, and what they were told. */
export interface Consents {
  /**
   * What holds now, and, unless `limit` is 0, what was said before, the newest first. Fails with `profile_not_found`, and with
   * a history as its queries do.
   */
  of(profile: string, limit: number): Promise<JsonObject>;
  /** Enters what somebody said, and answers what holds once it is applied; fails with `profile_not_found`. */
  enter(order: ConsentOrder, author: string): Promise<JsonObject>;
  /** A record of consents after ISO/IEC TS 27560; fails with `profile_not_found`. */
  receipt(profile: string): Promise<JsonObject>;
  /** People who have to be told of something; a page may be short, or empty, and another one follow. */
  due(page: NoticesPage): Promise<JsonObject>;
}

export interface SharingRequest {
  readonly segment: string;
  readonly partner: string;
  /** Id of the last profile of the page before; empty at first. */
  readonly after: string;
  readonly limit: number;
  /** Also pseudonyms of people who may not be shared any more. */
  readonly removals: boolean;
}

export interface SharedGroupsRequest {
  readonly segment: string;
  readonly partner: string;
  /** One of the fields that the partner may have. */
  readonly by: string;
}

/** What of a segment a partner may have. Both fail with `not_found`, `sharing_not_allowed`, and as queries of history do. */
export interface Sharing {
  rows(request: SharingRequest, author: string): Promise<JsonObject>;
  groups(request: SharedGroupsRequest, author: string): Promise<JsonObject>;
}
