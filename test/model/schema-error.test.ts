import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { firstComplaint } from '../../src/model/schema-error.ts';

const schema = {
  type: 'object',
  properties: {
    kind: { enum: ['count', 'sum'] },
    fixed: { const: 1 },
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
    [{ deep: { days: 2 } }, '/deep/days', 'must be >= 3'],
    [7, '/', 'must be object'],
  ])('%j is told by its place and by what would fit', (value, path, text) => {
    expect(validate(value)).toBe(false);
    expect(firstComplaint(validate.errors)).toEqual({ path, text });
  });
});
