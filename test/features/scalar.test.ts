import { describe, expect, it } from 'vitest';
import { compileFeatures, expandDefinitions } from '../../src/features/compile.ts';
import { readFeatures } from '../../src/features/read.ts';
import { keyOf } from '../../src/features/scalar.ts';
import { addEvent } from '../../src/features/update.ts';
import type { Event } from '../../src/model/event.ts';
import { emptyFacet } from '../../src/profile/facets.ts';

const NOW = Date.UTC(2026, 0, 10);

describe('a value that features keep', () => {
  it.each(['', ' ', '\t\n', '\u00a0', '\u3000', null, [], {}, undefined])('is not %j', (value) =>
    expect(keyOf(value)).toBeUndefined(),
  );

  it.each(['a', ' a', '0', '\u00e9', 0, false])('is %j', (value) => expect(keyOf(value)).toBe(value));

  it('is the beginning of a long text, unless that is blank', () => {
    expect(keyOf(`${'a'.repeat(256)}b`)).toBe('a'.repeat(256));
    expect(keyOf(`${' '.repeat(256)}b`)).toBeUndefined();
  });
});

const aggregates = ['count', 'distinct', 'top_k', 'list_last_n', 'first', 'last'] as const;

/** What every aggregate of texts answers after views of these brands, by brand and in lists. */
function answersAfter(brands: readonly string[]): Record<string, unknown> {
  const definitions = [
    ...aggregates.map((aggregate) => ({
      name: aggregate,
      on: 'product_viewed',
      aggregate,
      of: 'properties.brand',
    })),
    { name: 'listed', on: 'product_viewed', aggregate: 'distinct', of: 'properties.products[].brand' },
    { name: 'keyed', on: 'product_viewed', aggregate: 'count', by: 'properties.brand' },
    {
      name: 'named',
      on: 'product_viewed',
      aggregate: 'last',
      by: 'properties.item_id',
      of: 'properties.brand',
    },
  ].map((definition) => ({ ...definition, window: '7d' }));
  const numbered = expandDefinitions(definitions).map((definition, i) => ({
    ...{ number: i + 1, definition, createdAt: 0, origin: true },
  }));
  const set = compileFeatures(numbered, { reportingCurrency: 'CNY' });
  const facet = emptyFacet('f');
  for (const [n, brand] of brands.entries()) {
    const event: Event = {
      ...{ id: `e-${n}`, type: 'product_viewed', time: NOW + n, receivedAt: NOW + n, source: 'web' },
      ...{ channel: 'web', claims: [], facet: 'f' },
      properties: { item_id: 'i1', brand, products: [{ brand }, { brand: 'x' }] },
    };
    addEvent(set, facet, event, NOW + n);
  }
  const read = readFeatures(set, [facet], NOW + 100);
  return Object.fromEntries(Object.entries(read).map(([name, { value }]) => [name, value]));
}

it('is the same nothing for every aggregate where a text is blank', () => {
  expect(answersAfter(['', 'Aster', '', ' '])).toEqual(answersAfter(['Aster']));
  expect(answersAfter(['', ' '])).toMatchObject({
    ...{ count: 0, distinct: 0, top_k: [], list_last_n: [], first: null, last: null },
    ...{ listed: 1, keyed: {}, named: {} },
  });
});
