import type { EpochMs } from '../model/time.ts';

/** Median, 99th percentile (nearest rank) and largest. */
export interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** What an identifier type is worth, over all that is known of it. */
export interface IdentifierQuality {
  /** Whoever issued it; `other` holds the types that the policy does not know (any more). */
  readonly type: string;
  readonly values: number;
  /** Profiles that hold one. */
  readonly profiles: number;
  /** Over the profiles that hold one. */
  readonly values_per_profile: Spread;
  readonly profiles_per_value: Spread;
  readonly shared: number;
  readonly blocked: number;
  readonly verdict: 'unused' | 'ideal' | 'fine' | 'watch' | 'reject';
}

export interface QualityReport {
  readonly identifiers: readonly IdentifierQuality[];
  /** When the scan began; null before the first one ended. */
  readonly as_of: EpochMs | null;
}

export interface Quality {
  /** What was found last. */
  readonly latest: QualityReport;
  /** Looks anew where `fresh`, or where nothing is known yet; after a bounded wait it answers what there is. */
  report(fresh: boolean): Promise<QualityReport>;
}
