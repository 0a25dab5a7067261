import type { Shape } from '../../ingest/shape.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { UNKNOWN } from './unseal-schema.ts';

/*
 * A stored event holds amounts in minor units and ids as text. A schema is asked of what is sent: so amounts are decimals again here. Whether
 * one was sent as a number or as text nobody has kept.
 */
type Change = (value: JsonValue, to: Shape['conversions'][number]['to']) => JsonValue;

/** Amounts in the currency's own unit again. */
export function withDecimals(shape: Shape, properties: JsonObject, decimals: number): JsonObject {
  const unit = 10 ** decimals;
  return changed(shape, properties, (value, to) => {
    if (typeof value !== 'number' || (to !== 'amount' && to !== 'unit')) return value;
    // Fifteen digits are what a double tells apart, so what a division adds behind them is none of the amount.
    return Number((value / unit).toPrecision(15));
  });
}

/** Without what a schema that is not in force any more may have changed. */
export function withoutConverted(shape: Shape, properties: JsonObject): JsonObject {
  return changed(shape, properties, (value) =>
    typeof value === 'number' || typeof value === 'string' ? UNKNOWN : value,
  );
}

/** The order's lines as they were sent: what each comes to the engine has worked out. */
export function withoutLineAmounts(properties: JsonObject): JsonObject {
  const { products } = properties;
  if (!Array.isArray(products)) return properties;
  const lines = products.map((line: JsonValue) => {
    if (!isJsonObject(line)) return line;
    const { amount: _workedOut, ...sent } = line;
    return sent;
  });
  return { ...properties, products: lines };
}

function changed(shape: Shape, object: JsonObject, change: Change): JsonObject {
  const next: Record<string, JsonValue | undefined> = { ...object };
  for (const { key, to } of shape.conversions) {
    const value = next[key];
    if (value !== undefined) next[key] = change(value, to);
  }
  for (const { key, shape: child } of shape.children) {
    const value = next[key];
    if (Array.isArray(value))
      next[key] = value.map((each: JsonValue) => (isJsonObject(each) ? changed(child, each, change) : each));
    else if (isJsonObject(value) && value.$sealed === undefined) next[key] = changed(child, value, change);
  }
  return next as JsonObject;
}

/** Pointers to what is converted, with `*` for any place in a list. */
export function convertedPaths(shape: Shape, path = ''): readonly string[] {
  return [
    ...shape.conversions.map(({ key }) => `${path}/${key}`),
    ...shape.children.flatMap(({ key, shape: child }) => [
      ...convertedPaths(child, `${path}/${key}`),
      ...convertedPaths(child, `${path}/${key}/*`),
    ]),
  ];
}
