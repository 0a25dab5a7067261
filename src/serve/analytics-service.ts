import type { AnalysisName, Questions } from '../analytics/analyses.ts';
import type { Finding } from '../analytics/analysis.ts';
import type { FigureTargets } from '../model/quality.ts';
import type { EpochMs } from '../model/time.ts';

/** What a question takes where it does not say itself. */
export interface AnalyticsDefaults {
  readonly now: EpochMs;
  /** The reporting currency. */
  readonly currency: string;
  /** The zone of the messaging definition. */
  readonly zone: string;
  /** What figures are to reach, as the definition of quality says. */
  readonly figures: FigureTargets;
  /** Channels of stores, as the identity policy lists them. */
  readonly offlineChannels: readonly string[];
  /** The number of the day that a moment lies in by the clock of a zone, from 1970-01-01; undefined for an unknown zone. */
  dayOf(at: EpochMs, zone: string): number | undefined;
}

/** Analyses over history. Fails with `history_unavailable`, or `sql_error` where one takes more than it may. */
export interface Analytics {
  defaults(): AnalyticsDefaults;
  find<Name extends AnalysisName>(name: Name, question: Questions[Name]): Promise<Finding>;
}
