/** Characters that JSON does not allow in a string as they are, and surrogates, of which one may be alone. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const SPECIAL = /["\\\u0000-\u001f\ud800-\udfff]/;
/** The text as the inside of a JSON string. Almost no field needs escaping, and the test is one pass. */
export function escapeJson(text) {
    return SPECIAL.test(text) ? JSON.stringify(text).slice(1, -1) : text;
}
export function quoteJson(text) {
    return SPECIAL.test(text) ? JSON.stringify(text) : `"${text}"`;
}
//# sourceMappingURL=json-text.js.map