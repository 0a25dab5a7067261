import { describe, expect, it } from 'vitest';
import { findRepeatedKey } from '../../src/serve/repeated-key.ts';

describe('A key that an object has twice', () => {
  it.each([
    ['at the top', '{"a":1,"b":2,"a":3}', '/a'],
    ['further down', '{"where":{"p":{"gt":1,"gt":2}}}', '/where/p/gt'],
    ['in an entry of a list', '{"all":[{"x":1},{"y":[1,2],"y":3}]}', '/all/1/y'],
    ['written in another way', '{"name":1,"n\\u0061me":2}', '/name'],
    ['with what pointers escape', '{"a/b~c":1,"a/b~c":2}', '/a~1b~0c'],
    ['after text that looks like JSON', '{"a":"{\\"b\\":1,","b":1,"b":2}', '/b'],
    ['that is empty', '{"":1,"":2}', '/'],
  ])('is found %s', (_where, json, path) => {
    expect(findRepeatedKey(json)).toBe(path);
  });

  it.each([
    '{}',
    '[]',
    '{"a":{"a":{"a":1}},"b":{"a":1}}',
    '{"a":["a","a"],"b":"a"}',
    '[{"a":1},{"a":1}]',
    '{"a":"a,\\"a","c":"\\\\"}',
  ])('is not in %s', (json) => {
    expect(findRepeatedKey(json)).toBeUndefined();
  });
});
