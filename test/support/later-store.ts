import type { StateStore } from '../../src/ports/state.ts';

/** Every answer comes in a later turn, as from a server. */
export function answeringLater(store: StateStore): StateStore {
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    checkpoint: async (partition) => {
      await turn();
      return await store.checkpoint(partition);
    },
    read: async (partition, wanted) => {
      await turn();
      return await store.read(partition, wanted);
    },
    load: async (partition, expected, wanted) => {
      await turn();
      return await store.load(partition, expected, wanted);
    },
    commit: async (partition, commit) => {
      await turn();
      return await store.commit(partition, commit);
    },
    scan: async (partition, prefix, after, max, before) => {
      await turn();
      return await store.scan(partition, prefix, after, max, before);
    },
    flushed: () => store.flushed(),
    close: () => store.close(),
  };
}
