/**
 * Keys wrapped by the master key (AES-256-GCM under a key derived from it by HKDF, RFC 5869), in the form that key stores
 * hold: version 1, nonce, ciphertext, tag. While a master key is being exchanged there are two: what either has wrapped can be
 * read, and what is written is wrapped under the new one.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { TesseraError } from '../errors.ts';

export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const WRAP_VERSION = 1;
const WRAPPED_BYTES = 1 + NONCE_BYTES + KEY_BYTES + TAG_BYTES;
const ID_BYTES = 4;

export interface KeyWrappingOptions {
  readonly master: Uint8Array;
  /** What the master key was before, while keys may still be wrapped under it. */
  readonly previous?: Uint8Array | undefined;
  readonly space: string;
  readonly random?: ((size: number) => Uint8Array) | undefined;
}

/** Every key is bound to the space: two spaces under one master key share nothing. */
export function deriveKey(secret: Uint8Array, space: string, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, 'tessera/v1', `${space}\u0000${purpose}`, KEY_BYTES));
}

export class KeyWrapping {
  readonly space: string;
  /** Tells master keys apart without revealing them: 8 hexadecimal digits. */
  readonly masterId: string;
  readonly previousId: string | undefined;
  readonly #current: Uint8Array;
  readonly #previous: Uint8Array | undefined;
  readonly #random: (size: number) => Uint8Array;

  constructor({ master, previous, space, random = randomBytes }: KeyWrappingOptions) {
    checkLength(master, 'the master key');
    if (previous !== undefined) checkLength(previous, 'the previous master key');
    this.space = space;
    this.#current = deriveKey(master, space, 'wrap');
    this.#previous = previous && deriveKey(previous, space, 'wrap');
    this.masterId = idOf(this.#current);
    this.previousId = this.#previous && idOf(this.#previous);
    this.#random = random;
  }

  wrap(name: string, key: Uint8Array): Uint8Array {
    const nonce = this.#random(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#current, nonce).setAAD(this.#context(name));
    const sealed = Buffer.concat([cipher.update(key), cipher.final()]);
    return Buffer.concat([Uint8Array.of(WRAP_VERSION), nonce, sealed, cipher.getAuthTag()]);
  }

  /** Fails with `key_mismatch` where neither master key has wrapped it. */
  unwrap(name: string, wrapped: Uint8Array): Uint8Array {
    const key = this.#open(name, wrapped, this.#current) ?? this.#openPrevious(name, wrapped);
    if (key !== undefined) return key;
    throw new TesseraError('key_mismatch', 'a stored data key was wrapped under another master key');
  }

  /** The same key under the master key of now; undefined where it is so already. Fails as `unwrap` does. */
  rewrap(name: string, wrapped: Uint8Array): Uint8Array | undefined {
    if (this.#open(name, wrapped, this.#current) !== undefined) return undefined;
    return this.wrap(name, this.unwrap(name, wrapped));
  }

  #openPrevious(name: string, wrapped: Uint8Array): Uint8Array | undefined {
    return this.#previous && this.#open(name, wrapped, this.#previous);
  }

  #open(name: string, wrapped: Uint8Array, under: Uint8Array): Uint8Array | undefined {
    if (wrapped.length !== WRAPPED_BYTES || wrapped[0] !== WRAP_VERSION) {
      throw new TesseraError('data_format', 'a stored data key has an unknown form');
    }
    const body = 1 + NONCE_BYTES;
    const decipher = createDecipheriv('aes-256-gcm', under, wrapped.subarray(1, body))
      .setAAD(this.#context(name))
      .setAuthTag(wrapped.subarray(body + KEY_BYTES));
    try {
      return Buffer.concat([decipher.update(wrapped.subarray(body, body + KEY_BYTES)), decipher.final()]);
    } catch {
      // The tag tells whether this is the key that it was wrapped under, and nothing else can fail here.
      return undefined;
    }
  }

  #context(name: string): Buffer {
    return Buffer.from(`${this.space}\u0000${name}`);
  }
}

function idOf(wrapKey: Uint8Array): string {
  return Buffer.from(deriveKey(wrapKey, '', 'id')).toString('hex', 0, ID_BYTES);
}

function checkLength(key: Uint8Array, what: string): void {
  if (key.length === KEY_BYTES) return;
  throw new TesseraError('invalid_config', `${what} has ${key.length} bytes instead of ${KEY_BYTES}`);
}
