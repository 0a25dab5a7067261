import type { JsonObject } from '../model/json.ts';
import { CATALOG_TYPES } from './item-names.ts';
import type { Normalize } from './normalize.ts';

/** What the catalog knows a store by: its own id and its aliases. */
export interface StoreNames {
  /** The id of the store; the name itself where nobody knows it. */
  store(name: string): string;
}

const CONTEXT_FIELDS = ['store'] as const;
const PROPERTY_FIELDS = ['store', 'sold_in', 'fulfilled_by'] as const;

/**
 * Events say stores by the catalog's own ids, whatever the till or the shop calls them: before the log, so that a replay of it
 * sees the same, whatever the catalog has become. What was sent stays beside it, as `original_store` and so on. Names that the
 * catalog does not know stay as they are.
 */
export function withStoreNames(normalize: Normalize, names: () => StoreNames): Normalize {
  return (wire, context) => {
    const normalized = normalize(wire, context);
    if (!normalized.ok || CATALOG_TYPES.has(normalized.event.type)) return normalized;
    const { event } = normalized;
    const known = names();
    const properties = resolveFields(event.properties, PROPERTY_FIELDS, known);
    const place = event.context && resolveFields(event.context, CONTEXT_FIELDS, known);
    if (properties === event.properties && place === event.context) return normalized;
    return {
      ...normalized,
      event: { ...event, properties, ...(place === undefined ? {} : { context: place }) },
    };
  };
}

/** The object itself where nothing changes. */
function resolveFields(sent: JsonObject, fields: readonly string[], names: StoreNames): JsonObject {
  let resolved = sent;
  for (const field of fields) {
    const name = sent[field];
    if (typeof name !== 'string') continue;
    const store = names.store(name);
    if (store !== name) resolved = { ...resolved, [`original_${field}`]: name, [field]: store };
  }
  return resolved;
}
