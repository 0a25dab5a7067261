import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileTextPattern } from '../../../src/conditions/text-pattern.ts';
import { boundedExpression, isStraight } from '../../../src/ingest/own-schemas/bounded-expression.ts';

const PARTS = ['a', '[a-c]', '\\d', '.', '(?:ab|c)', '[^b]', '\\w'] as const;
const TIMES = ['', '', '*', '+', '?', '{2}', '{1,3}', '{2,}'] as const;

const pattern = fc
  .tuple(
    fc.boolean(),
    fc.array(fc.tuple(fc.constantFrom(...PARTS), fc.constantFrom(...TIMES)), { minLength: 1, maxLength: 4 }),
    fc.boolean(),
  )
  .map(
    ([start, parts, end]) =>
      `${start ? '^' : ''}${parts.map(([part, times]) => part + times).join('')}${end ? '$' : ''}`,
  );
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', '_', '😀'), maxLength: 8 });

it('means what regular expressions mean, whichever engine runs them', () => {
  const seed = Number(process.env.SCHEMA_SEED ?? 41);
  fc.assert(
    fc.property(pattern, fc.array(text, { minLength: 5, maxLength: 10 }), (source, texts) => {
      const [bounded, followed] = [boundedExpression(source), compileTextPattern(source, '/')];
      const native = new RegExp(source, 'u');
      for (const each of texts)
        expect([source, each, bounded.test(each), followed(each)]).toEqual([
          source,
          each,
          native.test(each),
          native.test(each),
        ]);
    }),
    { seed, numRuns: 500 },
  );
});

it.each([
  ['(a+)+$', false],
  ['^(a+)+$', false],
  ['a+b', false],
  ['^a*a*b$', false],
  ['^(?:a|aa)+$', false],
  ['^(?:a*b|c)$', false],
  ['^(?:a|aa)(?:a|aa)(?:a|aa)$', false],
  ['^(?:a|ab)c*d$', true],
  ['^[A-Z]\\d{1,3}$', true],
  ['^(?:pear|apple)$', true],
  ['^a{3}b+$', true],
])('leaves %s to an engine that may go back: %s', (source, isLeft) => {
  expect(isStraight(source)).toBe(isLeft);
});
