import { TesseraError } from '../../errors.ts';

/** One token of ClickHouse SQL, as far as this project needs to tell tokens apart. */
export interface SqlToken {
  readonly kind: 'word' | 'quoted' | 'string' | 'parameter' | 'sign';
  /** The word, the name without its quotes, the string or the `{name:Type}` with them, or one punctuation character. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Splits SQL into tokens, comments left out. It is stricter than ClickHouse on purpose: what the two might read
 * differently (heredocs, typographic quotes, escapes in names, `#` comments) is refused, so nothing can look like
 * text here and be code there. Parameters are, too, unless `parameters` says that somebody sends their values along.
 */
export function tokenizeSql(sql: string, options?: LexerOptions): SqlToken[] {
  return [...tokensOf(sql, options)];
}

export interface LexerOptions {
  readonly parameters: boolean;
}

/** The same token by token, for statements that end in data which is no SQL. */
export function* tokensOf(sql: string, options?: LexerOptions): Generator<SqlToken, void> {
  let at = 0;
  while (at < sql.length) {
    const next = skipBlank(sql, at);
    if (next !== at) {
      at = next;
      continue;
    }
    const parameter = options?.parameters === true && sql.charAt(at) === '{';
    const token = parameter ? readParameter(sql, at) : readToken(sql, at);
    yield token;
    at = token.end;
  }
}

/** The statements of a script, at semicolons that are neither in strings nor in comments. */
export function splitStatements(script: string): string[] {
  const statements: string[] = [];
  let first: SqlToken | undefined;
  let last: SqlToken | undefined;
  for (const token of tokenizeSql(script)) {
    if (token.kind === 'sign' && token.text === ';') {
      if (first !== undefined && last !== undefined) statements.push(script.slice(first.start, last.end));
      first = undefined;
      continue;
    }
    first ??= token;
    last = token;
  }
  if (first !== undefined && last !== undefined) statements.push(script.slice(first.start, last.end));
  return statements;
}

/** Past one stretch of white space or one comment; `at` itself where there is neither. */
function skipBlank(sql: string, at: number): number {
  const code = sql.charCodeAt(at);
  if (code === 0x20 || (code >= 0x09 && code <= 0x0d)) return at + 1;
  if (sql.startsWith('--', at)) {
    const end = sql.indexOf('\n', at);
    return end === -1 ? sql.length : end + 1;
  }
  if (sql.startsWith('/*', at)) {
    const end = sql.indexOf('*/', at + 2);
    if (end === -1) throw new TesseraError('sql_error', 'a comment is not closed');
    return end + 2;
  }
  return at;
}

const WORD = /[A-Za-z0-9_]+/y;

function readToken(sql: string, start: number): SqlToken {
  const character = sql.charAt(start);
  if (character === "'") return { kind: 'string', ...quotedSpan(sql, start) };
  if (character === '`' || character === '"') return quotedName(sql, start);
  if (!/^[\x21-\x7e]$/.test(character) || '#$\\{}'.includes(character)) {
    throw new TesseraError(
      'sql_error',
      `unexpected character ${JSON.stringify(character)} outside of quotes`,
    );
  }
  const word = new RegExp(WORD);
  word.lastIndex = start;
  const text = word.exec(sql)?.[0];
  if (text !== undefined) return { kind: 'word', text, start, end: start + text.length };
  return { kind: 'sign', text: character, start, end: start + 1 };
}

const PARAMETER = /\{\s*\w+\s*:\s*\w[\w ,()']*\}/y;

/** `{name:Type}`. A map written as `{'key': value}` is refused: `map('key', value)` says the same. */
function readParameter(sql: string, start: number): SqlToken {
  const parameter = new RegExp(PARAMETER);
  parameter.lastIndex = start;
  const text = parameter.exec(sql)?.[0];
  if (text === undefined)
    throw new TesseraError('sql_error', 'braces hold no parameter such as {name:String}');
  return { kind: 'parameter', text, start, end: start + text.length };
}

function quotedName(sql: string, start: number): SqlToken {
  const span = quotedSpan(sql, start);
  const text = span.text.slice(1, -1);
  if (/[\\`"]/.test(text)) throw new TesseraError('sql_error', 'a quoted name holds an escape');
  return { kind: 'quoted', ...span, text };
}

/** A quoted piece: the quote itself is escaped by a backslash or by doubling it. */
function quotedSpan(sql: string, start: number): { text: string; start: number; end: number } {
  const quote = sql.charAt(start);
  for (let at = start + 1; at < sql.length; at += 1) {
    const character = sql.charAt(at);
    if (character === '\\') {
      at += 1;
    } else if (character === quote) {
      if (sql.charAt(at + 1) !== quote) return { text: sql.slice(start, at + 1), start, end: at + 1 };
      at += 1;
    }
  }
  throw new TesseraError('sql_error', 'a quote is not closed');
}
