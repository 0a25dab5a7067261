import { assert, TesseraError } from '../../errors.ts';
import type { HistoryTable } from '../../model/effect.ts';
import { isSign } from './read-only.ts';
import { type SqlToken, tokenizeSql } from './sql-lexer.ts';

/*
 * The schema of history is written once, for one server (deploy/clickhouse). Clusters get the same statements with
 * other engines, made here: `replicated` keeps everything on each replica of one shard, `distributed` spreads rows
 * over shards. So columns, sorting keys and views cannot part between the three.
 */
export type HistoryTopology =
  | { readonly kind: 'single' }
  | { readonly kind: 'replicated' | 'distributed'; readonly cluster: string };

/**
 * What rows go by when they are spread over shards. Events and what is known about their facets lie together; a person
 * does not, because people merge and split, and rows do not move.
 */
export const shardingKeys: Readonly<Record<HistoryTable | 'retained_orders' | 'removed_rows', string>> =
  Object.freeze({
    events: 'facet_id',
    facets: 'facet_id',
    merges: 'loser',
    identity_changes: 'identifier',
    decisions: 'profile_id',
    segment_changes: 'profile_id',
    points: 'profile_id',
    deliveries: 'profile_id',
    recommendations: 'id',
    consents: 'facet_id',
    audit: 'chain',
    profile_snapshots: 'profile_id',
    conservation: 'source',
    quality_decisions: 'flag',
    quarantine: 'id',
    quarantine_attempts: 'id',
    retained_orders: 'order_id',
    removed_rows: 'seq',
  });

/** Which schema is in a database, remembered with its migrations. */
export const MIGRATIONS_TABLE = 'migrations';

export interface Placement {
  readonly topology: HistoryTopology;
  readonly database: string;
}

/** The name of a cluster goes into statements as it stands. */
export function checkTopology(topology: HistoryTopology): void {
  if (topology.kind !== 'single' && !/^[\w.-]{1,128}$/.test(topology.cluster)) {
    throw new TesseraError('invalid_config', 'the ClickHouse cluster has no plain name');
  }
}

/** One statement of a migration as this topology needs it: itself on one server, one or two on a cluster. */
export function placeStatement(statement: string, placement: Placement): readonly string[] {
  const { topology } = placement;
  if (topology.kind === 'single') return [statement];
  const tokens = tokenizeSql(statement);
  const [first, second] = tokens.map(({ text }) => text.toUpperCase());
  if (first === 'CREATE' && second === 'TABLE') return placeTable(statement, tokens, placement);
  if ((first === 'CREATE' || first === 'DROP') && second === 'VIEW') {
    const name = nameOf(tokens);
    const everywhere = { at: name.end, end: name.end, text: onCluster(topology.cluster) };
    const joins = topology.kind === 'distributed' ? globalJoins(tokens) : [];
    return [edited(statement, [everywhere, ...joins])];
  }
  if (first === 'ALTER' && second === 'TABLE') return placeChange(statement, tokens, placement);
  throw new TesseraError('data_format', `no cluster can be told to ${first} ${second} yet`);
}

/** Creates the database on every node that will hold a part of it. */
export function createDatabase({ topology, database }: Placement): string {
  const everywhere = topology.kind === 'single' ? '' : onCluster(topology.cluster);
  return `CREATE DATABASE IF NOT EXISTS ${database}${everywhere}`;
}

/**
 * Where to look for rows after an insert whose end nobody saw. On a cluster another replica may have taken them and
 * this one not fetched them yet: taken for missing, they would go in twice. So all replicas are asked, and one
 * that does not answer makes the question fail rather than the answer wrong.
 */
export function everyCopyOf(table: HistoryTable, { topology, database }: Placement): string {
  if (topology.kind === 'single') return table;
  const local = topology.kind === 'distributed' ? localName(table) : table;
  return `clusterAllReplicas('${topology.cluster}', ${database}, ${local})`;
}

/** The table whose rows a change of rows is about, wherever they lie. */
export function rowsOf(table: string, { topology }: Placement): string {
  if (topology.kind === 'single') return table;
  return (topology.kind === 'distributed' ? localName(table) : table) + onCluster(topology.cluster);
}

/** What an insert must say beyond its token, so that its answer means that the rows are in the tables. */
export function insertSettings(topology: HistoryTopology, replicas: number): readonly string[] {
  if (topology.kind === 'single') return [];
  return [
    // Otherwise the node that was asked keeps the rows in a queue of its own, where tokens do not count.
    ...(topology.kind === 'distributed' ? ['distributed_foreground_insert = 1'] : []),
    // With two replicas a majority is both of them, and one that is away would hold up history.
    ...(replicas >= 3 ? ["insert_quorum = 'auto'"] : []),
  ];
}

