import type { JsonObject } from '../model/json.ts';
import type { EpochMs } from '../model/time.ts';
import type { JobView, ReadOptions } from './services.ts';

export interface MemberRequest {
  readonly segment: string;
  /** Id of the last one of the page before; empty at first. */
  readonly after: string;
  readonly limit: number;
  /** Only those who have given it: `marketing.sms`. */
  readonly consent: string | undefined;
  /** What the list is for: other than `service`, only those who have consented to it. */
  readonly purpose?: string;
  readonly read: ReadOptions;
}

export interface SegmentMember {
  readonly profile_id: string;
  readonly since: EpochMs;
  readonly kind: string;
  /** By type, masked unless the reader may see personal data. */
  readonly identifiers: Readonly<Record<string, readonly string[]>>;
  readonly consents: JsonObject;
}

export interface Segments {
  /** How many profiles are in each; a segment without members may be left out. */
  counts(): Promise<ReadonlyMap<string, number>>;
  /** Fails with `not_found`, or as queries of history do. */
  members(
    request: MemberRequest,
  ): Promise<{ readonly members: readonly SegmentMember[]; readonly next?: string }>;
  overlap(a: string, b: string): Promise<{ readonly a: number; readonly b: number; readonly both: number }>;
  /** Counts whom a draft would hold for, as a job; fails with `invalid_definition`. */
  preview(body: JsonObject, author: string): JobView;
}

/** One thing that somebody says of a tag. */
export interface TagOrder {
  /** A profile id, `type:value` or `type@issuer:value`. */
  readonly profile: string;
  readonly tag: string;
  readonly on: boolean;
  readonly reason: string;
  readonly expires?: EpochMs;
}

export interface TagResult {
  readonly profile_id: string;
}

/** Tags put on by hand. */
export interface Tags {
  /**
   * What became of each order, in their order, once all of them are applied; the code of an order that was not, such as
   * `profile_not_found`.
   */
  change(
    orders: readonly TagOrder[],
    author: string,
  ): Promise<readonly (TagResult | { readonly code: string })[]>;
  /** Fails with `profile_not_found`. */
  list(profile: string): Promise<{ readonly profile_id: string; readonly tags: readonly JsonObject[] }>;
}
