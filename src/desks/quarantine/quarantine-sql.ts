import type { QuarantineColumn, QuarantineFilter } from '../../serve/quarantine-service.ts';

/*
 * Questions about what is kept, as SQL. What has become of an event is in its attempts, another table; so that a question about
 * state stays small however many there are, events are looked for in sets of 64 bits of a digest of their ids.
 */

/** Places in lists do not tell one fault from another. */
const PATH = "replaceRegexpAll(path, '/[0-9]+', '/*')";
const DIGEST = 'cityHash64(id)';

/** Events that are in, and those that were given up at some time. */
const among = (states: string): string =>
  `${DIGEST} IN (SELECT ${DIGEST} FROM quarantine_attempts WHERE state IN (${states}))`;
const REPLAYED = among("'replayed'");
const GIVEN_UP = among("'given_up'");
const DONE_WITH = among("'replayed', 'given_up'");

/** What rows of `quarantine` have to be; never empty. */
export function whereOf(filter: QuarantineFilter): string {
  const { code, source, channel, type, path, schemaVersion, receivedFrom, receivedTo } = filter;
  const { attempts = 0, state } = filter;
  const where = ['1'];
  const equal = (column: string, value: string | undefined): void => {
    if (value !== undefined) where.push(`${column} = ${literal(value)}`);
  };
  equal('code', code);
  equal('source', source);
  equal('channel', channel);
  equal('type', type);
  equal('schema_version', schemaVersion);
  if (path !== undefined) equal(path.includes('*') ? PATH : 'path', path);
  if (receivedFrom !== undefined) where.push(`received_at >= ${momentOf(receivedFrom)}`);
  if (receivedTo !== undefined) where.push(`received_at < ${momentOf(receivedTo)}`);
  if (attempts > 0)
    where.push(
      `${DIGEST} IN (SELECT ${DIGEST} FROM quarantine_attempts GROUP BY ${DIGEST} HAVING count() >= ${attempts})`,
    );
  if (state === 'waiting') where.push(`NOT ${DONE_WITH}`);
  if (state === 'replayed') where.push(REPLAYED);
  if (state === 'given_up') where.push(`${GIVEN_UP} AND NOT ${REPLAYED}`);
  return where.join(' AND ');
}

/** How many by what: one row for each combination, the most first. */
export function countsSql(filter: QuarantineFilter, by: readonly QuarantineColumn[], limit: number): string {
  const groups = by.map((column) => (column === 'path' ? `${PATH} AS place` : column));
  const names = by.map((column) => (column === 'path' ? 'place' : column));
  const events = `SELECT ${DIGEST} AS digest, min(received_at) AS first, max(received_at) AS last, any(id) AS example, any(${REPLAYED}) AS in, any(${GIVEN_UP}) AS up${groups.map((group) => `, ${group}`).join('')} FROM quarantine WHERE ${whereOf(filter)} GROUP BY digest${names.map((name) => `, ${name}`).join('')}`;
  const key = names.length === 0 ? '' : ` GROUP BY ${names.join(', ')}`;
  return (
    `SELECT ${names.map((name) => `${name}, `).join('')}count() AS events, countIf(in) AS replayed, countIf(up AND NOT in) AS given_up, ` +
    'toUnixTimestamp64Milli(min(first)) AS first_at, toUnixTimestamp64Milli(max(last)) AS last_at, argMax(example, last) AS example ' +
    `FROM (${events})${key} ORDER BY events DESC, last_at DESC${names.map((name) => `, ${name}`).join('')} LIMIT ${limit}`
  );
}

/** How many events there are, and when the last of them was received. */
export function totalSql(filter: QuarantineFilter): string {
  return `SELECT uniqExact(${DIGEST}) AS events, toUnixTimestamp64Milli(max(received_at)) AS latest FROM quarantine WHERE ${whereOf(filter)}`;
}

/** Attempts of events by their ids, the oldest first. */
export function attemptsSql(ids: readonly string[]): string {
  return (
    'SELECT id, toUnixTimestamp64Milli(at) AS tried, author, status, state, code, path, message, schema_version ' +
    `FROM quarantine_attempts WHERE id IN (${ids.map(literal).join(', ')}) ORDER BY at, seq, idx, ord`
  );
}

export function literal(text: string): string {
  return `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
}

export function momentOf(at: number): string {
  return `fromUnixTimestamp64Milli(toInt64(${Math.trunc(at)}))`;
}
