/**
 * Amounts as they arrive (JSON numbers or decimal text) → minor units, without floating arithmetic. A JSON number
 * stands for the decimal that is written in its shortest form: 4.15 is 4.15, not the double a little below it.
 *
 * Where a sum has to be split into whole minor units (a discount over lines, 1.236 kg × 3.99), the largest remainder
 * method decides: everyone gets the part rounded down, and what is left goes, one unit each, to those who lost most.
 * So the parts always add up to exactly the sum that was rounded once.
 */
import { limits } from "../limits.js";
import { decimalOf, parseDecimal, powerOfTen } from "../model/decimal.js";
/** Whole minor units: 4.15 → 415 with two decimals. Undefined: not a decimal, too precise for the currency, or too large. */
export function amountToMinor(value, decimals) {
    if (typeof value === 'number') {
        const quick = quickMinor(value, decimals);
        if (quick !== undefined)
            return quick;
    }
    const decimal = typeof value === 'number' ? decimalOf(value) : parseDecimal(value);
    if (decimal === undefined || decimal.scale > decimals)
        return undefined;
    return bounded(decimal.units * powerOfTen(decimals - decimal.scale));
}
/** Minor units that may hold a fraction: a unit price of 0.001 is 0.1 with two decimals. */
export function unitToMinor(value, decimals) {
    if (typeof value === 'number') {
        const quick = quickMinor(value, decimals);
        if (quick !== undefined)
            return quick;
    }
    const decimal = typeof value === 'number' ? decimalOf(value) : parseDecimal(value);
    if (decimal === undefined || decimal.scale > limits.unitPriceDecimalsMax)
        return undefined;
    return bounded(shifted(decimal, decimals));
}
/** A quantity of goods, pieces or kilograms; undefined when it is no decimal, too precise or too large. */
export function toQuantity(value) {
    const decimal = typeof value === 'number' ? decimalOf(value) : parseDecimal(value);
    if (decimal === undefined || decimal.scale > limits.quantityDecimalsMax)
        return undefined;
    const quantity = decimal.units / powerOfTen(decimal.scale);
    return Math.abs(quantity) <= limits.quantityMax ? quantity : undefined;
}
/**
 * `total` (a whole number ≥ 0) in whole parts proportional to `weights` (whole numbers ≥ 0, not all 0). The parts sum
 * to the total exactly, and while the total does not exceed the sum of the weights no part exceeds its weight.
 */
export function allocate(total, weights) {
    let sum = 0;
    let largest = 0;
    for (const weight of weights) {
        sum += weight;
        if (weight > largest)
            largest = weight;
    }
    if (Number.isSafeInteger(total * largest) && Number.isSafeInteger(sum))
        return allocateSmall(total, weights, sum);
    const exactSum = weights.reduce((all, weight) => all + BigInt(weight), 0n);
    return apportion(weights.map((weight) => BigInt(total) * BigInt(weight)), exactSum);
}
/** The same where every product is a safe integer, as on almost every bill: a tenth of the cost of big integers. */
function allocateSmall(total, weights, sum) {
    const parts = [];
    const remainders = [];
    let left = total;
    for (const weight of weights) {
        const numerator = total * weight;
        const remainder = numerator % sum;
        const part = (numerator - remainder) / sum;
        parts.push(part);
        remainders.push(remainder);
        left -= part;
    }
    return handOut(left, parts, remainders);
}
/** Whole numbers near `numerators[i] / denominator` whose sum is the exact sum rounded once, half away from zero. */
export function apportion(numerators, denominator) {
    let sum = 0n;
    let floors = 0n;
    const parts = [];
    const remainders = [];
    for (const numerator of numerators) {
        const floor = floorDivide(numerator, denominator);
        sum += numerator;
        floors += floor;
        parts.push(Number(floor));
        remainders.push(numerator - floor * denominator);
    }
    return handOut(Number(roundHalfAway(sum, denominator) - floors), parts, remainders);
}
/** Gives one unit more to each of the `left` parts with the largest remainders; the earlier one wins a tie. */
function handOut(left, parts, remainders) {
    if (left === 0)
        return parts;
    const order = remainders.map((_, i) => i).sort((a, b) => descending(remainders[a], remainders[b]) || a - b);
    for (let n = 0; n < left; n++) {
        const i = order[n] ?? 0;
        parts[i] = (parts[i] ?? 0) + 1;
    }
    return parts;
}
/**
 * The common case in three operations. `n × 10^d` may be off by a rounding error, but if the nearest integer divided by
 * 10^d gives the same double back, then that integer is the decimal that was meant, since both have 15 digits or fewer.
 */
function quickMinor(value, decimals) {
    const power = powerOfTen(decimals);
    const minor = Math.round(value * power);
    if (minor / power !== value || !(Math.abs(minor) <= limits.amountMinorMax))
        return undefined;
    return minor === 0 ? 0 : minor;
}
function shifted(decimal, decimals) {
    const shift = decimals - decimal.scale;
    return shift >= 0 ? decimal.units * powerOfTen(shift) : decimal.units / powerOfTen(-shift);
}
function bounded(minor) {
    return Math.abs(minor) <= limits.amountMinorMax ? minor : undefined;
}
function floorDivide(numerator, denominator) {
    const quotient = numerator / denominator;
    return numerator < 0n && quotient * denominator !== numerator ? quotient - 1n : quotient;
}
function roundHalfAway(numerator, denominator) {
    const magnitude = numerator < 0n ? -numerator : numerator;
    const rounded = (2n * magnitude + denominator) / (2n * denominator);
    return numerator < 0n ? -rounded : rounded;
}
function descending(a, b) {
    return a === b || a === undefined || b === undefined ? 0 : a > b ? -1 : 1;
}
//# sourceMappingURL=money.js.map