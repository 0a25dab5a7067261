/**
 * All keys of a space. One master key (32 bytes) gives the others by HKDF: the key of the blind index, of
 * deduplication ids, and the one that wraps data keys. A data key is random, one per facet, and lives wrapped in the
 * key store: destroying it makes everything sealed for the facet unreadable wherever it was copied. While the key
 * store is away, sealing goes on under the intake key of the hour, so that ingest keeps accepting.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { TesseraError } from "../errors.js";
import { limits } from "../limits.js";
import { HOUR_MS } from "../model/time.js";
export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const WRAP_VERSION = 1;
const WRAPPED_BYTES = 1 + NONCE_BYTES + KEY_BYTES + TAG_BYTES;
const FINGERPRINT_BYTES = 4;
export function createKeyring(options) {
    if (options.master.length !== KEY_BYTES) {
        throw new TesseraError('invalid_config', `the master key has ${options.master.length} bytes instead of ${KEY_BYTES}`);
    }
    return new DerivedKeyring(options);
}
class DerivedKeyring {
    space;
    fingerprint;
    indexKey;
    dedupKey;
    #master;
    #wrapKey;
    #store;
    #clock;
    #random;
    #cache = new LRUCache({ max: limits.facetKeyCacheEntries });
    #intakeKeys = new LRUCache({ max: limits.intakeKeyCacheEntries });
    /** One request to the store per facet, however many events of it arrive meanwhile; bounded by requests in flight. */
    #pending = new Map();
    #fallbacks = 0;
    constructor({ master, keys, space, clock, random = randomBytes }) {
        this.#master = Uint8Array.from(master);
        this.space = space;
        this.#store = keys;
        this.#clock = clock;
        this.#random = random;
        this.indexKey = this.#derive('index');
        this.dedupKey = this.#derive('dedup');
        this.#wrapKey = this.#derive('wrap');
        this.fingerprint = Buffer.from(this.#derive('fingerprint')).toString('hex', 0, FINGERPRINT_BYTES);
    }
    facetKey(facet) {
        const cached = this.#cache.get(facet);
        if (cached !== undefined)
            return cached;
        const pending = this.#pending.get(facet) ?? this.#obtain(facet);
        return pending;
    }
    existingKey(facet) {
        const cached = this.#cache.get(facet);
        if (cached !== undefined)
            return cached;
        const wrapped = this.#store.get(facet);
        return wrapped instanceof Promise
            ? wrapped.then((bytes) => this.#keep(facet, bytes))
            : this.#keep(facet, wrapped);
    }
    intakeKey(hour) {
        const cached = this.#intakeKeys.get(hour);
        if (cached !== undefined)
            return cached;
        const key = { id: `i${hour}`, bytes: this.#derive(`intake/${hour}`) };
        this.#intakeKeys.set(hour, key);
        return key;
    }
    currentIntakeKey() {
        return this.intakeKey(Math.floor(this.#clock.now() / HOUR_MS));
    }
    async destroy(facet) {
        await this.#store.delete(facet);
        this.#cache.delete(facet);
    }
    intakeFallbacks() {
        return this.#fallbacks;
    }
    #obtain(facet) {
        const obtained = this.#fromStore(facet).finally(() => this.#pending.delete(facet));
        this.#pending.set(facet, obtained);
        return obtained;
    }
    async #fromStore(facet) {
        const wrapped = await this.#storedOrNew(facet);
        if (wrapped === undefined) {
            this.#fallbacks += 1;
            return this.currentIntakeKey();
        }
        return this.#keep(facet, wrapped);
    }
    /** Undefined when the store fails; a key that does not unwrap is no failure of the store. */
    async #storedOrNew(facet) {
        const bytes = this.#random(KEY_BYTES);
        return Promise.resolve(facet)
            .then((name) => this.#store.get(name))
            .then((stored) => stored ?? this.#store.putIfAbsent(facet, this.#wrap(facet, bytes)))
            .catch(() => undefined);
    }
    #keep(facet, wrapped) {
        if (wrapped === undefined)
            return undefined;
        const key = { id: 'f', bytes: this.#unwrap(facet, wrapped) };
        this.#cache.set(facet, key);
        return key;
    }
    /** version 1 | nonce | ciphertext | tag */
    #wrap(facet, key) {
        const nonce = this.#random(NONCE_BYTES);
        const cipher = createCipheriv('aes-256-gcm', this.#wrapKey, nonce).setAAD(this.#wrapContext(facet));
        const sealed = Buffer.concat([cipher.update(key), cipher.final()]);
        return Buffer.concat([Uint8Array.of(WRAP_VERSION), nonce, sealed, cipher.getAuthTag()]);
    }
    #unwrap(facet, wrapped) {
        if (wrapped.length !== WRAPPED_BYTES || wrapped[0] !== WRAP_VERSION) {
            throw new TesseraError('data_format', 'a stored data key has an unknown form');
        }
        const body = 1 + NONCE_BYTES;
        const decipher = createDecipheriv('aes-256-gcm', this.#wrapKey, wrapped.subarray(1, body))
            .setAAD(this.#wrapContext(facet))
            .setAuthTag(wrapped.subarray(body + KEY_BYTES));
        try {
            return Buffer.concat([decipher.update(wrapped.subarray(body, body + KEY_BYTES)), decipher.final()]);
        }
        catch (cause) {
            throw new TesseraError('key_mismatch', 'a stored data key was wrapped under another master key', {
                cause,
            });
        }
    }
    #wrapContext(facet) {
        return Buffer.from(`${this.space}\u0000${facet}`);
    }
    /** Every key is bound to the space: two spaces under one master key share nothing. */
    #derive(purpose) {
        return new Uint8Array(hkdfSync('sha256', this.#master, 'tessera/v1', `${this.space}\u0000${purpose}`, KEY_BYTES));
    }
}
//# sourceMappingURL=keyring.js.map