function placeTable(statement: string, tokens: readonly SqlToken[], placement: Placement): string[] {
  const { topology, database } = placement;
  assert(topology.kind !== 'single', 'one server needs no placing');
  const name = nameOf(tokens);
  const spread = topology.kind === 'distributed' && name.text !== MIGRATIONS_TABLE;
  const local = spread ? localName(name.text) : name.text;
  const engine = tokens.findIndex((token, i) => token.text === 'ENGINE' && isSign(tokens[i + 1], '='));
  const family = tokens[engine + 2];
  const window = tokens.find(({ text }) => text === 'non_replicated_deduplication_window');
  if (engine < 0 || family?.text !== 'MergeTree' || window === undefined) {
    throw new TesseraError('data_format', `the table ${name.text} is not written like the others`);
  }
  const table = edited(statement, [
    { at: name.start, end: name.end, text: local + onCluster(topology.cluster) },
    { at: family.start, end: family.end, text: replicatedEngine(name.text, placement) },
    { at: window.start, end: window.end, text: 'replicated_deduplication_window' },
  ]);
  if (!spread) return [table];
  const { cluster } = topology;
  const key = Object.entries(shardingKeys).find(([table]) => table === name.text)?.[1];
  if (key === undefined) throw new TesseraError('data_format', `nothing says how to spread ${name.text}`);
  const facade =
    `CREATE TABLE IF NOT EXISTS ${name.text}${onCluster(cluster)} AS ${database}.${local}\n` +
    `ENGINE = Distributed('${cluster}', '${database}', '${local}', cityHash64(${key}))`;
  return [table, facade];
}

/** The tables that hold rows change first, so that what stands in front of them never names a column that is not there. */
function placeChange(statement: string, tokens: readonly SqlToken[], placement: Placement): string[] {
  const { topology } = placement;
  const name = tokens[2];
  assert(topology.kind !== 'single', 'one server needs no placing');
  assert(name !== undefined, 'a change names its table');
  // An index belongs to the rows, and so does what is written into them; what stands in front of them has none.
  const [added, what] = tokens.slice(3).map(({ text }) => text.toUpperCase());
  const front = (added === 'ADD' && what === 'INDEX') || added === 'MATERIALIZE' ? [] : [name.text];
  const targets = topology.kind === 'distributed' ? [localName(name.text), ...front] : [name.text];
  return targets.map((target) =>
    edited(statement, [{ at: name.start, end: name.end, text: target + onCluster(topology.cluster) }]),
  );
}

/** What has been applied is the same on every node, whatever its shard. */
function replicatedEngine(table: string, { database }: Placement): string {
  return table === MIGRATIONS_TABLE
    ? `ReplicatedMergeTree('/clickhouse/tables/${database}/${table}', '{shard}-{replica}')`
    : `ReplicatedMergeTree('/clickhouse/tables/${database}/${table}/{shard}', '{replica}')`;
}

function localName(table: string): string {
  return `${table}_local`;
}

function onCluster(cluster: string): string {
  return ` ON CLUSTER '${cluster}'`;
}

/** The name in `CREATE TABLE IF NOT EXISTS name` and `DROP VIEW IF EXISTS name`. */
function nameOf(tokens: readonly SqlToken[]): SqlToken {
  const exists = tokens.findIndex(({ text }) => text === 'EXISTS');
  const name = tokens[exists + 1];
  if (exists < 0 || name === undefined)
    throw new TesseraError('data_format', 'a statement cannot be repeated');
  return name;
}

interface Edit {
  readonly at: number;
  readonly end: number;
  readonly text: string;
}

/** A side of a join that is spread, and what a list is selected from, is gathered first: who owns a facet is known on no shard alone. */
function globalJoins(tokens: readonly SqlToken[]): Edit[] {
  const edits: Edit[] = tokens.flatMap((token, i) => {
    const selects = isSign(tokens[i + 1], '(') && tokens[i + 2]?.text === 'SELECT';
    if (token.kind !== 'word' || token.text !== 'IN' || !selects) return [];
    const at = (tokens[i - 1]?.text === 'NOT' ? tokens[i - 1] : token)?.start ?? token.start;
    return [{ at, end: at, text: 'GLOBAL ' }];
  });
  for (const [i, token] of tokens.entries()) {
    if (token.kind !== 'word' || token.text !== 'JOIN') continue;
    let start = i;
    while (/^(INNER|LEFT|ANY)$/.test(tokens[start - 1]?.text ?? '')) start -= 1;
    const at = tokens[start]?.start ?? token.start;
    if (tokens[i - 1]?.text !== 'ARRAY') edits.push({ at, end: at, text: 'GLOBAL ' });
  }
  return edits;
}

function edited(statement: string, edits: readonly Edit[]): string {
  let text = statement;
  for (const edit of edits.toSorted((a, b) => b.at - a.at)) {
    text = text.slice(0, edit.at) + edit.text + text.slice(edit.end);
  }
  return text;
}
