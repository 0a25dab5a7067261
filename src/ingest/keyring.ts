/**
 * All keys of a space. One master key (32 bytes) gives the others by HKDF: the key of the blind index, of
 * deduplication ids, and the one that wraps data keys. A data key is random, one per facet, and lives wrapped in the
 * key store: destroying it makes everything sealed for the facet unreadable wherever it was copied. While the key
 * store is away, sealing goes on under the intake key of the hour, so that ingest keeps accepting.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import { HOUR_MS } from '../model/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { KeyStore } from '../ports/keys.ts';
import type { MaybePromise } from '../ports/log.ts';

export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const WRAP_VERSION = 1;
const WRAPPED_BYTES = 1 + NONCE_BYTES + KEY_BYTES + TAG_BYTES;
const FINGERPRINT_BYTES = 4;

/** A key that values are sealed under; `id` says which: `f` for the facet's own, `i<hour>` for an intake key. */
export interface DataKey {
  readonly id: string;
  readonly bytes: Uint8Array;
}

export interface KeyringOptions {
  readonly master: Uint8Array;
  readonly keys: KeyStore;
  readonly space: string;
  readonly clock: Clock;
  /** Where nonces and new data keys come from. */
  readonly random?: (size: number) => Uint8Array;
}

export interface Keyring {
  readonly space: string;
  /** Tells master keys (and spaces) apart without revealing them: 8 hexadecimal digits. */
  readonly fingerprint: string;
  readonly indexKey: Uint8Array;
  readonly dedupKey: Uint8Array;
  /**
   * The key to seal under for a facet: its own, made now if need be, or the intake key when the store fails.
   * Durable before any append that is acknowledged afterwards. Fails with `key_mismatch` for another master key.
   */
  facetKey(facet: string): MaybePromise<DataKey>;
  /** The facet's own key to read with; undefined when it was destroyed or never made. Fails when the store does. */
  existingKey(facet: string): MaybePromise<DataKey | undefined>;
  intakeKey(hour: number): DataKey;
  /** The intake key of this hour. */
  currentIntakeKey(): DataKey;
  /** Destroys the facet's key, here and in the store. */
  destroy(facet: string): Promise<void>;
  /** How often an intake key had to stand in for a facet's own. */
  intakeFallbacks(): number;
}

export function createKeyring(options: KeyringOptions): Keyring {
  if (options.master.length !== KEY_BYTES) {
    throw new TesseraError(
      'invalid_config',
      `the master key has ${options.master.length} bytes instead of ${KEY_BYTES}`,
    );
  }
  return new DerivedKeyring(options);
}

class DerivedKeyring implements Keyring {
  readonly space: string;
  readonly fingerprint: string;
  readonly indexKey: Uint8Array;
  readonly dedupKey: Uint8Array;
  readonly #master: Uint8Array;
  readonly #wrapKey: Uint8Array;
  readonly #store: KeyStore;
  readonly #clock: Clock;
  readonly #random: (size: number) => Uint8Array;
  readonly #cache = new LRUCache<string, DataKey>({ max: limits.facetKeyCacheEntries });
  readonly #intakeKeys = new LRUCache<number, DataKey>({ max: limits.intakeKeyCacheEntries });
  /** One request to the store per facet, however many events of it arrive meanwhile; bounded by requests in flight. */
  readonly #pending = new Map<string, Promise<DataKey>>();
  #fallbacks = 0;

