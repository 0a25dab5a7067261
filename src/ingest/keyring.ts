/**
 * All keys of a space. The root secret (32 bytes) gives those of the blind index, of deduplication ids and of intake by
 * HKDF; the master key wraps the root secret and the data keys, and nothing else, so that it can be exchanged. A data key
 * is random, one per facet, and lives wrapped in the key store: destroying it makes everything sealed for the facet
 * unreadable wherever it was copied. While the key store is away, sealing goes on under the intake key of the hour, so
 * that ingest keeps accepting.
 */
import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { limits } from '../limits.ts';
import { HOUR_MS } from '../model/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { KeyStore } from '../ports/keys.ts';
import type { MaybePromise } from '../ports/log.ts';
import { deriveKey, KEY_BYTES, KeyWrapping } from './key-wrapping.ts';
import { fingerprintOf } from './root-secret.ts';

/** A key that values are sealed under; `id` says which: `f` for the facet's own, `i<hour>` for an intake key. */
export interface DataKey {
  readonly id: string;
  readonly bytes: Uint8Array;
}

export interface KeyringOptions {
  readonly master: Uint8Array;
  /** What the master key was before, while keys may still be wrapped under it. */
  readonly previous?: Uint8Array | undefined;
  /** What other keys are derived from; the master key itself where it is not given. */
  readonly root?: Uint8Array;
  readonly keys: KeyStore;
  readonly space: string;
  readonly clock: Clock;
  /** Where nonces and new data keys come from. */
  readonly random?: (size: number) => Uint8Array;
}

export interface Keyring {
  readonly space: string;
  /** Tells root secrets (and spaces) apart without revealing them: 8 hexadecimal digits. */
  readonly fingerprint: string;
  readonly indexKey: Uint8Array;
  readonly dedupKey: Uint8Array;
  /** The key for another purpose, the same in all processes and under every master key: `audit`, `access-keys`. */
  derive(purpose: string): Uint8Array;
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
  /** Another node has destroyed their keys: what is here goes too. */
  forget(facets: readonly string[]): void;
  /** How often an intake key had to stand in for a facet's own. */
  intakeFallbacks(): number;
}

export function createKeyring(options: KeyringOptions): Keyring {
  return new DerivedKeyring(options);
}

class DerivedKeyring implements Keyring {
  readonly space: string;
  readonly fingerprint: string;
  readonly indexKey: Uint8Array;
  readonly dedupKey: Uint8Array;
  readonly #root: Uint8Array;
  readonly #wrapping: KeyWrapping;
  readonly #store: KeyStore;
  readonly #clock: Clock;
  readonly #random: (size: number) => Uint8Array;
  readonly #cache = new LRUCache<string, DataKey>({ max: limits.facetKeyCacheEntries });
  readonly #intakeKeys = new LRUCache<number, DataKey>({ max: limits.intakeKeyCacheEntries });
  /** One request to the store per facet, however many events of it arrive meanwhile; bounded by requests in flight. */
  readonly #pending = new Map<string, Promise<DataKey>>();
  #fallbacks = 0;

  constructor({ master, previous, root = master, keys, space, clock, random = randomBytes }: KeyringOptions) {
    this.#wrapping = new KeyWrapping({ master, previous, space, random });
    this.#root = Uint8Array.from(root);
    this.space = space;
    this.#store = keys;
    this.#clock = clock;
    this.#random = random;
    this.indexKey = this.derive('index');
    this.dedupKey = this.derive('dedup');
    this.fingerprint = fingerprintOf(this.#root, space);
  }

  derive(purpose: string): Uint8Array {
    return deriveKey(this.#root, this.space, purpose);
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
    const key = { id: `i${hour}`, bytes: this.derive(`intake/${hour}`) };
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

  forget(facets: readonly string[]): void {
    for (const facet of facets) this.#cache.delete(facet);
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
      .then((stored) => stored ?? this.#store.putIfAbsent(facet, this.#wrapping.wrap(facet, bytes)))
      .catch(() => undefined);
  }

  #keep(facet: string, wrapped: Uint8Array): DataKey;
  #keep(facet: string, wrapped: Uint8Array | undefined): DataKey | undefined;
  #keep(facet: string, wrapped: Uint8Array | undefined): DataKey | undefined {
    if (wrapped === undefined) return undefined;
    const key = { id: 'f', bytes: this.#wrapping.unwrap(facet, wrapped) };
    this.#cache.set(facet, key);
    return key;
  }
}
