import type { JsonObject } from '../model/json.ts';
import type { EpochMs } from '../model/time.ts';
import type { JobView } from './services.ts';

export interface BacktestQuestion {
  readonly name: string;
  /** Decisions of [from, to) are reported; what came before is remembered. */
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** Orders of so many days after a firing are looked at; a default where absent. */
  readonly followDays?: number;
  /** `applied` (where absent): events came when they came; `event`: when they happened, as a past that was imported. */
  readonly clock?: 'applied' | 'event';
  /** A draft: a definition, or its YAML; absent: the trigger in force. */
  readonly definition?: JsonObject | string;
  readonly author: string;
}

/** What a trigger would have done; touches no state and sends nothing. */
export interface Backtests {
  /**
   * The job whose result is the report. Fails with `not_found`, `invalid_definition`, or `invalid_parameter` where it cannot
   * be run over history.
   */
  start(question: BacktestQuestion): JobView;
}
