import type { KeptEvent } from './event.ts';
import type { JsonObject } from './json.ts';
import type { EpochMs } from './time.ts';

/** What limits count: a decision that fired, or would have, had the profile not been held out. */
export interface FiredEntry {
  readonly id: string;
  readonly trigger: string;
  /** Empty where the trigger has none. */
  readonly group: string;
  readonly channel: string;
  readonly at: EpochMs;
  readonly service: boolean;
  /** Counts for the cooldown only. */
  readonly heldOut: boolean;
}

/** Which events call a firing off, by their time. */
export interface CalledOff {
  /** One that happened then or later calls it off while it is deferred. */
  readonly from: EpochMs;
  /** Of an absence: one of [from, until] that becomes known after the firing revokes it. */
  readonly until?: EpochMs;
}

/** A firing that waits for the end of quiet hours, when everything is asked again. */
export interface DeferredFiring {
  readonly id: string;
  readonly trigger: string;
  readonly key: string;
  readonly cause: string;
  /** When it was decided first. */
  readonly at: EpochMs;
  readonly until: EpochMs;
  /** The event that completed the pattern; conditions ask it again. Absent where there was none. */
  readonly event?: KeptEvent;
  /** What matched. */
  readonly matched: JsonObject;
  readonly calledOff?: CalledOff;
}

/** A fired absence: what it missed may have come after all, and be known late. */
export interface RevocableFiring {
  readonly id: string;
  readonly trigger: string;
  readonly key: string;
  readonly at: EpochMs;
  readonly channel: string;
  /** Empty where it had none. */
  readonly eventId: string;
  readonly from: EpochMs;
  readonly until: EpochMs;
}

/**
 * What a profile remembers of its decisions. Mutable, as its header is; everything in the order of time, and bounded. JSON,
 * because it travels with moves.
 */
export interface DecisionMemory {
  fired: FiredEntry[];
  /** How many messages were fired on each channel, ever. */
  sent: Readonly<Record<string, number>>;
  deferred: DeferredFiring[];
  revocable: RevocableFiring[];
}
