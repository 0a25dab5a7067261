import type { Pace } from '../../background/pace.ts';
import type { Definitions } from '../../definitions/definitions.ts';
import type { HistoryReach } from '../../desks/profile-history/history-reach.ts';
import type { Clock } from '../../ports/clock.ts';
import type { History } from '../../ports/history.ts';
import type { StateReader } from '../../ports/state.ts';
import type { EntryCodec } from '../../runner/entry-cache.ts';
import type { ReportProgress } from '../../serve/services.ts';

/** What fitting reads. */
export interface FitParts {
  readonly definitions: Definitions;
  readonly history: Pick<History, 'query'>;
  readonly reach: Pick<HistoryReach, 'now'>;
  readonly state: StateReader;
  readonly codec: EntryCodec;
  readonly clock: Clock;
}

/** One run of it. */
export interface FitRun {
  readonly parts: FitParts;
  readonly report: ReportProgress;
  readonly pace: Pace;
}
