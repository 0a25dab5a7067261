import type { ConservationCode, Tallies } from '../model/conservation.ts';
import type { EpochMs } from '../model/time.ts';

export type CodeCounts = Partial<Record<ConservationCode, number>>;

/** The accounts of one minute and source. */
export interface ConservationMinute extends Readonly<Tallies> {
  readonly minute: EpochMs;
  readonly source: string;
  /** Rows of `events` and of `quarantine`. */
  readonly history: { readonly events: number; readonly quarantined: number };
  /** Records in the logs; absent where these were not read, or no longer reach back so far. */
  readonly logs?: number;
  /** By how many events the accounts differ, and of these how many nothing explains. */
  readonly difference: number;
  readonly unexplained: number;
  readonly codes: CodeCounts;
}

/** What stands in the way of an answer, or is wrong with a partition as a whole. */
export interface ConservationNote {
  readonly code: 'log_lost_tail' | 'log_trimmed' | 'log_unread' | 'history_behind' | 'partition_busy';
  readonly partition: string;
  readonly text: string;
}

export interface ConservationReport {
  /** When the books were read; null before the first look. */
  readonly as_of: EpochMs | null;
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** False where the notes name something that could not be looked at: then no difference proves nothing. */
  readonly complete: boolean;
  readonly totals: Readonly<Tallies>;
  readonly difference: number;
  readonly unexplained: number;
  readonly codes: CodeCounts;
  /** In the order of time; where there are too many, those with a difference come before the others. */
  readonly minutes: readonly ConservationMinute[];
  readonly minutes_total: number;
  readonly notes: readonly ConservationNote[];
}

export interface ConservationQuestion {
  readonly from?: EpochMs | undefined;
  readonly to?: EpochMs | undefined;
  /** Counts what the logs hold, too. */
  readonly logs: boolean;
}

/** What requests of this process brought, as it remembers it: gone with the process. */
export interface IntakeMinute {
  readonly minute: EpochMs;
  readonly source: string;
  readonly received: number;
  readonly logged: number;
  readonly quarantined: number;
  readonly refused: number;
}

export interface IntakeAccount {
  minutes(): readonly IntakeMinute[];
  /** By source, since the process began. */
  total(name: 'received' | 'logged' | 'quarantined' | 'refused'): Readonly<Record<string, number>>;
}

export interface Conservation {
  /** The newest look at the last hour, which goes on in the background on one node. */
  readonly latest: ConservationReport | undefined;
  /** Fails with `history_unavailable`. */
  report(question: ConservationQuestion): Promise<ConservationReport>;
}
