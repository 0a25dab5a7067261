import type { CatalogFollower } from '../background/catalog-follower.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { availableOf } from '../catalog/find-moments.ts';
import { readItems } from '../catalog/read-items.ts';
import { readStock } from '../catalog/read-stock.ts';
import { readStores } from '../catalog/read-stores.ts';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { CatalogChange, CatalogItem, CatalogStore, StockLevel } from '../model/catalog.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import { formatMinor } from '../model/money.ts';
import type { Clock } from '../ports/clock.ts';
import type { Commands } from '../runner/commands.ts';
import type { CatalogPart, CatalogService } from '../serve/catalog-service.ts';

export interface CatalogDeskOptions {
  readonly follower: Pick<CatalogFollower, 'catalog' | 'refresh'>;
  readonly commands: Pick<Commands, 'changeCatalog'>;
  readonly clock: Clock;
  readonly reportingCurrency: string;
}

/** The catalog as other systems change it and ask for it: changes are records of identity's log, answers come out of memory. */
export function createCatalogDesk(options: CatalogDeskOptions): CatalogService {
  const { follower } = options;
  const found = <T>(value: T | undefined, what: string): T => {
    if (value === undefined) throw new TesseraError('not_found', `There is no ${what} of this id or alias.`);
    return value;
  };
  return {
    put: (part, rows, author) => put(part, { rows, author }, options),
    async item(name) {
      const { catalog } = follower;
      const named = found(catalog.item(name), 'item');
      const item = found(catalog.itemOf(named.item), 'item');
      return { ...showItem(item), ...(named.variant === undefined ? {} : { asked_variant: named.variant }) };
    },
    store: async (name) => showStore(found(follower.catalog.storeOf(name), 'store')),
    stores: async () => follower.catalog.stores().map(showStore),
    stock: async (question) => pageOfStock(follower.catalog, question),
    get size() {
      return follower.catalog.size;
    },
  };
}

async function put(
  part: CatalogPart,
  { rows, author }: { readonly rows: readonly JsonValue[]; readonly author: string },
  { follower, commands, clock, reportingCurrency }: CatalogDeskOptions,
): Promise<JsonObject> {
  // Stock names by aliases what may have come with a request to another node.
  if (part === 'stock') await follower.refresh();
  const change = read(part, rows, { catalog: follower.catalog, now: clock.now(), reportingCurrency });
  const parts = cut(change);
  const sum = { changed: 0, unchanged: 0, refused: 0 };
  const outcomes = parts.length === 0 ? [] : await commands.changeCatalog(author, parts);
  for (const { detail } of outcomes)
    for (const name of ['changed', 'unchanged', 'refused'] as const) sum[name] += Number(detail?.[name] ?? 0);
  await follower.refresh();
  return { ...sum, version: follower.catalog.version };
}

interface Surroundings {
  readonly catalog: Catalog;
  readonly now: number;
  readonly reportingCurrency: string;
}

function read(part: CatalogPart, rows: readonly JsonValue[], around: Surroundings): CatalogChange {
  switch (part) {
    case 'items':
      return readItems(rows, around.reportingCurrency);
    case 'stock':
      return { stock: readStock(rows, around.catalog, around.now) };
    case 'stores':
      return readStores(rows);
  }
}

/** Changes that each fit into a record of the log. */
function cut(change: CatalogChange): readonly CatalogChange[] {
  const parts: CatalogChange[] = [];
  for (const [name, rows] of Object.entries(change) as [keyof CatalogChange, readonly unknown[]][]) {
    let part: unknown[] = [];
    let bytes = 0;
    const close = (): void => {
      // Rows of one kind stay under its name.
      if (part.length > 0) parts.push({ [name]: part } as CatalogChange);
      part = [];
      bytes = 0;
    };
    for (const row of rows) {
      const size = Buffer.byteLength(JSON.stringify(row));
      if (size > limits.catalogRowBytesMax)
        throw new TesseraError(
          'invalid_catalog',
          `A row takes ${size} bytes; ${limits.catalogRowBytesMax} are allowed.`,
        );
      if (bytes + size > limits.catalogRecordBytesMax) close();
      part.push(row);
      bytes += size;
    }
    close();
  }
  return parts;
}

function showItem({ currency, price, variants, ...item }: CatalogItem): JsonObject {
  const amount = (minor: number | undefined): JsonObject =>
    minor === undefined || currency === undefined ? {} : { price: formatMinor(minor, currency) };
  // Rows are plain JSON.
  return {
    ...item,
    ...amount(price),
    ...(currency === undefined ? {} : { currency }),
    ...(variants && {
      variants: variants.map(({ price: own, ...variant }) => ({ ...variant, ...amount(own) })),
    }),
  } as unknown as JsonObject;
}

function showStore(store: CatalogStore): JsonObject {
  // Rows are plain JSON.
  return store as unknown as JsonObject;
}

function showStock(level: StockLevel): JsonObject {
  return { ...level, available: availableOf(level) };
}

/** Ascending by variant and store; `after` names the last one of the page before. */
function pageOfStock(
  catalog: Catalog,
  { store, item, after, limit }: Parameters<CatalogService['stock']>[0],
): JsonObject {
  const levels: StockLevel[] = [];
  const inStore = store === undefined ? undefined : catalog.store(store);
  for (const level of levelsOf(catalog, item, inStore)) {
    if (placeOf(level) <= after) continue;
    if (levels.length === limit)
      return { stock: levels.map(showStock), next: placeOf(levels.at(-1) as StockLevel) };
    levels.push(level);
  }
  return { stock: levels.map(showStock) };
}

function placeOf({ variant_id, store }: StockLevel): string {
  return `${variant_id}/${store}`;
}

/** All stock, or that of a variant, or of all variants of a product. */
function levelsOf(
  catalog: Catalog,
  name: string | undefined,
  store: string | undefined,
): Iterable<StockLevel> {
  if (name === undefined) {
    if (store === undefined) throw new TesseraError('invalid_parameter', 'Name a store, an item, or both.');
    return inOrder(catalog.stockIn(store));
  }
  const named = catalog.item(name);
  const known = named && catalog.itemOf(named.item);
  const all = known?.variants?.map(({ variant_id }) => variant_id) ?? [];
  const variants = named?.variant === undefined ? [known?.item_id ?? name, ...all] : [named.variant];
  const levels = variants.flatMap((variant) => [...catalog.stockEverywhere(variant)]);
  return inOrder(levels.filter((level) => store === undefined || level.store === store));
}

function inOrder(levels: Iterable<StockLevel>): readonly StockLevel[] {
  return [...levels].sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
}
