import type { JsonObject, JsonValue } from '../model/json.ts';
import type { EpochMs } from '../model/time.ts';
import type { ReportProgress } from './services.ts';

/** A feature that is not the same in the state and out of history; a side is null where it reads as nothing. */
export interface ParityDifference {
  readonly profile_id: string;
  readonly feature: string;
  /** `missing`: the state lacks what history has; `extra`: history lacks what the state has. */
  readonly kind: 'mismatch' | 'missing' | 'extra';
  readonly live: JsonValue;
  readonly history: JsonValue;
  readonly as_of: EpochMs;
}

/**
 * Why a feature of a profile was not compared. `defined_later`: after the profile's first event, it was not filled from
 * history, and its window reaches back to before it. `input_defined_later`: that is so for a feature that it reads.
 * `filled_estimate`: it was filled from history, and both sides are estimates, which depend on how the parts were united.
 */
export type SkipReason = 'defined_later' | 'input_defined_later' | 'filled_estimate';

export interface SkippedFeature {
  readonly feature: string;
  readonly reason: SkipReason;
}

export interface ParityCounts {
  /** Profiles compared. */
  readonly profiles: number;
  /** Profiles that cannot be compared: folded, too large, or changed too fast. */
  readonly profiles_skipped: number;
  readonly features: number;
  /** Features that cannot be compared; see `SkipReason`. */
  readonly features_skipped: number;
  readonly mismatch: number;
  readonly missing: number;
  readonly extra: number;
}

/** What the background check has found since the engine started. */
export interface ParityReport extends ParityCounts {
  /** Share of all profiles that a lap over them checks; 0 where the check is switched off. */
  readonly share: number;
  /** When the last round ended; null before. */
  readonly as_of: EpochMs | null;
  /** The latest ones. */
  readonly differences: readonly ParityDifference[];
}

/** Features of the state against the same ones recomputed from history. */
export interface Parity {
  readonly latest: ParityReport;
  /**
   * Checks these profiles, or so many picked by hash; the report of a job: counts, `skipped_for` and `features_skipped_for` by
   * reason, `skipped_features` with the number of profiles for each. Counts of the background stay as they are.
   */
  check(
    request: { readonly ids: readonly string[] } | { readonly profiles: number },
    options: { readonly report: ReportProgress; readonly signal: AbortSignal },
  ): Promise<JsonObject>;
}
