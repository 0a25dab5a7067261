/**
 * The secret that keys are derived from which cannot change without all data being written anew: those of the blind index,
 * of deduplication ids, of intake, of access keys and of the audit log. It lies in the key store, wrapped by the master
 * key, so that the master key may change and they do not.
 *
 * A deployment that is founded now gets a random one. One from before had everything derived from its master key; that key,
 * as it was then, stays its root secret.
 */
import { randomBytes } from 'node:crypto';
import { TesseraError } from '../errors.ts';
import type { KeyStore } from '../ports/keys.ts';
import { deriveKey, KEY_BYTES, KeyWrapping, type KeyWrappingOptions } from './key-wrapping.ts';

/** Where it lies in the key store; no facet is called like that. */
export const ROOT_SECRET = '!root';
const FINGERPRINT_BYTES = 4;

export interface RootSecretOptions extends KeyWrappingOptions {
  readonly keys: Pick<KeyStore, 'get' | 'putIfAbsent'>;
  /** The fingerprint that the deployment was founded under; undefined where it is being founded. */
  readonly founded: string | undefined;
}

/** Reads the root secret, or makes it. Fails with `key_mismatch` where no given master key is the deployment's. */
export async function openRootSecret(options: RootSecretOptions): Promise<Uint8Array> {
  const wrapping = new KeyWrapping(options);
  const { keys, random = randomBytes } = options;
  const stored = await keys.get(ROOT_SECRET);
  if (stored !== undefined) return unwrapRoot(wrapping, stored);
  const secret = options.founded === undefined ? random(KEY_BYTES) : masterOfFounding(options);
  return unwrapRoot(wrapping, await keys.putIfAbsent(ROOT_SECRET, wrapping.wrap(ROOT_SECRET, secret)));
}

/** Tells deployments apart without revealing their secrets: 8 hexadecimal digits. */
export function fingerprintOf(root: Uint8Array, space: string): string {
  return Buffer.from(deriveKey(root, space, 'fingerprint')).toString('hex', 0, FINGERPRINT_BYTES);
}

function unwrapRoot(wrapping: KeyWrapping, stored: Uint8Array): Uint8Array {
  try {
    return wrapping.unwrap(ROOT_SECRET, stored);
  } catch (cause) {
    throw cause instanceof TesseraError && cause.code === 'key_mismatch' ? mismatch(cause) : cause;
  }
}

function masterOfFounding({ master, previous, founded, space }: RootSecretOptions): Uint8Array {
  for (const key of [master, previous]) {
    if (key !== undefined && fingerprintOf(key, space) === founded) return key;
  }
  throw mismatch();
}

function mismatch(cause?: unknown): TesseraError {
  return new TesseraError(
    'key_mismatch',
    'This deployment was sealed under another master key: start with that one (TESSERA_MASTER_KEY). To exchange it, give the ' +
      'new one there and the old one as TESSERA_MASTER_KEY_PREVIOUS.',
    { cause },
  );
}
