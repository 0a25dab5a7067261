import { describe, expect, it } from 'vitest';
import { lineOf } from '../../src/console/triggers/yaml-place.ts';

const TEXT = `name: a
on:
  count: 3
  of:
    event: nothing
limit:
  caps:
    - trigger: true
    - count: x
`;

describe('the line that an error is about', () => {
  it('is found by the pointer, or by what is nearest around it', () => {
    expect(lineOf(TEXT, '/name')).toBe(1);
    expect(lineOf(TEXT, '/on/of/event')).toBe(5);
    expect(lineOf(TEXT, '/limit/caps/1/count')).toBe(9);
    expect(lineOf(TEXT, '/on/of/where/deep')).toBe(5);
    expect(lineOf(TEXT, '/name/deeper')).toBe(1);
    expect(lineOf(TEXT, '/gone')).toBeUndefined();
    expect(lineOf(TEXT, '')).toBeUndefined();
    expect(lineOf('a/b: 1', '/a~1b')).toBe(1);
  });
});
