import { compileEventCondition } from "../conditions/condition.js";
import { compileValues } from "../conditions/path.js";
import { limits } from "../limits.js";
import { cartLines } from "./cart-lines.js";
import { hash53 } from "./hash.js";
import { keyOf } from "./scalar.js";
const ONCE = Object.freeze([1]);
/** JSON with sorted keys: equal definitions give equal texts. */
function canonicalText(value) {
    if (Array.isArray(value))
        return `[${value.map(canonicalText).join(',')}]`;
    if (typeof value !== 'object' || value === null)
        return JSON.stringify(value) ?? 'null';
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalText(item)}`).join(',')}}`;
}
/** Equal for definitions that read the same thing from the same events. */
export function extractionKey(definition) {
    return canonicalText([
        [...new Set(definition.on)].sort(),
        definition.where ?? null,
        definition.of ?? null,
        definition.money ?? false,
        definition.aggregate === 'cart',
    ]);
}
function pushScalars(value, into) {
    if (Array.isArray(value)) {
        for (const item of value) {
            const key = keyOf(item);
            if (key !== undefined)
                into.push(key);
        }
        return;
    }
    const key = keyOf(value);
    if (key !== undefined)
        into.push(key);
}
function compileReader(definition) {
    if (definition.aggregate === 'cart')
        return cartLines;
    if (definition.of === undefined)
        return () => ONCE;
    const getAll = compileValues(definition.of);
    return (event) => {
        const scalars = [];
        for (const value of getAll(event))
            pushScalars(value, scalars);
        if (scalars.length > limits.productsPerEventMax)
            scalars.length = limits.productsPerEventMax;
        return scalars;
    };
}
export function compileExtraction(definition) {
    const money = definition.money ?? false;
    const holds = definition.where === undefined ? undefined : compileEventCondition(definition.where, '/where');
    const read = compileReader(definition);
    return {
        number: hash53(extractionKey(definition)),
        cart: definition.aggregate === 'cart',
        money,
        extract(event) {
            if (holds !== undefined && !holds(event))
                return undefined;
            if (money && event.currency === undefined)
                return undefined;
            const values = read(event);
            return values.length === 0 ? undefined : values;
        },
    };
}
//# sourceMappingURL=extractor.js.map