import type { HistoryRow, HistoryTable } from './effect.ts';

/**
 * A spool entry: the history rows of one commit, one line each, `table TAB json-array`. The line is written once,
 * in the fold's thread, and copied from then on: the historian inserts the JSON text as it stands and never
 * parses a row. JSON escapes control characters, so a raw newline always ends a row and the first tab ends the
 * name of the table.
 */
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export interface SpooledRow {
  readonly table: HistoryTable;
  /** The values as JSON, in column order. */
  readonly line: string;
}

/** The same rows always give the same bytes. */
export function packSpool(rows: readonly HistoryRow[]): Uint8Array {
  let text = '';
  for (const row of rows) text += `${row.table}\t${JSON.stringify(row.values)}\n`;
  return encoder.encode(text);
}

export function unpackSpool(bytes: Uint8Array): SpooledRow[] {
  const text = decoder.decode(bytes);
  const rows: SpooledRow[] = [];
  for (let start = 0; start < text.length; ) {
    const tab = text.indexOf('\t', start);
    const end = text.indexOf('\n', tab);
    // The table names were written by packSpool; the spool's own store guards the bytes.
    rows.push({ table: text.slice(start, tab) as HistoryTable, line: text.slice(tab + 1, end) });
    start = end + 1;
  }
  return rows;
}

/** How many rows an entry holds, without taking it apart. */
export function spooledRows(bytes: Uint8Array): number {
  let rows = 0;
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) rows += 1;
  return rows;
}

/** Where a row comes from: the first four values of every table. */
export interface RowPosition {
  readonly partition: number;
  readonly seq: number;
  readonly index: number;
  readonly ordinal: number;
}

/** Reads the position off the front of a line without parsing the rest. */
export function positionOf(line: string): RowPosition {
  const first = line.indexOf(',');
  const second = line.indexOf(',', first + 1);
  const third = line.indexOf(',', second + 1);
  const fourth = line.indexOf(',', third + 1);
  return {
    partition: Number(line.slice(1, first)),
    seq: Number(line.slice(first + 1, second)),
    index: Number(line.slice(second + 1, third)),
    ordinal: Number(line.slice(third + 1, fourth)),
  };
}

/** How `History.present` names a row of one partition. */
export function rowKey(seq: number, index: number, ordinal: number): string {
  return `${seq}:${index}:${ordinal}`;
}
