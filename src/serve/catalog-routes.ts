import type { FastifyInstance } from 'fastify';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { CatalogPart, CatalogService } from './catalog-service.ts';
import { authorOf } from './identity-routes.ts';
import { describeRoute } from './openapi.ts';
import { integerParameter, readParameters, textParameter } from './parameters.ts';
import { findRepeatedKey } from './repeated-key.ts';
import { bodyBytes } from './server.ts';

const NAME = /^[^\p{Cc}]{1,200}$/u;

const stockParameters = {
  store: textParameter({
    description: 'Only this store, by id or alias.',
    charactersMax: limits.catalogIdCharactersMax,
    pattern: NAME,
    example: 'SH-001',
  }),
  item: textParameter({
    description: 'Only this product or variant, by id or alias.',
    charactersMax: limits.catalogIdCharactersMax,
    pattern: NAME,
    example: 'sku-3301-XL',
  }),
  after: textParameter({
    description: '`next` of the previous page.',
    charactersMax: 2 * limits.catalogIdCharactersMax + 1,
    pattern: /^[^\p{Cc}]*$/u,
  }),
  limit: integerParameter({
    description: 'How many to answer at most.',
    minimum: 1,
    maximum: limits.catalogStockPageMax,
    fallback: limits.pageDefault,
  }),
};

const exampleItem: JsonObject = {
  item_id: 'spu-3301',
  name: 'Yoga leggings',
  category: 'sport/yoga',
  brand: 'Lotus',
  price: '399.00',
  currency: 'CNY',
  variants: [
    { variant_id: 'sku-3301-S', size: 'S', aliases: ['6901234567892'] },
    { variant_id: 'sku-3301-XL', size: 'XL', aliases: ['6901234567915'] },
  ],
  looks: ['yoga-autumn'],
};

const exampleStore: JsonObject = {
  store_id: 'SH-001',
  name: 'Xintiandi',
  aliases: ['310001'],
  zone: 'Asia/Shanghai',
  business_day_cutoff: '04:00',
  hours: { mon: [['10:00', '22:00']], sat: [['10:00', '23:00']] },
  position: { latitude: 31.2196, longitude: 121.4758, datum: 'gcj02' },
  geofence_meters: 300,
  events: [{ name: 'yoga morning', from: '2026-11-28T01:00:00Z', until: '2026-11-28T03:00:00Z' }],
};

const PARTS: readonly {
  readonly part: CatalogPart;
  readonly summary: string;
  readonly description: string;
  readonly example: JsonObject;
}[] = [
  {
    part: 'items',
    summary: 'Say what products there are, with their variants',
    description:
      'A row replaces what is known of its product: what it leaves out is gone, and `"removed": true` takes it out. Names of ' +
      'variants and aliases (bar codes, channel codes) find the product everywhere. Amounts are in major units.',
    example: exampleItem,
  },
  {
    part: 'stock',
    summary: 'Say what stores have in stock',
    description:
      '`quantity` is on hand; available is what `reserved` and `safety` leave of it. Products, variants and stores may be named ' +
      'by alias. `at` says as of when: what is older than what is known changes nothing. What was not available and is again ' +
      'wakes the profiles that wait for it.',
    example: { variant_id: 'sku-3301-XL', store: 'SH-001', quantity: 4, reserved: 1 },
  },
  {
    part: 'stores',
    summary: 'Say what stores there are',
    description:
      'A row replaces what is known of its store; `"removed": true` takes it out. A position is kept in WGS 84, whatever datum ' +
      '(`wgs84`, `gcj02`, `bd09`) it comes in.',
    example: exampleStore,
  },
];

export function registerCatalogRoutes(app: FastifyInstance, catalog: CatalogService): void {
  for (const part of PARTS) registerPut(app, catalog, part);
  registerItem(app, catalog);
  registerStock(app, catalog);
  registerStores(app, catalog);
}

