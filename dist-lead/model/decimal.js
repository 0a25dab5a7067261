const UNITS_MAX = 999_999_999_999_999;
const TEXT_CHARACTERS_MAX = 40;
const PLAIN = /^(-?)(\d+)(?:\.(\d+))?$/;
/** Reads `-12.50`: no exponent, no plus, digits on both sides of the point; undefined for anything else. */
export function parseDecimal(text) {
    if (text.length > TEXT_CHARACTERS_MAX)
        return undefined;
    const match = PLAIN.exec(text);
    if (match === null)
        return undefined;
    const fraction = withoutTrailingZeros(match[3] ?? '');
    const magnitude = Number(`${match[2]}${fraction}`);
    if (magnitude > UNITS_MAX)
        return undefined;
    return { units: magnitude === 0 || match[1] === '' ? magnitude : -magnitude, scale: fraction.length };
}
/** The decimal that a number is the nearest double of: its shortest text form. */
export function decimalOf(value) {
    if (Number.isInteger(value)) {
        return Math.abs(value) <= UNITS_MAX ? { units: value === 0 ? 0 : value, scale: 0 } : undefined;
    }
    const text = String(value);
    const e = text.indexOf('e');
    if (e === -1)
        return parseDecimal(text);
    // Only tiny numbers get here: what is written with a positive exponent is an integer beyond the bound.
    const mantissa = parseDecimal(text.slice(0, e));
    const exponent = Number(text.slice(e + 1));
    return mantissa === undefined || !(exponent < 0)
        ? undefined
        : { units: mantissa.units, scale: mantissa.scale - exponent };
}
/** `{ units: 415, scale: 2 }` → `4.15`, with at least `decimalsMin` digits after the point. */
export function formatDecimal(decimal, decimalsMin) {
    const sign = decimal.units < 0 ? '-' : '';
    const digits = String(Math.abs(decimal.units)).padStart(decimal.scale + 1, '0');
    const whole = digits.slice(0, digits.length - decimal.scale);
    const fraction = digits.slice(digits.length - decimal.scale).padEnd(decimalsMin, '0');
    return fraction === '' ? `${sign}${whole}` : `${sign}${whole}.${fraction}`;
}
/** 10 to a power between 0 and 22: exactly the ones that a double holds exactly. */
export function powerOfTen(exponent) {
    return 10 ** exponent;
}
function withoutTrailingZeros(digits) {
    let end = digits.length;
    while (end > 0 && digits.charCodeAt(end - 1) === 48)
        end--;
    return end === digits.length ? digits : digits.slice(0, end);
}
//# sourceMappingURL=decimal.js.map