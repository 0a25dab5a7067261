import { isJsonWhitespace } from "./json-tokens.js";
import { pointer } from "./rejection.js";
const DEPTH_SHOWN = 8;
const KEY_CHARACTERS_SHOWN = 64;
/**
 * JSON pointer to the place at byte offset `at` of a value that starts at `start`. Reads the text again, which only
 * rejected events pay for. What lies before `at` is known to follow the grammar. Deep or long paths are cut.
 */
export function pointerAt(bytes, start, at) {
    const path = pathTo(bytes, start, at);
    let text = '';
    for (const step of path.slice(0, DEPTH_SHOWN)) {
        text = pointer(text, typeof step === 'string' ? step.slice(0, KEY_CHARACTERS_SHOWN) : step);
    }
    return text;
}
/** One entry per open container: the index in an array, the latest key of an object. */
function pathTo(bytes, start, end) {
    const path = [];
    for (let at = start; at < end; at += 1) {
        const last = path.length - 1;
        switch (bytes[at]) {
            case 0x7b:
                path.push('');
                break;
            case 0x5b:
                path.push(0);
                break;
            case 0x7d:
            case 0x5d:
                path.pop();
                break;
            case 0x2c: {
                const index = path[last];
                if (typeof index === 'number')
                    path[last] = index + 1;
                break;
            }
            case 0x22: {
                const close = closingQuote(bytes, at);
                if (typeof path[last] === 'string' && isKey(bytes, close)) {
                    path[last] = String(JSON.parse(bytes.toString('utf8', at, close + 1)));
                }
                at = close;
                break;
            }
        }
    }
    return path;
}
function closingQuote(bytes, open) {
    let at = open + 1;
    while (at < bytes.length && bytes[at] !== 0x22)
        at += bytes[at] === 0x5c ? 2 : 1;
    return at;
}
function isKey(bytes, close) {
    let at = close + 1;
    while (at < bytes.length && isJsonWhitespace(bytes[at]))
        at += 1;
    return bytes[at] === 0x3a;
}
//# sourceMappingURL=json-pointer.js.map