function registerPut(
  app: FastifyInstance,
  catalog: CatalogService,
  { part, summary, description, example }: (typeof PARTS)[number],
): void {
  const schema = describeRoute({
    tag: 'Catalog',
    summary,
    description:
      `${description} Up to ${limits.catalogRowsMax.toLocaleString('en')} rows, as an array or under \`${part}\`; all of them ` +
      'are taken, or none. Resolves once they are in force on this node; the others follow within a second.',
    body: [{ type: 'application/json', example: [example] }],
    answers: {
      200: {
        description:
          'How many rows changed anything, and how many were left out because the catalog is full.',
        example: { changed: 1, unchanged: 0, refused: 0, version: 42 },
      },
      400: { description: 'A row does not fit: `invalid_catalog`, with its place.' },
    },
  });
  app.put(`/v1/catalog/${part}`, { schema, config: { scope: 'define' } }, async (request) => {
    readParameters({}, request.query);
    return await catalog.put(part, readRows(bodyBytes(request), part), authorOf(request));
  });
}

function readRows(bytes: Buffer, part: CatalogPart): readonly JsonValue[] {
  const text = bytes.toString('utf8');
  let value: JsonValue;
  try {
    // What JSON.parse answers is JSON.
    value = JSON.parse(text) as JsonValue;
  } catch (cause) {
    throw new TesseraError('unreadable_body', undefined, { cause });
  }
  const path = findRepeatedKey(text);
  if (path !== undefined) throw new TesseraError('duplicate_key', `${path} stands there twice.`, { path });
  const only = isJsonObject(value) && Object.keys(value).length === 1 ? value[part] : value;
  if (!Array.isArray(only)) throw new TesseraError('unreadable_body', `The body must be a list of ${part}.`);
  if (only.length > limits.catalogRowsMax)
    throw new TesseraError('batch_too_large', `At most ${limits.catalogRowsMax} rows at once.`);
  return only;
}

function registerItem(app: FastifyInstance, catalog: CatalogService): void {
  const schema = describeRoute({
    tag: 'Catalog',
    summary: 'A product by its id, a variant of it, or an alias of either',
    path: { id: { description: 'Any of its names.', example: '6901234567915' } },
    answers: {
      200: {
        description: 'The product; `asked_variant` where the name is one of a variant.',
        example: { ...exampleItem, asked_variant: 'sku-3301-XL' },
      },
      404: { description: 'Nothing has this name.' },
    },
  });
  app.get<{ Params: { id: string } }>(
    '/v1/catalog/items/:id',
    { schema, config: { scope: 'read' } },
    async (request) => {
      readParameters({}, request.query);
      return await catalog.item(request.params.id);
    },
  );
}

function registerStock(app: FastifyInstance, catalog: CatalogService): void {
  const schema = describeRoute({
    tag: 'Catalog',
    summary: 'What a store has in stock, or where an item is, page by page',
    description: 'Names a store, an item, or both. Ascending by variant and store.',
    query: stockParameters,
    answers: {
      200: {
        description: 'A page; `next` is absent on the last one.',
        example: {
          stock: [
            {
              item_id: 'spu-3301',
              variant_id: 'sku-3301-XL',
              store: 'SH-001',
              quantity: 4,
              reserved: 1,
              safety: 0,
              at: 1795255200123,
              available: 3,
            },
          ],
        },
      },
    },
  });
  app.get('/v1/catalog/stock', { schema, config: { scope: 'read' } }, async (request) => {
    const { store, item, after = '', limit } = readParameters(stockParameters, request.query);
    return await catalog.stock({
      after,
      limit,
      ...(store === undefined ? {} : { store }),
      ...(item === undefined ? {} : { item }),
    });
  });
}

function registerStores(app: FastifyInstance, catalog: CatalogService): void {
  const schema = describeRoute({
    tag: 'Catalog',
    summary: 'All stores',
    answers: { 200: { description: 'Ascending by id.', example: { stores: [exampleStore] } } },
  });
  app.get('/v1/catalog/stores', { schema, config: { scope: 'read' } }, async (request) => {
    readParameters({}, request.query);
    return { stores: await catalog.stores() };
  });
  const one = describeRoute({
    tag: 'Catalog',
    summary: 'A store by its id or an alias',
    path: { id: { description: 'Any of its names.', example: '310001' } },
    answers: {
      200: { description: 'The store.', example: exampleStore },
      404: { description: 'Nothing has this name.' },
    },
  });
  app.get<{ Params: { id: string } }>(
    '/v1/catalog/stores/:id',
    { schema: one, config: { scope: 'read' } },
    async (request) => {
      readParameters({}, request.query);
      return await catalog.store(request.params.id);
    },
  );
}
