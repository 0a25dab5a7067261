import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Session } from 'chdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readerName, readerStatements } from '../../../src/adapters/clickhouse/reader-user.ts';
import type { Placement } from '../../../src/adapters/clickhouse/topology.ts';
import { limits } from '../../../src/limits.ts';
import { createTemporaryDirectory, type TemporaryDirectory } from '../temporary-directory.ts';

const secret = { password: 'not-in-a-log-please', salt: '00ff' };
const single: Placement = { topology: { kind: 'single' }, database: 'main_tessera' };
const spread: Placement = { topology: { kind: 'distributed', cluster: 'shops' }, database: 'main_tessera' };

/* The embedded ClickHouse has no users, so that these statements are parsed here and run by nobody. */
describe('the reader of a ClickHouse server', () => {
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

  it.each([single, spread])('is set up by SQL that ClickHouse can read: $topology.kind', (placement) => {
    for (const statement of readerStatements(placement, secret))
      expect(parser.query(`EXPLAIN AST ${statement}`, 'TSV'), statement).not.toBe('');
  });

  it('is known by its password, which no statement says', () => {
    const text = readerStatements(single, secret).join('\n');
    expect(text).not.toContain(secret.password);
    const digest = createHash('sha256').update(secret.password).update(secret.salt).digest('hex');
    expect(text).toContain(`IDENTIFIED WITH sha256_hash BY '${digest}' SALT '${secret.salt}'`);
  });

  it('may select from its own database, and nothing else', () => {
    const granted = readerStatements(single, secret).filter((statement) => statement.startsWith('GRANT'));
    expect(granted).toEqual([`GRANT SELECT ON main_tessera.* TO ${readerName('main_tessera')}`]);
  });

  it('can tighten each of its bounds and lift none', () => {
    const [profile = ''] = readerStatements(single, secret);
    const bounds = [...profile.matchAll(/(\w+) = (\d+) MAX (\d+)/g)].map(([, name, value, most]) => {
      expect(value).toBe(most);
      return [name, Number(value)];
    });
    expect(Object.fromEntries(bounds)).toMatchObject({
      max_execution_time: limits.readerSecondsMax,
      max_memory_usage: limits.readerMemoryBytesMax,
      max_result_rows: limits.readerRowsMax,
    });
    expect(profile).toContain('readonly = 2,');
    // What it names are settings that ClickHouse has.
    for (const [name] of [...bounds, ['readonly'], ['result_overflow_mode'], ['allow_ddl']])
      expect(
        String(parser.query(`SELECT count() FROM system.settings WHERE name = '${name}'`, 'TSV')).trim(),
      ).toBe('1');
  });

  it('is on every node of a cluster', () => {
    for (const statement of readerStatements(spread, secret))
      expect(statement.match(/ON CLUSTER 'shops'/g), statement).toHaveLength(1);
  });
});
