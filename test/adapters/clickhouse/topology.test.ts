import { join } from 'node:path';
import { Session } from 'chdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readMigrations } from '../../../src/adapters/clickhouse/migrations.ts';
import {
  checkTopology,
  createDatabase,
  everyCopyOf,
  type HistoryTopology,
  insertSettings,
  placeStatement,
  shardingKeys,
} from '../../../src/adapters/clickhouse/topology.ts';
import { historyColumns } from '../../../src/model/history-rows.ts';
import { createTemporaryDirectory, type TemporaryDirectory } from '../temporary-directory.ts';

const single: HistoryTopology = { kind: 'single' };
const replicated: HistoryTopology = { kind: 'replicated', cluster: 'shops' };
const distributed: HistoryTopology = { kind: 'distributed', cluster: 'shops' };
const database = 'main_tessera';

/** Every statement of the shipped schema, as the topology needs it. */
async function schema(topology: HistoryTopology): Promise<string[]> {
  const written = (await readMigrations()).flatMap(({ statements }) => statements);
  return written.flatMap((statement) => placeStatement(statement, { topology, database }));
}

/** The text between the first parenthesis and its end: columns and indexes of a table. */
function columnsOf(statement: string): string {
  return /\n\(\n([\s\S]*?)\n\)\nENGINE/.exec(statement)?.[1] ?? '';
}

function tableOf(statement: string): string | undefined {
  return /^CREATE TABLE IF NOT EXISTS (\w+)/.exec(statement)?.[1];
}

/** Filled by erasures alone, from rows of events. */
/** No fold writes them. */
const UNFOLDED: readonly string[] = ['retained_orders', 'removed_rows'];
const tables = [...Object.keys(historyColumns), ...UNFOLDED];

