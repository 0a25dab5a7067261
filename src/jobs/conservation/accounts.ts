import {
  addTallies,
  type ConservationCode,
  minuteOf,
  noTallies,
  type Tallies,
} from '../../model/conservation.ts';
import type { EpochMs } from '../../model/time.ts';
import type { CodeCounts } from '../../serve/conservation-service.ts';

/** Everything that is known of the events of one minute and source. */
export interface Account {
  readonly minute: EpochMs;
  readonly source: string;
  /** What the books say. */
  readonly books: Tallies;
  /** What history holds, and what was taken out of it on purpose. */
  readonly history: { events: number; quarantined: number };
  /** Rows beyond the first of their position. */
  readonly repeated: { events: number; quarantined: number };
  readonly removed: { readonly events: CodeCounts; readonly quarantined: CodeCounts };
  /** Rows that are still on their way to history. */
  readonly spooled: { events: number; quarantined: number };
  /** Events between partitions. */
  flying: number;
  /** Records in the logs. */
  logs: number;
}

/** The accounts of a stretch of time, by minute and source; what lies outside is left out. */
export class Accounts {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly #bySource = new Map<string, Map<EpochMs, Account>>();

  constructor(from: EpochMs, to: EpochMs) {
    this.from = from;
    this.to = to;
  }

  /** Undefined for what lies outside. */
  at(moment: EpochMs, source: string): Account | undefined {
    const minute = minuteOf(moment);
    if (minute < this.from || minute >= this.to) return undefined;
    let minutes = this.#bySource.get(source);
    if (minutes === undefined) {
      minutes = new Map();
      this.#bySource.set(source, minutes);
    }
    const known = minutes.get(minute);
    if (known !== undefined) return known;
    const account: Account = {
      minute,
      source,
      books: noTallies(),
      history: { events: 0, quarantined: 0 },
      repeated: { events: 0, quarantined: 0 },
      removed: { events: {}, quarantined: {} },
      spooled: { events: 0, quarantined: 0 },
      flying: 0,
      logs: 0,
    };
    minutes.set(minute, account);
    return account;
  }

  book(moment: EpochMs, source: string, tallies: Readonly<Tallies>): void {
    const account = this.at(moment, source);
    if (account !== undefined) addTallies(account.books, tallies);
  }

  /** By time, then by source. */
  get all(): readonly Account[] {
    return [...this.#bySource.values()]
      .flatMap((minutes) => [...minutes.values()])
      .sort((a, b) => a.minute - b.minute || (a.source < b.source ? -1 : 1));
  }
}

export function addCode(codes: CodeCounts, code: ConservationCode, count: number): void {
  if (count > 0) codes[code] = (codes[code] ?? 0) + count;
}
