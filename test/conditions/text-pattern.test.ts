import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileCondition, NO_EVENT } from '../../src/conditions/condition.ts';
import { compileTextPattern } from '../../src/conditions/text-pattern.ts';
import { TesseraError } from '../../src/errors.ts';
import { limits } from '../../src/limits.ts';

const isIn = (pattern: string, text: string) => compileTextPattern(pattern, '/matches')(text);

/** Patterns out of few letters, so that they often match. */
const letter = fc.constantFrom(
  'a',
  'b',
  'c',
  '-',
  '.',
  '\\.',
  '\\d',
  '\\w',
  '\\s',
  '[ab]',
  '[^a]',
  '[a-c]',
  '^',
  '$',
);
const times = fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,}', '{0,2}', '*?');
const { pattern } = fc.letrec<{ pattern: string; part: string; group: string }>((tie) => ({
  pattern: fc.array(tie('part'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('')),
  part: fc.oneof(
    { maxDepth: 2 },
    fc.tuple(letter, times).map(([one, many]) => (one === '^' || one === '$' ? one : one + many)),
    fc.tuple(tie('group'), times).map(([group, many]) => group + many),
  ),
  group: fc.oneof(
    fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `(${a}|${b})`),
    tie('pattern').map((inner) => `(?:${inner})`),
  ),
}));
const text = fc.string({
  unit: fc.constantFrom('a', 'b', 'c', 'A', '1', '-', ' ', '\n', '😀'),
  maxLength: 12,
});

/** Repeated repetitions may become more steps than a pattern may have. */
function isWithinBounds(source: string): boolean {
  try {
    compileTextPattern(source, '');
    return true;
  } catch (error) {
    if (error instanceof TesseraError && /at most/.test(error.message)) return false;
    throw error;
  }
}

describe('a regular expression in a condition', () => {
  it('finds what the one of the language finds', () => {
    let found = 0;
    fc.assert(
      fc.property(pattern, text, (source, candidate) => {
        fc.pre(isWithinBounds(source));
        const expected = new RegExp(source, 'u').test(candidate);
        if (expected) found++;
        expect(isIn(source, candidate)).toBe(expected);
      }),
      { numRuns: 600 },
    );
    expect(found).toBeGreaterThan(60);
  });

  it('may leave the case open', () => {
    expect([isIn('(?i)^lumen$', 'LuMeN'), isIn('^lumen$', 'LuMeN'), isIn('(?i)[a-c]x', 'BX')]).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('takes a time that grows with the text alone', () => {
    // A backtracking engine takes two to the power of the length for these.
    const aaa = `${'a'.repeat(limits.patternTextCharactersMax - 1)}!`;
    expect(isIn('(a+)+$', aaa)).toBe(false);
    expect(isIn('^(a|aa)+$', aaa)).toBe(false);
    expect(isIn('(a*)*(a*)*b', aaa)).toBe(false);
  });

  it('looks at the beginning of a long text', () => {
    const long = `${'x'.repeat(limits.patternTextCharactersMax)}needle`;
    expect([isIn('needle', long), isIn('needle', 'a needle'), isIn('x$', long)]).toEqual([false, true, true]);
  });

  it('is refused with its place where it is wrong, asks for more than can be bounded, or repeats too much', () => {
    const wrong = [
      '(',
      ')',
      'a)',
      '[a',
      '*a',
      'a**',
      'a{2,1}',
      '\\',
      '\\1',
      '\\b',
      '(?=a)',
      '(?<n>a)',
      '[b-a]',
      '(a{99}){99}',
      'a'.repeat(limits.patternCharactersMax + 1),
      `${'('.repeat(60)}a${')'.repeat(60)}`,
    ];
    for (const source of wrong) {
      try {
        compileTextPattern(source, '/where/matches');
        expect.fail(`${source} was accepted`);
      } catch (error) {
        expect(error).toBeInstanceOf(TesseraError);
        expect(error).toMatchObject({ code: 'invalid_definition', path: '/where/matches' });
      }
    }
  });

  it('is an operator like any other', () => {
    const condition = { 'properties.sku': { matches: '^SKU-\\d{3}$' } };
    const fits = compileCondition(condition, { path: '/where', profile: false });
    const of = (sku: unknown) => fits({ ...NO_EVENT, properties: { sku } } as typeof NO_EVENT, {} as never);
    expect([of('SKU-123'), of('SKU-1234'), of(123), of(undefined)]).toEqual([true, false, false, false]);
  });
});
