import type { Event } from './event.ts';
import type { FeatureDefinition } from './feature.ts';
import type { FacetContent, TriggerMemory } from './profile.ts';
import type { EpochMs } from './time.ts';
import type { TriggerDefinition } from './trigger.ts';

/** Where a record stands in a log: message sequence (dense, from 1) and index inside the packed message. */
export interface Position {
  readonly seq: number;
  readonly index: number;
}

/** Everything that causes a change is one of these, in a log (law 4). */
export type LogRecord =
  | { readonly kind: 'event'; readonly event: Event }
  | RoutedRecord
  | QuarantineRecord
  | DefinitionsRecord
  | StageMessage;

/** An event that ingest could send straight to its person's partition (or to the unattributed profile). */
export interface RoutedRecord {
  readonly kind: 'routed';
  readonly profile: string;
  readonly event: Event;
}

/** A readable but invalid event, kept with its reason so that it can be replayed. */
export interface QuarantineRecord {
  readonly kind: 'quarantine';
  readonly id: string;
  readonly source: string;
  readonly receivedAt: EpochMs;
  readonly code: string;
  readonly path: string;
  readonly message: string;
  /** The event's JSON text, sealed with an intake key: nobody knows yet which fields are personal. */
  readonly sealed: string;
}

/** The complete set of definitions in force from this record on. */
export interface DefinitionsRecord {
  readonly kind: 'definitions';
  readonly author: string;
  readonly features: readonly FeatureDefinition[];
  readonly triggers: readonly TriggerDefinition[];
}

/** Envelope of what travels between stages and partitions: n is dense per (from, to). */
export interface StageMessage {
  readonly kind: 'message';
  readonly from: string;
  readonly n: number;
  readonly body: MessageBody;
}

export type MessageBody = EventMessage | MoveMessage | TransferMessage | ConfirmMessage;

/** The new place has absorbed: identity repoints the facets that the move named. */
export interface ConfirmMessage {
  readonly type: 'confirm';
  readonly move: number;
  readonly at: string;
}

/** An event on its way to the place of its facet. */
export interface EventMessage {
  readonly type: 'event';
  readonly profile: string;
  readonly event: Event;
}

/** Identity asks the partition of `from` to freeze the named facets and send them to `to`. */
export interface MoveMessage {
  readonly type: 'move';
  readonly move: number;
  readonly reason: 'merge';
  readonly from: string;
  readonly to: string;
  readonly facets: readonly string[];
}

/** The facets on their way, with the header part that travels along. */
export interface TransferMessage {
  readonly type: 'transfer';
  readonly move: number;
  readonly from: string;
  readonly to: string;
  readonly facets: readonly FacetContent[];
  /** Trigger memory of the old place, by trigger name. */
  readonly memory: Readonly<Record<string, TriggerMemory>>;
}
