import { describe, expect, it } from 'vitest';
import {
  applyMigrations,
  type Migration,
  readMigrations,
} from '../../../src/adapters/clickhouse/migrations.ts';
import type { Placement } from '../../../src/adapters/clickhouse/topology.ts';
import { historyColumns } from '../../../src/model/history-rows.ts';

/** Remembers statements and what was recorded as applied; fails on the statement that it is told to. */
function target(failOn?: string) {
  const statements: string[] = [];
  const applied = new Map<string, string>();
  return {
    statements,
    applied,
    run: async (statement: string) => {
      if (statement === failOn) throw new Error('crash');
      const row = /VALUES \((\d+), '\w+', '(\w+)'\)/.exec(statement);
      if (row?.[1] !== undefined && row[2] !== undefined) applied.set(row[1], row[2]);
      else statements.push(statement);
    },
    read: async () => [...applied].map(([version, checksum]) => `${version}\t${checksum}\n`).join(''),
  };
}

const ONE: Placement = { topology: { kind: 'single' }, database: 'main_tessera' };

const migrations: Migration[] = [
  { version: 1, name: 'one', checksum: 'aa', statements: ['A', 'B'] },
  { version: 2, name: 'two', checksum: 'bb', statements: ['C'] },
];

describe('migrations', () => {
  it('run once each, in order', async () => {
    const place = target();
    await applyMigrations(place, migrations, ONE);
    await applyMigrations(place, migrations, ONE);
    expect(place.statements.filter((statement) => statement.length === 1)).toEqual(['A', 'B', 'C']);
    expect([...place.applied]).toEqual([
      ['1', 'aa'],
      ['2', 'bb'],
    ]);
  });

  it('repeat the file in which they were interrupted', async () => {
    const place = target('B');
    await expect(applyMigrations(place, migrations, ONE)).rejects.toThrow('crash');
    expect(place.applied.size).toBe(0);
  });

  it('refuse a history that a newer version has written, and a file that has changed', async () => {
    const place = target();
    await applyMigrations(place, migrations, ONE);
    await expect(applyMigrations(place, migrations.slice(0, 1), ONE)).rejects.toMatchObject({
      code: 'data_format',
    });
    const changed = migrations.map((migration) => ({ ...migration, checksum: 'cc' }));
    await expect(applyMigrations(place, changed, ONE)).rejects.toMatchObject({ code: 'data_format' });
  });

  it('of this project are numbered without gaps and can be repeated', async () => {
    const shipped = await readMigrations();
    expect(shipped.map((migration) => migration.version)).toEqual(shipped.map((_, i) => i + 1));
    for (const { statements } of shipped) {
      // To write a column anew a second time changes nothing.
      for (const statement of statements) expect(statement).toMatch(/IF (NOT )?EXISTS|MATERIALIZE COLUMN/);
    }
  });

  it('never bind the sorting of a table to a person, and make every table remember tokens', async () => {
    const statements = (await readMigrations()).flatMap((migration) => migration.statements);
    const tables = statements.filter((statement) => statement.includes('CREATE TABLE'));
    // And what no fold writes: the orders that the law keeps without a person, and which rows were removed.
    expect(tables).toHaveLength(Object.keys(historyColumns).length + 2);
    for (const table of tables) {
      expect(table).toContain('non_replicated_deduplication_window = 10000');
      expect(table).toContain('fsync_after_insert = 1');
      expect(/ORDER BY \([^\n]*\)/.exec(table)?.[0]).not.toContain('profile');
    }
  });
});
