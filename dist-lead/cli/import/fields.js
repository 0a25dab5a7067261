/**
 * Text of one record → its fields. Quoting follows RFC 4180: a field that starts with a quote ends at the
 * next single quote, two quotes stand for one, and delimiters and line ends in between are text. A quote in
 * the middle of an unquoted field is an ordinary character.
 */
const QUOTE = 34;
export function splitPlain(text, delimiter) {
    return text.split(delimiter);
}
/** Undefined when something other than a delimiter follows a closing quote, or a quote is never closed. */
export function splitQuoted(text, delimiter) {
    const fields = [];
    let at = 0;
    for (;;) {
        let end;
        if (text.charCodeAt(at) === QUOTE) {
            const close = closingQuote(text, at + 1);
            if (close < 0)
                return undefined;
            const inner = text.slice(at + 1, close);
            fields.push(inner.includes('""') ? inner.replaceAll('""', '"') : inner);
            end = close + 1;
            if (end < text.length && !text.startsWith(delimiter, end))
                return undefined;
        }
        else {
            const next = text.indexOf(delimiter, at);
            end = next < 0 ? text.length : next;
            fields.push(text.slice(at, end));
        }
        if (end >= text.length)
            return fields;
        at = end + 1;
    }
}
/** Columns aligned by blanks: leading, trailing and repeated blanks mean nothing. */
export function splitBlanks(text) {
    const trimmed = text.trim();
    return trimmed === '' ? [] : trimmed.split(/[ \t]+/);
}
function closingQuote(text, from) {
    let at = text.indexOf('"', from);
    while (at >= 0 && text.charCodeAt(at + 1) === QUOTE)
        at = text.indexOf('"', at + 2);
    return at;
}
//# sourceMappingURL=fields.js.map