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

export interface CourseQuestion {
  /** How many moments, a day apart, the last one being now. */
  readonly days: number;
  /** All where it is absent. */
  readonly features?: ReadonlySet<string>;
}

/** Features that are numbers, day by day; amounts in major units. */
export interface FeatureCourse {
  readonly profile_id: string;
  /** The moments, the oldest first. */
  readonly at: readonly EpochMs[];
  /** By name, a value for each moment; null where there was none. */
  readonly features: Readonly<Record<string, readonly (number | null)[]>>;
}

/** Profiles as they were, recomputed; undefined where there was none. Fails with `history_behind` or `replay_too_large`. */
export interface PastProfiles {
  /** Follows the merges of before that moment only. */
  byId(id: string, options: ReadPastOptions): Promise<PastProfileView | undefined>;
  /** Whoever held the identifier then. */
  byIdentifier(type: string, value: string, options: ReadPastOptions): Promise<PastProfileView | undefined>;
  /**
   * How features came to what they are, out of everything that is the profile's now, as if each event had been there when it
   * happened. Fails also with `history_behind` and `replay_too_large`.
   */
  course(id: string, question: CourseQuestion): Promise<FeatureCourse | undefined>;
}
