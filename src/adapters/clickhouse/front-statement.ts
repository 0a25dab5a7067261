import { TesseraError } from '../../errors.ts';
import { frontFormats, isTextFormat, rowsOf } from './front-formats.ts';
import { assignedNames, checkTokens, isSign, readOnlyStatement } from './read-only.ts';
import { type SqlToken, tokensOf } from './sql-lexer.ts';

/** What a client of ClickHouse's interface wants done. */
export interface FrontStatement {
  readonly kind: 'read' | 'write';
  readonly text: string;
  readonly format: string;
  /** Rows of an insert, as far as its lines tell. */
  readonly rows: number;
}

export interface StatementInput {
  /** The statement, and behind it the data of an insert. */
  readonly sql: string;
  readonly format: string;
  readonly writable: boolean;
  /** Values of `{name:Type}`, by name. */
  readonly parameters: ReadonlyMap<string, string>;
}

const WRITING = new Set([
  'INSERT',
  'CREATE',
  'ALTER',
  'DROP',
  'TRUNCATE',
  'RENAME',
  'EXCHANGE',
  'OPTIMIZE',
  'DELETE',
  'UPDATE',
  'SET',
  'USE',
]);

/** The statement of a request, checked: history is not a way into the files and the network of its host. */
export function readFrontStatement({ sql, format, writable, parameters }: StatementInput): FrontStatement {
  const first = tokensOf(sql, { parameters: true }).next().value;
  const word = first?.kind === 'word' ? first.text.toUpperCase() : '';
  if (!WRITING.has(word)) {
    const rules = { formats: frontFormats, parameters: true };
    checkIdentifiers(sql, parameters);
    if (writable) checkNamesOfFiles([...tokensOf(sql, rules)]);
    return { kind: 'read', ...readOnlyStatement(sql, format, rules), rows: 0 };
  }
  if (!writable) {
    throw new TesseraError('history_read_only', 'History can only be read here; the engine alone writes it.');
  }
  const { tokens, data } = splitData(sql);
  checkWriting(word, tokens);
  checkIdentifiers(sql.slice(0, data?.start ?? sql.length), parameters);
  if (data === undefined) return { kind: 'write', text: sql, format, rows: 0 };
  if (!isTextFormat(data.format)) {
    throw new TesseraError(
      'not_supported',
      `inserts come as text here, such as JSONEachRow, not as ${data.format}`,
    );
  }
  return { kind: 'write', text: sql, format, rows: rowsOf(data.format, sql.slice(data.start)) };
}

/** A parameter of the type Identifier stands for a name, which could be that of a file. */
function checkIdentifiers(sql: string, parameters: ReadonlyMap<string, string>): void {
  for (const token of tokensOf(sql, { parameters: true })) {
    const name =
      token.kind === 'parameter' ? /^\{\s*(\w+)\s*:\s*Identifier\s*\}$/i.exec(token.text)?.[1] : undefined;
    if (name !== undefined && !/^\w+$/.test(parameters.get(name) ?? '')) {
      throw new TesseraError('invalid_parameter', `the parameter ${name} is no plain name`);
    }
  }
}

interface InsertData {
  readonly format: string;
  /** Where it begins in the text. */
  readonly start: number;
}

/**
 * The tokens of a statement up to where the data of an insert begin: behind `FORMAT name`. Behind VALUES stand
 * expressions, which are code and are read as such.
 */
function splitData(sql: string): { readonly tokens: readonly SqlToken[]; readonly data?: InsertData } {
  const tokens: SqlToken[] = [];
  let depth = 0;
  let dataMayCome = true;
  for (const token of tokensOf(sql, { parameters: true })) {
    const previous = tokens.at(-1);
    tokens.push(token);
    if (isSign(token, '(')) depth += 1;
    if (isSign(token, ')')) depth -= 1;
    if (token.kind !== 'word' || depth > 0) continue;
    const inserts = tokens[0]?.text.toUpperCase() === 'INSERT';
    if (/^(SELECT|WITH|VALUES|FROM)$/i.test(token.text)) dataMayCome = false;
    const named = previous?.kind === 'word' && previous.text.toUpperCase() === 'FORMAT';
    if (inserts && named && dataMayCome && !/^values$/i.test(token.text)) {
      return { tokens, data: { format: token.text, start: token.end } };
    }
  }
  while (isSign(tokens.at(-1), ';')) tokens.pop();
  return { tokens };
}

/** Clauses that read or write files of the host, or run more than one statement. */
const FORBIDDEN = new Set(['OUTFILE', 'INFILE', 'PARALLEL', 'OVERRIDE', 'SETTINGS', 'FETCH', 'FREEZE']);
const CREATED = /^(TABLE|DATABASE|VIEW|MATERIALIZED|TEMPORARY|OR)$/i;
const ENGINES = /^(\w*MergeTree|Memory|Null|Log|TinyLog|StripeLog|Set|Join|Atomic)$/;

function checkWriting(word: string, tokens: readonly SqlToken[]): void {
  const mayName = (name: string): boolean => !/disk|storage|schema|template|path|cache/i.test(name);
  checkTokens(tokens, { mayName, forbidden: FORBIDDEN });
  if (word === 'SET' && !assignedNames(tokens, 1)?.every(mayName)) {
    throw new TesseraError('sql_error', 'SET takes name = value here, and no setting about files');
  }
  if (word === 'INSERT' && tokens.slice(0, 4).some(({ text }) => text.toUpperCase() === 'FUNCTION')) {
    throw new TesseraError('sql_error', 'inserts go to tables here, not to functions');
  }
  if (word === 'CREATE' && !CREATED.test(tokens[1]?.text ?? '')) {
    throw new TesseraError('sql_error', 'only databases, tables and views can be created here');
  }
  checkNamesOfFiles(tokens);
  for (const [i, token] of tokens.entries()) {
    if (word === 'CREATE' && token.kind === 'word' && token.text.toUpperCase() === 'ENGINE') {
      checkEngine(tokens, i + 1);
    }
  }
}

/** Where `readonly` is not set, the embedded ClickHouse takes a table that it does not know for a file. */
function checkNamesOfFiles(tokens: readonly SqlToken[]): void {
  const file = tokens.find(({ kind, text }) => kind === 'quoted' && /[./\\]/.test(text));
  if (file !== undefined) {
    throw new TesseraError('sql_error', `the name ${file.text} could be that of a file`);
  }
}

function checkEngine(tokens: readonly SqlToken[], at: number): void {
  const name = isSign(tokens[at], '=') ? tokens[at + 1] : tokens[at];
  if (name?.kind !== 'word' || !ENGINES.test(name.text)) {
    throw new TesseraError('sql_error', `the engine ${name?.text ?? ''} is not offered here`);
  }
}