describe('the schema of history on a cluster', () => {
  let directory: TemporaryDirectory;
  let parser: Session;
  beforeAll(() => {
    directory = createTemporaryDirectory();
    parser = new Session(join(directory.path, 'parser'));
  });
  afterAll(() => {
    parser.close();
    directory.remove();
  });

  it('is the shipped one, letter by letter, on one server', async () => {
    expect(await schema(single)).toEqual((await readMigrations()).flatMap(({ statements }) => statements));
  });

  it.each([replicated, distributed])('is SQL that ClickHouse can read: $kind', async (topology) => {
    for (const statement of [createDatabase({ topology, database }), ...(await schema(topology))]) {
      expect(parser.query(`EXPLAIN AST ${statement}`, 'TSV'), statement).not.toBe('');
    }
  });

  it.each([replicated, distributed])('says of every statement where it holds: $kind', async (topology) => {
    for (const statement of [createDatabase({ topology, database }), ...(await schema(topology))]) {
      expect(statement.match(/ON CLUSTER 'shops'/g), statement).toHaveLength(1);
    }
  });

  it('has each table with the same columns and keys on replicas, remembering tokens as long', async () => {
    const one = new Map((await schema(single)).map((statement) => [tableOf(statement), statement]));
    const many = new Map((await schema(replicated)).map((statement) => [tableOf(statement), statement]));
    for (const table of tables) {
      const [before, after] = [one.get(table) ?? '', many.get(table) ?? ''];
      expect(columnsOf(before)).not.toBe('');
      expect(columnsOf(after)).toBe(columnsOf(before));
      const rest = (text: string) => /\n((?:PARTITION BY|ORDER BY)[\s\S]*)/.exec(text)?.[1];
      expect(rest(after)).toBe(rest(before)?.replace('non_replicated_ded', 'replicated_ded'));
      expect(after).toContain(
        `ReplicatedMergeTree('/clickhouse/tables/main_tessera/${table}/{shard}', '{replica}')`,
      );
      expect(after).toMatch(/SETTINGS replicated_deduplication_window = 10000/);
    }
  });

  it('has a local table and one in front of it for each, spread by a column that the table has', async () => {
    const statements = await schema(distributed);
    const names = statements.map(tableOf).filter((name) => name !== undefined);
    expect(new Set(names)).toEqual(new Set(tables.flatMap((table) => [table, `${table}_local`])));
    const one = new Map((await schema(single)).map((statement) => [tableOf(statement), statement]));
    for (const table of tables) {
      const local = statements.find((statement) => tableOf(statement) === `${table}_local`) ?? '';
      const front = statements.find((statement) => tableOf(statement) === table) ?? '';
      expect(columnsOf(local)).toBe(columnsOf(one.get(table) ?? ''));
      expect(front).toContain(` AS main_tessera.${table}_local\n`);
      const key = Object.entries(shardingKeys).find(([name]) => name === table)?.[1] ?? '';
      expect(front).toContain(`Distributed('shops', 'main_tessera', '${table}_local', cityHash64(${key}))`);
      if (!UNFOLDED.includes(table))
        expect(Object.entries(historyColumns).find(([name]) => name === table)?.[1]).toContain(key);
    }
  });

  it('changes columns of what holds rows before what stands in front of it', () => {
    const change = 'ALTER TABLE events ADD COLUMN IF NOT EXISTS x UInt8';
    expect(placeStatement(change, { topology: distributed, database })).toEqual([
      "ALTER TABLE events_local ON CLUSTER 'shops' ADD COLUMN IF NOT EXISTS x UInt8",
      "ALTER TABLE events ON CLUSTER 'shops' ADD COLUMN IF NOT EXISTS x UInt8",
    ]);
    expect(placeStatement(change, { topology: replicated, database })).toHaveLength(1);
  });

  it('gives an index to what holds rows alone: what stands in front has none', () => {
    const index = 'ALTER TABLE events ADD INDEX IF NOT EXISTS x y TYPE minmax';
    expect(placeStatement(index, { topology: distributed, database })).toEqual([
      "ALTER TABLE events_local ON CLUSTER 'shops' ADD INDEX IF NOT EXISTS x y TYPE minmax",
    ]);
    expect(placeStatement(index, { topology: replicated, database })).toHaveLength(1);
  });

  it('writes columns anew where the rows are', () => {
    const change = 'ALTER TABLE events MATERIALIZE COLUMN x, MATERIALIZE COLUMN y';
    expect(placeStatement(change, { topology: distributed, database })).toEqual([
      "ALTER TABLE events_local ON CLUSTER 'shops' MATERIALIZE COLUMN x, MATERIALIZE COLUMN y",
    ]);
  });

  it('gathers what it joins, of which no shard has all, and leaves arrays where they are', async () => {
    const views = (await schema(distributed)).filter((statement) => statement.startsWith('CREATE VIEW'));
    const joins = views.join('\n').match(/(\S+) (LEFT ANY |INNER |ARRAY )?JOIN/g) ?? [];
    expect(joins.length).toBeGreaterThan(4);
    for (const join of joins) expect(join).toMatch(/^GLOBAL |ARRAY JOIN$/);
    expect((await schema(replicated)).join('\n')).not.toContain('GLOBAL');
  });

  it('keeps what was applied in one table for all shards', () => {
    const create =
      'CREATE TABLE IF NOT EXISTS migrations\n(a UInt8)\nENGINE = MergeTree ORDER BY a\nSETTINGS non_replicated_deduplication_window = 9';
    expect(placeStatement(create, { topology: distributed, database })).toEqual([
      "CREATE TABLE IF NOT EXISTS migrations ON CLUSTER 'shops'\n(a UInt8)\nENGINE = ReplicatedMergeTree('/clickhouse/tables/main_tessera/migrations', '{shard}-{replica}') ORDER BY a\nSETTINGS replicated_deduplication_window = 9",
    ]);
  });

  it('refuses statements that it does not know how to place, and names that end a text', () => {
    const placement = { topology: replicated, database };
    expect(() => placeStatement('OPTIMIZE TABLE events', placement)).toThrow('no cluster');
    const odd = 'CREATE TABLE IF NOT EXISTS x (a UInt8) ENGINE = Memory';
    expect(() => placeStatement(odd, placement)).toThrow('not written like the others');
    expect(() => checkTopology({ kind: 'replicated', cluster: "a'b" })).toThrow(
      expect.objectContaining({ code: 'invalid_config' }),
    );
  });

  it('looks for rows on every replica, and answers only when they are in the tables', () => {
    expect(everyCopyOf('events', { topology: single, database })).toBe('events');
    expect(everyCopyOf('events', { topology: replicated, database })).toBe(
      "clusterAllReplicas('shops', main_tessera, events)",
    );
    expect(everyCopyOf('events', { topology: distributed, database })).toBe(
      "clusterAllReplicas('shops', main_tessera, events_local)",
    );
    expect(insertSettings(single, 1)).toEqual([]);
    expect(insertSettings(replicated, 2)).toEqual([]);
    expect(insertSettings(replicated, 3)).toEqual(["insert_quorum = 'auto'"]);
    expect(insertSettings(distributed, 1)).toEqual(['distributed_foreground_insert = 1']);
    const [setting = ''] = insertSettings(distributed, 1);
    expect(
      parser.query(`SELECT count() FROM system.settings WHERE name = '${setting.split(' ')[0]}'`, 'TSV'),
    ).toBe('1\n');
  });
});
