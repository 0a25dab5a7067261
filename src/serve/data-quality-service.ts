import type { Finding, Stretch } from '../analytics/analysis.ts';
import type { Flags } from '../analytics/quality/flags.ts';
import type { QualityReport } from '../analytics/quality/quality.ts';

/** What the data is worth, as history has it. Fails with `history_unavailable`, or `sql_error` where it takes more than it may. */
export interface DataQuality {
  /** What was found last in the background, of the 24 whole hours before; null until then, and on nodes that do not look. */
  readonly latest: QualityReport | null;
  /** When that was found. */
  readonly latestAt: number;
  report(stretch: Stretch): Promise<Finding & { readonly answer: QualityReport }>;
  flags(stretch: Stretch): Promise<Flags>;
  /** The share of expected fields that are there, and how many were expected; by a sample of the events. */
  completeness(stretch: Stretch): Promise<{ readonly value: number | null; readonly cases: number }>;
  /** A day, or yesterday, by the clock of the zone of the messaging definition; undefined where there is no such day. */
  dayAt(day: string): Stretch | undefined;
  now(): number;
  /** The 24 whole hours up to now. */
  lately(): Stretch;
}
