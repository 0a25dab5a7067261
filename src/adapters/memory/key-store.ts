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
    replace: async (facet, expected, wrapped) => {
      check();
      const present = keys.get(facet);
      if (present === undefined || !Buffer.from(present).equals(expected)) return false;
      keys.set(facet, new Uint8Array(wrapped));
      return true;
    },
    scan: (cursor, max) => {
      const names = [...keys.keys()].sort().filter((name) => name > cursor);
      const page = names.slice(0, max);
      const found = page.map((name) => ({ name, wrapped: new Uint8Array(keys.get(name) ?? []) }));
      const last = page.at(-1);
      return names.length > max && last !== undefined ? { keys: found, next: last } : { keys: found };
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
