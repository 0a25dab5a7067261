import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyCatalogChange, catalogNeeds } from '../../src/catalog/apply-change.ts';
import { CATALOG_PREFIXES, Catalog } from '../../src/catalog/catalog.ts';
import { limits } from '../../src/limits.ts';
import type { CatalogChange, CatalogHead, CatalogItem, StockLevel } from '../../src/model/catalog.ts';
import { keys } from '../../src/model/keys.ts';
import { MapView, recordingContext } from '../support/fold-world.ts';

const NOW = Date.UTC(2026, 10, 22);
const level = (quantity: number, more: Partial<StockLevel> = {}): StockLevel => ({
  item_id: 'spu',
  variant_id: 'sku',
  store: 's1',
  quantity,
  reserved: 0,
  safety: 0,
  at: NOW,
  ...more,
});

function world(waits = true) {
  const view = new MapView();
  let seq = 0;
  return {
    view,
    apply: (change: CatalogChange) =>
      applyCatalogChange(change, recordingContext(view, { seq: ++seq, now: NOW }), () => waits),
  };
}

describe('a change of the catalog', () => {
  it('has a moment when a variant is available in a store again, and at no other time', () => {
    const { apply } = world();
    const moments = (change: StockLevel) => apply({ stock: [change] }).moments;
    // What was there before anybody said so is not known.
    expect(moments(level(5))).toEqual([]);
    expect(moments(level(0))).toEqual([]);
    expect(moments(level(2, { reserved: 1, safety: 1 }))).toEqual([]);
    expect(moments(level(3, { reserved: 1, safety: 1 }))).toMatchObject([
      { moment: { kind: 'back_in_stock', item: 'spu', variant: 'sku', store: 's1' } },
    ]);
    expect(moments(level(9))).toEqual([]);
    // Another store had nothing before, either, as far as anybody knows.
    expect(moments(level(9, { store: 's2' }))).toEqual([]);
  });

  it('has a moment for an issue that is resolved, under every name of the product, and a version for each', () => {
    const { apply } = world();
    const variants = [{ variant_id: 'sku', price: 500, aliases: ['690'] }];
    apply({ items: [{ item_id: 'spu', aliases: ['web'], variants }] });
    const { moments, version, detail } = apply({ resolved: [{ item_id: 'spu', issue: 'leak' }] });
    expect(detail).toMatchObject({ changed: 0 });
    expect(moments).toMatchObject([{ moment: { kind: 'issue_resolved', item: 'spu', issue: 'leak' } }]);
    expect(moments[0]?.names.map(({ name }) => name)).toEqual(['sku', '690', 'spu', 'web']);
    // Moments are called after versions: two of them never have one name.
    expect(apply({ resolved: [{ item_id: 'spu' }] })).toMatchObject({
      version: version + 1,
      moments: [{ moment: { id: `${version + 1}-0` } }],
    });
    expect(world(false).apply({ resolved: [{ item_id: 'spu' }] })).toMatchObject({ version: 0, moments: [] });
  });

  it('takes no stock that is older than what is known', () => {
    const { apply, view } = world();
    apply({ stock: [level(5)] });
    expect(apply({ stock: [level(0, { at: NOW - 1 })] })).toMatchObject({
      detail: { changed: 0, unchanged: 1 },
    });
    expect(view.get<StockLevel>(keys.stock('s1', 'sku'))?.quantity).toBe(5);
  });

  it('has moments for prices that fall: of the product, and of variants with a price of their own', () => {
    const { apply } = world();
    const item = (price: number, own?: number, currency = 'CNY'): CatalogItem => ({
      item_id: 'spu',
      price,
      currency,
      aliases: ['web-1'],
      variants: [
        { variant_id: 'sku-s', aliases: ['690'] },
        { variant_id: 'sku-xl', ...(own === undefined ? {} : { price: own }) },
      ],
    });
    const drops = (row: CatalogItem) => apply({ items: [row] }).moments;
    expect(drops(item(1_000, 1_200))).toEqual([]);
    expect(drops(item(1_000, 1_300))).toEqual([]);
    expect(drops(item(900, 1_300))).toMatchObject([
      {
        moment: { id: '3-0', kind: 'price_drop', item: 'spu', price_before: 1_000, price_now: 900 },
        names: [
          { name: 'sku-s', of: 'variant' },
          { name: '690', of: 'variant' },
          { name: 'spu', of: 'item' },
          { name: 'web-1', of: 'item' },
        ],
      },
    ]);
    expect(drops(item(900, 1_100))).toMatchObject([
      { moment: { variant: 'sku-xl', price_before: 1_300, price_now: 1_100 } },
    ]);
    // The variant's own price goes, and the product's, which is lower, holds.
    expect(drops(item(900))).toMatchObject([{ moment: { variant: 'sku-xl', price_now: 900 } }]);
    expect(drops(item(100, undefined, 'EUR'))).toEqual([]);
  });

  it('finds no moments while no trigger waits for any', () => {
    const { apply } = world(false);
    apply({ stock: [level(0)] });
    expect(apply({ stock: [level(5)] }).moments).toEqual([]);
  });

  it('names the entries that it reads, all of them', () => {
    const change = { items: [{ item_id: 'a' }], stock: [level(1)], removed_stores: ['s9'] };
    const asked = new Set(catalogNeeds(change, Object.assign(new MapView(), { has: () => false })));
    const strict = new MapView();
    const read = strict.get.bind(strict);
    strict.get = (key) => {
      expect(asked).toContain(key);
      return read(key);
    };
    applyCatalogChange(change, recordingContext(strict, { seq: 1, now: NOW }), () => true);
  });

  it('leaves out what is beyond the bounds, and counts it', () => {
    const { apply, view } = world();
    const full: CatalogHead = { version: 7, items: limits.catalogItemsMax - 1, stock: 0, stores: 0 };
    view.put(keys.catalog, full);
    const items = [{ item_id: 'a' }, { item_id: 'b' }];
    expect(apply({ items }).detail).toEqual({ changed: 1, unchanged: 0, refused: 1, version: 8 });
    apply({ removed_items: ['a'] });
    expect(apply({ items: [{ item_id: 'b' }] }).detail).toMatchObject({ changed: 1, refused: 0 });
  });

  it('is out of memory where its entry is gone', () => {
    const catalog = new Catalog();
    const key = keys.stock('s1', 'sku');
    catalog.take(key, level(3));
    expect([...catalog.stockIn('s1'), ...catalog.stockEverywhere('sku')]).toHaveLength(2);
    catalog.take(key, undefined);
    expect([...catalog.stockIn('s1'), ...catalog.stockEverywhere('sku')]).toEqual([]);
    expect(catalog.size.stock).toBe(0);
  });

  it('keeps a journal of bounded length that leads a follower to the same catalog', () => {
    const names = fc.constantFrom('a', 'b', 'c', 'd');
    const changes: fc.Arbitrary<CatalogChange> = fc.oneof(
      fc.record({ item_id: names, aliases: fc.uniqueArray(names) }).map((item) => ({ items: [item] })),
      names.map((id) => ({ removed_items: [id] })),
      fc
        .record({ variant_id: names, store: names, quantity: fc.nat(3) })
        .map((row) => ({ stock: [level(row.quantity, row)] })),
      fc.record({ store_id: names, aliases: fc.uniqueArray(names) }).map((store) => ({ stores: [store] })),
      names.map((id) => ({ removed_stores: [id] })),
    );
    fc.assert(
      fc.property(fc.array(changes, { maxLength: 40 }), (history) => {
        const { apply, view } = world();
        const followed = new Catalog();
        for (const change of history) {
          const { version, detail } = apply(change);
          if (detail.changed === 0) continue;
          const journal = view.get<{ keys: readonly string[] }>(keys.catalogJournal(version));
          for (const key of journal?.keys ?? []) followed.take(key, view.get(key));
        }
        const whole = new Catalog();
        // Read in another order than the changes came in.
        const entries = [...view.entries].filter(([key]) =>
          CATALOG_PREFIXES.some((prefix) => key.startsWith(prefix)),
        );
        for (const [key, value] of entries.reverse()) whole.take(key, value);
        expect(followed.size).toEqual(whole.size);
        const head = view.get<CatalogHead>(keys.catalog);
        expect(whole.size).toEqual({
          items: head?.items ?? 0,
          stock: head?.stock ?? 0,
          stores: head?.stores ?? 0,
        });
        for (const name of ['a', 'b', 'c', 'd']) {
          expect(followed.item(name)).toEqual(whole.item(name));
          expect(followed.store(name)).toBe(whole.store(name));
          expect([...followed.stockIn(name)].length).toBe([...whole.stockIn(name)].length);
          expect(followed.stockOf(name, 'a')).toEqual(whole.stockOf(name, 'a'));
        }
      }),
    );
  });
});
