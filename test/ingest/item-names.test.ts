import { describe, expect, it } from 'vitest';
import { Catalog } from '../../src/catalog/catalog.ts';
import { withItemNames } from '../../src/ingest/item-names.ts';
import type { Normalize } from '../../src/ingest/normalize.ts';
import type { JsonObject } from '../../src/model/json.ts';

const catalog = new Catalog();
catalog.take('a/1', {
  item_id: 'spu-1',
  aliases: ['WEB-1'],
  variants: [
    { variant_id: 'sku-1-s', aliases: ['690-s'] },
    { variant_id: 'sku-1-l', aliases: ['690-l'] },
  ],
});
catalog.take('a/2', { item_id: 'spu-2', variants: [{ variant_id: 'sku-2', aliases: ['690-2'] }] });

/** Takes an event as it is. */
const plainly: Normalize = ({ type, properties }) => ({
  ok: true,
  // What the rest of an event says does not matter here.
  event: { type, properties } as never,
  rawIdentifiers: {},
  rawTraits: {},
  personal: [],
});
const normalize = withItemNames(plainly, () => catalog);

function resolved(properties: JsonObject, type = 'product_viewed'): JsonObject {
  const context = { receivedAt: 0, source: 's', defaultChannel: 'web', publicKey: false };
  const result = normalize({ type, properties }, context);
  return result.ok ? result.event.properties : {};
}

describe('names of products in events', () => {
  it.each<[string, JsonObject, JsonObject]>([
    [
      'an alias of the product',
      { item_id: 'WEB-1', price: 5 },
      { item_id: 'spu-1', price: 5, original_item_id: 'WEB-1' },
    ],
    [
      'a variant',
      { item_id: 'sku-1-l' },
      { item_id: 'spu-1', variant_id: 'sku-1-l', original_item_id: 'sku-1-l' },
    ],
    ['a bar code as the variant', { variant_id: '690-s' }, { item_id: 'spu-1', variant_id: 'sku-1-s' }],
    ['a bar code alone', { barcode: '690-2' }, { barcode: '690-2', item_id: 'spu-2', variant_id: 'sku-2' }],
    [
      'product and bar code',
      { item_id: 'WEB-1', variant_id: '690-l' },
      { item_id: 'spu-1', variant_id: 'sku-1-l', original_item_id: 'WEB-1' },
    ],
    [
      'a product that nobody knows, of a variant that is known',
      { item_id: 'till-77', variant_id: '690-2' },
      { item_id: 'spu-2', variant_id: 'sku-2', original_item_id: 'till-77' },
    ],
    [
      'a variant that nobody knows',
      { item_id: 'WEB-1', variant_id: 'x' },
      { item_id: 'spu-1', variant_id: 'x', original_item_id: 'WEB-1' },
    ],
    [
      'a variant of another product',
      { item_id: 'spu-1', variant_id: '690-2' },
      { item_id: 'spu-1', variant_id: '690-2' },
    ],
  ])('become the ids of the catalog: %s', (_what, sent, expected) => {
    expect(resolved(sent)).toEqual(expected);
    expect(resolved({ order_id: 'o', products: [sent, { item_id: 'spu-2' }] }, 'order_completed')).toEqual({
      order_id: 'o',
      products: [expected, { item_id: 'spu-2' }],
    });
  });

  it('stay as they are where the catalog knows none of them, and cost no copy', () => {
    for (const properties of [
      { item_id: 'unknown' },
      { item_id: 'spu-1' },
      { products: [{ item_id: 'x' }, 5] },
      {},
    ])
      expect(resolved(properties)).toBe(properties);
  });

  it('stay as they are where the event says what the names are', () => {
    for (const type of ['item_changed', 'stock_changed'])
      expect(resolved({ item_id: 'WEB-1' }, type)).toEqual({ item_id: 'WEB-1' });
  });
});
