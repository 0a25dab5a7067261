import type { JsonObject, JsonValue } from '../model/json.ts';
import type { EpochMs } from '../model/time.ts';

/** Asks history one read-only question; 64-bit integers may come as text. */
export type Ask = (sql: string) => Promise<readonly JsonObject[]>;

/** The same answer twice: as it is told, and as rows for sheets. */
export interface Finding {
  readonly answer: JsonObject;
  readonly table: Table;
}

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly JsonValue[])[];
}

/** Events of [from, to), by when they happened. */
export interface Stretch {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

export function tableOf(columns: readonly string[], rows: readonly JsonObject[]): Table {
  return { columns, rows: rows.map((row) => columns.map((name) => row[name] ?? null)) };
}

/** A share with six decimals; null of nobody. */
export function rate(part: number, whole: number): number | null {
  return whole === 0 ? null : Math.round((part / whole) * 1e6) / 1e6;
}
