import { limits } from '../../limits.ts';
import { TALLY_NAMES, type Tallies } from '../../model/conservation.ts';
import { sqlTime } from '../../model/sql-time.ts';
import type { EpochMs } from '../../model/time.ts';
import type { History } from '../../ports/history.ts';
import { type Accounts, addCode } from './accounts.ts';

/** How far history is looked at, by the number of each partition: up to this message it holds every row. */
export type Bounds = ReadonlyMap<number, number>;

/**
 * What history says of a stretch of time: the books that were closed, the rows of events and of quarantine, and what was
 * taken out on purpose. Rows behind the bounds belong to another moment than the books that are still open.
 */
export async function readHistory(
  accounts: Accounts,
  bounds: Bounds,
  history: Pick<History, 'query'>,
): Promise<void> {
  const sums = TALLY_NAMES.map((name) => `sum(${name}) AS ${name}`).join(', ');
  const books = await ask<Tallies>(
    history,
    `SELECT ${minuteText('minute')}, source, ${sums} FROM conservation
    WHERE ${between('minute', accounts)} AND ${within(bounds)} GROUP BY minute, source`,
  );
  for (const row of books) accounts.book(row.at, row.source, numbersOf(row));
  for (const table of ['events', 'quarantine'] as const) {
    const rows = await ask<{ rows: number; places: number }>(
      history,
      `SELECT ${minuteText('toStartOfMinute(received_at)')}, source, count() AS rows, ${placesOf(accounts)} AS places FROM ${table}
      WHERE ${between('received_at', accounts)} AND source != 'engine' AND ${within(bounds)} GROUP BY at, source`,
    );
    for (const { at, source, rows: count, places } of rows) {
      const account = accounts.at(at, source);
      if (account === undefined) continue;
      const kind = table === 'events' ? 'events' : 'quarantined';
      account.history[kind] = Number(places);
      account.repeated[kind] = Number(count) - Number(places);
    }
  }
  await readRemoved(accounts, history);
}

/** To tell a missing row and a repeated one from none takes memory for each row: over a long time they are only counted. */
function placesOf({ from, to }: Accounts): string {
  return to - from <= 2 * limits.conservationLookMs ? 'uniqExact(`partition`, seq, idx, ord)' : 'count()';
}

async function readRemoved(accounts: Accounts, history: Pick<History, 'query'>): Promise<void> {
  const rows = await ask<{ taken_from: string; reason: 'erased' | 'expired'; rows: number }>(
    history,
    `SELECT ${minuteText('minute')}, source, taken_from, reason, count() AS rows FROM removed_rows
    WHERE ${between('minute', accounts)} GROUP BY minute, source, taken_from, reason`,
  );
  for (const { at, source, taken_from, reason, rows: count } of rows) {
    const account = accounts.at(at, source);
    if (account !== undefined)
      addCode(account.removed[taken_from === 'events' ? 'events' : 'quarantined'], reason, Number(count));
  }
}

type Row<Counts> = Counts & { readonly at: EpochMs; readonly source: string };

async function ask<Counts>(history: Pick<History, 'query'>, sql: string): Promise<readonly Row<Counts>[]> {
  const text = await history.query(sql, 'JSONEachRow');
  // The statement names its columns; ClickHouse may write 64-bit numbers as texts.
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row<Counts>)
    .map((row) => ({ ...row, at: Number(row.at) }));
}

function minuteText(expression: string): string {
  return `toUnixTimestamp(${expression}) * 1000 AS at`;
}

function between(column: string, { from, to }: Accounts): string {
  const text = (at: EpochMs): string =>
    `toDateTime('${sqlTime(at).slice(0, 'yyyy-mm-dd hh:mm:ss'.length)}', 'UTC')`;
  return `${column} >= ${text(from)} AND ${column} < ${text(to)}`;
}

function within(bounds: Bounds): string {
  if (bounds.size === 0) return '0';
  const [numbers, seqs] = [[...bounds.keys()].join(', '), [...bounds.values()].join(', ')];
  return `seq <= transform(toUInt32(\`partition\`), [${numbers}], [${seqs}], toUInt64(0))`;
}

function numbersOf(row: Readonly<Tallies>): Tallies {
  return {
    received: Number(row.received),
    applied: Number(row.applied),
    duplicate: Number(row.duplicate),
    quarantined: Number(row.quarantined),
    refused: Number(row.refused),
  };
}
