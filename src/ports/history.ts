import type { HistoryTable } from '../model/effect.ts';

/** One block of rows for one table, already as lines of JSONCompactEachRow. */
export interface HistoryBlock {
  readonly table: HistoryTable;
  readonly lines: readonly string[];
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
  /** One read-only query, bounded in time, rows and bytes. Fails with `sql_error` or `history_unavailable`. */
  query(sql: string, format: string): Promise<string>;
  close(): Promise<void>;
}
