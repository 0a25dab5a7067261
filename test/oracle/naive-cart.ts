import type { Event } from '../../src/model/event.ts';
import type { JsonValue } from '../../src/model/json.ts';

/** The cart as it stands, by doing what the events say; types only, like the rest of the oracle. */
interface Line {
  cart: unknown;
  item: unknown;
  variant: unknown;
  quantity: number;
}

function linesOf(event: Event): readonly Record<string, unknown>[] {
  const { products } = event.properties;
  return (Array.isArray(products) ? products : [event.properties]) as Record<string, unknown>[];
}

/** By item where both name one, else by variant. */
function sameProduct(line: Line, other: { item: unknown; variant: unknown }): boolean {
  if (line.item !== undefined && other.item !== undefined) return line.item === other.item;
  return line.variant !== undefined && line.variant === other.variant;
}

export function cart(items: readonly { readonly event: Event }[]): JsonValue {
  let lines: Line[] = [];
  for (const { event } of items) {
    const { cart_id, products } = event.properties;
    if (event.type === 'cart_viewed' && !Array.isArray(products)) continue;
    if (event.type === 'cart_viewed') lines = lines.filter((line) => line.cart !== cart_id);
    if (event.type === 'product_added' || event.type === 'cart_viewed') {
      for (const { item_id: item, variant_id: variant, quantity } of linesOf(event)) {
        const same = lines.find(
          (line) => line.cart === cart_id && line.item === item && line.variant === variant,
        );
        const added = typeof quantity === 'number' ? quantity : 1;
        if (same === undefined) lines.push({ cart: cart_id, item, variant, quantity: added });
        else same.quantity += added;
      }
    } else if (event.type === 'product_removed') {
      for (const { item_id: item, variant_id: variant, quantity } of linesOf(event)) {
        let left = typeof quantity === 'number' ? quantity : Number.POSITIVE_INFINITY;
        for (const line of lines) {
          const meant =
            sameProduct(line, { item, variant }) && (variant === undefined || line.variant === variant);
          if (!meant || (cart_id !== undefined && line.cart !== cart_id)) continue;
          const taken = Math.min(left, line.quantity);
          line.quantity -= taken;
          left -= taken;
        }
      }
    } else {
      const bought = Array.isArray(products) ? linesOf(event) : [];
      const closes = (line: Line): boolean =>
        (cart_id !== undefined && line.cart === cart_id) ||
        bought.some(({ item_id: item, variant_id: variant }) => sameProduct(line, { item, variant }));
      lines = lines.filter((line) => !closes(line));
    }
    lines = lines.filter((line) => line.quantity > 0);
  }
  return lines.map(({ cart: cart_id, item, variant, quantity }) =>
    JSON.parse(JSON.stringify({ item_id: item, variant_id: variant, quantity, cart_id })),
  );
}
