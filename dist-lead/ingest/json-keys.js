/**
 * Which keys the open objects have so far, to notice a repeated one. The table keeps the byte ranges of the keys on a
 * stack that is cut back when an object closes. Up to `SMALL` plain keys of an object are compared one by one, by a
 * signature of a few bytes first. An object with more keys, or with an escape in one, gets a Set of decoded texts
 * instead: so no choice of keys makes the check slow, since the engine's own string hash is seeded and ours would not be.
 */
import { limits } from "../limits.js";
const SMALL = 32;
/** Two scopes (the request around the events, and one event) hold keys at the same time. */
const CAPACITY = 2 * (limits.jsonKeysMax + 1);
const LEVELS = 2 * (limits.jsonDepthMax + 2);
const PROTOTYPE = '__proto__';
const UNDERSCORE = 0x5f;
export class JsonKeys {
    count = 0;
    #bytes = Buffer.alloc(0);
    #starts = new Int32Array(CAPACITY);
    #ends = new Int32Array(CAPACITY);
    #signatures = new Int32Array(CAPACITY);
    #bases = new Int32Array(LEVELS);
    #texts = new Array(LEVELS).fill(undefined);
    start(bytes) {
        this.#bytes = bytes;
        this.count = 0;
    }
    /** An object opens at this level; levels open and close like brackets. */
    open(level) {
        this.#bases[level] = this.count;
        if (this.#texts[level] !== undefined)
            this.#texts[level] = undefined;
    }
    close(level) {
        this.count = this.#bases[level];
    }
    /** Takes the key with these bytes (quotes excluded) into the object at `level`; false when it is there already. */
    add(level, start, end, escaped) {
        const index = this.count;
        const base = this.#bases[level];
        this.count = index + 1;
        const texts = this.#texts[level];
        if (texts !== undefined)
            return addNew(texts, this.decode(start, end, escaped));
        if (escaped || index - base >= SMALL)
            return this.#addText(level, index, this.decode(start, end, escaped));
        const signature = this.#signature(start, end);
        this.#starts[index] = start;
        this.#ends[index] = end;
        this.#signatures[index] = signature;
        for (let other = base; other < index; other += 1) {
            if (this.#signatures[other] === signature && this.#same(other, index))
                return false;
        }
        return true;
    }
    /** Whether this key, once decoded, is the name of the prototype. */
    isPrototype(start, end, escaped) {
        if (escaped)
            return this.decode(start, end, true) === PROTOTYPE;
        return (end - start === PROTOTYPE.length &&
            this.#bytes[start] === UNDERSCORE &&
            this.#bytes.toString('latin1', start, end) === PROTOTYPE);
    }
    /** Text of a key; the quotes are the bytes before and behind it. */
    decode(start, end, escaped) {
        if (!escaped)
            return this.#bytes.toString('utf8', start, end);
        return String(JSON.parse(this.#bytes.toString('utf8', start - 1, end + 1)));
    }
    #addText(level, index, text) {
        const texts = new Set();
        for (let other = this.#bases[level]; other < index; other += 1) {
            texts.add(this.decode(this.#starts[other], this.#ends[other], false));
        }
        this.#texts[level] = texts;
        return addNew(texts, text);
    }
    #signature(start, end) {
        const bytes = this.#bytes;
        const length = end - start;
        if (length === 0)
            return 0;
        return (bytes[start] << 16) ^ (bytes[end - 1] << 8) ^ bytes[start + (length >> 1)] ^ (length << 20);
    }
    #same(a, b) {
        const bytes = this.#bytes;
        const start = this.#starts[a];
        const other = this.#starts[b];
        const length = this.#ends[a] - start;
        if (length !== this.#ends[b] - other)
            return false;
        for (let i = 0; i < length; i += 1) {
            if (bytes[start + i] !== bytes[other + i])
                return false;
        }
        return true;
    }
}
function addNew(texts, text) {
    const { size } = texts;
    return texts.add(text).size > size;
}
//# sourceMappingURL=json-keys.js.map