import { limits } from "../limits.js";
/** Cuts a text to what features may keep, never through the middle of a surrogate pair. */
export function boundedText(text) {
    const max = limits.featureStringCharactersMax;
    if (text.length <= max)
        return text;
    const last = text.charCodeAt(max - 1);
    return text.slice(0, last >= 0xd800 && last <= 0xdbff ? max - 1 : max);
}
/** The value as features keep it; undefined for what is no key: null, objects (sealed ones too) and lists. */
export function keyOf(value) {
    if (typeof value === 'string')
        return boundedText(value);
    // `|| 0` keeps -0 out of the stored bytes.
    if (typeof value === 'number')
        return value || 0;
    return typeof value === 'boolean' ? value : undefined;
}
//# sourceMappingURL=scalar.js.map