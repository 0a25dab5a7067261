import type { Event } from './event.ts';
import type { JsonObject } from './json.ts';
import type { RecordPlace } from './record.ts';
import type { EpochMs } from './time.ts';

/* What the logs hold of erasures. */

/** What stands in the place of a record that was about somebody who has been erased. */
export interface ErasedRecord {
  readonly kind: 'erased';
}

/** Entries of a partition of people that still name somebody who was erased, as a look at its state found them. */
export interface ForgetRecord {
  readonly kind: 'forget';
  readonly erasure: string;
  readonly profiles: readonly string[];
  readonly tombstones: readonly string[];
  /** Keys of the entries; what does not name any of them by now stays as it is. */
  readonly keys: readonly string[];
}

/**
 * A person is erased. It may be repeated under the same id, for what a later look at the state has found; what is gone by then
 * is no error.
 */
export interface EraseCommand {
  readonly type: 'erase';
  readonly erasure: string;
  /** The person, and everybody who was merged into it. */
  readonly profiles: readonly string[];
  /** Keys of identity's entries that name the person otherwise, as a look at the state found them. */
  readonly mentions?: readonly string[];
  /** Of an erasure that is carried out again, on older data or out of a log that was rewritten: what it left. */
  readonly tombstones?: readonly string[];
  /** When it was carried out first. */
  readonly at?: EpochMs;
  /** Messages that the log had caused up to here before records of the person were taken out of it. */
  readonly given?: Readonly<Record<string, number>>;
}

/** Nothing is left to clean: the receipt takes the place of what was needed for it. */
export interface ErasedCommand {
  readonly type: 'erased';
  readonly erasure: string;
  readonly counts: JsonObject;
}

/** Identity has erased a person: everything that lies under this profile goes. Every partition gets one without a profile after it. */
export interface EraseMessage {
  readonly type: 'erase';
  readonly erasure: string;
  /** Empty: nothing goes, and the partition says how many messages it has caused. */
  readonly profile: string;
  /** When it was carried out. */
  readonly at: EpochMs;
  /** As that of the command. */
  readonly given?: Readonly<Record<string, number>>;
}

/** Nothing lies under the profile any more. Without one: how many messages the partition had caused before this one. */
export interface ForgottenMessage {
  readonly type: 'forgotten';
  readonly erasure: string;
  readonly profile: string;
  /** Firings that have drawn coupons. */
  readonly firings: readonly string[];
  readonly numbers?: { readonly partition: number; readonly given: Readonly<Record<string, number>> };
}

/** An event has come to where nobody is any more: identity says whose it is, or that it came too late. */
export interface ReturnedMessage {
  readonly type: 'returned';
  readonly event: Event;
  readonly hops: number;
  /** How often it came back before. */
  readonly returns?: number;
  readonly origin?: RecordPlace;
}
