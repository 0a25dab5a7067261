import { TesseraError } from '../../errors.ts';
import type { KeyStore } from '../../ports/keys.ts';

export interface MemoryKeyStore extends KeyStore {
  /** From now on every write fails with `log_unavailable`, until it is told otherwise. */
  fail(failing: boolean): void;
}

export function createMemoryKeyStore(): MemoryKeyStore {
  const keys = new Map<string, Uint8Array>();
  let failing = false;
  const check = (): void => {
    if (failing) throw new TesseraError('log_unavailable', 'the key store was told to fail');
  };
  return {
    get: (facet) => {
      const present = keys.get(facet);
      return present === undefined ? undefined : new Uint8Array(present);
    },
    putIfAbsent: async (facet, wrapped) => {
      check();
      const present = keys.get(facet) ?? new Uint8Array(wrapped);
      keys.set(facet, present);
      return new Uint8Array(present);
    },
    delete: async (facet) => {
      check();
      keys.delete(facet);
    },
    fail: (value) => {
      failing = value;
    },
  };
}
