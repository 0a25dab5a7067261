import type { EpochMs } from './time.ts';

/** A readable but invalid event, kept with its reason so that it can be replayed. */
export interface QuarantineRecord {
  readonly kind: 'quarantine';
  readonly id: string;
  /** What its sender calls the event, where that is a text that may be kept in the clear. */
  readonly eventId?: string;
  readonly source: string;
  readonly receivedAt: EpochMs;
  readonly code: string;
  readonly path: string;
  readonly message: string;
  /** Which schema refused it, as `type@version`; absent where something else did. */
  readonly schemaVersion?: string;
  /** Type and channel of the event, where it was understood so far. */
  readonly type?: string;
  readonly channel?: string;
  /** The event's JSON text, sealed with an intake key: nobody knows yet which fields are personal. */
  readonly sealed: string;
}

/** What came of sending kept events on their way again; nothing comes of it but rows of history. */
export interface QuarantineAttemptsRecord {
  readonly kind: 'quarantine_attempts';
  readonly author: string;
  readonly attempts: readonly QuarantineAttempt[];
}

export interface QuarantineAttempt {
  /** As quarantine names the event. */
  readonly id: string;
  /** `rejected`: it is not valid still; everything else is what its fold has made of it. */
  readonly status: 'applied' | 'duplicate' | 'refused' | 'quarantined' | 'rejected';
  /** What the event is from here on. */
  readonly state: 'waiting' | 'replayed' | 'given_up';
  /** Why it failed again, or was refused. */
  readonly code?: string;
  readonly path?: string;
  readonly message?: string;
  readonly schemaVersion?: string;
}
