import { TesseraError } from '../errors.ts';
import type { JsonObject } from '../model/json.ts';
import type { History } from '../ports/history.ts';
import { readHistoryRows } from './past-events.ts';

/** A profile that history has in a segment, and since when. */
export interface ListedMember {
  readonly profile_id: string;
  readonly since: number;
}

const NAME = /^[a-z][a-z0-9_]{0,63}$/;
const PROFILE_ID = /^[\w-]{0,64}$/;

/** The newest change of a profile decides; a profile stays in one partition, whose positions ascend. */
const NEWEST = `argMax(change, (at, seq, idx, ord)) = 'entered'`;

interface MembersAsked {
  readonly segment: string;
  readonly after: string;
  readonly limit: number;
}

/** Members by history, in the order of their ids. */
export function membersIn(
  history: Pick<History, 'query'>,
  asked: MembersAsked,
): Promise<readonly ListedMember[]> {
  return profilesIn(history, asked, `HAVING ${NEWEST} `);
}

/** Everybody who ever was a member, in the order of their ids, and since when they were; those who were erased are not known. */
export function everMembersIn(
  history: Pick<History, 'query'>,
  asked: MembersAsked,
): Promise<readonly ListedMember[]> {
  return profilesIn(history, asked, '');
}

/** What goes into a query has passed a pattern without quotes. */
async function profilesIn(
  history: Pick<History, 'query'>,
  { segment, after, limit }: MembersAsked,
  having: string,
): Promise<readonly ListedMember[]> {
  const rows = await readHistoryRows(
    history,
    `SELECT profile_id, toUnixTimestamp64Milli(max(at)) AS since FROM segment_changes ` +
      `WHERE segment = '${checked(segment, NAME)}' AND profile_id > '${checked(after, PROFILE_ID)}' ` +
      `GROUP BY profile_id ${having}ORDER BY profile_id LIMIT ${limit}`,
  );
  return rows.map(({ profile_id, since }) => ({ profile_id: String(profile_id), since: Number(since) }));
}

export interface Overlap {
  readonly a: number;
  readonly b: number;
  readonly both: number;
}

/** How many are in each of two segments, and in both, by history. */
export async function overlapOf(
  history: Pick<History, 'query'>,
  [a, b]: readonly [string, string],
): Promise<Overlap> {
  const names = [a, b].map((name) => `'${checked(name, NAME)}'`);
  const inside = (name: string | undefined): string =>
    `argMaxIf(change, (at, seq, idx, ord), segment = ${name}) = 'entered'`;
  const [row] = await readHistoryRows(
    history,
    `SELECT countIf(in_a) AS a, countIf(in_b) AS b, countIf(in_a AND in_b) AS both FROM ` +
      `(SELECT ${inside(names[0])} AS in_a, ${inside(names[1])} AS in_b FROM segment_changes ` +
      `WHERE segment IN (${names.join(', ')}) GROUP BY profile_id)`,
  );
  return numbersOf(row ?? {});
}

function numbersOf({ a, b, both }: JsonObject): Overlap {
  return { a: Number(a ?? 0), b: Number(b ?? 0), both: Number(both ?? 0) };
}

function checked(text: string, pattern: RegExp): string {
  if (pattern.test(text)) return text;
  throw new TesseraError('not_found', 'There is no segment or profile of this name.');
}
