import { compileEventCondition } from '../conditions/condition.ts';
import { compileValues } from '../conditions/path.ts';
import { limits } from '../limits.ts';
import type { Event } from '../model/event.ts';
import type { FeatureDefinition } from '../model/feature.ts';
import type { JsonValue } from '../model/json.ts';
import { cartLines } from './cart-lines.ts';
import { hash53 } from './hash.ts';
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

function compileReader(definition: FeatureDefinition): (event: Event) => readonly Scalar[] {
  if (definition.aggregate === 'cart') return cartLines;
  if (definition.of === undefined) return () => ONCE;
  const getAll = compileValues(definition.of);
  return (event) => {
    const scalars: Scalar[] = [];
    for (const value of getAll(event)) pushScalars(value, scalars);
    if (scalars.length > limits.productsPerEventMax) scalars.length = limits.productsPerEventMax;
    return scalars;
  };
}

export function compileExtraction(definition: FeatureDefinition): Extraction {
  const money = definition.money ?? false;
  const holds =
    definition.where === undefined ? undefined : compileEventCondition(definition.where, '/where');
  const read = compileReader(definition);
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
