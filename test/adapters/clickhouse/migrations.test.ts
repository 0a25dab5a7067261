import { describe, expect, it } from 'vitest';
import {
  applyMigrations,
  joinAlterations,
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
      const rows = [...statement.matchAll(/\((\d+), '\w+', '(\w+)'\)/g)];
      for (const [, version = '', checksum = ''] of rows) applied.set(version, checksum);
      if (rows.length === 0) statements.push(statement);
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

  it('are repeated from the first one that was missing when they were interrupted', async () => {
    for (const interrupted of ['B', 'C']) {
      const place = target(interrupted);
      await expect(applyMigrations(place, migrations, ONE)).rejects.toThrow('crash');
      expect(place.applied.size).toBe(0);
    }
  });

  it('add columns to one table at once that are added one after the other, and join nothing else', () => {
    const [a, b] = [1, 2].map((n) => `ALTER TABLE t ADD COLUMN IF NOT EXISTS c${n} UInt8`) as [
      string,
      string,
    ];
    const index = 'ALTER TABLE t ADD INDEX IF NOT EXISTS i c1';
    const other = 'ALTER TABLE u ADD COLUMN IF NOT EXISTS c1 UInt8';
    const both = 'ALTER TABLE t ADD COLUMN IF NOT EXISTS c1 UInt8,\nADD COLUMN IF NOT EXISTS c2 UInt8';
    expect(joinAlterations([a, b, index, b, other, a, b, other])).toEqual([
      both,
      index,
      b,
      other,
      both,
      other,
    ]);
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
