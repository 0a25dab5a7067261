import { randomUUID } from 'node:crypto';
import { openRedisConnection } from '../../../src/adapters/redis/connection.ts';
import { openRedisStateStore } from '../../../src/adapters/redis/state-store.ts';
import type { StoreSuite } from '../../conformance/state-store.ts';

/** Each home is a space of its own on one server, and each opening has a connection of its own. */
export function redisSuite(name: string, urlOf: () => string): StoreSuite {
  return {
    name,
    createHome: async () => {
      const space = randomUUID().slice(0, 8);
      return {
        open: async () => {
          const connection = openRedisConnection({ url: urlOf() });
          await connection.check();
          const store = openRedisStateStore(connection, { space });
          const close = store.close.bind(store);
          store.close = async () => {
            await close();
            await connection.close();
          };
          return store;
        },
        close: (store) => store.close(),
        remove: async () => undefined,
      };
    },
  };
}
