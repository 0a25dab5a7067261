import type { Event } from '../model/event.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import { isJsonObject } from '../model/json.ts';
import { exactFixed, FIXED_POINT_SCALE } from './exact.ts';
import type { Scalar } from './operation.ts';
import { keyOf } from './scalar.ts';

/** What a line of an event does to a cart. Numbers, because they are stored. */
export const ADD = 0;
export const REMOVE = 1;
/** Empties the cart of this id (none: the cart without an id). */
export const CLEAR = 2;
/** Takes the product out of every cart: some channel's order contains it. */
export const ORDERED = 3;

/** Columns of one cart operation in a sample's flat values: kind, cart, item, variant, quantity. */
export const CART_COLUMNS = 5;

const CART_TYPES: ReadonlySet<string> = new Set([
  'product_added',
  'product_removed',
  'cart_viewed',
  'order_completed',
  'order_placed',
]);

export function isCartType(type: string): boolean {
  return CART_TYPES.has(type);
}

const NO_LINES: readonly JsonValue[] = Object.freeze([]);

function textOf(object: JsonObject, key: string): string | null {
  const value = Object.hasOwn(object, key) ? keyOf(object[key]) : undefined;
  return value === undefined ? null : String(value);
}

/** Ten-thousandths; 0 where no usable quantity is given. */
function quantityOf(line: JsonObject): number {
  const quantity = line.quantity;
  const fixed = typeof quantity === 'number' && quantity > 0 ? exactFixed(quantity) : 0;
  return typeof fixed === 'number' ? fixed : 0;
}

function listedLines(properties: JsonObject): readonly JsonValue[] | undefined {
  return Array.isArray(properties.products) ? properties.products : undefined;
}

function pushLine(
  into: Scalar[],
  line: JsonValue,
  { kind, cart }: { kind: number; cart: string | null },
): void {
  if (!isJsonObject(line)) return;
  const item = textOf(line, 'item_id');
  const variant = textOf(line, 'variant_id');
  if (item === null && variant === null) return;
  const quantity = quantityOf(line);
  // Adding says how many, or means one; removing without a number means all of them.
  into.push(kind, cart, item, variant, kind === ADD && quantity === 0 ? FIXED_POINT_SCALE : quantity);
}

function pushSnapshot(into: Scalar[], cart: string | null, lines: readonly JsonValue[]): void {
  into.push(CLEAR, cart, null, null, 0);
  for (const line of lines) pushLine(into, line, { kind: ADD, cart });
}

/** The cart operations that an event amounts to, flat; empty where it says nothing about a cart. */
export function cartLines(event: Event): readonly Scalar[] {
  const { properties } = event;
  const cart = textOf(properties, 'cart_id');
  const listed = listedLines(properties);
  const lines: Scalar[] = [];
  switch (event.type) {
    case 'product_added':
    case 'product_removed': {
      const kind = event.type === 'product_added' ? ADD : REMOVE;
      if (listed === undefined) pushLine(lines, properties, { kind, cart });
      else for (const line of listed) pushLine(lines, line, { kind, cart });
      break;
    }
    case 'cart_viewed':
      // A list says what the cart holds now, also that it is empty; without one the view says nothing.
      if (listed !== undefined) pushSnapshot(lines, cart, listed);
      break;
    case 'order_completed':
    case 'order_placed':
      if (cart !== null) lines.push(CLEAR, cart, null, null, 0);
      for (const line of listed ?? NO_LINES) pushLine(lines, line, { kind: ORDERED, cart: null });
      break;
    default:
      break;
  }
  return lines;
}
