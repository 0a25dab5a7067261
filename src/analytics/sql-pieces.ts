import { UNATTRIBUTED } from '../model/keys.ts';
import type { EpochMs } from '../model/time.ts';
import type { Stretch } from './analysis.ts';

export function moment(at: EpochMs): string {
  return `fromUnixTimestamp64Milli(toInt64(${at}))`;
}

export function within({ from, to }: Stretch, column = 'time'): string {
  return `${column} >= ${moment(from)} AND ${column} < ${moment(to)}`;
}

/** Backslashes and quotes are all that ends or changes a text in ClickHouse. */
export function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

export function listed(texts: readonly string[]): string {
  return texts.map(quoted).join(', ');
}

/**
 * What was gathered by `facet_id`, with `then` (`anyLast(profile_id)`, whose the facet was), now by `person`: whose it is today, over
 * every merge and unmerge. Facets are joined, not events, since there are fewer of them by far; only those that moved are.
 */
export function byPerson(gathered: string): string {
  return (
    `(SELECT gathered.*, if(owner.profile_id = '', gathered.then, owner.profile_id) AS person FROM (${gathered}) AS gathered ` +
    `LEFT ANY JOIN facets_moved AS owner ON owner.facet_id = gathered.facet_id WHERE person != '${UNATTRIBUTED}')`
  );
}

/** Whose a facet was when the event was applied, among columns that are gathered by facet. */
export const THEN = 'any(profile_id) AS then';

/** What the column profile_hash holds where there is nobody. */
export const NOBODY = `sipHash64('${UNATTRIBUTED}')`;
/** Of the view events_by_person. */
export const SOMEBODY = `person != ${NOBODY}`;
