import { limits } from "../../limits.js";
import { ADD, CART_COLUMNS, CLEAR, ORDERED, REMOVE } from "../cart-lines.js";
import { FIXED_POINT_SCALE } from "../exact.js";
import { insertNewest } from "../newest.js";
import { isLive, tileOf } from "../tiles.js";
function textAt(values, index) {
    const value = values[index];
    return typeof value === 'string' ? value : null;
}
function numberAt(values, index) {
    const value = values[index];
    return typeof value === 'number' ? value : 0;
}
function addLine(lines, [, , , , cart, item, variant, quantity]) {
    const found = lines.find((line) => line.cart === cart && line.item === item && line.variant === variant);
    if (found === undefined)
        lines.push({ cart, item, variant, quantity });
    else
        found.quantity += quantity;
}
/** Products are compared by item where both sides name it; tills may know the variant only. */
function isSameProduct(line, [, , , , , item, variant]) {
    if (line.item !== null && item !== null)
        return line.item === item;
    return variant !== null && line.variant === variant;
}
/** A removal names as much as it knows: no variant means any, no cart means any, no quantity means all of it. */
function removeLine(lines, entry) {
    const [, , , , cart, , variant, quantity] = entry;
    let left = quantity === 0 ? Number.POSITIVE_INFINITY : quantity;
    for (const line of lines) {
        if (!isSameProduct(line, entry) || (variant !== null && line.variant !== variant))
            continue;
        if (cart !== null && line.cart !== cart)
            continue;
        const taken = Math.min(left, line.quantity);
        line.quantity -= taken;
        left -= taken;
    }
    return lines.filter((line) => line.quantity > 0);
}
function apply(lines, entry) {
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
function toJson({ cart, item, variant, quantity }) {
    return {
        ...(item === null ? {} : { item_id: item }),
        ...(variant === null ? {} : { variant_id: variant }),
        quantity: quantity / FIXED_POINT_SCALE,
        ...(cart === null ? {} : { cart_id: cart }),
    };
}
/** The lines in the carts now, in the order in which they were put there. */
export function createCart({ span }) {
    const max = limits.cartOperationsMax;
    return {
        empty: () => [],
        add(state, { time, tie, values }, now) {
            if (!isLive(span, tileOf(span, time), now))
                return;
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
            while (state.length > 0 && !isLive(span, tileOf(span, state[state.length - 1][0]), now))
                state.pop();
        },
        merge(a, b) {
            const merged = a.slice();
            for (const entry of b)
                insertNewest(merged, entry, max);
            return merged;
        },
        read(state, now) {
            let lines = [];
            for (let index = state.length - 1; index >= 0; index -= 1) {
                const entry = state[index];
                if (isLive(span, tileOf(span, entry[0]), now))
                    lines = apply(lines, entry);
            }
            const value = lines.map(toJson);
            // A full state may have forgotten older operations whose lines are still in the cart.
            return state.length < max ? { value } : { value, approximate: true };
        },
    };
}
//# sourceMappingURL=cart.js.map