import type { Database } from 'lmdb';
import type { KeyStore, StoredKey } from '../../ports/keys.ts';
import type { Environment } from './environment.ts';

/**
 * Wrapped data keys on LMDB, in the environment of the log: both fail together and are flushed together, so an
 * acknowledged event never waits for a key in another file. Puts of the same moment share one transaction.
 */
export function openKeyStore(environment: Environment): KeyStore {
  const keys: Database<Buffer, string> = environment.database<string>('keys');
  return {
    get: (facet) => keys.get(facet),
    putIfAbsent: async (facet, wrapped) => {
      const bytes = Buffer.from(wrapped);
      const absent = await environment.writeIf(keys, { key: facet, version: 0 }, () => {
        void keys.put(facet, bytes);
      });
      // A key that was deleted in this very moment is gone for good: the caller holds one that nobody else has.
      return absent ? bytes : (keys.get(facet) ?? bytes);
    },
    async replace(facet, expected, wrapped) {
      const bytes = Buffer.from(wrapped);
      let replaced = false;
      // The comparison runs inside the write transaction, so no other write comes in between.
      await environment.transaction(() => {
        replaced = keys.get(facet)?.equals(expected) === true;
        if (replaced) void keys.put(facet, bytes);
      });
      return replaced;
    },
    scan(cursor, max) {
      const from = cursor === '' ? {} : { start: cursor, exclusiveStart: true };
      const found: StoredKey[] = [];
      for (const { key, value } of keys.getRange({ ...from, limit: max }))
        found.push({ name: key, wrapped: value });
      const last = found.at(-1);
      return found.length === max && last !== undefined ? { keys: found, next: last.name } : { keys: found };
    },
    delete: async (facet) => {
      await environment.write(() => {
        void keys.remove(facet);
      });
    },
  };
}
