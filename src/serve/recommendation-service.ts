import type { JsonObject } from '../model/json.ts';
import type { EpochMs } from '../model/time.ts';
import type { ReadOptions } from './services.ts';

/** Somebody by the blind index of an identifier. */
export interface AskedIdentifier {
  readonly type: string;
  readonly hash: string;
}

/** Names of items and stores may be any that the catalog knows, or unknown ones. */
export interface RecommendationQuestion {
  readonly placement: string;
  /** A profile id; absent where nobody is known, or `identifiers` say who it is. */
  readonly profile?: string;
  /** The first that somebody holds is the one. */
  readonly identifiers?: readonly AskedIdentifier[];
  readonly store?: string;
  /** What is looked at: never offered back. */
  readonly item?: string;
  readonly cart?: readonly string[];
  /** Absent: as many as the placement says. */
  readonly limit?: number;
  /** Language of the reasons; the person's own, or else English, where absent. */
  readonly locale?: string;
  /** True: says also what each rule has left out, of all candidates. */
  readonly explain?: boolean;
}

/** What was served, shown, clicked and bought in a stretch of time: up to now, where nothing else is said. */
export interface RecommendationReportRequest {
  readonly from?: EpochMs;
  readonly to?: EpochMs;
  readonly placement?: string;
}

export interface BriefQuestion extends Pick<ReadOptions, 'reveal' | 'disclosed'> {
  readonly store?: string;
  readonly locale?: string;
}

export interface RecommendationService {
  /** Fails with `placement_not_found`, naming those that there are. */
  knows(placement: string): void;
  /**
   * A list, which may be empty: an unknown person, store or item is no error. Fails with `placement_not_found`.
   */
  recommend(question: RecommendationQuestion): Promise<JsonObject>;
  /** What an associate should know of a profile; undefined where there is none. */
  brief(profile: string, question: BriefQuestion): Promise<JsonObject | undefined>;
  /** Counts and rates per placement and strategy, out of history; fails as questions to it do. */
  report(request: RecommendationReportRequest): Promise<JsonObject>;
}
