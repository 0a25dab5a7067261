import { compileEventCondition } from '../conditions/condition.ts';
import { compileEntries, compilePath, compileValues, isMultiple } from '../conditions/path.ts';
import { limits } from '../limits.ts';
import type { Event } from '../model/event.ts';
import type { FeatureDefinition } from '../model/feature.ts';
import { hash53 } from '../model/hash.ts';
import type { JsonValue } from '../model/json.ts';
import type { Zones } from '../model/zone.ts';
import { cartLines } from './cart-lines.ts';
import { compileSlots } from './clock-slots.ts';
import type { Scalar } from './operation.ts';
import { keyOf } from './scalar.ts';

/**
 * What several features read from an event, evaluated once. Its number is a hash of what it reads, because
 * order facts keep extracted values by that number for 400 days: it has to survive changes to other definitions.
 */
export interface Extraction {
  readonly number: number;
  readonly cart: boolean;
  readonly money: boolean;
  /** Undefined where the event says nothing to these features. */
  extract(event: Event): readonly Scalar[] | undefined;
}

const ONCE: readonly Scalar[] = Object.freeze([1]);
/** Where a definition says what it aggregates. */
const OF = '/of';
const NOTHING: readonly Scalar[] = Object.freeze([]);

/** JSON with sorted keys: equal definitions give equal texts. */
function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalText(item)}`).join(',')}}`;
}

/** Equal for definitions that read the same thing from the same events. */
export function extractionKey(definition: FeatureDefinition): string {
  return canonicalText([
    [...new Set(definition.on)].sort(),
    definition.where ?? null,
    definition.of ?? null,
    definition.money ?? false,
    definition.aggregate === 'cart',
    ...(definition.aggregate === 'histogram' ? ['histogram', definition.zone ?? 'UTC'] : []),
    ...(definition.by === undefined ? [] : ['by', definition.by]),
  ]);
}

function pushScalars(value: JsonValue, into: Scalar[]): void {
  if (Array.isArray(value)) {
    for (const item of value) {
      const key = keyOf(item);
      if (key !== undefined) into.push(key);
    }
    return;
  }
  const key = keyOf(value);
  if (key !== undefined) into.push(key);
}

/** Every key of an entry with every value of it, in turn; keys alone count once each. */
function compileKeyed(by: string, of: string | undefined): (event: Event) => readonly Scalar[] {
  const key = { path: by, pointer: '/by' };
  const getEntries = compileEntries(key, of === undefined ? key : { path: of, pointer: OF });
  const keys: Scalar[] = [];
  const values: Scalar[] = [];
  return (event) => {
    const pairs: Scalar[] = [];
    for (const [entryKeys, entryValues] of getEntries(event)) {
      keys.length = 0;
      values.length = 0;
      for (const key of entryKeys) pushScalars(key, keys);
      if (of !== undefined) for (const value of entryValues) pushScalars(value, values);
      for (const key of keys) {
        if (of === undefined) pairs.push(key, 1);
        else for (const value of values) pairs.push(key, value);
      }
    }
    const max = 2 * limits.productsPerEventMax;
    if (pairs.length > max) pairs.length = max;
    return pairs;
  };
}

function compileReader(definition: FeatureDefinition, zones: Zones): (event: Event) => readonly Scalar[] {
  if (definition.aggregate === 'cart') return cartLines;
  if (definition.aggregate === 'histogram') return compileSlots(definition, zones);
  if (definition.by !== undefined) return compileKeyed(definition.by, definition.of);
  if (definition.of === undefined) return () => ONCE;
  if (!isMultiple(definition.of)) return compileOne(definition.of);
  const getAll = compileValues(definition.of, OF);
  return (event) => {
    const scalars: Scalar[] = [];
    for (const value of getAll(event)) pushScalars(value, scalars);
    return bounded(scalars);
  };
}

/** The common case, without the list that a path through lists would need on the way. */
function compileOne(path: string): (event: Event) => readonly Scalar[] {
  const get = compilePath(path, OF);
  return (event) => {
    const value = get(event);
    if (value === undefined) return NOTHING;
    if (!Array.isArray(value)) {
      const key = keyOf(value);
      return key === undefined ? NOTHING : [key];
    }
    const scalars: Scalar[] = [];
    pushScalars(value, scalars);
    return bounded(scalars);
  };
}

function bounded(scalars: Scalar[]): readonly Scalar[] {
  if (scalars.length > limits.productsPerEventMax) scalars.length = limits.productsPerEventMax;
  return scalars;
}

export function compileExtraction(definition: FeatureDefinition, zones: Zones): Extraction {
  const money = definition.money ?? false;
  const holds =
    definition.where === undefined ? undefined : compileEventCondition(definition.where, '/where');
  const read = compileReader(definition, zones);
  return {
    number: hash53(extractionKey(definition)),
    cart: definition.aggregate === 'cart',
    money,
    extract(event) {
      if (holds !== undefined && !holds(event)) return undefined;
      if (money && event.currency === undefined) return undefined;
      const values = read(event);
      return values.length === 0 ? undefined : values;
    },
  };
}
