import type { Event } from '../model/event.ts';
import type { ItemDeed } from '../model/item-facts.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';

/** One product of an event, and what was done to it. */
export interface ItemLine {
  readonly deed: ItemDeed;
  readonly line: JsonObject;
  /** Of an order: its namespace and number. */
  readonly order?: string;
}

const DEEDS: ReadonlyMap<string, ItemDeed> = new Map<string, ItemDeed>([
  ['product_viewed', 'viewed'],
  ['product_added', 'carted'],
  ['product_removed', 'uncarted'],
  ['cart_viewed', 'carted'],
  ['product_favorited', 'favorited'],
  ['product_tried', 'tried'],
  ['stock_inquired', 'inquired'],
  ['question_asked', 'inquired'],
  ['order_completed', 'ordered'],
  ['order_placed', 'uncarted'],
  ['order_refunded', 'returned'],
  ['recommendation_shown', 'shown'],
  ['recommendation_clicked', 'clicked'],
]);

/** Refunds that bring no goods back. */
const MONEY_ONLY: readonly JsonValue[] = ['refund_only', 'price_adjustment'];

const NO_LINES: readonly ItemLine[] = Object.freeze([]);

/** What an event says was done to products; nothing of those that speak of none. */
export function itemLines(event: Event): readonly ItemLine[] {
  const deed = deedOf(event);
  if (deed === undefined) return NO_LINES;
  const { properties, order } = event;
  const key = order && { order: `${order.namespace}\0${order.order_id}` };
  const { products } = properties;
  if (Array.isArray(products)) {
    const lines: ItemLine[] = [];
    for (const line of products)
      if (isJsonObject(line) && (line.kind ?? 'goods') === 'goods') lines.push({ deed, line, ...key });
    return lines;
  }
  const own: ItemLine = key === undefined ? { deed, line: properties } : { deed, line: properties, ...key };
  // What a recommendation led to says so itself, without an event for the click.
  const led = deed !== 'clicked' && deed !== 'shown' && properties.recommendation_id !== undefined;
  return led ? [own, { deed: 'clicked', line: properties }] : [own];
}

function deedOf({ type, order, properties }: Event): ItemDeed | undefined {
  const deed = DEEDS.get(type);
  // The copy of an order that a browser reports closes its cart; the order itself comes from elsewhere.
  if (deed === 'ordered' && order?.ledger === false) return 'uncarted';
  if (deed !== 'returned') return deed;
  const isReturn = order?.ledger !== false && !MONEY_ONLY.includes(properties.kind ?? null);
  return isReturn ? deed : undefined;
}
