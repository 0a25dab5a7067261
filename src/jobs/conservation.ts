import { setTimeout as sleep } from 'node:timers/promises';
import { Pace } from '../background/pace.ts';
import { RepeatedLook } from '../background/repeated-look.ts';
import type { HistoryReach } from '../desks/profile-history/history-reach.ts';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import { minuteOf } from '../model/conservation.ts';
import { MINUTE_MS } from '../model/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { History } from '../ports/history.ts';
import type { SpoolStore } from '../ports/state.ts';
import type {
  Conservation,
  ConservationMinute,
  ConservationNote,
  ConservationQuestion,
  ConservationReport,
} from '../serve/conservation-service.ts';
import { Accounts } from './conservation/accounts.ts';
import { explain, type Knowledge, sumUp } from './conservation/explain.ts';
import { type FlyingSource, readFlying } from './conservation/flying-account.ts';
import { readHistory } from './conservation/history-account.ts';
import { type LogReading, looksCut, readLog } from './conservation/log-account.ts';
import { bookedSince, type PartitionBooks, readBooks } from './conservation/read-books.ts';
import { readSpooled } from './conservation/spool-account.ts';

/**
 * Has everything that was received come to one end, and does history hold it? The books of all partitions are read, each at
 * one position of its log, and compared with history up to the same positions and, on request, with the logs themselves. In the
 * background the last hour is looked at every minute, on the node that brings identity's rows to history.
 */
export interface ConservationOptions extends FlyingSource {
  readonly spool: SpoolStore;
  readonly history: Pick<History, 'query'>;
  readonly reach: Pick<HistoryReach, 'now'>;
  readonly clock: Clock;
  /** Whether this is the node that does what needs doing once. */
  readonly leads: () => boolean;
  readonly onError: (error: unknown) => void;
}

export class ConservationCheck implements Conservation {
  readonly #options: ConservationOptions;
  readonly #looking: RepeatedLook;
  #latest: ConservationReport | undefined;

