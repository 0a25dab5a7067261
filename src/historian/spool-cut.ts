import { createHash } from 'node:crypto';
import type { HistoryTable } from '../model/effect.ts';
import { unpackSpool } from '../model/spool-entry.ts';
import type { SpoolEntry } from '../ports/state.ts';

/** A range of whole spool entries, inserted into history as one block per table. */
export interface Cut {
  readonly first: number;
  readonly last: number;
  readonly bytes: number;
  readonly rows: number;
  /** Begins every token of this cut. */
  readonly name: string;
  /** Lines by table, in the order of the spool. */
  readonly tables: ReadonlyMap<HistoryTable, readonly string[]>;
}

export interface CutOptions {
  readonly prefix: string;
  /** The name tells the content too: where a store may step back, other entries come under the same numbers. */
  readonly byContent: boolean;
  readonly rowsMax: number;
}

/** Hexadecimal digits of the digest in a name: 64 bits. */
const NAME_DIGITS = 16;

/** Whole entries from the front of the spool, as many as one block may hold; always at least one. */
export function cutSpool(
  entries: readonly SpoolEntry[],
  { prefix, byContent, rowsMax }: CutOptions,
): Cut | undefined {
  const first = entries[0];
  if (first === undefined) return undefined;
  const tables = new Map<HistoryTable, string[]>();
  const digest = byContent ? createHash('sha256') : undefined;
  let rows = 0;
  let bytes = 0;
  let last = first.n;
  for (const entry of entries) {
    const unpacked = unpackSpool(entry.bytes);
    if (rows > 0 && rows + unpacked.length > rowsMax) break;
    for (const { table, line } of unpacked) {
      const lines = tables.get(table);
      if (lines === undefined) tables.set(table, [line]);
      else lines.push(line);
    }
    digest?.update(entry.bytes);
    rows += unpacked.length;
    bytes += entry.bytes.length;
    last = entry.n;
  }
  const content = digest === undefined ? '' : `:${digest.digest('hex').slice(0, NAME_DIGITS)}`;
  return { first: first.n, last, bytes, rows, name: `${prefix}:${first.n}-${last}${content}`, tables };
}
