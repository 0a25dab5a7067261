import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileExpression } from '../../../src/features/derived/compile-expression.ts';
import type { BinaryOperator, Expression } from '../../../src/features/derived/expression.ts';
import { parseExpression } from '../../../src/features/derived/parse.ts';
import { limits } from '../../../src/limits.ts';
import type { JsonValue } from '../../../src/model/json.ts';
import { type NaiveScope, naiveValue } from './naive-expression.ts';
import { printExpression } from './print-expression.ts';

const NOW = Date.UTC(2026, 2, 15, 12);

const SCOPE: NaiveScope = {
  now: NOW,
  features: {
    orders: 4,
    spend: 250.5,
    none: 0,
    missing: null,
    huge: 1.7e308,
    brand: 'Lumen',
    loyal: true,
    'spend@7': 99,
    tags: [
      { key: 'dress', count: 5 },
      { key: 'shoe', count: 2 },
    ],
    seen: ['i1', 'i2', 3],
    by_channel: { web: 3, pos: 1 },
    gone: { pos: 0.5, app: 0, web: 0 },
  },
  traits: { size: 'L', joined: Date.UTC(2019, 2, 16), nothing: null },
};

function evaluate(source: string, { now, features, traits }: NaiveScope = SCOPE): JsonValue {
  const { formula } = compileExpression(parseExpression(source));
  return formula({
    now,
    valueOf: (name) => (features[name] ?? null) as JsonValue,
    traitOf: (name) => (traits[name] ?? null) as JsonValue,
  });
}

const refusal = (source: string): string => {
  try {
    compileExpression(parseExpression(source));
  } catch (error) {
    expect(error).toMatchObject({ code: 'invalid_definition', path: '/expression' });
    return (error as Error).message;
  }
  return 'accepted';
};

const leaf: fc.Arbitrary<Expression> = fc.oneof(
  fc
    .constantFrom<number | string | boolean | null>(
      0,
      1,
      2,
      0.5,
      1000,
      1e308,
      'dress',
      "it's",
      '',
      true,
      false,
      null,
    )
    .map((value): Expression => ({ kind: 'literal', value })),
  fc.constantFrom(...Object.keys(SCOPE.features)).map((name): Expression => ({ kind: 'feature', name })),
  fc
    .constantFrom('size', 'joined', 'nothing', 'unheard_of')
    .map((name): Expression => ({ kind: 'trait', name })),
  fc.constant<Expression>({ kind: 'now' }),
);

const OPERATORS: readonly BinaryOperator[] = [
  ...(['or', 'and', '==', '!=', '<', '<=', '>', '>=', '+', '-', '*', '/', '%'] as const),
];

const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { arbitrary: leaf, weight: 2 },
    {
      arbitrary: fc.record({
        kind: fc.constant('unary' as const),
        operator: fc.constantFrom('-' as const, 'not' as const),
        operand: tie('expression'),
      }),
      weight: 1,
    },
    {
      arbitrary: fc.record({
        kind: fc.constant('binary' as const),
        operator: fc.constantFrom(...OPERATORS),
        left: tie('expression'),
        right: tie('expression'),
      }),
      weight: 4,
    },
    {
      arbitrary: fc
        .constantFrom<[string, number]>(
          ['if', 3],
          ['coalesce', 2],
          ['min', 2],
          ['max', 3],
          ['abs', 1],
          ['floor', 1],
          ['length', 1],
          ['contains', 2],
          ['key', 2],
          ['get', 2],
          ['except', 2],
          ['ratio', 2],
          ['later', 2],
          ['pluck', 2],
          ['days_between', 2],
        )
        .chain(([name, count]) =>
          fc
            .array(tie('expression'), { minLength: count, maxLength: count })
            .map((inputs): Expression => ({ kind: 'call', name, inputs })),
        ),
      weight: 3,
    },
    {
      arbitrary: tie('expression').map(
        (input): Expression => ({
          kind: 'call',
          name: 'bucket',
          inputs: [input, { kind: 'list', items: [1, 5].map((value) => ({ kind: 'literal', value })) }],
        }),
      ),
      weight: 1,
    },
  ),
}));

/** The others are refused, which another test says. */
const fits = (text: string): boolean => {
  if (text.length > limits.expressionCharactersMax) return false;
  try {
    parseExpression(text);
    return true;
  } catch {
    return false;
  }
};

