import type { JsonObject } from './json.ts';
import type { ProfileLoyaltyChange } from './loyalty.ts';
import type { SegmentChange } from './segment.ts';
import type { Firing } from './trigger.ts';

/** Tables of the history; see deploy/clickhouse. */
export type HistoryTable =
  | 'events'
  | 'facets'
  | 'merges'
  | 'identity_changes'
  | 'decisions'
  | 'quarantine'
  | 'quarantine_attempts'
  | 'segment_changes'
  | 'points'
  | 'deliveries'
  | 'recommendations'
  | 'audit'
  | 'profile_snapshots'
  | 'conservation'
  | 'quality_decisions'
  | 'consents';

/** One history row, already in the column order of its table (adapters/clickhouse/rows.ts names the columns). */
export interface HistoryRow {
  readonly table: HistoryTable;
  readonly values: readonly unknown[];
}

/** What a fold asks the shell to do after the commit. */
export type Effect =
  | { readonly kind: 'history'; readonly row: HistoryRow }
  | { readonly kind: 'firing'; readonly firing: Firing }
  /** A firing waits for the items that its message shows. */
  | { readonly kind: 'items_wanted'; readonly firing: string }
  | { readonly kind: 'segment'; readonly change: SegmentChange }
  | { readonly kind: 'loyalty'; readonly change: ProfileLoyaltyChange }
  | { readonly kind: 'counter'; readonly name: string; readonly value: number };

export type OutcomeStatus = 'applied' | 'duplicate' | 'quarantined' | 'refused';

/** What became of one record; `wait=applied` answers with it. */
export interface Outcome {
  readonly status: OutcomeStatus;
  readonly code?: string;
  readonly profileId: string;
  readonly firings: readonly Firing[];
  /** What a command answers beyond its status. */
  readonly detail?: JsonObject;
}
