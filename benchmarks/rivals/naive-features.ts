import { type BenchFeature, benchFeatures } from '../support/definitions.ts';

/*
 * The features of the suite as plain reductions: of each feature the profile's hash has a field per sixtieth of its window (one for a
 * lifetime) with what happened in it, and a value is read by going over the fields that the window holds.
 */
export interface NaiveEvent {
  readonly id: string;
  readonly type: string;
  readonly identifiers: { readonly anonymous_id: string; readonly user_id?: string };
  readonly properties: Readonly<Record<string, unknown>>;
  readonly context?: { readonly store?: string };
}

/** One event's view of a profile: what the hash held, and what is to be written. */
export interface Profile {
  readonly fields: Readonly<Record<string, string>>;
  readonly changed: Record<string, string>;
  readonly now: number;
}

const TILES = 60;
const DISTINCT_MAX = 1_000;
const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

export function durationMs(text: string): number {
  return Number(text.slice(0, -1)) * (UNITS[text.slice(-1)] ?? 0);
}

interface Compiled extends BenchFeature {
  readonly tileMs: number;
}

const features: readonly Compiled[] = benchFeatures.map((feature) => ({
  ...feature,
  tileMs: feature.window === 'lifetime' ? Number.POSITIVE_INFINITY : durationMs(feature.window) / TILES,
}));

const byType = groupByType();
const byName = new Map(features.map((feature) => [feature.name, feature]));

function groupByType(): ReadonlyMap<string, readonly Compiled[]> {
  const types = new Set<string>(features.map(({ on }) => on));
  return new Map([...types].map((type) => [type, features.filter(({ on }) => on === type)]));
}

export function applyFeatures(event: NaiveEvent, { fields, changed, now }: Profile): void {
  for (const feature of byType.get(event.type) ?? []) {
    const { where } = feature;
    if (where !== undefined && !startsWith(event, where['properties.category'].starts_with)) continue;
    const value = readValue(feature, event);
    if (value === undefined) continue;
    const name = fieldOf(feature, now);
    changed[name] = added(feature, fields[name], value);
  }
}

export function startsWith(event: NaiveEvent, prefix: string): boolean {
  const { category } = event.properties;
  return typeof category === 'string' && category.startsWith(prefix);
}

function fieldOf({ name, tileMs }: Compiled, now: number): string {
  return tileMs === Number.POSITIVE_INFINITY ? `f:${name}` : `f:${name}:${Math.floor(now / tileMs)}`;
}

function readValue({ of, money }: Compiled, event: NaiveEvent): string | number | undefined {
  if (of === undefined) return 1;
  if (of === 'context.store') return event.context?.store;
  const found =
    of === 'order.total' ? event.properties.total : event.properties[of.slice('properties.'.length)];
  if (money) return typeof found === 'number' ? Math.round(found * 100) : undefined;
  return found === undefined ? undefined : String(found);
}

/** What a tile holds with one value more. */
function added(feature: Compiled, tile: string | undefined, value: string | number): string {
  switch (feature.aggregate) {
    case 'count':
    case 'sum':
      return String(Number(tile ?? 0) + Number(value));
    case 'average': {
      const [sum = 0, count = 0] = (tile ?? '0,0').split(',').map(Number);
      return `${sum + Number(value)},${count + 1}`;
    }
    case 'minimum':
      return String(Math.min(Number(tile ?? Number.POSITIVE_INFINITY), Number(value)));
    case 'maximum':
      return String(Math.max(Number(tile ?? Number.NEGATIVE_INFINITY), Number(value)));
    case 'last':
      return String(value);
    case 'distinct':
    case 'top_k': {
      const counts = JSON.parse(tile ?? '{}') as Record<string, number>;
      if (Object.keys(counts).length < DISTINCT_MAX) counts[value] = (counts[value] ?? 0) + 1;
      return JSON.stringify(counts);
    }
  }
}

/** Tiles of the window that ends now. */
function tilesOf({ name, tileMs }: Compiled, { fields, changed, now }: Profile): string[] {
  const read = (field: string): string | undefined => changed[field] ?? fields[field];
  if (tileMs === Number.POSITIVE_INFINITY) return [read(`f:${name}`)].filter((tile) => tile !== undefined);
  const last = Math.floor(now / tileMs);
  const tiles: string[] = [];
  for (let n = last - TILES; n <= last; n++) {
    const tile = read(`f:${name}:${n}`);
    if (tile !== undefined) tiles.push(tile);
  }
  return tiles;
}

export function featureValue(name: string, profile: Profile): unknown {
  const feature = byName.get(name);
  return feature === undefined ? undefined : reduced(feature, tilesOf(feature, profile));
}

function reduced({ aggregate, money, limit }: Compiled, tiles: readonly string[]): unknown {
  const shown = (minor: number): unknown => (money ? (minor / 100).toFixed(2) : minor);
  const numbers = tiles.map(Number);
  switch (aggregate) {
    case 'count':
    case 'sum':
      return shown(numbers.reduce((sum, value) => sum + value, 0));
    case 'minimum':
      return shown(Math.min(...numbers));
    case 'maximum':
      return shown(Math.max(...numbers));
    case 'average': {
      const pairs = tiles.map((tile) => tile.split(',').map(Number));
      const sum = pairs.reduce((total, [value = 0]) => total + value, 0);
      return shown(sum / pairs.reduce((total, [, count = 0]) => total + count, 0));
    }
    case 'last':
      return tiles.at(-1);
    case 'distinct':
    case 'top_k': {
      const counts = new Map<string, number>();
      for (const tile of tiles) {
        for (const [value, count] of Object.entries(JSON.parse(tile) as Record<string, number>))
          counts.set(value, (counts.get(value) ?? 0) + count);
      }
      if (aggregate === 'distinct') return counts.size;
      return [...counts].sort((a, b) => b[1] - a[1]).slice(0, limit);
    }
  }
}

export function featureValues(
  fields: Readonly<Record<string, string>>,
  now: number,
): Record<string, unknown> {
  const profile = { fields, changed: {}, now };
  return Object.fromEntries(features.map(({ name }) => [name, featureValue(name, profile)]));
}
