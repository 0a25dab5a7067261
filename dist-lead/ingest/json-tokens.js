/**
 * The tokens of JSON, read from bytes. Strict RFC 8259 grammar, nothing is decoded: a call answers where the token
 * ends, or -1 after noting in `fault` what is broken and where. What is valid JSON but would be altered by parsing
 * it is noted in `loneSurrogate` and `inexact` instead; the caller decides what to do about it.
 */
import { isExactNumber } from "./json-numbers.js";
export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const COMMA = 0x2c;
export const COLON = 0x3a;
const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const LETTER_U = 0x75;
const SPACE = 0x20;
/** Longest text of an integer, sign included, that certainly has at most 15 digits. */
const SHORT_NUMBER = 15;
export class JsonTokens {
    bytes = Buffer.alloc(0);
    end = 0;
    /** What is broken, and where; meaningful after an answer of -1. */
    fault = '';
    faultAt = -1;
    /** The last string has an escape, or an escaped half of a surrogate pair. */
    escaped = false;
    loneSurrogate = false;
    /** The last number would be altered by reading it as a double. */
    inexact = false;
    start(bytes, end) {
        this.bytes = bytes;
        this.end = end;
        this.fault = '';
        this.faultAt = -1;
    }
    fail(at, fault) {
        this.fault = fault;
        this.faultAt = at;
        return -1;
    }
    skipSpace(from) {
        const { bytes, end } = this;
        let at = from;
        while (at < end) {
            const byte = bytes[at];
            if (byte > SPACE || !isJsonWhitespace(byte))
                break;
            at += 1;
        }
        return at;
    }
    /** From the opening quote to behind the closing one. */
    string(open) {
        const { bytes, end } = this;
        this.escaped = false;
        this.loneSurrogate = false;
        let at = open + 1;
        while (at < end) {
            const byte = bytes[at];
            if (byte === QUOTE)
                return at + 1;
            if (byte === BACKSLASH) {
                at = this.#escape(at);
                if (at < 0)
                    return -1;
            }
            else if (byte < SPACE) {
                return this.fail(at, 'a control character in a string');
            }
            else {
                at += 1;
            }
        }
        return this.fail(end, 'the text ends inside a string');
    }
    number(start) {
        const { bytes, end } = this;
        this.inexact = false;
        let at = bytes[start] === MINUS ? start + 1 : start;
        const first = at < end ? bytes[at] : 0;
        if (first === ZERO)
            at += 1;
        else if (first > ZERO && first <= NINE)
            at = this.#digits(at);
        else
            return this.fail(at, 'a digit is missing');
        const next = at < end ? bytes[at] : 0;
        let exponent = false;
        if (next === POINT) {
            const fraction = at + 1;
            at = this.#digits(fraction);
            if (at === fraction)
                return this.fail(at, 'a digit is missing');
        }
        if (at < end && (bytes[at] | 0x20) === 0x65) {
            exponent = true;
            at = this.#exponent(at);
            if (at < 0)
                return -1;
        }
        // Without an exponent, so short a number has at most 15 digits and lies far from every limit.
        if (exponent || at - start > SHORT_NUMBER) {
            this.inexact = !isExactNumber(bytes.toString('latin1', start, at));
        }
        return at;
    }
    /** `true`, `false` or `null`, whichever `word` says. */
    literal(start, word) {
        const { bytes, end } = this;
        for (let i = 0; i < word.length; i += 1) {
            if (start + i >= end || bytes[start + i] !== word.charCodeAt(i))
                return this.fail(start, 'an unknown word');
        }
        return start + word.length;
    }
    #digits(from) {
        const { bytes, end } = this;
        let at = from;
        while (at < end && bytes[at] >= ZERO && bytes[at] <= NINE)
            at += 1;
        return at;
    }
    #exponent(letter) {
        let first = letter + 1;
        if (first < this.end && (this.bytes[first] === PLUS || this.bytes[first] === MINUS))
            first += 1;
        const at = this.#digits(first);
        return at === first ? this.fail(at, 'a digit is missing') : at;
    }
    /** From the backslash to behind the escape; a pair of surrogates counts as one. */
    #escape(backslash) {
        this.escaped = true;
        const letter = backslash + 1 < this.end ? this.bytes[backslash + 1] : 0;
        if (letter !== LETTER_U) {
            return isShortEscape(letter) ? backslash + 2 : this.fail(backslash, 'an unknown escape');
        }
        const unit = this.#codeUnit(backslash);
        if (unit < 0)
            return this.fail(backslash, 'an incomplete \\u escape');
        if (unit < 0xd800 || unit > 0xdfff)
            return backslash + 6;
        const second = unit < 0xdc00 ? this.#codeUnit(backslash + 6) : -1;
        if (second >= 0xdc00 && second <= 0xdfff)
            return backslash + 12;
        this.loneSurrogate = true;
        return backslash + 6;
    }
    /** Value of the `\uXXXX` that starts at `at`, or -1 where there is none. */
    #codeUnit(at) {
        const { bytes } = this;
        if (at + 6 > this.end || bytes[at] !== BACKSLASH || bytes[at + 1] !== LETTER_U)
            return -1;
        let unit = 0;
        for (let i = at + 2; i < at + 6; i += 1) {
            const digit = hexDigit(bytes[i]);
            if (digit < 0)
                return -1;
            unit = unit * 16 + digit;
        }
        return unit;
    }
}
export function isJsonWhitespace(byte) {
    return byte === SPACE || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
function hexDigit(byte) {
    if (byte >= ZERO && byte <= NINE)
        return byte - ZERO;
    const lower = byte | 0x20;
    return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
/** One of " \ / b f n r t. */
function isShortEscape(letter) {
    switch (letter) {
        case QUOTE:
        case BACKSLASH:
        case 0x2f:
        case 0x62:
        case 0x66:
        case 0x6e:
        case 0x72:
        case 0x74:
            return true;
        default:
            return false;
    }
}
//# sourceMappingURL=json-tokens.js.map