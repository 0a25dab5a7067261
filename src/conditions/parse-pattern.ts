import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';

/** A regular expression, taken apart. */
export type Pattern =
  | { readonly kind: 'one'; readonly fits: (code: number) => boolean }
  | { readonly kind: 'start' | 'end' }
  | { readonly kind: 'sequence'; readonly parts: readonly Pattern[] }
  | { readonly kind: 'choice'; readonly options: readonly Pattern[] }
  /** Without a most, any number of times. */
  | {
      readonly kind: 'repeat';
      readonly of: Pattern;
      readonly least: number;
      readonly most: number | undefined;
    };

type CharacterTest = (code: number) => boolean;

/**
 * Reads the part of regular expressions that needs no memory of what was matched: literals, `.`, classes, `\d \w \s`, groups,
 * `|`, `* + ? {n,m}`, `^ $`, and `(?i)` in front for any case. Look-around and back-references are refused, with their place.
 */
export function parsePattern(source: string, path: string): Pattern {
  const anyCase = source.startsWith('(?i)');
  const reader = new PatternReader(anyCase ? source.slice('(?i)'.length) : source, { path, anyCase });
  return reader.whole();
}

const DIGIT: CharacterTest = (code) => code >= 0x30 && code <= 0x39;
const WORD: CharacterTest = (code) =>
  DIGIT(code) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) || code === 0x5f;
const SPACE: CharacterTest = (code) => /\s/u.test(String.fromCodePoint(code));
const NOT_LINE_END: CharacterTest = (code) => code !== 0x0a && code !== 0x0d;

const CLASSES: ReadonlyMap<string, CharacterTest> = new Map([
  ['d', DIGIT],
  ['w', WORD],
  ['s', SPACE],
  ['D', (code: number) => !DIGIT(code)],
  ['W', (code: number) => !WORD(code)],
  ['S', (code: number) => !SPACE(code)],
]);
const CONTROLS: ReadonlyMap<string, number> = new Map([
  ['n', 0x0a],
  ['r', 0x0d],
  ['t', 0x09],
]);

class PatternReader {
  readonly #characters: readonly string[];
  readonly #path: string;
  readonly #anyCase: boolean;
  #at = 0;
  #depth = 0;

  constructor(source: string, { path, anyCase }: { readonly path: string; readonly anyCase: boolean }) {
    this.#characters = [...source];
    this.#path = path;
    this.#anyCase = anyCase;
  }

  whole(): Pattern {
    const pattern = this.#choice();
    if (this.#at < this.#characters.length) this.#refuse('has a ) too many');
    return pattern;
  }

  #refuse(why: string): never {
    throw new TesseraError('invalid_definition', `${this.#path}: ${why}, at character ${this.#at + 1}`, {
      path: this.#path,
    });
  }

