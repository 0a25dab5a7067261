import { copyFileSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/*
 * What is in force in the ratio suite, as data: exactly 60 features, and 30 triggers or as many as a row asks for. The engine gets it
 * as a directory of definitions; the naive rival computes the same features and triggers from the same data, so neither is told of
 * another set. What the traffic never does (searches, tickets) is left to the triggers that an event does not concern.
 */

type EventType = 'product_viewed' | 'product_added' | 'order_completed';
export type BenchAggregate =
  | 'count'
  | 'sum'
  | 'average'
  | 'minimum'
  | 'maximum'
  | 'distinct'
  | 'last'
  | 'top_k';

export interface BenchFeature {
  readonly name: string;
  readonly on: EventType;
  readonly aggregate: BenchAggregate;
  /** A path of the event; absent for a count. */
  readonly of?: string;
  readonly money?: true;
  readonly limit?: number;
  /** An hour, days, or `lifetime`. */
  readonly window: string;
  readonly where?: { readonly 'properties.category': { readonly starts_with: string } };
}

interface Family extends Omit<BenchFeature, 'name' | 'window'> {
  readonly name: string;
  readonly windows: readonly string[];
}

const VIEW = 'product_viewed';
const ADD = 'product_added';
const ORDER = 'order_completed';
const EVERY = ['1h', '24h', '7d', '30d', '90d', 'lifetime'];

const families: readonly Family[] = [
  { name: 'views', on: VIEW, aggregate: 'count', windows: EVERY },
  { name: 'carts', on: ADD, aggregate: 'count', windows: EVERY },
  { name: 'orders', on: ORDER, aggregate: 'count', windows: EVERY },
  { name: 'gross', on: ORDER, aggregate: 'sum', of: 'order.total', money: true, windows: EVERY.slice(1) },
  {
    name: 'average_order',
    on: ORDER,
    aggregate: 'average',
    of: 'order.total',
    money: true,
    windows: ['30d', '90d', 'lifetime'],
  },
  {
    name: 'largest_order',
    on: ORDER,
    aggregate: 'maximum',
    of: 'order.total',
    money: true,
    windows: ['90d', 'lifetime'],
  },
  ...prices('viewed_price', VIEW, ['average', 'minimum', 'maximum']),
  ...prices('carted_price', ADD, ['sum', 'average']),
  ...distinct('items_viewed', VIEW, 'properties.item_id', ['24h', '7d', '30d']),
  ...distinct('brands_viewed', VIEW, 'properties.brand', ['7d', '30d']),
  ...distinct('categories_viewed', VIEW, 'properties.category', ['7d', '30d']),
  ...distinct('items_carted', ADD, 'properties.item_id', ['7d', '30d']),
  ...newest('last_item', VIEW, 'properties.item_id'),
  ...newest('last_brand', VIEW, 'properties.brand'),
  ...newest('last_category', VIEW, 'properties.category'),
  ...newest('last_store', VIEW, 'context.store'),
  ...newest('last_carted_item', ADD, 'properties.item_id'),
  ...newest('last_order_store', ORDER, 'context.store'),
  ...frequent('top_brands', 'properties.brand'),
  ...frequent('top_items', 'properties.item_id'),
  {
    name: 'views_of_category_1',
    on: VIEW,
    aggregate: 'count',
    where: { 'properties.category': { starts_with: 'women/category-1/' } },
    windows: ['24h', '7d', '30d'],
  },
];

function prices(name: string, on: EventType, aggregates: readonly BenchAggregate[]): readonly Family[] {
  return aggregates.map((aggregate) => ({
    name: `${aggregate}_${name}`,
    on,
    aggregate,
    of: 'properties.price',
    money: true,
    windows: ['7d', '30d'],
  }));
}

function distinct(name: string, on: EventType, of: string, windows: readonly string[]): readonly Family[] {
  return [{ name, on, aggregate: 'distinct', of, windows }];
}

function newest(name: string, on: EventType, of: string): readonly Family[] {
  return [{ name, on, aggregate: 'last', of, windows: ['lifetime'] }];
}

function frequent(name: string, of: string): readonly Family[] {
  return [{ name, on: VIEW, aggregate: 'top_k', of, limit: 5, windows: ['7d', '30d'] }];
}

/** One for each window, named after it. */
export const benchFeatures: readonly BenchFeature[] = families.flatMap(({ windows, ...family }) =>
  windows.map((window) => ({ ...family, name: `${family.name}_${window}`, window })),
);

interface EventPattern {
  readonly event: string;
  readonly where?: { readonly 'properties.category': { readonly starts_with: string } };
}

/** The kinds of patterns that the naive rival knows too. */
export type BenchPattern =
  | { readonly count: number; readonly of: EventPattern; readonly within: string }
  | { readonly sequence: readonly [EventPattern, EventPattern & { readonly within: string }] }
  | {
      readonly sequence: readonly [
        EventPattern & { readonly key: string },
        { readonly not: EventPattern; readonly within: string },
      ];
    }
  | { readonly feature: string; readonly gte: number };

export interface BenchTrigger {
  readonly name: string;
  readonly purpose: 'service';
  readonly on: BenchPattern;
  readonly action: { readonly channel: 'none' };
}

const inCategory = (n: number): EventPattern => ({
  event: VIEW,
  where: { 'properties.category': { starts_with: `women/category-${n}/` } },
});

/** Ten that every look, cart or order concerns; most only remember it, as most of what is watched for does not happen. */
const concerned: readonly BenchPattern[] = [
  { count: 50, of: { event: VIEW }, within: '1h' },
  { count: 20, of: { event: VIEW }, within: '10m' },
  { count: 10, of: { event: ADD }, within: '30m' },
  { sequence: [{ event: VIEW }, { event: ADD, within: '10m' }] },
  { sequence: [{ event: ADD }, { event: ORDER, within: '30m' }] },
  {
    sequence: [
      { event: ADD, key: 'properties.item_id' },
      { not: { event: ORDER }, within: '30m' },
    ],
  },
  { feature: 'views_24h', gte: 500 },
  { feature: 'carts_7d', gte: 200 },
  { feature: 'gross_30d', gte: 1_000_000 },
  { feature: 'orders_30d', gte: 100 },
];

/** A look concerns one in forty of these. */
const ofCategory = (n: number): BenchPattern => ({ count: 5, of: inCategory(n), within: '1h' });

/** No event of the traffic concerns these. */
function elsewhere(n: number): BenchPattern {
  const event = `thing_${n % 97}_happened`;
  switch (n % 3) {
    case 0:
      return { count: 3, of: { event }, within: '1h' };
    case 1:
      return { sequence: [{ event }, { event: `thing_${n % 89}_ended`, within: '1h' }] };
    default:
      return {
        sequence: [
          { event, key: 'properties.id' },
          { not: { event: 'thing_done' }, within: '30m' },
        ],
      };
  }
}

const CATEGORIES_WATCHED = 20;

/** Ten that concern the traffic, twenty that concern one category each, and beyond that what the traffic never does. */
export function benchTriggers(count: number): readonly BenchTrigger[] {
  return Array.from({ length: count }, (_, n) => ({
    name: `watch_${n}`,
    purpose: 'service',
    on: patternOf(n),
    action: { channel: 'none' },
  }));
}

function patternOf(n: number): BenchPattern {
  const own = concerned[n];
  if (own !== undefined) return own;
  return n < concerned.length + CATEGORIES_WATCHED ? ofCategory(n - concerned.length) : elsewhere(n);
}

/** Little to keep of a person: no windows. */
export const lifetimeFeatures = benchFeatures.filter(({ window }) => window === 'lifetime');

export interface DefinitionsOptions {
  /** Default all sixty. */
  readonly features?: readonly BenchFeature[];
  /** Default 30. */
  readonly triggers?: number;
}

/** A directory for `TESSERA_DEFINITIONS`; who is who goes by the shipped policy. */
export function writeDefinitions(
  directory: string,
  { features = benchFeatures, triggers = 30 }: DefinitionsOptions = {},
): string {
  for (const kind of ['features', 'triggers']) mkdirSync(join(directory, kind), { recursive: true });
  writeFileSync(join(directory, 'features', 'bench.yaml'), documentsOf(features));
  writeFileSync(join(directory, 'triggers', 'bench.yaml'), documentsOf(benchTriggers(triggers)));
  const policy = fileURLToPath(new URL('../../deploy/retail/identity.yaml', import.meta.url));
  copyFileSync(policy, join(directory, 'identity.yaml'));
  // Where a shop shows recommendations; no event is concerned.
  const placements = fileURLToPath(new URL('../../deploy/retail/placements', import.meta.url));
  cpSync(placements, join(directory, 'placements'), { recursive: true });
  return directory;
}

/** JSON is YAML. */
function documentsOf(definitions: readonly object[]): string {
  return definitions.map((definition) => `${JSON.stringify(definition)}\n`).join('---\n');
}

export const definitionsDescription = `${benchFeatures.length} features (${families.length} families over windows from an hour to a lifetime) and 30 triggers: 10 that looks, carts or orders concern (counts, sequences, an absence, crossings), 20 counts of looks at one category each (benchmarks/support/definitions.ts)`;
