import type { EpochMs } from '../model/time.ts';
import type { ProfileView, ReadOptions } from './services.ts';

/** What of a profile can be computed out of history; the rest is known of the present only. */
export interface PastProfileView
  extends Pick<
    ProfileView,
    | 'profile_id'
    | 'kind'
    | 'traits'
    | 'features'
    | 'segments'
    | 'tags'
    | 'lifecycle'
    | 'consents'
    | 'first_seen'
    | 'last_seen'
  > {
  readonly as_of: EpochMs;
}

export interface ReadPastOptions extends ReadOptions {
  /** The moment that is over; fails with `invalid_parameter` where it is not. */
  readonly at: EpochMs;
}

/** Profiles as they were, recomputed; undefined where there was none. Fails with `history_behind` or `replay_too_large`. */
export interface PastProfiles {
  /** Follows the merges of before that moment only. */
  byId(id: string, options: ReadPastOptions): Promise<PastProfileView | undefined>;
  /** Whoever held the identifier then. */
  byIdentifier(type: string, value: string, options: ReadPastOptions): Promise<PastProfileView | undefined>;
}
