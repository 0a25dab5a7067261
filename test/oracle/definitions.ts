import { readdirSync, readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { expandDefinitions } from '../../src/features/expand.ts';
import type { NumberedDefinition } from '../../src/model/definitions.ts';
import type { FeatureDefinition } from '../../src/model/feature.ts';

const PACK = new URL('../../deploy/retail/features/', import.meta.url);

/** The shipped definitions. */
export function retailPack(): readonly FeatureDefinition[] {
  const files = readdirSync(PACK)
    .filter((name) => name.endsWith('.yaml'))
    .sort();
  const documents = files.flatMap((name) => parseAllDocuments(readFileSync(new URL(name, PACK), 'utf8')));
  return expandDefinitions(documents.map((document): unknown => document.toJS()));
}

/** Windows as an author writes them. */
export interface Windowing {
  readonly windows: readonly string[];
  readonly previous?: number;
  readonly zone?: string;
  readonly idle?: string;
}

/** Every aggregate over windows and a lifetime, with conditions, amounts and expanded paths. */
export function everyAggregate(
  windowing: Windowing = { windows: ['1h', '30d', 'lifetime'] },
): readonly FeatureDefinition[] {
  const views = { on: 'product_viewed', ...windowing };
  const orders = { on: ['order_completed', 'order_refunded'], ...windowing };
  return expandDefinitions([
    { name: 'n', aggregate: 'count', ...views },
    { name: 'n_tags', aggregate: 'count', of: 'properties.tags', ...views },
    {
      name: 'n_any',
      aggregate: 'count',
      on: ['product_viewed', 'order_completed', 'store_entered'],
      ...windowing,
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
    { name: 'seconds_var', aggregate: 'variance', of: 'properties.seconds', ...views },
    { name: 'price_dev', aggregate: 'standard_deviation', of: 'properties.price', money: true, ...views },
    { name: 'fading', aggregate: 'decayed_sum', half_life: '7d', ...views },
    {
      name: 'paid_fading',
      aggregate: 'decayed_sum',
      of: 'order.spend',
      half_life: '36h',
      money: true,
      ...orders,
    },
    { name: 'pace', aggregate: 'rate', unit: 'hour', ...views },
    { name: 'bought_pace', aggregate: 'rate', of: 'properties.products[].item_id', ...orders },
    { name: 'seconds_q', aggregate: 'quantile', of: 'properties.seconds', q: [0, 0.25, 0.9], ...views },
    { name: 'paid_median', aggregate: 'quantile', of: 'order.total', money: true, ...orders },
    { name: 'hours', aggregate: 'histogram', of: 'hour', ...{ zone: 'Asia/Kathmandu', ...views } },
    { name: 'weekdays', aggregate: 'histogram', of: 'weekday', ...orders },
    { name: 'views_by', aggregate: 'count', by: 'properties.brand', ...views },
    {
      name: 'tags_by',
      aggregate: 'count',
      of: 'properties.item_id',
      by: 'properties.tags',
      limit: 2,
      ...views,
    },
    {
      name: 'units_by',
      aggregate: 'sum',
      of: 'properties.products[].quantity',
      by: 'properties.products[].category',
      limit: 2,
      ...orders,
    },
    { name: 'paid_by', aggregate: 'sum', of: 'order.spend', by: 'source', money: true, ...orders },
    {
      name: 'seconds_by',
      aggregate: 'average',
      of: 'properties.seconds',
      by: 'properties.item_id',
      order: 'recency',
      limit: 3,
      ...views,
    },
    { name: 'least_by', aggregate: 'minimum', of: 'properties.price', by: 'channel', ...views },
    {
      name: 'last_by',
      aggregate: 'last',
      of: 'properties.item_id',
      by: 'properties.brand',
      limit: 2,
      ...views,
    },
    { name: 'cancels', aggregate: 'count', on: 'order_cancelled', ...windowing },
    {
      name: 'c1_orders',
      aggregate: 'count',
      where: { 'properties.products[].category': { equals: 'c1' } },
      ...orders,
    },
    {
      name: 'buying',
      aggregate: 'purchases',
      on: ['order_completed', 'order_refunded'],
      windows: ['30d', 'lifetime'],
      zone: 'Asia/Kathmandu',
    },
    { name: 'returns', aggregate: 'count', where: { 'properties.kind': { in: ['return'] } }, ...orders },
    {
      name: 'basket',
      aggregate: 'cart',
      on: ['product_added', 'product_removed', 'cart_viewed', 'order_placed', 'order_completed'],
      ...windowing,
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
