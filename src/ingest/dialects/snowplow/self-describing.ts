/**
 * Self-describing events of Snowplow: those of its shop plugin (one schema for all actions, their goods and orders in
 * entities), those of its own trackers, and the retailer's, whose schema's name is the type.
 */
import type { JsonObject, JsonValue } from '../../../model/json.ts';
import { canonicalName } from '../../names.ts';
import { canonicalTraits } from '../canonical-traits.ts';
import { givenText, present } from '../present.ts';
import type { DecodedRow } from './snowplow.ts';
import type { Described, Entities } from './snowplow-entities.ts';

export function decodeSelfDescribing({ name, data }: Described, entities: Entities): DecodedRow {
  switch (name) {
    case 'snowplow_ecommerce_action':
      return decodeAction(data, entities);
    case 'link_click':
      return { type: 'element_clicked', properties: linkOf(data) };
    case 'site_search':
      return { type: 'products_searched', properties: searchOf(data) };
    case 'screen_view':
      return { type: 'screen_viewed', properties: data };
    case 'add_to_cart':
    case 'remove_from_cart':
      return { type: name, properties: legacyLine(data) };
    default:
      if (canonicalName(name) !== 'profile_identified') return { type: name, properties: data };
      return { type: name, properties: {}, traits: canonicalTraits(data) };
  }
}

const ACTIONS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    product_view: 'product_viewed',
    add_to_cart: 'product_added',
    remove_from_cart: 'product_removed',
    list_view: 'product_list_viewed',
    list_click: 'product_clicked',
    promo_view: 'promotion_viewed',
    promo_click: 'promotion_clicked',
    transaction: 'order_completed',
    refund: 'order_refunded',
    trns_error: 'payment_failed',
  }),
);

function decodeAction(data: JsonObject, entities: Entities): DecodedRow {
  const action = givenText(data.type) ?? '';
  const goods = entities.list
    .filter(({ name }) => name === 'product')
    .map(({ data: product }) => productOf(product));
  return {
    type: action === 'checkout_step' ? checkoutType(entities) : (ACTIONS.get(action) ?? action),
    properties: { ...actionProperties(action, data, entities), ...goodsOf(action, goods) },
  };
}

/** The first step starts the checkout, the others go on with it. */
function checkoutType({ first }: Entities): string {
  const step = first.get('checkout_step')?.step;
  return step === undefined || step === 1 ? 'checkout_started' : 'checkout_progressed';
}

function actionProperties(action: string, data: JsonObject, entities: Entities): JsonObject {
  const { first } = entities;
  switch (action) {
    case 'transaction':
      return orderOf(first.get('transaction') ?? {});
    case 'refund':
      return refundOf(first.get('refund') ?? {});
    case 'promo_view':
    case 'promo_click':
      return promotionOf(first.get('promotion') ?? {});
    default:
      return { ...present('cart_id', first.get('cart')?.cart_id), ...present('name', data.name) };
  }
}

function refundOf(refund: JsonObject): JsonObject {
  return {
    ...present('order_id', refund.transaction_id),
    ...present('total', refund.refund_amount),
    ...present('currency', refund.currency),
    ...present('reason', refund.refund_reason),
  };
}

function promotionOf({ id, ...rest }: JsonObject): JsonObject {
  return { ...present('promotion_id', id), ...rest };
}

function orderOf(transaction: JsonObject): JsonObject {
  const {
    transaction_id: id,
    revenue,
    discount_code: coupon,
    discount_amount: discount,
    ...rest
  } = transaction;
  return {
    ...rest,
    ...present('order_id', id),
    ...present('total', revenue),
    ...present('coupon', coupon),
    ...present('discount', discount),
  };
}

/** Deeds with one product have it at the top; lists and orders keep theirs together. */
function goodsOf(action: string, goods: readonly JsonObject[]): JsonObject {
  const [first] = goods;
  if (first === undefined) return {};
  const one = action === 'product_view' || action === 'add_to_cart' || action === 'remove_from_cart';
  if (!one) return { products: goods };
  return goods.length === 1 ? first : { ...first, products: goods };
}

function productOf(product: JsonObject): JsonObject {
  const { id, ...rest } = product;
  return { ...present('item_id', id), ...rest };
}

function legacyLine(data: JsonObject): JsonObject {
  const { unitPrice, ...rest } = data;
  return { ...rest, ...present('price', unitPrice) };
}

function linkOf(data: JsonObject): JsonObject {
  return {
    element: data.elementId ?? 'a',
    ...present('url', data.targetUrl),
    ...present('text', data.elementContent),
  };
}

function searchOf(data: JsonObject): JsonObject {
  const terms: JsonValue | undefined = data.terms;
  const query = Array.isArray(terms) ? terms.join(' ') : terms;
  return {
    ...present('query', query),
    ...present('results', data.totalResults),
    ...present('filters', data.filters),
  };
}
