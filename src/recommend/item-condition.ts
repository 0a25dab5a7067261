import { compileOperators } from '../conditions/operators.ts';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { CatalogItem } from '../model/catalog.ts';
import { isJsonObject, type JsonValue } from '../model/json.ts';
import { decimalsOfCurrency } from '../model/money.ts';

export type ItemTest = (item: CatalogItem) => boolean;

/** What a condition may ask of an item. */
const FIELDS: ReadonlyMap<string, (item: CatalogItem) => JsonValue | undefined> = new Map<
  string,
  (item: CatalogItem) => JsonValue | undefined
>([
  ['item_id', ({ item_id }) => item_id],
  ['name', ({ name }) => name],
  ['category', ({ category }) => category],
  ['brand', ({ brand }) => brand],
  ['price', priceInMajorUnits],
  ['currency', ({ currency }) => currency],
  ['looks', ({ looks }) => looks],
  ['consumable', ({ consumable }) => consumable],
]);

/** As its author writes it: 399.00 of CNY is 399. Undefined where there is no price. */
export function priceInMajorUnits({
  price,
  currency,
}: Pick<CatalogItem, 'price' | 'currency'>): number | undefined {
  if (price === undefined || currency === undefined) return undefined;
  return price / 10 ** (decimalsOfCurrency(currency) ?? 0);
}

/**
 * Compiles `{ brand: { in: [A, B] }, price: { lt: 50 } }` (all must hold), and `all`, `any`, `not` of such. Fails with
 * `invalid_definition` and the place of what is wrong.
 */
export function compileItemCondition(condition: unknown, path: string): ItemTest {
  return compileNode(condition, { path, depth: 1 });
}

interface Place {
  readonly path: string;
  readonly depth: number;
}

function refuse({ path }: Place, why: string): never {
  throw new TesseraError('invalid_definition', `${path}: ${why}`, { path });
}

function compileNode(condition: unknown, place: Place): ItemTest {
  if (place.depth > limits.conditionDepthMax)
    refuse(place, `is nested deeper than ${limits.conditionDepthMax}`);
  if (!isJsonObject(condition)) refuse(place, 'must be an object');
  const parts = Object.entries(condition).map(([key, value]) =>
    compileEntry(key, value, { path: `${place.path}/${key}`, depth: place.depth + 1 }),
  );
  if (parts.length === 0) refuse(place, 'must hold at least one term');
  return (item) => parts.every((part) => part(item));
}

function compileEntry(key: string, value: unknown, place: Place): ItemTest {
  if (key === 'not') {
    const part = compileNode(value, place);
    return (item) => !part(item);
  }
  if (key === 'all' || key === 'any') {
    if (!Array.isArray(value) || value.length === 0)
      refuse(place, 'must be a list of at least one condition');
    const parts = value.map((each, n) => compileNode(each, { ...place, path: `${place.path}/${n}` }));
    if (key === 'all') return (item) => parts.every((part) => part(item));
    return (item) => parts.some((part) => part(item));
  }
  const get = FIELDS.get(key);
  if (get === undefined)
    refuse(place, `is no field of an item; there are ${[...FIELDS.keys()].join(', ')}, and all, any, not`);
  const fits = compileOperators(value, place.path);
  return (item) => fits(get(item));
}