  get #next(): string | undefined {
    return this.#characters[this.#at];
  }

  #take(wanted: string): boolean {
    if (this.#next !== wanted) return false;
    this.#at++;
    return true;
  }

  #choice(): Pattern {
    const options = [this.#sequence()];
    while (this.#take('|')) options.push(this.#sequence());
    const [only] = options;
    return options.length === 1 && only !== undefined ? only : { kind: 'choice', options };
  }

  #sequence(): Pattern {
    const parts: Pattern[] = [];
    while (this.#next !== undefined && this.#next !== '|' && this.#next !== ')') parts.push(this.#repeated());
    return { kind: 'sequence', parts };
  }

  #repeated(): Pattern {
    const of = this.#atom();
    const times = this.#times();
    if (times === undefined) return of;
    // How many it takes of them matters to nobody who asks whether there is a match.
    this.#take('?');
    if (this.#times() !== undefined) this.#refuse('repeats what is repeated');
    return { kind: 'repeat', of, ...times };
  }

  #times(): { readonly least: number; readonly most: number | undefined } | undefined {
    if (this.#take('*')) return { least: 0, most: undefined };
    if (this.#take('+')) return { least: 1, most: undefined };
    if (this.#take('?')) return { least: 0, most: 1 };
    const rest = this.#characters.slice(this.#at, this.#at + 'x{9999,9999}'.length).join('');
    const bounds = /^\{(\d{1,4})(,(\d{1,4})?)?\}/.exec(rest);
    if (bounds === null) return undefined;
    this.#at += bounds[0].length;
    const least = Number(bounds[1]);
    const most = bounds[2] === undefined ? least : bounds[3] === undefined ? undefined : Number(bounds[3]);
    if (most !== undefined && most < least) this.#refuse('repeats at most fewer times than at least');
    return { least, most };
  }

  #atom(): Pattern {
    const character = this.#next ?? '';
    this.#at++;
    switch (character) {
      case '^':
        return { kind: 'start' };
      case '$':
        return { kind: 'end' };
      case '.':
        return { kind: 'one', fits: NOT_LINE_END };
      case '(':
        return this.#group();
      case '[':
        return { kind: 'one', fits: this.#class() };
      case '\\':
        return { kind: 'one', fits: this.#escaped() };
      case '*':
      case '+':
      case '?':
        return this.#refuse('has nothing to repeat');
      default:
        return { kind: 'one', fits: this.#literal(character) };
    }
  }

  #group(): Pattern {
    if (this.#next === '?') {
      this.#at++;
      if (!this.#take(':')) this.#refuse('asks for look-around or the like, which takes unbounded time');
    }
    if (++this.#depth > limits.conditionDepthMax) this.#refuse('has groups in too many groups');
    const inner = this.#choice();
    if (!this.#take(')')) this.#refuse('misses a )');
    this.#depth--;
    return inner;
  }

  #literal(character: string): CharacterTest {
    const code = character.codePointAt(0) ?? 0;
    if (!this.#anyCase) return (other) => other === code;
    const codes = new Set(
      [character.toLowerCase(), character.toUpperCase()].map((text) => text.codePointAt(0)),
    );
    return (other) => codes.has(other);
  }

  #escaped(): CharacterTest {
    const character = this.#next;
    if (character === undefined) return this.#refuse('ends with a backslash');
    this.#at++;
    const known = CLASSES.get(character);
    if (known !== undefined) return known;
    return this.#literal(this.#plain(character));
  }

  /** The character that an escape stands for. */
  #plain(character: string): string {
    const control = CONTROLS.get(character);
    if (control !== undefined) return String.fromCodePoint(control);
    if (/[A-Za-z0-9]/.test(character)) this.#refuse(`does not know \\${character}`);
    return character;
  }

  #class(): CharacterTest {
    const isNot = this.#take('^');
    const tests: CharacterTest[] = [];
    // Right behind the bracket a ] is one like any other.
    while (tests.length === 0 || !this.#take(']')) {
      if (this.#next === undefined) this.#refuse('misses a ]');
      tests.push(this.#classPart());
    }
    return (code) => tests.some((fits) => fits(code)) !== isNot;
  }

  #classPart(): CharacterTest {
    const first = this.#classCharacter();
    if (typeof first !== 'string') return first;
    const isRange = this.#next === '-' && this.#characters[this.#at + 1] !== ']';
    if (!isRange) return this.#literal(first);
    this.#at++;
    const last = this.#classCharacter();
    if (typeof last !== 'string') return this.#refuse('ends a range with a class');
    const [from = 0, to = 0] = [first.codePointAt(0), last.codePointAt(0)];
    if (to < from) this.#refuse('has a range that ends before it begins');
    const within = (code: number): boolean => code >= from && code <= to;
    if (!this.#anyCase) return within;
    return (code) => casesOf(code).some(within);
  }

  #classCharacter(): string | CharacterTest {
    const character = this.#next ?? this.#refuse('misses a ]');
    this.#at++;
    if (character !== '\\') return character;
    const escaped = this.#next ?? this.#refuse('ends with a backslash');
    this.#at++;
    return CLASSES.get(escaped) ?? this.#plain(escaped);
  }
}

function casesOf(code: number): readonly number[] {
  const character = String.fromCodePoint(code);
  return [
    code,
    ...[character.toLowerCase(), character.toUpperCase()].map((text) => text.codePointAt(0) ?? code),
  ];
}
