/**
 * Names that shops on Sensors Analytics commonly use, after its plans for retail: events are named in camel case by
 * verb and object, goods are "commodities". Names that are not listed go on as they are. Orders are mapped only where
 * the name leaves no doubt, and lines of orders that are events of their own (`PayOrderDetail`) not at all: they
 * would count an order once per line.
 */
import type { JsonObject, JsonValue } from '../../../model/json.ts';
import { isGiven } from '../present.ts';

const EVENTS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    commoditydetail: 'product_viewed',
    commoditydetailview: 'product_viewed',
    viewcommoditydetail: 'product_viewed',
    viewcommodity: 'product_viewed',
    viewproduct: 'product_viewed',
    addtoshoppingcart: 'product_added',
    addtocart: 'product_added',
    removefromshoppingcart: 'product_removed',
    collectcommodity: 'product_favorited',
    viewshoppingcart: 'cart_viewed',
    searchrequest: 'products_searched',
    submitorder: 'order_placed',
    payorder: 'order_completed',
    cancelorder: 'order_cancelled',
    registersuccess: 'signed_up',
    loginsuccess: 'signed_in',
  }),
);

const PROPERTIES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    commodity_id: 'item_id',
    commodity_spu_id: 'item_id',
    commodity_sku_id: 'variant_id',
    commodity_name: 'name',
    commodity_brand: 'brand',
    commodity_quantity: 'quantity',
    commodity_number: 'quantity',
    present_price: 'price',
    commodity_price: 'price',
    original_price: 'list_price',
    key_word: 'query',
    keyword: 'query',
    order_actual_amount: 'total',
    actual_amount: 'total',
  }),
);

/** The canonical type of an event of a retail plan, else the name as it is. */
export function commerceName(event: string): string {
  return EVENTS.get(event.replaceAll('_', '').toLowerCase()) ?? event;
}

/** Properties under canonical names; where both are there, the canonical one stands. */
export function commerceProperties(properties: JsonObject): JsonObject {
  let renamed: Record<string, JsonValue | undefined> | undefined;
  for (const key in properties) {
    const to = PROPERTIES.get(key);
    if (to === undefined || isGiven(properties[to])) continue;
    // The item is the product; where both ids are there, the other one is that of what was chosen of it.
    if (key === 'commodity_id' && isGiven(properties.commodity_spu_id)) continue;
    renamed ??= { ...properties };
    renamed[to] ??= properties[key];
    delete renamed[key];
  }
  const { first_commodity: first, second_commodity: second } = properties;
  if (!isGiven(first) || isGiven(properties.category)) return renamed ?? properties;
  return { ...(renamed ?? properties), category: isGiven(second) ? `${first}/${second}` : `${first}` };
}
