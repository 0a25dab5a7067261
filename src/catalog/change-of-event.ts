import { limits } from '../limits.ts';
import type { CatalogChange, CatalogItem, CatalogVariant, ResolvedIssue } from '../model/catalog.ts';
import { readMoment } from '../model/date-time.ts';
import type { Event } from '../model/event.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import { defined } from './fields.ts';

/** Types that change the catalog, or tell of it: ingest takes them from secret keys only. */
const CATALOG_TYPES: ReadonlySet<string> = new Set(['stock_changed', 'item_changed', 'issue_resolved']);

/** What an event says of the catalog; undefined for nearly every event. Its properties fit their schemas, amounts are minor units. */
export function changeOfEvent(event: Event): CatalogChange | undefined {
  if (!CATALOG_TYPES.has(event.type)) return undefined;
  const id = textOf(event.properties.item_id);
  if (id === undefined || id.length > limits.catalogIdCharactersMax) return undefined;
  if (event.type === 'issue_resolved') return { resolved: [issueOf(event, id)] };
  return event.type === 'stock_changed' ? stockOf(event, id) : itemOf(event, id);
}

function issueOf({ properties }: Event, item_id: string): ResolvedIssue {
  return defined<ResolvedIssue>({
    item_id,
    issue: textOf(properties.issue_id),
    theme: textOf(properties.theme),
  });
}

function stockOf({ properties, time }: Event, item_id: string): CatalogChange {
  const { quantity, reserved, safety } = properties;
  const level = {
    item_id,
    variant_id: textOf(properties.variant_id) ?? item_id,
    store: textOf(properties.store) ?? '',
    quantity: numberOf(quantity) ?? 0,
    reserved: numberOf(reserved) ?? 0,
    safety: numberOf(safety) ?? 0,
    at: time,
  };
  return level.store === '' ? {} : { stock: [level] };
}

function itemOf({ properties, currency }: Event, item_id: string): CatalogChange {
  if (properties.removed === true) return { removed_items: [item_id] };
  const variants = listOf(properties.variants)?.filter(isJsonObject).map(variantOf);
  const price = numberOf(properties.price);
  const priced = price !== undefined || variants?.some((variant) => variant.price !== undefined) === true;
  const launch = textOf(properties.launch_at);
  const item = defined<CatalogItem>({
    item_id,
    name: textOf(properties.name),
    category: textOf(properties.category),
    brand: textOf(properties.brand),
    price,
    currency: priced ? currency : undefined,
    aliases: idsOf(properties.aliases),
    variants,
    looks: idsOf(properties.looks),
    launch_at: launch === undefined ? undefined : readMoment(launch),
    boosts: undefined,
    consumable: properties.consumable === true ? true : undefined,
  });
  return { items: [item] };
}

function variantOf(variant: JsonObject): CatalogVariant {
  return defined<CatalogVariant>({
    variant_id: textOf(variant.variant_id) ?? '',
    size: textOf(variant.size),
    color: textOf(variant.color),
    price: numberOf(variant.price),
    aliases: idsOf(variant.aliases),
  });
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function numberOf(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] | undefined {
  return Array.isArray(value) && value.length > 0 ? value : undefined;
}

function idsOf(value: JsonValue | undefined): readonly string[] | undefined {
  const ids = listOf(value)?.filter((each) => typeof each === 'string');
  return ids && [...new Set(ids)];
}
