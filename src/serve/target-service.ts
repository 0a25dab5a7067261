import type { EpochMs } from '../model/time.ts';

export type TargetName =
  | 'completeness'
  | 'recommendation_conversion'
  | 'compliance_complaints'
  | 'campaign_return'
  | 'preference_conversion';

/** Where a figure stands against what it is to reach. */
export interface TargetStanding {
  readonly target: TargetName;
  readonly wanted: 'at_least' | 'at_most';
  readonly goal: number;
  /** Null where there is nothing to say it of. */
  readonly value: number | null;
  /** Of so many people, recommendations or fields; */
  readonly cases: number;
  /** of fewer it is not judged. */
  readonly cases_min: number;
  readonly standing: 'met' | 'missed' | 'unknown';
  /** Since when it stands so, as far as anybody has looked; null while it is unknown. */
  readonly since: EpochMs | null;
  /** Why there is no value: the code of what went wrong. */
  readonly problem?: string;
}

export interface TargetReport {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly targets: readonly TargetStanding[];
}

export interface Targets {
  /** What was found last on this node; undefined before the first look. */
  readonly latest: TargetReport | undefined;
  /** Looks anew where the latest look is too old. Fails with `history_unavailable`. */
  report(): Promise<TargetReport>;
}
