import { TesseraError } from "../errors.js";
import { currencyDecimals } from "./currencies.js";
import { decimalOf, formatDecimal } from "./decimal.js";
/** Decimals of a currency's minor unit; undefined when the code is not ISO 4217. */
export function decimalsOfCurrency(currency) {
    return currencyDecimals.get(currency);
}
/**
 * Minor units as the decimal text that answers and history show: `formatMinor(415, 'GBP')` is `4.15`. Unit prices
 * may hold a fraction of a minor unit, which the text keeps: `formatMinor(0.1, 'GBP')` is `0.001`.
 */
export function formatMinor(minor, currency) {
    const decimals = currencyDecimals.get(currency);
    if (decimals === undefined)
        throw new TesseraError('unknown_currency', 'an amount is stored with an unknown currency');
    if (Number.isSafeInteger(minor))
        return formatInteger(minor, decimals);
    const decimal = decimalOf(minor);
    if (decimal === undefined)
        throw new TesseraError('invalid_amount', 'an amount is beyond what can be written exactly');
    return formatDecimal({ units: decimal.units, scale: decimal.scale + decimals }, decimals);
}
function formatInteger(minor, decimals) {
    if (decimals === 0)
        return String(minor === 0 ? 0 : minor);
    const digits = String(Math.abs(minor)).padStart(decimals + 1, '0');
    const point = digits.length - decimals;
    return `${minor < 0 ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`;
}
//# sourceMappingURL=money.js.map