  constructor(options: ConservationOptions) {
    this.#options = options;
    this.#looking = new RepeatedLook({
      everyMs: limits.conservationEveryMs,
      look: () => this.#look(),
      onError: options.onError,
    });
  }

  get latest(): ConservationReport | undefined {
    return this.#latest;
  }

  start(): void {
    this.#looking.start();
  }

  async stop(): Promise<void> {
    await this.#looking.stop();
  }

  /** Positions of several partitions are not of one moment: what does not explain itself is looked at again before it counts. */
  async report(question: ConservationQuestion): Promise<ConservationReport> {
    const accounts = () => this.#accountsOf(question);
    let report = await this.#reportOnce(accounts(), question.logs);
    for (let look = 1; look < limits.conservationLooks && report.unexplained > 0; look++) {
      await sleep(limits.historySettleMs / limits.conservationLooks);
      report = await this.#reportOnce(accounts(), question.logs);
    }
    return report;
  }

  async #look(): Promise<void> {
    if (!this.#options.leads()) {
      this.#latest = undefined;
      return;
    }
    this.#latest = await this.report({ logs: false });
  }

  /** Whole minutes; the newest ones are still being written unless somebody asks for them. */
  #accountsOf({ from, to }: ConservationQuestion): Accounts {
    const now = this.#options.clock.now();
    const end = to === undefined ? minuteOf(now - limits.conservationSettleMs) : minuteOf(to + MINUTE_MS - 1);
    const begin = from === undefined ? end - limits.conservationLookMs : minuteOf(from);
    if (begin >= end || end - begin > limits.conservationSpanMs)
      throw new TesseraError(
        'invalid_parameter',
        `from must lie before to, by ${limits.conservationSpanMs / (24 * 60 * MINUTE_MS)} days at most.`,
      );
    return new Accounts(begin, end);
  }

  async #reportOnce(accounts: Accounts, logs: boolean): Promise<ConservationReport> {
    const { clock } = this.#options;
    const asOf = clock.now();
    const { books, busy } = await readBooks(this.#options);
    const notes: ConservationNote[] = busy.map((partition) => ({
      code: 'partition_busy',
      partition,
      text: `The books of ${partition} could not be read: it did not hold still.`,
    }));
    for (const { open } of books)
      for (const { minute, source, tallies } of open) accounts.book(minute, source, tallies);
    notes.push(...(await this.#readPast(books, accounts)));
    notes.push(...(await this.#cutLogs(books)));
    const reading: LogReading = { loggedSince: accounts.from, erasedRecords: 0, records: 0 };
    if (logs) notes.push(...(await this.#readLogs(books, accounts, reading)));
    const known: Knowledge = {
      bookedSince: bookedSince(books),
      ...(logs ? { loggedSince: reading.loggedSince } : {}),
      erasedRecords: reading.erasedRecords,
      unseen: unseenIn(notes),
    };
    const open = accounts.all.some(({ books: { received, ...ends } }) => received > sumOf(ends));
    if (open) await readFlying(books, this.#options, accounts);
    const minutes = accounts.all.map((account) => explain(account, known));
    return { as_of: asOf, from: accounts.from, to: accounts.to, ...answer(minutes, notes) };
  }

  /** History up to the positions of the books, or as far as it has come, and then what waits for it. */
  async #readPast(
    books: readonly PartitionBooks[],
    accounts: Accounts,
  ): Promise<readonly ConservationNote[]> {
    const { history, spool, reach } = this.#options;
    const notes: ConservationNote[] = [];
    const bounds = new Map(books.map(({ number, checkpoint }) => [number, checkpoint.seq]));
    const isThere = await reach.now().then(
      () => true,
      (error: unknown) => {
        if (error instanceof TesseraError && error.code === 'history_behind') return false;
        throw error;
      },
    );
    for (const each of isThere ? [] : books) {
      const { done, isWhole } = await readSpooled(each, spool, accounts);
      bounds.set(each.number, done);
      if (isWhole) continue;
      const { partition } = each;
      const text = `History is too far behind ${partition} to say what it will hold.`;
      notes.push({ code: 'history_behind', partition, text });
    }
    await readHistory(accounts, bounds, history);
    return notes;
  }

  async #cutLogs(books: readonly PartitionBooks[]): Promise<readonly ConservationNote[]> {
    const notes: ConservationNote[] = [];
    for (const { partition, checkpoint } of books) {
      if (!(await looksCut(this.#options.log(partition), checkpoint))) continue;
      const text = `The state of ${partition} ends with message ${checkpoint.seq}, which its log does not have.`;
      notes.push({ code: 'log_lost_tail', partition, text });
    }
    return notes;
  }

  async #readLogs(
    books: readonly PartitionBooks[],
    accounts: Accounts,
    reading: LogReading,
  ): Promise<readonly ConservationNote[]> {
    const pace = new Pace(this.#options.clock, this.#looking.signal);
    const notes: ConservationNote[] = [];
    for (const each of books)
      notes.push(
        ...(await readLog(each, { log: this.#options.log(each.partition), accounts, pace }, reading)),
      );
    return notes;
  }
}

/** What makes an answer say less than it seems to. */
const UNSEEN: readonly ConservationNote['code'][] = ['history_behind', 'partition_busy', 'log_unread'];

function answer(minutes: readonly ConservationMinute[], notes: readonly ConservationNote[]) {
  const { conservationMinutesShown } = limits;
  const different = minutes.filter(({ difference }) => difference > 0);
  const shown = minutes.length <= conservationMinutesShown ? minutes : [...different, ...minutes];
  return {
    complete: !notes.some(({ code }) => UNSEEN.includes(code)),
    ...sumUp(minutes),
    minutes: [...new Set(shown)].slice(0, conservationMinutesShown),
    minutes_total: minutes.length,
    notes,
  };
}

function unseenIn(notes: readonly ConservationNote[]): Knowledge['unseen'] {
  if (notes.some(({ code }) => code === 'history_behind')) return 'history_lag';
  return notes.some(({ code }) => code === 'partition_busy') ? 'in_flight' : undefined;
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
