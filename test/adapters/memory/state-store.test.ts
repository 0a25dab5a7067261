import { describe, expect, it } from 'vitest';
import { createMemoryStateStore, type MemoryStateStore } from '../../../src/adapters/memory/state-store.ts';
import { describeSpool } from '../../conformance/spool.ts';
import { checkpoint, commitOf, describeStateStore, type StoreSuite } from '../../conformance/state-store.ts';

const suite: StoreSuite = {
  name: 'memory',
  createHome: async () => {
    let last: MemoryStateStore | undefined;
    return {
      open: async () => {
        last = last?.reopen() ?? createMemoryStateStore();
        return last;
      },
      close: (store) => store.close(),
      remove: async () => undefined,
    };
  },
};

describeStateStore(suite);
describeSpool(suite);

describe('the faults of the memory state store', () => {
  it('steps one partition back as a whole, and no other', async () => {
    const store = createMemoryStateStore();
    await store.commit('p0', commitOf(0, { a: '1' }));
    const snapshot = store.snapshot('p0');
    const next = { ...checkpoint(2), spooled: 1 };
    await store.commit('p0', { ...commitOf(1, { a: '2', b: '2' }), next, spool: new Uint8Array(1) });
    await store.commit('p1', commitOf(0, { a: 'other' }));
    store.rollback('p0', snapshot);
    expect(store.read('p0', ['a', 'b']).map((value) => value && Buffer.from(value).toString())).toEqual([
      '1',
      undefined,
    ]);
    expect(store.checkpoint('p0')?.version).toBe(1);
    expect(store.readSpool('p0', 0, 10)).toEqual([]);
    expect(store.checkpoint('p1')?.version).toBe(1);
    expect(await store.commit('p0', commitOf(1, { a: 'again' }))).toBe('committed');
    expect(snapshot.entries.size, 'a snapshot does not change').toBe(1);
  });

  it('fails one commit before or after it takes effect', async () => {
    const store = createMemoryStateStore();
    store.failNextCommit('before');
    await expect(store.commit('p0', commitOf(0, { a: '1' }))).rejects.toMatchObject({
      code: 'state_unavailable',
    });
    expect(store.checkpoint('p0')).toBeUndefined();
    store.failNextCommit('after');
    await expect(store.commit('p0', commitOf(0, { a: '1' }))).rejects.toMatchObject({
      code: 'state_unavailable',
    });
    expect(store.checkpoint('p0')?.version).toBe(1);
    expect(await store.commit('p0', commitOf(0, { a: '2' }))).toBe('conflict');
  });
});
