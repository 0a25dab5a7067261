/** An absent entry costs about this much too: absence is knowledge worth keeping. */
const SLOT_BYTES = 64;
/**
 * The authoritative cache of one partition: valid while the stored checkpoint is ours, dropped as a whole
 * when it is not. Bounded by encoded bytes, in two generations: what the old one holds and nobody asked for
 * since the last turn is let go, so that a look-up costs one or two Map reads and no list surgery.
 */
export class EntryCache {
    #young = new Map();
    #old = new Map();
    #youngBytes = 0;
    #dirty = new Set();
    #codec;
    #bytesMax;
    constructor(codec, bytesMax) {
        this.#codec = codec;
        this.#bytesMax = bytesMax;
    }
    get(key) {
        return this.#find(key)?.value;
    }
    has(key) {
        return this.#find(key) !== undefined;
    }
    put(key, value) {
        const slot = this.#find(key);
        if (slot?.value !== value)
            this.#place(key, { value, bytes: slot?.bytes ?? SLOT_BYTES });
        this.#dirty.add(key);
    }
    absent(key) {
        if (!this.has(key))
            this.#place(key, { value: undefined, bytes: SLOT_BYTES });
    }
    remove(key) {
        this.#place(key, { value: undefined, bytes: SLOT_BYTES });
        this.#dirty.add(key);
    }
    /** Takes what the store answered for a key that was not in memory. */
    fill(key, bytes) {
        const value = bytes === undefined ? undefined : this.#codec.decode(key, bytes);
        this.#place(key, { value, bytes: SLOT_BYTES + (bytes?.byteLength ?? 0) });
    }
    /** Encodes what changed since the last commit; null deletes. Also refreshes the size of each entry. */
    changes() {
        const entries = new Map();
        for (const key of this.#dirty) {
            const slot = this.#find(key);
            if (slot?.value === undefined)
                entries.set(key, null);
            else {
                const bytes = this.#codec.encode(key, slot.value);
                this.#youngBytes += SLOT_BYTES + bytes.byteLength - slot.bytes;
                slot.bytes = SLOT_BYTES + bytes.byteLength;
                entries.set(key, bytes);
            }
        }
        return entries;
    }
    get changed() {
        return this.#dirty.size > 0;
    }
    /** The changes are stored: forget which they were, and make room. Only here may entries leave. */
    committed() {
        this.#dirty.clear();
        if (this.#youngBytes * 2 > this.#bytesMax) {
            this.#old = this.#young;
            this.#young = new Map();
            this.#youngBytes = 0;
        }
    }
    clear() {
        this.#young.clear();
        this.#old.clear();
        this.#dirty.clear();
        this.#youngBytes = 0;
    }
    get size() {
        return this.#young.size + this.#old.size;
    }
    #find(key) {
        const young = this.#young.get(key);
        if (young !== undefined)
            return young;
        const old = this.#old.get(key);
        if (old === undefined)
            return undefined;
        this.#old.delete(key);
        this.#place(key, old);
        return old;
    }
    #place(key, slot) {
        const before = this.#young.get(key);
        this.#youngBytes += slot.bytes - (before?.bytes ?? 0);
        this.#young.set(key, slot);
        if (before === undefined)
            this.#old.delete(key);
    }
}
//# sourceMappingURL=entry-cache.js.map