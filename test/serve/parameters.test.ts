import { describe, expect, it } from 'vitest';
import {
  integerParameter,
  parametersSchema,
  readParameters,
  textParameter,
} from '../../src/serve/parameters.ts';

const parameters = {
  limit: integerParameter({ description: 'How many.', minimum: 1, maximum: 10, fallback: 5 }),
  code: textParameter({ description: 'Which.', charactersMax: 8, pattern: /^[a-z]+$/ }),
};

describe('readParameters', () => {
  it('reads values and falls back where they are absent', () => {
    expect(readParameters(parameters, {})).toEqual({ limit: 5, code: undefined });
    expect(readParameters(parameters, { limit: '10', code: 'abc' })).toEqual({ limit: 10, code: 'abc' });
  });

  it('lets a key stand in the query', () => {
    expect(readParameters(parameters, { writeKey: 'wk_x' })).toEqual({ limit: 5, code: undefined });
  });

  it.each([
    ['limit', { limit: '0' }],
    ['limit', { limit: '11' }],
    ['limit', { limit: '1e1' }],
    ['limit', { limit: '' }],
    ['limit', { limit: ['1', '2'] }],
    ['code', { code: 'ABC' }],
    ['code', { code: 'abcdefghi' }],
    ['at', { at: '2026-01-01' }],
    ['na?me', { 'na\nme': '1' }],
  ])('refuses and names %s in %j', (path, query) => {
    expect(() => readParameters(parameters, query)).toThrowError(
      expect.objectContaining({ code: 'invalid_parameter', path }),
    );
  });
});

it('documents the parameters from the same description', () => {
  expect(parametersSchema(parameters)).toEqual({
    type: 'object',
    properties: {
      limit: { type: 'integer', description: 'How many.', minimum: 1, maximum: 10, default: 5 },
      code: { type: 'string', description: 'Which.', maxLength: 8, pattern: '^[a-z]+$' },
    },
  });
});
