import { readHistoryRows } from '../../desks/past-events.ts';
import { quoted } from '../../desks/profile-history/history-bound.ts';
import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { HistoryTable } from '../../model/effect.ts';
import type { JsonObject } from '../../model/json.ts';
import type { History } from '../../ports/history.ts';

/** Rows of a table of history, and which of them. */
export interface PastRows {
  readonly table: HistoryTable;
  /** SQL, next to the place of the row, which comes by itself. */
  readonly columns: string;
  readonly where: string;
  /** The column with the time of the log. */
  readonly time: 'at' | 'applied_at';
}

export interface PastRowsOptions {
  readonly history: Pick<History, 'query'>;
  readonly signal: AbortSignal;
  /** Counts what all sections have read together, against `limits.exportRowsMax`. */
  readonly counted: { rows: number };
}

/** All of them, the oldest first, page by page from the place of the last one: however many there are, few are in memory. */
export async function* readPastRows(
  { table, columns, where, time }: PastRows,
  { history, signal, counted }: PastRowsOptions,
): AsyncGenerator<JsonObject> {
  const place = `(toUnixTimestamp64Milli(${table}.${time}), \`partition\`, seq, idx, ord)`;
  for (let after = '(-1, 0, 0, 0, 0)'; ; ) {
    if (signal.aborted) throw new TesseraError('stopping');
    const rows = await readHistoryRows(
      history,
      `SELECT ${columns}, toUnixTimestamp64Milli(${table}.${time}) AS place_at, \`partition\` AS place_partition, seq, idx, ord ` +
        `FROM ${table} WHERE (${where}) AND ${place} > ${after} ORDER BY ${place} LIMIT ${limits.exportPageRows}`,
    );
    counted.rows += rows.length;
    if (counted.rows > limits.exportRowsMax) throw new TesseraError('export_too_large');
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < limits.exportPageRows) return;
    const { place_at, place_partition, seq, idx, ord } = last;
    after = `(${[place_at, place_partition, seq, idx, ord].map(Number).join(', ')})`;
  }
}

/** Rows that were written of the profile, or of one that has become part of it. */
export function aboutProfile(profile: string): string {
  const id = quoted([profile]);
  return `profile_id IN (SELECT ${id} UNION ALL SELECT profile_id FROM profiles_merged WHERE merged_into = ${id})`;
}

/** Rows of facets that are the profile's now. */
export function inFacetsOf(profile: string): string {
  return `facet_id IN (SELECT facet_id FROM facets_now WHERE profile_id = ${quoted([profile])})`;
}
