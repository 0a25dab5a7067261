import { TesseraError } from '../../errors.ts';
import { type SqlToken, tokenizeSql } from './sql-lexer.ts';

/**
 * What an analyst may send. `readonly = 1` on the session refuses writes and nearly all table functions, but three
 * doors stay open in the embedded ClickHouse (each seen, each in the tests): a subquery's own SETTINGS clause may
 * lift `readonly`, the function `file` reads any file of the host, and INTO OUTFILE writes one. So a statement is
 * read as tokens first and refused if it has such words outside of strings. The engine's own checks come on top.
 */
export interface ReadOnlyStatement {
  /** The statement without a trailing semicolon or FORMAT clause. */
  readonly text: string;
  readonly format: string;
}

const STATEMENTS = new Set(['SELECT', 'WITH', 'FROM', 'SHOW', 'DESCRIBE', 'DESC', 'EXISTS', 'EXPLAIN', '(']);
/** Statements that may infer a schema from whatever a name resolves to: only plain names there. */
const NAMING = new Set(['SHOW', 'DESCRIBE', 'DESC', 'EXISTS']);

/** Clauses that change settings, write files or run more than one query. */
const CLAUSES = new Set(['SETTINGS', 'INTO', 'OUTFILE', 'INFILE', 'INSERT', 'PARALLEL', 'OVERRIDE']);

/** Refused wherever they stand: functions are also passed by bare name, as in `arrayMap(file, …)`. */
const NAMES = new Set(['file', 'stack_trace', 'jemalloc_profile_text']);

/** Functions that reach out of the tables, as patterns; case does not count. */
const FUNCTION_PATTERNS: readonly string[] = Object.freeze([
  // Files and processes of the host.
  'file\\w*|filesystem\\w*|executable\\w*|sqlite|catboostevaluate|modelevaluate|input|python|fuzz\\w+',
  // The network.
  'url|urlcluster|remote\\w*|cluster\\w*|reversednsquery|ai\\w+|llm\\w*',
  's3\\w*|gcs\\w*|oss|cosn|hdfs\\w*|azure\\w*|iceberg\\w*|deltalake\\w*|hudi\\w*|paimon\\w*',
  'mysql|postgresql|mongodb|redis|jdbc|odbc|ytsaurus|dictionary|prometheus\\w*|timeseries\\w*',
  // Other ways of running or holding up something.
  'eval|view\\w*|loop|sleep\\w*|logtrace|addressto\\w+|getmacro|getserver\\w+',
]);
const FUNCTIONS = new RegExp(`^(?:${FUNCTION_PATTERNS.join('|')})$`, 'i');

/** What else a reader may use, beyond plain SQL. */
export interface StatementRules {
  readonly formats: readonly string[];
  /** Whether `{name:Type}` may stand for a value that is sent along. */
  readonly parameters: boolean;
}

export const sqlFormats = Object.freeze([
  'JSON',
  'JSONCompact',
  'JSONEachRow',
  'JSONCompactEachRow',
  'JSONStrings',
  'TabSeparated',
  'TabSeparatedWithNames',
  'TSV',
  'TSVWithNames',
  'CSV',
  'CSVWithNames',
  'Pretty',
  'PrettyCompact',
  'PrettySpace',
  'Vertical',
  'Markdown',
  'Null',
] as const);

const PLAIN: StatementRules = Object.freeze({
  formats: sqlFormats,
  parameters: false,
});

/** Accepts one reading statement, or throws `sql_error` with the reason. */
export function readOnlyStatement(
  sql: string,
  format: string,
  rules: StatementRules = PLAIN,
): ReadOnlyStatement {
  const tokens = tokenizeSql(sql, rules);
  while (isSign(tokens.at(-1), ';')) tokens.pop();
  const chosen = takeFormat(tokens);
  const first = tokens[0];
  const last = tokens.at(-1);
  if (first === undefined || last === undefined) throw new TesseraError('sql_error', 'the query is empty');
  if (!STATEMENTS.has(first.text.toUpperCase()) || first.kind === 'quoted') {
    throw new TesseraError(
      'sql_error',
      'only SELECT, WITH, SHOW, DESCRIBE, EXISTS and EXPLAIN are allowed here',
    );
  }
  checkTokens(tokens, { mayName: () => false, forbidden: CLAUSES });
  if (NAMING.has(first.text.toUpperCase()) && !describesQuery(tokens)) checkNames(tokens);
  return { text: sql.slice(first.start, last.end), format: checkedFormat(chosen ?? format, rules.formats) };
}

