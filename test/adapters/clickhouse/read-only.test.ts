import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Session } from 'chdb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openClickHouseHistory } from '../../../src/adapters/clickhouse/history.ts';
import { readOnlyStatement } from '../../../src/adapters/clickhouse/read-only.ts';
import { TesseraError } from '../../../src/errors.ts';
import type { History } from '../../../src/ports/history.ts';
import { createTemporaryDirectory, type TemporaryDirectory } from '../temporary-directory.ts';

const SECRET = 'the-master-key-of-the-host';

/** Ways out of the tables; FILE and OUT stand for paths of the host. Marked ones are open in ClickHouse as it comes. */
const ESCAPES: readonly string[] = [
  "SELECT file('FILE')",
  "SELECT `file`('FILE')",
  'SELECT "file"(\'FILE\')',
  "SELECT file /* */ ('FILE')",
  "SELECT `f\\x69le`('FILE')",
  "SELECT arrayMap(file, ['FILE'])",
  "SELECT * APPLY(file) FROM (SELECT 'FILE' AS a)",
  "SELECT * APPLY file FROM (SELECT 'FILE' AS a)",
  "SELECT COLUMNS('a') APPLY(x -> file(x)) FROM (SELECT 'FILE' AS a)",
  "WITH (x -> file(x)) AS f SELECT f('FILE')",
  "SELECT 1 WHERE 1 IN file('FILE')",
  "SELECT * FROM (SELECT * FROM file('FILE', 'LineAsString') SETTINGS readonly = 0)",
  "SELECT * FROM (SELECT * FROM file('FILE', 'LineAsString')\nsettings readonly = 0)",
  "SELECT * FROM (SELECT * FROM `file`('FILE', 'LineAsString') /**/SETTINGS/**/ readonly = 0)",
  "SELECT * FROM (SELECT * FROM eval('SELECT 1') SETTINGS allow_experimental_eval_table_function = 1)",
  "SELECT ‘ ' ’, file('FILE'), ‘ ' ’",
  "SELECT $a$ ' $a$, file('FILE'), $a$ ' $a$",
  "SELECT 1 # '\n, file('FILE') # '",
  "SELECT * FROM file('FILE', 'LineAsString')",
  'SELECT * FROM `FILE`',
  "DESCRIBE file('FILE', 'CSV')",
  'DESCRIBE `FILE`',
  "SELECT 'x' INTO OUTFILE 'OUT'",
  "SELECT 'x' INTO OUTFILE 'OUT' TRUNCATE FORMAT CSV",
  "INSERT INTO FUNCTION file('OUT', 'CSV') SELECT 1",
  "SELECT 1; SELECT file('FILE')",
  "SELECT 1; SET readonly = 0; SELECT file('FILE')",
  "DESCRIBE url('http://127.0.0.1:1/', 'CSV')",
  "DESCRIBE s3('http://127.0.0.1:1/bucket/a', 'CSV')",
  "SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')",
  "SELECT * FROM remote('127.0.0.1:1', 'system', 'one')",
  "SELECT * FROM executable('cat FILE', 'LineAsString', 'a String')",
  "SELECT * FROM sqlite('FILE', 'a')",
  "SELECT * FROM filesystem('/')",
  'SELECT * FROM system.stack_trace',
  "BACKUP DATABASE default TO File('OUT')",
  'KILL QUERY WHERE 1',
  'SET readonly = 0',
  'USE default',
  'EXPLAIN TABLE OVERRIDE mysql(1)',
  "SELECT 'open",
  'SELECT /* open',
  '',
  ';',
];

