import { addTallies, CONSERVATION_CODES, EXPLAINED, noTallies } from '../../model/conservation.ts';
import type { EpochMs } from '../../model/time.ts';
import type { CodeCounts, ConservationMinute } from '../../serve/conservation-service.ts';
import { type Account, addCode } from './accounts.ts';

export interface Knowledge {
  /** The books of every partition begin here, or before. */
  readonly bookedSince: EpochMs;
  /** The logs hold everything from here on; absent where they were not read. */
  readonly loggedSince?: EpochMs | undefined;
  /** Records that erasures have left in the logs without anything in them. */
  readonly erasedRecords: number;
  /** What stands for everything that is missing while not all could be read. */
  readonly unseen?: 'history_lag' | 'in_flight' | undefined;
}

/**
 * Compares the accounts of one minute and source and names every difference: what came in against what came of it, what
 * came of it against the rows of history, and what came in against the logs.
 */
export function explain(account: Account, known: Knowledge): ConservationMinute {
  const { minute, source, books, history } = account;
  const codes: CodeCounts = {};
  explainOutcomes(account, codes);
  explainRows(account, 'events', codes);
  explainRows(account, 'quarantined', codes);
  const logs = known.loggedSince !== undefined && minute >= known.loggedSince ? account.logs : undefined;
  if (logs !== undefined) explainLogs(books.received - logs, known, codes);
  if (minute < known.bookedSince) relabel(codes, 'before_ledger');
  else if (known.unseen !== undefined) relabel(codes, known.unseen);
  const counts = CONSERVATION_CODES.map((code) => [code, codes[code] ?? 0] as const);
  return {
    minute,
    source,
    ...books,
    history,
    ...(logs === undefined ? {} : { logs }),
    difference: counts.reduce((sum, [, count]) => sum + count, 0),
    unexplained: counts.reduce((sum, [code, count]) => sum + (EXPLAINED.has(code) ? 0 : count), 0),
    codes,
  };
}

function explainOutcomes({ books, flying }: Account, codes: CodeCounts): void {
  const { received, applied, duplicate, quarantined, refused } = books;
  const open = received - applied - duplicate - quarantined - refused;
  const onTheirWay = Math.min(Math.max(0, open), flying);
  addCode(codes, 'in_flight', onTheirWay);
  addCode(codes, 'outcome_missing', open - onTheirWay);
  addCode(codes, 'outcome_repeated', -open);
}

function explainRows(account: Account, table: 'events' | 'quarantined', codes: CodeCounts): void {
  const counted = table === 'events' ? account.books.applied : account.books.quarantined;
  let missing = counted - account.history[table];
  addCode(codes, 'rows_repeated', account.repeated[table] + Math.max(0, -missing));
  const take = (code: 'history_lag' | 'erased' | 'expired', count: number): void => {
    const taken = Math.min(Math.max(0, missing), count);
    addCode(codes, code, taken);
    missing -= taken;
  };
  take('history_lag', account.spooled[table]);
  take('erased', account.removed[table].erased ?? 0);
  take('expired', account.removed[table].expired ?? 0);
  addCode(codes, 'rows_missing', missing);
}

/** A record that an erasure has emptied says no more when it came, nor from whom. */
function explainLogs(missing: number, { erasedRecords }: Knowledge, codes: CodeCounts): void {
  const erased = Math.min(Math.max(0, missing), erasedRecords);
  addCode(codes, 'log_erased', erased);
  addCode(codes, 'log_missing', missing - erased);
  addCode(codes, 'log_unbooked', -missing);
}

/** Where not everything was counted, or could be read, a difference is no proof: before the books were opened, or while history is behind. */
function relabel(codes: CodeCounts, reason: 'before_ledger' | 'history_lag' | 'in_flight'): void {
  let uncounted = 0;
  for (const code of CONSERVATION_CODES) {
    if (EXPLAINED.has(code)) continue;
    uncounted += codes[code] ?? 0;
    delete codes[code];
  }
  addCode(codes, reason, uncounted);
}

/** The sums of several minutes. */
export function sumUp(minutes: readonly ConservationMinute[]) {
  const totals = noTallies();
  const codes: CodeCounts = {};
  let difference = 0;
  let unexplained = 0;
  for (const minute of minutes) {
    addTallies(totals, minute);
    difference += minute.difference;
    unexplained += minute.unexplained;
    for (const code of CONSERVATION_CODES) addCode(codes, code, minute.codes[code] ?? 0);
  }
  return { totals, codes, difference, unexplained };
}