  constructor({ master, keys, space, clock, random = randomBytes }: KeyringOptions) {
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

  facetKey(facet: string): MaybePromise<DataKey> {
    const cached = this.#cache.get(facet);
    if (cached !== undefined) return cached;
    const pending = this.#pending.get(facet) ?? this.#obtain(facet);
    return pending;
  }

  existingKey(facet: string): MaybePromise<DataKey | undefined> {
    const cached = this.#cache.get(facet);
    if (cached !== undefined) return cached;
    const wrapped = this.#store.get(facet);
    return wrapped instanceof Promise
      ? wrapped.then((bytes) => this.#keep(facet, bytes))
      : this.#keep(facet, wrapped);
  }

  intakeKey(hour: number): DataKey {
    const cached = this.#intakeKeys.get(hour);
    if (cached !== undefined) return cached;
    const key = { id: `i${hour}`, bytes: this.#derive(`intake/${hour}`) };
    this.#intakeKeys.set(hour, key);
    return key;
  }

  currentIntakeKey(): DataKey {
    return this.intakeKey(Math.floor(this.#clock.now() / HOUR_MS));
  }

  async destroy(facet: string): Promise<void> {
    await this.#store.delete(facet);
    this.#cache.delete(facet);
  }

  intakeFallbacks(): number {
    return this.#fallbacks;
  }

  #obtain(facet: string): Promise<DataKey> {
    const obtained = this.#fromStore(facet).finally(() => this.#pending.delete(facet));
    this.#pending.set(facet, obtained);
    return obtained;
  }

  async #fromStore(facet: string): Promise<DataKey> {
    const wrapped = await this.#storedOrNew(facet);
    if (wrapped === undefined) {
      this.#fallbacks += 1;
      return this.currentIntakeKey();
    }
    return this.#keep(facet, wrapped);
  }

  /** Undefined when the store fails; a key that does not unwrap is no failure of the store. */
  async #storedOrNew(facet: string): Promise<Uint8Array | undefined> {
    const bytes = this.#random(KEY_BYTES);
    return Promise.resolve(facet)
      .then((name) => this.#store.get(name))
      .then((stored) => stored ?? this.#store.putIfAbsent(facet, this.#wrap(facet, bytes)))
      .catch(() => undefined);
  }

  #keep(facet: string, wrapped: Uint8Array): DataKey;
  #keep(facet: string, wrapped: Uint8Array | undefined): DataKey | undefined;
  #keep(facet: string, wrapped: Uint8Array | undefined): DataKey | undefined {
    if (wrapped === undefined) return undefined;
    const key = { id: 'f', bytes: this.#unwrap(facet, wrapped) };
    this.#cache.set(facet, key);
    return key;
  }

  /** version 1 | nonce | ciphertext | tag */
  #wrap(facet: string, key: Uint8Array): Uint8Array {
    const nonce = this.#random(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#wrapKey, nonce).setAAD(this.#wrapContext(facet));
    const sealed = Buffer.concat([cipher.update(key), cipher.final()]);
    return Buffer.concat([Uint8Array.of(WRAP_VERSION), nonce, sealed, cipher.getAuthTag()]);
  }

  #unwrap(facet: string, wrapped: Uint8Array): Uint8Array {
    if (wrapped.length !== WRAPPED_BYTES || wrapped[0] !== WRAP_VERSION) {
      throw new TesseraError('data_format', 'a stored data key has an unknown form');
    }
    const body = 1 + NONCE_BYTES;
    const decipher = createDecipheriv('aes-256-gcm', this.#wrapKey, wrapped.subarray(1, body))
      .setAAD(this.#wrapContext(facet))
      .setAuthTag(wrapped.subarray(body + KEY_BYTES));
    try {
      return Buffer.concat([decipher.update(wrapped.subarray(body, body + KEY_BYTES)), decipher.final()]);
    } catch (cause) {
      throw new TesseraError('key_mismatch', 'a stored data key was wrapped under another master key', {
        cause,
      });
    }
  }

  #wrapContext(facet: string): Buffer {
    return Buffer.from(`${this.space}\u0000${facet}`);
  }

  /** Every key is bound to the space: two spaces under one master key share nothing. */
  #derive(purpose: string): Uint8Array {
    return new Uint8Array(
      hkdfSync('sha256', this.#master, 'tessera/v1', `${this.space}\u0000${purpose}`, KEY_BYTES),
    );
  }
}
