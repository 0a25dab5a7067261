import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { History } from '../../ports/history.ts';
import { readHistoryRows } from '../past-events.ts';
import { type HistoryBound, quoted, withinBound } from './history-bound.ts';

/**
 * Who was who. A facet belongs to whom its newest row names, or to whom that profile had been merged into by then: a
 * facet that was folded into others has no row of that merge.
 */
export interface PastIdentity {
  readonly history: Pick<History, 'query'>;
  readonly bound: HistoryBound;
}

/** An identifier, with the facets of events that carried it and nothing else. */
export interface PastIdentifier {
  /** `type:hash`. */
  readonly identifier: string;
  readonly facets: readonly string[];
}

/** The profile that an id stood for: itself, or what it had been merged into. */
export async function forwardThen(id: string, { history, bound }: PastIdentity): Promise<string> {
  let profile = id;
  for (let hop = 0; hop < limits.forwardHopsMax; hop++) {
    const [row] = await readHistoryRows(
      history,
      `SELECT winner FROM merges WHERE loser = ${quoted([profile])} AND ${withinBound(bound, 'at')} LIMIT 1`,
    );
    if (row === undefined) return profile;
    profile = String(row.winner);
  }
  return profile;
}

/**
 * Facets of the profile, by what history calls them; undefined where there was no such profile. One that gave all of
 * its facets away has none.
 */
export async function facetsThen(
  profile: string,
  past: PastIdentity,
): Promise<readonly string[] | undefined> {
  const { history, bound } = past;
  const ids = quoted(await unitedThen(profile, past));
  const within = withinBound(bound, 'at');
  const rows = await readHistoryRows(
    history,
    `SELECT facet_id, argMax(profile_id, (move, seq, idx, ord)) IN (${ids}) AS owned FROM facets WHERE ${within} AND ` +
      `facet_id IN (SELECT facet_id FROM facets WHERE profile_id IN (${ids}) AND ${within}) ` +
      `GROUP BY facet_id ORDER BY facet_id LIMIT ${limits.replayFacetsMax + 1}`,
  );
  if (rows.length === 0) return (await wasSplitOff(profile, past)) ? [] : undefined;
  if (rows.length > limits.replayFacetsMax) throw tooMany(`${limits.replayFacetsMax} facets`);
  return rows.filter(({ owned }) => Number(owned) === 1).map(({ facet_id }) => String(facet_id));
}

/** Somebody who was taken out of another profile may hold identifiers and no facet yet. */
async function wasSplitOff(profile: string, { history, bound }: PastIdentity): Promise<boolean> {
  const rows = await readHistoryRows(
    history,
    `SELECT 1 FROM identity_changes WHERE change = 'split' AND profile_id = ${quoted([profile])} ` +
      `AND ${withinBound(bound, 'at')} LIMIT 1`,
  );
  return rows.length > 0;
}

/** The profile and all that had been merged into it. */
async function unitedThen(profile: string, { history, bound }: PastIdentity): Promise<ReadonlySet<string>> {
  const united = new Set([profile]);
  for (let fresh = [profile]; fresh.length > 0; ) {
    const rows = await readHistoryRows(
      history,
      `SELECT DISTINCT loser FROM merges WHERE winner IN (${quoted(fresh)}) AND ${withinBound(bound, 'at')} ` +
        `LIMIT ${limits.replayMergesMax + 1}`,
    );
    fresh = rows.map(({ loser }) => String(loser)).filter((id) => !united.has(id));
    for (const id of fresh) united.add(id);
    if (united.size > limits.replayMergesMax) throw tooMany(`${limits.replayMergesMax} merges`);
  }
  return united;
}

/** Changes after which nobody holds the identifier, until somebody else's row or facet says so. */
const RELEASES: readonly string[] = Object.freeze(['closed', 'shared', 'blocked']);
const HOLDS: readonly string[] = Object.freeze([
  'linked',
  'split',
  'recycled',
  'yielded',
  'unshared',
  'alias',
]);

/**
 * Who held an identifier; undefined where nobody did. History has a row for what came together with another identifier.
 * One that came alone leaves only the owner of its facet, which goes wherever it goes, from one closing to the next; so
 * of these the newest counts, and of one record the facet, since whoever a facet passes to goes on with the identifier.
 */
export async function holderThen(named: PastIdentifier, past: PastIdentity): Promise<string | undefined> {
  const [row] = await readHistoryRows(
    past.history,
    `SELECT profile_id, change FROM (${changesOf(named, past)} UNION ALL ${ownersOf(named, past)}) ` +
      `ORDER BY at DESC, seq DESC, idx DESC, own DESC, ord DESC LIMIT 1`,
  );
  if (row === undefined || RELEASES.includes(String(row.change))) return undefined;
  return await forwardThen(String(row.profile_id), past);
}

/** The issuer of a type comes from outside: in hexadecimal nothing needs escaping. */
function changesOf({ identifier }: PastIdentifier, { bound }: PastIdentity): string {
  return (
    `SELECT profile_id, change, at, seq, idx, ord, 0 AS own FROM identity_changes ` +
    `WHERE identifier = unhex('${Buffer.from(identifier).toString('hex')}') ` +
    `AND change IN (${quoted([...HOLDS, ...RELEASES])}) AND ${withinBound(bound, 'at')}`
  );
}

/** Closed parts stay with whom they were closed for, and may move later than the open one: the last epoch counts. */
function ownersOf({ facets }: PastIdentifier, { bound }: PastIdentity): string {
  const own = facets.map((id) => `facet_id = ${quoted([id])} OR startsWith(facet_id, ${quoted([`${id}~`])})`);
  return (
    `SELECT profile_id, 'owned' AS change, at, seq, idx, ord, 1 AS own FROM facets ` +
    `WHERE (${own.join(' OR ')}) AND ${withinBound(bound, 'at')} ` +
    `ORDER BY toUInt32OrZero(splitByChar('~', facet_id)[2]) DESC, move DESC, seq DESC, idx DESC, ord DESC ` +
    `LIMIT 1 BY splitByChar('~', facet_id)[1]`
  );
}

function tooMany(what: string): TesseraError {
  return new TesseraError('replay_too_large', `The profile has more than ${what}.`);
}