describe('an expression', () => {
  it('reads back as what was printed', () => {
    fc.assert(
      fc.property(expression, (tree) => {
        const text = printExpression(tree);
        fc.pre(fits(text));
        expect(parseExpression(text)).toEqual(tree);
      }),
      { numRuns: 400 },
    );
  });

  it('has the value of the naive evaluator, for all that can be written', () => {
    fc.assert(
      fc.property(expression, (tree) => {
        const text = printExpression(tree);
        fc.pre(fits(text));
        expect(evaluate(text)).toEqual(naiveValue(tree, SCOPE));
      }),
      { numRuns: 1_500 },
    );
  });

  it('of any characters is either refused with its place or has a value', () => {
    const words = fc.constantFrom(
      ...[
        'orders',
        'trait.size',
        'if(',
        'max(',
        ')',
        ',',
        '[',
        ']',
        '+',
        '- ',
        '==',
        'not ',
        ' and ',
        '1',
        "'a'",
        '@',
        '=',
        '(',
      ],
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(words, fc.string({ maxLength: 3 })), { maxLength: 12 }), (parts) => {
        const text = parts.join('');
        if (refusal(text) === 'accepted') expect(evaluate(text)).not.toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
  });

  it.each<[string, JsonValue]>([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['10 - 4 - 3', 3],
    ['-2 * -3', 6],
    ['7 % 4', 3],
    ['1 < 2 and not 3 < 2 or false', true],
    ['not orders == 4', false],
    ['round(spend / orders, 2)', 62.63],
    ['round(2.5)', 3],
    ['round(0 - 0.4)', 0],
    ['spend / none', null],
    ['none % none', null],
    ['missing + 1', null],
    ['huge * 10', null],
    ["brand + 'x'", null],
    ['sqrt(0 - 1)', null],
    ['log(0)', null],
    ['log(1)', 0],
    ['sqrt(9)', 3],
    ['ceil(1.2)', 2],
    ['coalesce(missing, trait.nothing, 5)', 5],
    ['missing == null', true],
    ['missing > 3', null],
    ['missing > 3 or true', true],
    ["if(missing > 3, 'a', 'b')", null],
    ["if(orders >= 4, 'regular', 'new')", 'regular'],
    ['spend@7', 99],
    ['key(tags, 1)', 'dress'],
    ['key(tags, 3)', null],
    ['key(seen, 2)', 'i2'],
    ["get(by_channel, 'web')", 3],
    ["get(tags, 'shoe')", 2],
    ["get(by_channel, 'constructor')", null],
    ["contains(tags, 'shoe')", true],
    ["contains(brand, 'um')", true],
    ["except(seen, ['i2'])", ['i1', 3]],
    ["except(tags, ['shoe'])", [{ key: 'dress', count: 5 }]],
    ['except(seen, missing)', null],
    ["pluck(tags, 'key')", ['dress', 'shoe']],
    ["pluck(tags, 'color')", []],
    ["pluck(seen, 'key')", []],
    ["pluck(by_channel, 'web')", null],
    ['ratio(by_channel, by_channel)', { web: 1, pos: 1 }],
    ['ratio(gone, by_channel)', { web: 0, pos: 0.5 }],
    ['ratio(by_channel, gone)', { pos: 2 }],
    ['ratio(by_channel, tags)', null],
    ['later(by_channel, by_channel)', []],
    ['later(by_channel, gone)', ['web', 'pos']],
    ['later(gone, by_channel)', ['app']],
    ['later(by_channel, tags)', null],
    ['length(tags)', 2],
    ["length('张三')", 2],
    ['bucket(spend, [100, 200, 300])', 2],
    ['bucket(missing, [100])', null],
    ["days_between('2026-03-01', now)", 14],
    ["days_between(now, '2026-03-01T00:00:00+08:00')", -14],
    ["days_between('2026-02-30', now)", null],
    ["days_between('yesterday', now)", null],
    ["median_gap_days(['2026-03-01', '2026-03-11', '2026-03-05'])", 5],
    ["median_gap_days(['2026-03-01', '2026-03-02', '2026-03-04', '2026-03-14'])", 2],
    ["median_gap_days(['2026-03-01', '2026-03-11', 'never'])", null],
    ['median_gap_days(missing)', null],
    ['years_since(trait.joined)', 6],
    ["years_since('2020-03-15')", 6],
    ["years_since('2027-01-01')", null],
    ["years_since('2024-02-29')", 2],
    ["trait.size == 'L'", true],
    ["'it\\'s' == \"it's\"", true],
  ])('%s is %j', (source, value) => {
    expect(evaluate(source)).toEqual(value);
  });

  it.each<[string, RegExp]>([
    ['', /a value is missing before the end \(character 1\)/],
    ['1 +', /a value is missing before the end \(character 4\)/],
    ['orders = 3', /equality is written == \(character 8\)/],
    ['orders ? 3', /"\?" means nothing here/],
    ['(1 + 2', /"\)" is missing before the end/],
    ['1 2', /"2" is not expected here \(character 3\)/],
    ['1 < 2 < 3', /comparisons do not chain/],
    ["'open", /a text has no end/],
    ['1e999', /1e999 is too large/],
    ['eval(1)', /"eval" is not a function; there are abs, /],
    ['abs()', /abs takes 1 values, not 0/],
    ['min()', /min takes 1 to 16 values/],
    ['if(true, 1)', /if takes a condition and two values/],
    ['coalesce()', /coalesce takes at least one/],
    ['bucket(1, 2)', /a list of bounds/],
    ['bucket(1, [2, 2])', /must be numbers that rise/],
    ['bucket(1, [orders])', /must be numbers that rise/],
    [`${'('.repeat(40)}1${')'.repeat(40)}`, /nested deeper than 16/],
    [`${'-'.repeat(40)}1`, /nested deeper than 16/],
    [`1${' + 1'.repeat(150)}`, /more than 200 parts/],
    ['1 + '.repeat(300), /more than 1000 characters/],
    ['constructor.name', /"\." means nothing here/],
  ])('%s is refused', (source, why) => {
    expect(refusal(source)).toMatch(why);
  });
});
