import type { EpochMs } from './time.ts';

/** What a listener is told of one event: names and ids, no personal data. */
export interface ToldEvent {
  /** The node that had it. */
  readonly node: string;
  readonly status: EventStatus;
  /** Why it was not applied. */
  readonly code?: string;
  /** JSON pointer to what is wrong with it. */
  readonly path?: string;
  readonly quarantine_id?: string;
  /** Empty where the event was not understood well enough to have one, as type and channel. */
  readonly event_id: string;
  readonly type: string;
  readonly channel: string;
  readonly source: string;
  /** Where it happened, of what happened in one. */
  readonly store?: string;
  /** Whose profile it has changed; absent where it has changed none. */
  readonly profile_id?: string;
  /** When it happened; absent where nobody knows. */
  readonly time?: EpochMs;
  readonly received_at: EpochMs;
  /** When its outcome was committed, or its sender was told. */
  readonly at: EpochMs;
}

/** `rejected`: its sender was told that it is none, and it is kept nowhere. */
export const eventStatuses = ['applied', 'duplicate', 'quarantined', 'refused', 'rejected'] as const;
export type EventStatus = (typeof eventStatuses)[number];

/** What a node had since it said so last: all of it, of which `shown` were told one by one. */
export interface EventRates {
  readonly node: string;
  readonly at: EpochMs;
  readonly over_ms: number;
  /** By channel; events without one are under ''. */
  readonly channels: Readonly<Record<string, Readonly<Partial<Record<EventStatus, number>>>>>;
  readonly seen: number;
  readonly shown: number;
}

export type EventNews =
  | { readonly kind: 'event'; readonly event: ToldEvent }
  | { readonly kind: 'rates'; readonly rates: EventRates };
