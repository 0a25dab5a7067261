import type { Event } from '../../model/event.ts';
import type { Header } from '../../model/profile.ts';
import type { EpochMs } from '../../model/time.ts';
import type { Cancellation, Candidate } from '../candidate.ts';

/** An event that has reached a profile, and what the patterns make of it. */
export interface Sighting {
  readonly header: Header;
  readonly event: Event;
  /** See `causeOf`. */
  readonly cause: string;
  /** Append time of the event's record. */
  readonly now: EpochMs;
  readonly candidates: Candidate[];
  readonly cancellations: Cancellation[];
  /** Whether anything that is remembered has changed. */
  changed: boolean;
}
