import { describe, expect, it } from 'vitest';
import { splitStatements, tokenizeSql } from '../../../src/adapters/clickhouse/sql-lexer.ts';

const texts = (sql: string): string[] => tokenizeSql(sql).map((token) => `${token.kind}:${token.text}`);

describe('the SQL lexer', () => {
  it('tells words, names, strings and signs apart and drops comments', () => {
    expect(texts("SELECT a.1, `b c`, \"d\", 'it''s' -- gone\n/* gone */ FROM t")).toEqual([
      'word:SELECT',
      'word:a',
      'sign:.',
      'word:1',
      'sign:,',
      'quoted:b c',
      'sign:,',
      'quoted:d',
      'sign:,',
      "string:'it''s'",
      'word:FROM',
      'word:t',
    ]);
  });

  it('splits a script at semicolons outside of strings and comments', () => {
    expect(splitStatements("-- a; b\nSELECT ';' ;; SELECT 2 /* ; */;\n")).toEqual(["SELECT ';'", 'SELECT 2']);
    expect(splitStatements('SELECT 1 -- end')).toEqual(['SELECT 1']);
    expect(splitStatements('-- nothing;')).toEqual([]);
  });

  it.each(['`a\\x62`', '"a""b"', '$x$ $x$', '# x', '‘x’', 'a\u00a0b', "'open", '`open', '/* open', 'a \\ b'])(
    'refuses %s, which ClickHouse may read differently',
    (sql) => {
      expect(() => tokenizeSql(sql)).toThrow(expect.objectContaining({ code: 'sql_error' }));
    },
  );
});
