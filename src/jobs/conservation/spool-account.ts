import { limits } from '../../limits.ts';
import { minuteOf, TALLY_NAMES, type Tallies } from '../../model/conservation.ts';
import { historyColumns } from '../../model/history-rows.ts';
import { type SpooledRow, unpackSpool } from '../../model/spool-entry.ts';
import type { SpoolStore } from '../../ports/state.ts';
import type { Accounts } from './accounts.ts';
import type { PartitionBooks } from './read-books.ts';

/** Up to where history holds the rows of a partition, and whether all that comes behind could be read. */
export interface Reached {
  readonly done: number;
  readonly isWhole: boolean;
}

/** What a partition has written and history does not hold yet, unless too much waits, or some of it lies in a log. */
export async function readSpooled(
  { partition, checkpoint }: PartitionBooks,
  spool: SpoolStore,
  accounts: Accounts,
): Promise<Reached> {
  const cursor = await spool.cursor(partition);
  const done = cursor?.done ?? 0;
  if (done >= checkpoint.spooled) return { done: checkpoint.seq, isWhole: true };
  if (cursor?.spilled !== undefined && cursor.spilled.length > 0) return { done, isWhole: false };
  const entries = await spool.readSpool(partition, done, limits.conservationSpoolBytesMax);
  const last = entries.at(-1);
  if (last === undefined || last.n < checkpoint.spooled) return { done, isWhole: false };
  for (const { n, bytes } of entries)
    if (n <= checkpoint.seq) for (const row of unpackSpool(bytes)) addRow(row, accounts);
  return { done, isWhole: true };
}

function addRow({ table, line }: SpooledRow, accounts: Accounts): void {
  if (table !== 'conservation' && table !== 'events' && table !== 'quarantine') return;
  const values = JSON.parse(line) as unknown[];
  const columns = historyColumns[table];
  const cell = (name: string): unknown => values[columns.indexOf(name)];
  const source = String(cell('source'));
  const at = Date.parse(`${String(cell(table === 'conservation' ? 'minute' : 'received_at'))}Z`);
  if (table === 'conservation') {
    const tallies = Object.fromEntries(TALLY_NAMES.map((name) => [name, Number(cell(name))]));
    // Every name of a tally is in it.
    accounts.book(at, source, tallies as Tallies);
    return;
  }
  const account = source === 'engine' ? undefined : accounts.at(minuteOf(at), source);
  if (account !== undefined) account.spooled[table === 'events' ? 'events' : 'quarantined'] += 1;
}
