/**
 * Would a JSON number survive being read as a double? Yes if the double, printed with as many significant digits
 * as were written, gives the written digits again. Up to 15 digits always do; beyond that it has to be tried:
 * 0.30000000000000004 does, 12345678901234.567 comes back as …566. Numbers that overflow, or that become 0 without
 * being 0, never do. Whole numbers written without point or exponent must moreover be safe integers.
 */
import { limits } from "../limits.js";
/** For the JSON number `text`, which is known to follow the grammar. */
export function isExactNumber(text) {
    const digits = significantDigits(text);
    if (digits === '')
        return true;
    const value = Number(text);
    if (!Number.isFinite(value) || value === 0 || digits.length > limits.jsonSignificantDigitsMax)
        return false;
    if (INTEGER.test(text) && !Number.isSafeInteger(value))
        return false;
    // The shortest form comes first: where the double lies halfway between two decimals, it may choose the other one.
    return (significantDigits(String(value)) === digits ||
        significantDigits(value.toPrecision(digits.length)) === digits);
}
const INTEGER = /^-?\d+$/;
/** The digits of the mantissa without leading and trailing zeros, which carry no value of their own. */
function significantDigits(text) {
    const mantissa = text.split(/[eE]/, 1)[0] ?? '';
    return withoutTrailingZeros(mantissa.replace(/[-.]/g, '').replace(/^0+/, ''));
}
/** A loop because /0+$/ takes quadratic time on long runs of zeros that do not end the text. */
function withoutTrailingZeros(digits) {
    let end = digits.length;
    while (end > 0 && digits.charCodeAt(end - 1) === 0x30)
        end -= 1;
    return digits.slice(0, end);
}
//# sourceMappingURL=json-numbers.js.map