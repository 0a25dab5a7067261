const DECIMAL = /^([+-]?)(\d{1,30})(?:\.(\d{0,20}))?$/;
export const ZERO = { units: 0n, scale: 0 };
/** Undefined when the text is not a plain decimal number (an exponent or a thousands separator is not). */
export function parseDecimal(text) {
    const match = DECIMAL.exec(text);
    if (match === null)
        return undefined;
    const fraction = match[3] ?? '';
    const units = BigInt((match[2] ?? '') + fraction);
    return { units: match[1] === '-' ? -units : units, scale: fraction.length };
}
export function addDecimals(a, b) {
    if (a.scale === b.scale)
        return { units: a.units + b.units, scale: a.scale };
    const scale = Math.max(a.scale, b.scale);
    return { units: unitsAt(a, scale) + unitsAt(b, scale), scale };
}
export function multiplyDecimals(a, b) {
    return { units: a.units * b.units, scale: a.scale + b.scale };
}
export function absoluteDecimal(a) {
    return a.units < 0n ? { units: -a.units, scale: a.scale } : a;
}
/** Half away from zero, as tills round. Fewer digits than asked for stay as they are. */
export function roundDecimal(a, digits) {
    if (a.scale <= digits)
        return a;
    const divisor = 10n ** BigInt(a.scale - digits);
    const positive = a.units < 0n ? -a.units : a.units;
    const rounded = (positive + divisor / 2n) / divisor;
    return { units: a.units < 0n ? -rounded : rounded, scale: digits };
}
/** Negative, zero or positive, as sort functions want it. */
export function compareDecimals(a, b) {
    const scale = Math.max(a.scale, b.scale);
    const left = unitsAt(a, scale);
    const right = unitsAt(b, scale);
    return left < right ? -1 : left > right ? 1 : 0;
}
export function formatDecimal(a) {
    const negative = a.units < 0n;
    const digits = (negative ? -a.units : a.units).toString().padStart(a.scale + 1, '0');
    const sign = negative ? '-' : '';
    if (a.scale === 0)
        return sign + digits;
    return `${sign}${digits.slice(0, -a.scale)}.${digits.slice(-a.scale)}`;
}
function unitsAt(a, scale) {
    return a.units * 10n ** BigInt(scale - a.scale);
}
//# sourceMappingURL=decimal.js.map