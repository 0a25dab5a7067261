import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { expandDefinitions } from '../../src/features/expand.ts';
import type { NumberedDefinition } from '../../src/model/definitions.ts';
import type { FeatureDefinition } from '../../src/model/feature.ts';

const PACK = new URL('../../deploy/retail/features/', import.meta.url);

/** The shipped definitions. */
export function retailPack(): readonly FeatureDefinition[] {
  const files = readdirSync(PACK)
    .filter((name) => name.endsWith('.yaml'))
    .sort();
  return expandDefinitions(files.map((name): unknown => parse(readFileSync(new URL(name, PACK), 'utf8'))));
}

/** Every aggregate over windows and a lifetime, with conditions, amounts and expanded paths. */
export function everyAggregate(): readonly FeatureDefinition[] {
  const windows = ['1h', '30d', 'lifetime'];
  const views = { on: 'product_viewed', windows };
  const orders = { on: ['order_completed', 'order_refunded'], windows };
  return expandDefinitions([
    { name: 'n', aggregate: 'count', ...views },
    { name: 'n_tags', aggregate: 'count', of: 'properties.tags', ...views },
    {
      name: 'n_any',
      aggregate: 'count',
      on: ['product_viewed', 'order_completed', 'store_entered'],
      windows,
    },
    { name: 'seconds', aggregate: 'sum', of: 'properties.seconds', ...views },
    { name: 'seconds_mean', aggregate: 'average', of: 'properties.seconds', ...views },
    { name: 'seconds_min', aggregate: 'minimum', of: 'properties.seconds', ...views },
    { name: 'seconds_max', aggregate: 'maximum', of: 'properties.seconds', ...views },
    { name: 'price_max', aggregate: 'maximum', of: 'properties.price', money: true, ...views },
    { name: 'brand_first', aggregate: 'first', of: 'properties.brand', ...views },
    { name: 'brand_last', aggregate: 'last', of: 'properties.brand', ...views },
    { name: 'items', aggregate: 'distinct', of: 'properties.item_id', ...views },
    { name: 'tags', aggregate: 'top_k', of: 'properties.tags', limit: 2, ...views },
    { name: 'seen', aggregate: 'list_last_n', of: 'properties.item_id', limit: 4, ...views },
    {
      name: 'seen_once',
      aggregate: 'list_last_n',
      of: 'properties.item_id',
      limit: 3,
      distinct: true,
      ...views,
    },
    { name: 'idle', aggregate: 'time_since', unit: 'hours', ...views },
    { name: 'cheap', aggregate: 'count', where: { 'properties.price': { gte: 0, lt: 300 } }, ...views },
    {
      name: 'odd',
      aggregate: 'count',
      where: { any: [{ channel: { in: ['app'] } }, { not: { 'properties.brand': { exists: true } } }] },
      ...views,
    },
    { name: 'paid', aggregate: 'sum', of: 'order.spend', money: true, ...orders },
    { name: 'paid_mean', aggregate: 'average', of: 'order.total', money: true, ...orders },
    { name: 'paid_min', aggregate: 'minimum', of: 'order.total', money: true, ...orders },
    { name: 'bought', aggregate: 'distinct', of: 'properties.products[].item_id', ...orders },
    { name: 'bought_top', aggregate: 'top_k', of: 'properties.products[].category', ...orders },
    { name: 'bought_last', aggregate: 'list_last_n', of: 'properties.products[].item_id', ...orders },
    { name: 'bought_first', aggregate: 'first', of: 'properties.products[].item_id', ...orders },
    { name: 'cancels', aggregate: 'count', on: 'order_cancelled', windows },
    {
      name: 'c1_orders',
      aggregate: 'count',
      where: { 'properties.products[].category': { equals: 'c1' } },
      ...orders,
    },
    { name: 'returns', aggregate: 'count', where: { 'properties.kind': { in: ['return'] } }, ...orders },
    {
      name: 'basket',
      aggregate: 'cart',
      on: ['product_added', 'product_removed', 'cart_viewed', 'order_placed', 'order_completed'],
      windows,
    },
  ]);
}

/** Numbers definitions as if all had been there before the first event. */
export function fromTheStart(definitions: readonly FeatureDefinition[]): readonly NumberedDefinition[] {
  return definitions.map((definition, index) => ({
    number: index + 1,
    definition,
    createdAt: 0,
    origin: true,
  }));
}
