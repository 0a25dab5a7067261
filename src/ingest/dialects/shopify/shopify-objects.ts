import type { JsonObject, JsonValue } from '../../../model/json.ts';
import { asObject, isGiven, present } from '../present.ts';
import { sumDecimals } from '../sum-decimals.ts';

/**
 * An order of Shopify. Its amounts are decimal text in the shop's currency; a line's price is that of one piece before
 * discounts, and every discount is allocated to lines, so that none is left for the order as a whole.
 */
export function orderProperties(order: JsonObject): JsonObject {
  const pos = order.source_name === 'pos';
  return {
    ...present('order_id', order.id),
    ...present('total', order.total_price),
    ...present('tax', order.total_tax),
    ...present('tax_included', order.taxes_included),
    ...present('currency', order.currency),
    ...present(
      'shipping',
      sumOf(order.shipping_lines, (line) => line.discounted_price ?? line.price),
    ),
    ...tipOf(order),
    ...present('coupon', asObject(first(order.discount_codes)).code),
    ...present('payment_method', first(order.payment_gateway_names)),
    ...present('cart_id', order.cart_token),
    ...(pos ? { ...present('sold_in', order.location_id), ...present('associate_id', order.user_id) } : {}),
    ...linesOf(order.line_items),
  };
}

export function checkoutProperties(checkout: JsonObject): JsonObject {
  return {
    ...present('checkout_id', checkout.token ?? checkout.id),
    ...present('cart_id', checkout.cart_token),
    ...present('total', checkout.total_price),
    ...present('currency', checkout.currency),
    ...linesOf(checkout.line_items),
  };
}

/** One line, as the goods of an order. What is sold without being in the catalog has a name alone. */
export function lineProperties(line: JsonObject): JsonObject {
  return {
    ...present('item_id', line.product_id),
    ...present('variant_id', line.variant_id),
    ...present('sku', line.sku),
    ...present('name', line.title ?? line.name),
    ...present('variant', line.variant_title),
    ...present('brand', line.vendor),
    ...present('price', line.price),
    ...present('quantity', line.quantity),
    ...present(
      'discount',
      sumOf(line.discount_allocations, ({ amount }) => amount),
    ),
    ...(line.gift_card === true ? { kind: 'gift_card' } : {}),
  };
}

export function customerTraits(customer: JsonObject): JsonObject {
  const address = asObject(customer.default_address);
  return {
    ...present('first_name', customer.first_name),
    ...present('last_name', customer.last_name),
    ...present('email', customer.email),
    ...present('phone', customer.phone),
    ...present('city', address.city),
    ...present('province', address.province),
    ...present('country', address.country_code),
    ...present('created_at', customer.created_at),
  };
}

/** What was said about marketing by e-mail and text message; somebody who was never asked has said nothing. */
export function marketingConsent(customer: JsonObject): JsonObject {
  const marketing = {
    ...consentOf('email', customer.email_marketing_consent),
    ...consentOf('sms', customer.sms_marketing_consent),
  };
  return Object.keys(marketing).length === 0 ? {} : { marketing };
}

function consentOf(channel: string, consent: JsonValue | undefined): JsonObject {
  const { state } = asObject(consent);
  if (state === 'subscribed') return { [channel]: true };
  return state === 'unsubscribed' ? { [channel]: false } : {};
}

function linesOf(lines: JsonValue | undefined): JsonObject {
  return Array.isArray(lines) ? { products: lines.map((line) => lineProperties(asObject(line))) } : {};
}

function tipOf(order: JsonObject): JsonObject {
  const tip = order.total_tip_received;
  return isGiven(tip) && Number(tip) > 0 ? { fee: tip } : {};
}

function sumOf(
  list: JsonValue | undefined,
  amountOf: (entry: JsonObject) => JsonValue | undefined,
): string | undefined {
  return Array.isArray(list) && list.length > 0
    ? sumDecimals(list.map((entry) => amountOf(asObject(entry))))
    : undefined;
}

function first(list: JsonValue | undefined): JsonValue | undefined {
  return Array.isArray(list) ? (list[0] as JsonValue | undefined) : undefined;
}
