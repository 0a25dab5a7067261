import { limits } from '../../limits.ts';
import type { JsonValue } from '../../model/json.ts';
import { ADD, CART_COLUMNS, CLEAR, ORDERED, REMOVE } from '../cart-lines.ts';
import { FIXED_POINT_SCALE } from '../exact.ts';
import { insertNewest } from '../newest.ts';
import type { Operation, OperationOptions, Scalar } from '../operation.ts';
import { expiryOf, isLive, tileOf } from '../tiles.ts';

/**
 * The cart as it stands: the newest operations are kept, and replayed in the order of their time when read.
 * That is what makes a late "removed" or an order imported at night give the same cart as a timely one.
 */
export type CartEntry = readonly [
  time: number,
  tie: string,
  ordinal: number,
  kind: number,
  cart: string | null,
  item: string | null,
  variant: string | null,
  quantity: number,
];

interface CartLine {
  readonly cart: string | null;
  readonly item: string | null;
  readonly variant: string | null;
  quantity: number;
}

function textAt(values: readonly Scalar[], index: number): string | null {
  const value = values[index];
  return typeof value === 'string' ? value : null;
}

function numberAt(values: readonly Scalar[], index: number): number {
  const value = values[index];
  return typeof value === 'number' ? value : 0;
}

function addLine(lines: CartLine[], [, , , , cart, item, variant, quantity]: CartEntry): void {
  const found = lines.find((line) => line.cart === cart && line.item === item && line.variant === variant);
  if (found === undefined) lines.push({ cart, item, variant, quantity });
  else found.quantity += quantity;
}

/** Products are compared by item where both sides name it; tills may know the variant only. */
function isSameProduct(line: CartLine, [, , , , , item, variant]: CartEntry): boolean {
  if (line.item !== null && item !== null) return line.item === item;
  return variant !== null && line.variant === variant;
}

/** A removal names as much as it knows: no variant means any, no cart means any, no quantity means all of it. */
function removeLine(lines: CartLine[], entry: CartEntry): CartLine[] {
  const [, , , , cart, , variant, quantity] = entry;
  let left = quantity === 0 ? Number.POSITIVE_INFINITY : quantity;
  for (const line of lines) {
    if (!isSameProduct(line, entry) || (variant !== null && line.variant !== variant)) continue;
    if (cart !== null && line.cart !== cart) continue;
    const taken = Math.min(left, line.quantity);
    line.quantity -= taken;
    left -= taken;
  }
  return lines.filter((line) => line.quantity > 0);
}

function apply(lines: CartLine[], entry: CartEntry): CartLine[] {
  switch (entry[3]) {
    case ADD:
      addLine(lines, entry);
      return lines;
    case REMOVE:
      return removeLine(lines, entry);
    case CLEAR:
      return lines.filter((line) => line.cart !== entry[4]);
    case ORDERED:
      return lines.filter((line) => !isSameProduct(line, entry));
    default:
      return lines;
  }
}

function toJson({ cart, item, variant, quantity }: CartLine): JsonValue {
  return {
    ...(item === null ? {} : { item_id: item }),
    ...(variant === null ? {} : { variant_id: variant }),
    quantity: quantity / FIXED_POINT_SCALE,
    ...(cart === null ? {} : { cart_id: cart }),
  };
}

/** The lines in the carts now, in the order in which they were put there. */
export function createCart({ span }: OperationOptions): Operation<CartEntry[]> {
  const max = limits.cartOperationsMax;
  return {
    empty: () => [],
    add(state, { time, tie, values }, now) {
      if (!isLive(span, tileOf(span, time), now)) return;
      for (let at = 0; at < values.length; at += CART_COLUMNS) {
        const kind = numberAt(values, at);
        const quantity = numberAt(values, at + 4);
        const [cart, item, variant] = [
          textAt(values, at + 1),
          textAt(values, at + 2),
          textAt(values, at + 3),
        ];
        insertNewest(state, [time, tie, at / CART_COLUMNS, kind, cart, item, variant, quantity], max);
      }
      while (state.length > 0 && !isLive(span, tileOf(span, state[state.length - 1]![0]), now)) state.pop();
    },
    merge(a, b) {
      const merged = a.slice();
      for (const entry of b) insertNewest(merged, entry, max);
      return merged;
    },
    changesAt(state, now) {
      for (let index = state.length - 1; index >= 0; index -= 1) {
        const tile = tileOf(span, state[index]![0]);
        if (isLive(span, tile, now)) return expiryOf(span, tile);
      }
      return Number.POSITIVE_INFINITY;
    },
    read(state, now) {
      let lines: CartLine[] = [];
      for (let index = state.length - 1; index >= 0; index -= 1) {
        const entry = state[index]!;
        if (isLive(span, tileOf(span, entry[0]), now)) lines = apply(lines, entry);
      }
      const value = lines.map(toJson);
      // A full state may have forgotten older operations whose lines are still in the cart.
      return state.length < max ? { value } : { value, approximate: true };
    },
  };
}