/** Removes a FORMAT clause at the end of the statement, as people write it by habit, and returns its name. */
function takeFormat(tokens: SqlToken[]): string | undefined {
  const keyword = tokens.at(-2);
  const name = tokens.at(-1);
  if (keyword?.kind !== 'word' || keyword.text.toUpperCase() !== 'FORMAT' || name?.kind !== 'word')
    return undefined;
  tokens.length -= 2;
  return name.text;
}

function checkedFormat(name: string, formats: readonly string[]): string {
  const known = formats.find((format) => format.toLowerCase() === name.toLowerCase());
  if (known === undefined) {
    throw new TesseraError(
      'sql_error',
      `unknown format ${JSON.stringify(name)}; one of ${formats.join(', ')}`,
    );
  }
  return known;
}

/** What checks a statement token by token. */
interface TokenRules {
  readonly mayName: (setting: string) => boolean;
  /** Upper case. SETTINGS is one that may be here all the same, with names that are allowed. */
  readonly forbidden: ReadonlySet<string>;
}

/** Refuses what reaches out of the tables, wherever in the statement it stands. */
export function checkTokens(tokens: readonly SqlToken[], { mayName, forbidden }: TokenRules): void {
  for (let i = 0; i < tokens.length; i += 1) {
    if (!settingsNamed(tokens, i)?.every(mayName)) checkToken(tokens, i, forbidden);
  }
}

function settingsNamed(tokens: readonly SqlToken[], at: number): readonly string[] | undefined {
  const keyword = tokens[at];
  if (keyword?.kind !== 'word' || keyword.text.toUpperCase() !== 'SETTINGS') return undefined;
  return assignedNames(tokens, at + 1);
}

/** The names in `a = 1, b = 'x'` from here on; undefined where something else stands. */
export function assignedNames(tokens: readonly SqlToken[], start: number): readonly string[] | undefined {
  const names: string[] = [];
  for (let at = start; ; at += 4) {
    const name = tokens[at];
    const value = tokens[at + 2];
    if (name?.kind !== 'word' || !isSign(tokens[at + 1], '=')) return undefined;
    if (value?.kind !== 'word' && value?.kind !== 'string') return undefined;
    names.push(name.text);
    if (!isSign(tokens[at + 3], ',')) return names;
  }
}

function checkToken(tokens: readonly SqlToken[], i: number, forbidden: ReadonlySet<string>): void {
  const token = tokens[i];
  if (token === undefined || token.kind === 'string' || token.kind === 'parameter') return;
  if (token.kind === 'sign') {
    if (token.text === ';') throw new TesseraError('sql_error', 'one statement at a time');
    return;
  }
  const afterDot = isSign(tokens[i - 1], '.');
  if (token.kind === 'word' && !afterDot && forbidden.has(token.text.toUpperCase())) {
    throw new TesseraError(
      'sql_error',
      `${token.text.toUpperCase()} is not allowed here; as a name it needs quotes`,
    );
  }
  if (NAMES.has(token.text.toLowerCase()))
    throw new TesseraError('sql_error', `${token.text} is not allowed here`);
  if (isSign(tokens[i + 1], '(') && FUNCTIONS.test(token.text)) {
    throw new TesseraError('sql_error', `the function ${token.text} is not allowed here`);
  }
}

/** `DESCRIBE (SELECT …)`, as drivers ask for the columns of a query: its names are resolved like those of any query. */
function describesQuery(tokens: readonly SqlToken[]): boolean {
  const [first, second, third] = tokens;
  if (!/^desc(ribe)?$/i.test(first?.text ?? '')) return false;
  return isSign(/^table$/i.test(second?.text ?? '') ? third : second, '(');
}

function checkNames(tokens: readonly SqlToken[]): void {
  for (const token of tokens) {
    const plain =
      token.kind === 'word' || token.kind === 'string' || token.text === '.' || token.text === '=';
    if (!plain && !(token.kind === 'quoted' && /^\w+$/.test(token.text))) {
      throw new TesseraError('sql_error', 'SHOW, DESCRIBE and EXISTS take plain names here');
    }
  }
}

export function isSign(token: SqlToken | undefined, text: string): boolean {
  return token?.kind === 'sign' && token.text === text;
}
