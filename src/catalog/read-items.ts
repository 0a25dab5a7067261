import { limits } from '../limits.ts';
import type { CatalogBoost, CatalogChange, CatalogItem, CatalogVariant } from '../model/catalog.ts';
import type { JsonValue } from '../model/json.ts';
import { decimalsOfCurrency } from '../model/money.ts';
import { defined, Fields, misfit } from './fields.ts';

const ITEM = [
  'item_id',
  'name',
  'category',
  'brand',
  'price',
  'currency',
  'aliases',
  'variants',
  'looks',
  'launch_at',
  'boosts',
  'consumable',
  'removed',
];
const VARIANT = ['variant_id', 'size', 'color', 'price', 'aliases'];
const BOOST = ['factor', 'from', 'until'];

/**
 * Items as `PUT /v1/catalog/items` takes them: amounts in major units of `currency`, or of the reporting currency; `removed`
 * takes an item out. Throws `invalid_catalog` for the first row that does not fit.
 */
export function readItems(rows: readonly JsonValue[], reportingCurrency: string): CatalogChange {
  const items = new Map<string, CatalogItem>();
  const removed = new Set<string>();
  for (const [n, row] of rows.entries()) {
    const fields = new Fields(row, `/${n}`, ITEM);
    const id = fields.id('item_id');
    if (items.has(id) || removed.has(id)) throw misfit(fields.place('item_id'), 'stands here twice');
    if (fields.flag('removed') === true) removed.add(id);
    else items.set(id, readItem(id, fields, reportingCurrency));
  }
  return { items: [...items.values()], removed_items: [...removed] };
}

function readItem(item_id: string, fields: Fields, reportingCurrency: string): CatalogItem {
  const currency = fields.text('currency') ?? reportingCurrency;
  if (decimalsOfCurrency(currency) === undefined)
    throw misfit(fields.place('currency'), 'must be an ISO 4217 code, such as EUR');
  const price = fields.amount('price', currency);
  const variants = fields
    .list('variants', limits.catalogVariantsMax)
    ?.map((row, n) => readVariant(row, `${fields.place('variants')}/${n}`, currency));
  if (new Set(variants?.map(({ variant_id }) => variant_id)).size < (variants?.length ?? 0))
    throw misfit(fields.place('variants'), 'names a variant twice');
  const priced = price !== undefined || variants?.some((variant) => variant.price !== undefined) === true;
  return defined<CatalogItem>({
    item_id,
    name: fields.text('name'),
    category: fields.text('category'),
    brand: fields.text('brand'),
    price,
    currency: priced ? currency : undefined,
    aliases: fields.ids('aliases', limits.catalogAliasesMax),
    variants,
    looks: fields.ids('looks', limits.catalogLooksMax),
    launch_at: fields.time('launch_at'),
    boosts: fields
      .list('boosts', limits.catalogBoostsMax)
      ?.map((row, n) => readBoost(row, `${fields.place('boosts')}/${n}`)),
    consumable: fields.flag('consumable'),
  });
}

function readVariant(row: JsonValue, path: string, currency: string): CatalogVariant {
  const fields = new Fields(row, path, VARIANT);
  return defined<CatalogVariant>({
    variant_id: fields.id('variant_id'),
    size: fields.text('size'),
    color: fields.text('color'),
    price: fields.amount('price', currency),
    aliases: fields.ids('aliases', limits.catalogAliasesMax),
  });
}

/** Beyond this, one item would be all that is ever offered. */
const BOOST_MAX = 100;

function readBoost(row: JsonValue, path: string): CatalogBoost {
  const fields = new Fields(row, path, BOOST);
  const factor = fields.number('factor', 0, BOOST_MAX);
  if (factor === undefined) throw misfit(fields.place('factor'), 'is required');
  const from = fields.time('from');
  const until = fields.time('until');
  if (from !== undefined && until !== undefined && until <= from)
    throw misfit(fields.place('until'), 'must come after from');
  return defined<CatalogBoost>({ factor, from, until });
}
