import type { HistoryTable } from '../model/effect.ts';
import type { EpochMs } from '../model/time.ts';

/** One block of rows for one table, already as lines of JSONCompactEachRow. */
export interface HistoryBlock {
  readonly table: HistoryTable;
  readonly lines: readonly string[];
}

/** By what rows of people who are erased are found. */
export interface HistoryNames {
  /** As history calls facets. */
  readonly facets: readonly string[];
  readonly profiles: readonly string[];
  /** `type:hash`. */
  readonly identifiers: readonly string[];
  /** Ids of events in quarantine that are theirs. */
  readonly quarantined: readonly string[];
  /** What was applied later is somebody else's, who has the same facets and identifiers. */
  readonly until: EpochMs;
}

/** What people who are erased are called, and the ids of events of others that call them so. */
export interface HistoryMentions extends Pick<HistoryNames, 'facets' | 'identifiers'> {
  readonly events: readonly string[];
}

/** How many rows went, by table; none of a table that had none. */
export type ErasedRows = Readonly<Record<string, number>>;

/** Rows whose term is over. */
export interface ExpiredRows {
  readonly table: HistoryTable;
  /** What is older: by the time of an event, and by the time of the log of everything else. */
  readonly before: EpochMs;
  /** Of events: only these types. */
  readonly types?: readonly string[];
  /** Of events: all but these types. */
  readonly except?: readonly string[];
}

/** ClickHouse as Tessera uses it: an idempotent sink, and a read-only source for analysts. */
export interface History {
  /** Applies the versioned migrations of deploy/clickhouse. Idempotent. */
  migrate(): Promise<void>;
  /** Inserts the block once, however often it is called with the same token. */
  insert(block: HistoryBlock, token: string): Promise<void>;
  /**
   * After a crash: which rows (`seq:index:ordinal`) of these messages are there. Tells a torn insert from a
   * complete one.
   */
  present(
    table: HistoryTable,
    partition: number,
    firstSeq: number,
    lastSeq: number,
  ): Promise<ReadonlySet<string>>;
  /** Takes the names of people out of events of others. Repeating it changes nothing more. Fails with `history_unavailable`. */
  blank(mentions: HistoryMentions): Promise<void>;
  /**
   * Deletes all rows of people, and decisions of identity no longer name them on their other side. What books need of their orders is kept, unlinked, in
   * `retained_orders`. Rows that are inserted later are not looked at. Repeating it changes nothing more. Fails with
   * `history_unavailable`.
   */
  erase(names: HistoryNames): Promise<ErasedRows>;
  /**
   * How many rows there are whose term is over; unless `dry`, they are gone when this answers, but for what had not been inserted
   * by then. Fails with `history_unavailable`.
   */
  expire(expired: ExpiredRows, options: { readonly dry: boolean }): Promise<number>;
  /** One read-only query, bounded in time, rows and bytes. Fails with `sql_error` or `history_unavailable`. */
  query(sql: string, format: string): Promise<string>;
  /**
   * Runs `task` while no row comes or goes; what it is given copies the tables into one file. Absent where a server keeps
   * history, which has means of its own.
   */
  readonly copying?: HistoryCopying | undefined;
  close(): Promise<void>;
}

export interface HistoryCopying {
  /** What the tables lie in. */
  readonly database: string;
  hold<T>(task: (copyTo: (file: string) => Promise<void>) => Promise<T>): Promise<T>;
}
