/**
 * What each line of a bill comes to, in whole minor units.
 *
 *   amount = paid, where the line says so; else quantity × price − discount − its share of the order's discount
 *
 * Products of decimal quantities and prices are kept exactly and rounded together, so that the lines add up to the
 * exact sum rounded once. The order's discount goes over the goods by largest remainder. It is left alone where the
 * lines carry shares already, or where it only repeats the sum of the lines' own discounts.
 */
import { limits } from "../limits.js";
import { decimalOf } from "../model/decimal.js";
import { isJsonObject } from "../model/json.js";
import { copyOf } from "./canonical-properties.js";
import { allocate, apportion } from "./money.js";
import { reject } from "./rejection.js";
/** Quantities have up to 4 decimals and unit prices in minor units up to 6. */
const EXACT_SCALE = limits.quantityDecimalsMax + limits.unitPriceDecimalsMax;
const EXACT_ONE = 10n ** BigInt(EXACT_SCALE);
export const GOODS = 'goods';
/** The lines with their amounts before any share of the order's discount. */
export function readLines(products) {
    const lines = [];
    if (!Array.isArray(products))
        return lines;
    const exact = [];
    const rounded = [];
    for (let i = 0; i < products.length; i++) {
        const source = products[i];
        if (!isJsonObject(source))
            continue;
        const line = readLine(source);
        lines.push(line);
        if (line.amount !== undefined || typeof source.price !== 'number')
            continue;
        const product = line.quantity * source.price;
        if (Number.isInteger(line.quantity) && Number.isInteger(source.price) && Number.isSafeInteger(product)) {
            line.amount = product;
        }
        else {
            exact.push(exactProduct(line.quantity, source.price));
            rounded.push(i);
        }
    }
    if (exact.length > 0)
        setAmounts(lines, rounded, apportion(exact, EXACT_ONE));
    return withOwnDiscounts(lines);
}
/** Spreads an order's discount over its goods. What exceeds them stays off: it was given on freight. */
export function shareDiscount(lines, discount) {
    if (discount === 0 || lines.some((line) => line.share !== undefined))
        return;
    let own = 0;
    for (const line of lines)
        own += numberOf(line.source.discount);
    if (own === discount)
        return;
    const bearing = lines.filter((line) => bearsDiscount(line));
    let goods = 0;
    for (const line of bearing)
        goods += line.amount ?? 0;
    if (goods === 0)
        return;
    const shares = allocate(Math.min(discount, goods), bearing.map((line) => line.amount ?? 0));
    bearing.forEach((line, i) => {
        line.share = shares[i] ?? 0;
        line.amount = (line.amount ?? 0) - line.share;
    });
}
/** Sum of the lines, of one kind or of all; undefined when a line that counts has no amount. */
export function sumLines(lines, kind) {
    let sum = 0;
    for (const line of lines) {
        if (kind !== undefined && line.kind !== kind)
            continue;
        if (line.amount === undefined)
            return undefined;
        sum += line.amount;
    }
    return sum;
}
/** The line as the canonical event keeps it. */
export function canonicalLine(line) {
    const copy = copyOf(line.source);
    copy.quantity = line.quantity;
    copy.kind = line.kind;
    if (line.amount !== undefined)
        copy.amount = line.amount;
    if (line.share !== undefined)
        copy.discount_share = line.share;
    return copy;
}
function readLine(source) {
    const share = typeof source.discount_share === 'number' ? source.discount_share : undefined;
    return {
        source,
        quantity: typeof source.quantity === 'number' ? source.quantity : 1,
        kind: typeof source.kind === 'string' ? source.kind : GOODS,
        amount: typeof source.paid === 'number' ? source.paid : undefined,
        share,
    };
}
function setAmounts(lines, places, amounts) {
    for (let n = 0; n < places.length; n++) {
        const line = lines[places[n] ?? -1];
        if (line !== undefined)
            line.amount = amounts[n];
    }
}
function withOwnDiscounts(lines) {
    for (let i = 0; i < lines.length; i++) {
        const line = lines[i];
        if (line?.amount === undefined)
            continue;
        if (Math.abs(line.amount) > limits.amountMinorMax) {
            return reject('invalid_amount', `/products/${i}/price`, 'the line is larger than one amount may be');
        }
        if (typeof line.source.paid === 'number')
            continue;
        const off = numberOf(line.source.discount) + (line.share ?? 0);
        if (off > Math.max(line.amount, 0)) {
            return reject('invalid_amount', `/products/${i}/discount`, 'the discount exceeds the line');
        }
        line.amount -= off;
    }
    return lines;
}
function bearsDiscount(line) {
    return (line.kind === GOODS &&
        line.amount !== undefined &&
        line.amount > 0 &&
        typeof line.source.paid !== 'number');
}
function exactProduct(quantity, price) {
    const q = decimalOf(quantity) ?? { units: 0, scale: 0 };
    const p = decimalOf(price) ?? { units: 0, scale: 0 };
    return BigInt(q.units) * BigInt(p.units) * 10n ** BigInt(EXACT_SCALE - q.scale - p.scale);
}
function numberOf(value) {
    return typeof value === 'number' ? value : 0;
}
//# sourceMappingURL=order-lines.js.map