import type { JsonObject } from '../model/json.ts';
import type { EpochMs } from '../model/time.ts';

/** Whether everything that acts leaves a profile alone, and since when. */
export interface RestrictionView extends JsonObject {
  readonly profile_id: string;
  readonly restricted: boolean;
  readonly since?: EpochMs;
  readonly reason?: string;
  readonly author?: string;
}

/** Restriction of processing: what is known of a person stays, and nothing acts on it. */
export interface Restrictions {
  /** A profile id or an identifier; fails with `profile_not_found`. */
  read(profile: string): Promise<RestrictionView>;
  /** Answers once it is in force. Whoever is restricted already stays so, under the newer word. */
  restrict(profile: string, reason: string, author: string): Promise<RestrictionView>;
  /** Takes back everything that restricts the profile; answers once that is in force. */
  lift(profile: string, reason: string, author: string): Promise<RestrictionView>;
}
