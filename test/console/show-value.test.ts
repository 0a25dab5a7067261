import { expect, it } from 'vitest';
import { isEmpty, sayValue, showValue } from '../../src/console/customer/show-value.ts';

it.each([
  ['<b>', '<b>'],
  [0, '0'],
  [false, 'false'],
  [null, '–'],
  [undefined, '–'],
  [[], '–'],
  [{}, '–'],
  [['a', 'b'], 'a · b'],
  [{ orders: 3, net: null, by: { web: 2 } }, 'orders: 3 · net: – · by: web: 2'],
])('%j is said as %s', (value, said) => {
  expect(sayValue(value)).toBe(said);
});

it('shows what may be copied as JSON, but for texts', () => {
  expect(['<b>', null, ['a'], { a: 1 }].map(showValue)).toEqual(['<b>', '–', '["a"]', '{"a":1}']);
});

it('takes for empty what nobody would look for', () => {
  expect([null, undefined, 0, '', false, []].every(isEmpty)).toBe(true);
  expect([1, 'x', true, ['a'], { a: 0 }].some(isEmpty)).toBe(false);
});
