import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Shelves } from '../../src/catalog/shelves.ts';
import type { CatalogItem } from '../../src/model/catalog.ts';
import { compareByPrice, priceCloseness } from '../../src/model/price-order.ts';

const items: fc.Arbitrary<CatalogItem> = fc.record(
  {
    item_id: fc.nat(30).map((n) => `i${n}`),
    category: fc.constantFrom('a', 'a/b', 'a/b/c', 'ab'),
    brand: fc.constantFrom('x', 'y'),
    price: fc.constantFrom(100, 100, 100, 150, 200, 400, 50),
    currency: fc.constantFrom('CNY', 'CNY', 'EUR'),
  },
  { requiredKeys: ['item_id'] },
);
const names = fc.constantFrom(
  { category: 'a' },
  { category: 'a/b' },
  { brand: 'x' },
  { category: 'a', brand: 'y' },
);
const prices = fc.constantFrom(
  {},
  { price: 100, currency: 'CNY' },
  { price: 120.5, currency: 'CNY' },
  { price: 1, currency: 'USD' },
);

describe('the shelves of the catalog', () => {
  it('answer the nearest by price as a sort of everything does, while goods come and go', () => {
    const steps = fc.array(fc.record({ item: items, asks: fc.boolean() }), { maxLength: 120 });
    fc.assert(
      fc.property(steps, names, prices, fc.nat(12), (all, name, price, limit) => {
        const shelves = new Shelves();
        const known = new Map<string, CatalogItem>();
        for (const { item, asks } of all) {
          const before = known.get(item.item_id);
          if (before !== undefined) shelves.remove(before);
          if (before !== undefined && item.brand === undefined) known.delete(item.item_id);
          else {
            known.set(item.item_id, item);
            shelves.add(item);
          }
          if (asks)
            expect(shelves.nearest(name, price, limit)).toEqual(
              sorted([...known.values()], name, price).slice(0, limit),
            );
        }
        expect(shelves.nearest(name, price, limit)).toEqual(
          sorted([...known.values()], name, price).slice(0, limit),
        );
      }),
      { numRuns: 300 },
    );
  });
});

function sorted(
  all: readonly CatalogItem[],
  { category, brand }: { readonly category?: string; readonly brand?: string },
  { price, currency }: { readonly price?: number; readonly currency?: string },
): readonly CatalogItem[] {
  const closeness = (item: CatalogItem): number =>
    item.currency === currency ? priceCloseness(item.price, price) : 0;
  return all
    .filter((item) => category === undefined || `${item.category}/`.startsWith(`${category}/`))
    .filter((item) => brand === undefined || item.brand === brand)
    .sort((a, b) => closeness(b) - closeness(a) || compareByPrice(a, b));
}