const ALLOWED: readonly string[] = [
  'SELECT 1',
  "SELECT 'INTO OUTFILE; file(''x'') SETTINGS' AS a -- file('x'); INTO",
  'SELECT count() FROM system.settings',
  'WITH 1 AS a SELECT a',
  '(SELECT 1) UNION ALL (SELECT 2)',
  'SELECT 1 AS "profile", `type` FROM events LIMIT 0',
  'SHOW TABLES',
  "SHOW TABLES LIKE 'e%'",
  'SHOW CREATE TABLE events',
  'DESCRIBE TABLE events',
  'EXISTS TABLE events',
  'EXPLAIN SELECT 1',
  "SELECT JSONExtractString(raw, 'url'), format('{}', type) FROM events LIMIT 0",
  'SELECT 1 /* one */ ;',
];

describe('read-only SQL', () => {
  let directory: TemporaryDirectory;
  let history: History;
  let secretFile: string;
  let outFile: string;
  beforeAll(async () => {
    directory = createTemporaryDirectory();
    secretFile = join(directory.path, 'secret.csv');
    outFile = join(directory.path, 'out.csv');
    writeFileSync(secretFile, `${SECRET},1\n`);
    history = await openClickHouseHistory({
      address: { kind: 'chdb', path: join(directory.path, 'history') },
      database: 'main_tessera',
    });
    await history.migrate();
  });
  afterAll(async () => {
    await history.close();
    directory.remove();
  });

  it.each(ESCAPES)('refuses %s', async (template) => {
    const sql = template
      .replaceAll("FILE'", `${secretFile}'`)
      .replaceAll('`FILE`', `\`${secretFile}\``)
      .replaceAll("'OUT'", `'${outFile}'`);
    const answer = await history.query(sql, 'TSV').catch((error: unknown) => error);
    expect(answer).toBeInstanceOf(TesseraError);
    expect(answer).toMatchObject({ code: 'sql_error' });
    expect(String(answer)).not.toContain(SECRET);
    expect(existsSync(outFile)).toBe(false);
  });

  it.each(ALLOWED)('allows %s', async (sql) => {
    await expect(history.query(sql, 'TSV')).resolves.toBeTypeOf('string');
  });

  it('refuses what ClickHouse alone would let through, so the check is not decoration', () => {
    const bare = new Session(join(directory.path, 'history'));
    try {
      bare.query('SET readonly = 1');
      expect(bare.query(`SELECT file('${secretFile}')`, 'TSV')).toContain(SECRET);
      const lifted = `SELECT * FROM (SELECT * FROM file('${secretFile}', 'LineAsString') SETTINGS readonly = 0)`;
      expect(bare.query(lifted, 'TSV')).toContain(SECRET);
    } finally {
      bare.close();
    }
  });

  it('refuses a format that does not come as text', async () => {
    await expect(history.query('SELECT 1', 'Native')).rejects.toMatchObject({ code: 'sql_error' });
    await expect(history.query('SELECT 1 FORMAT Parquet', 'TSV')).rejects.toMatchObject({
      code: 'sql_error',
    });
  });

  it('finds the forbidden call behind any mixture of blanks, comments and strings', () => {
    const blank = fc.constantFrom(' ', '\n', '\t', '/* ( */', "/* ' */", "-- '\n", '-- `\n');
    const noise = fc.constantFrom("'a'", "'it''s'", "'\\''", '`b`', '"c d"', '1', "'--'", "'/*'", '(2)');
    const blanks = fc.array(blank, { maxLength: 3 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.array(fc.tuple(noise, blanks), { maxLength: 4 }), blanks, (before, gap) => {
        const head = before.map(([item, space]) => `${item}${space},`).join('');
        expect(() => readOnlyStatement(`SELECT ${head} file${gap}('x')`, 'TSV')).toThrow(TesseraError);
        expect(() => readOnlyStatement(`SELECT ${head} 1 ${gap} INTO ${gap} OUTFILE 'x'`, 'TSV')).toThrow(
          TesseraError,
        );
        expect(() => readOnlyStatement(`SELECT ${head} 1 ${gap} SETTINGS ${gap} readonly=0`, 'TSV')).toThrow(
          TesseraError,
        );
        expect(readOnlyStatement(`SELECT ${head} 1 ${gap}`, 'TSV').format).toBe('TSV');
      }),
    );
  });
});
