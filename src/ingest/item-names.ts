import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { Normalize } from './normalize.ts';

/** What the catalog knows a product by: its own id, its aliases, its variants and their bar codes. */
export interface ItemNames {
  item(name: string): { readonly item: string; readonly variant?: string } | undefined;
}

/** These say what the names are, and are read by the catalog itself. */
export const CATALOG_TYPES: ReadonlySet<string> = new Set(['item_changed', 'stock_changed']);

/**
 * Events say products by the catalog's own ids, whatever the channel calls them: before the log, so that a replay of it sees
 * the same, whatever the catalog has become. What was sent stays beside it as `original_item_id`. Names that the catalog does
 * not know stay as they are.
 */
export function withItemNames(normalize: Normalize, names: () => ItemNames): Normalize {
  return (wire, context) => {
    const normalized = normalize(wire, context);
    if (!normalized.ok || CATALOG_TYPES.has(normalized.event.type)) return normalized;
    const { properties } = normalized.event;
    const resolved = resolveProperties(properties, names());
    return resolved === properties
      ? normalized
      : { ...normalized, event: { ...normalized.event, properties: resolved } };
  };
}

function resolveProperties(properties: JsonObject, names: ItemNames): JsonObject {
  const own = resolveLine(properties, names);
  const { products } = properties;
  if (!Array.isArray(products)) return own;
  let changed = false;
  const lines = products.map((line): JsonValue => {
    if (!isJsonObject(line)) return line;
    const resolved = resolveLine(line, names);
    changed ||= resolved !== line;
    return resolved;
  });
  return changed ? { ...own, products: lines } : own;
}

/** The line itself where nothing changes. The product's name decides, else the variant's, else the bar code. */
function resolveLine(line: JsonObject, names: ItemNames): JsonObject {
  const { item_id: item, variant_id: variant, barcode } = line;
  const byVariant = meant(variant, names);
  const found = meant(item, names) ?? byVariant ?? meant(barcode, names);
  if (found === undefined) return line;
  const isOwn = byVariant?.item === found.item ? byVariant.variant : undefined;
  // What the line says of the variant beats what the product's name says of it, unless the catalog knows no such variant.
  const canonical = isOwn ?? variant ?? found.variant;
  if (found.item === item && canonical === variant) return line;
  return {
    ...line,
    ...(item === undefined || item === found.item ? {} : { original_item_id: item }),
    item_id: found.item,
    ...(canonical === undefined ? {} : { variant_id: canonical }),
  };
}

function meant(name: JsonValue | undefined, names: ItemNames): ReturnType<ItemNames['item']> {
  return typeof name === 'string' ? names.item(name) : undefined;
}
