import type { JsonObject } from '../model/json.ts';
import type { EpochMs } from '../model/time.ts';

export interface ReportQuestion {
  readonly trigger: string;
  /** Decisions of [from, to). */
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** How many days after a firing an order counts. */
  readonly days: number;
}

/** What became of what a trigger has sent, beside those whom it was held back from. */
export interface TriggerResults {
  report(question: ReportQuestion): Promise<JsonObject>;
}
