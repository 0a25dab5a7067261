import { TesseraError } from '../../errors.ts';

export type TokenKind = 'number' | 'text' | 'word' | 'sign' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** As written; of a text what stands between its quotes, escapes resolved. */
  readonly text: string;
  /** Index of its first character. */
  readonly at: number;
}

/** Sticky patterns, longest signs first. A word is a keyword, a function, a feature or one of its kept versions, or a trait. */
const PATTERNS: readonly (readonly [Exclude<TokenKind, 'end'> | 'space', string])[] = [
  ['space', '[ \\t\\r\\n]+'],
  ['number', '[0-9]+(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?'],
  ['text', '\'(?:[^\'\\\\]|\\\\[\'"\\\\])*\'|"(?:[^"\\\\]|\\\\[\'"\\\\])*"'],
  ['word', 'trait\\.[A-Za-z_$][A-Za-z0-9_$-]*|[a-z][a-z0-9_]*(?:@[1-9][0-9]*)?'],
  ['sign', '==|!=|<=|>=|[-+*/%<>(),[\\]]'],
];

export function refuseAt(at: number, why: string): never {
  throw new TesseraError('invalid_definition', `/expression: ${why} (character ${at + 1})`, {
    path: '/expression',
  });
}

/** The words, numbers, texts and signs of an expression, and a last token that says where it ends. */
export function tokenize(source: string): readonly Token[] {
  const patterns = PATTERNS.map(([kind, pattern]) => [kind, new RegExp(pattern, 'y')] as const);
  const tokens: Token[] = [];
  let at = 0;
  while (at < source.length) {
    const [kind, written] = match(source, at, patterns);
    if (kind !== 'space') tokens.push({ kind, text: kind === 'text' ? unquote(written) : written, at });
    at += written.length;
  }
  tokens.push({ kind: 'end', text: 'the end', at });
  return tokens;
}

type Pattern = readonly [Exclude<TokenKind, 'end'> | 'space', RegExp];

function match(source: string, at: number, patterns: readonly Pattern[]): readonly [Pattern[0], string] {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const found = pattern.exec(source);
    if (found !== null) return [kind, found[0]];
  }
  const character = source[at] ?? '';
  if (character === '=') refuseAt(at, 'equality is written ==');
  if (character === "'" || character === '"') refuseAt(at, 'a text has no end, or an unknown escape');
  return refuseAt(at, `"${character}" means nothing here`);
}

function unquote(written: string): string {
  return written.slice(1, -1).replace(/\\(.)/g, '$1');
}
