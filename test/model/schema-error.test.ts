import { readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { firstComplaint, patternTexts } from '../../src/model/schema-error.ts';

const schema = {
  type: 'object',
  properties: {
    kind: { enum: ['count', 'sum'] },
    fixed: { const: 1 },
    within: { type: 'string', pattern: '^[1-9][0-9]{0,6}[smhd]$' },
    odd: { type: 'string', pattern: '^x$' },
    deep: { type: 'object', properties: { days: { type: 'integer' } }, required: ['days'] },
  },
  if: { required: ['deep'] },
  ['then' as string]: { properties: { deep: { properties: { days: { minimum: 3 } } } } },
  additionalProperties: false,
};

describe('what does not fit a schema', () => {
  const validate = new Ajv({ strict: false }).compile(schema);

  it.each<readonly [unknown, string, string]>([
    [{ kind: 'mean' }, '/kind', 'must be one of count, sum'],
    [{ fixed: 2 }, '/fixed', 'must be 1'],
    [{ knid: 'sum' }, '/', 'does not know knid'],
    // What may be an identifier that somebody pasted is not repeated.
    [{ '13900001111': 'sum' }, '/', 'does not know one of its keys'],
    [{ deep: {} }, '/deep', 'needs days'],
    [{ within: '300y' }, '/within', 'must be a duration such as 30s, 15m, 24h or 7d'],
    [{ odd: 'y' }, '/odd', 'must match pattern "^x$"'],
    [{ deep: { days: 2 } }, '/deep/days', 'must be >= 3'],
    [7, '/', 'must be object'],
  ])('%j is told by its place and by what would fit', (value, path, text) => {
    expect(validate(value)).toBe(false);
    expect(firstComplaint(validate.errors)).toEqual({ path, text });
  });
});

describe('the patterns of the shipped schemas', () => {
  const definitions = new URL('../../schemas/definitions/', import.meta.url);
  const written = readdirSync(definitions)
    .flatMap((file) => [...readFileSync(new URL(file, definitions), 'utf8').matchAll(/"pattern": (".*")/g)])
    .map(([, text = '']) => String(JSON.parse(text)));

  it('are said in words where several places have them', () => {
    const often = written.filter((pattern, at) => written.indexOf(pattern) !== at);
    // Commands and calls write the version after a name, which their own error tells.
    const known = often.filter((pattern) => !pattern.includes('@'));
    expect([...new Set(known)].filter((pattern) => !patternTexts.has(pattern))).toEqual([]);
  });

  it('still have the ones that are said in words', () => {
    expect([...patternTexts.keys()].filter((pattern) => !written.includes(pattern))).toEqual([]);
  });
});
