import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkpoint, commitOf, type Store, type StoreHome, type StoreSuite } from './state-store.ts';

export function describeSpool(suite: StoreSuite): void {
  describe(`spool: ${suite.name}`, () => {
    let home: StoreHome;
    let store: Store;
    beforeEach(async () => {
      home = await suite.createHome();
      store = await home.open();
    });
    afterEach(async () => {
      await home.close(store);
      await home.remove();
    });

    /** Commits `count` spool entries of `size` bytes, the n-th filled with n. */
    const fill = async (count: number, size: number, partition = 'p0'): Promise<void> => {
      for (let n = 1; n <= count; n += 1) {
        const next = { ...checkpoint(n), spooled: n };
        const spool = new Uint8Array(size).fill(n);
        expect(await store.commit(partition, { ...commitOf(n - 1, {}), next, spool })).toBe('committed');
      }
    };
    const numbers = async (after: number, maxBytes: number, partition = 'p0'): Promise<readonly number[]> =>
      (await store.readSpool(partition, after, maxBytes)).map(({ n }) => n);

    it('gives entries in order, until the bytes are used up', async () => {
      await fill(12, 100);
      expect(await numbers(0, 350)).toEqual([1, 2, 3]);
      expect(await numbers(0, 300)).toEqual([1, 2, 3]);
      expect(await numbers(8, 10_000)).toEqual([9, 10, 11, 12]);
      expect(await numbers(12, 10_000)).toEqual([]);
      const [entry] = await store.readSpool('p0', 10, 100);
      expect(Buffer.from(entry?.bytes ?? [])).toEqual(Buffer.alloc(100, 11));
    });

    it('gives at least one entry, however large', async () => {
      await fill(2, 1_000);
      expect(await numbers(0, 10)).toEqual([1]);
    });

    it('keeps partitions apart', async () => {
      await fill(2, 10, 'p1');
      await fill(3, 10, 'p10');
      expect(await numbers(0, 1_000, 'p1')).toEqual([1, 2]);
      expect(await numbers(0, 1_000, 'p10')).toEqual([1, 2, 3]);
      await store.saveCursor('p1', { done: 2 }, undefined);
      await store.trimSpool('p1', 9);
      expect(await numbers(0, 1_000, 'p10')).toEqual([1, 2, 3]);
    });

    it('drops a prefix and nothing else', async () => {
      await fill(5, 10);
      await store.saveCursor('p0', { done: 5 }, undefined);
      await store.trimSpool('p0', 3);
      expect(await numbers(0, 1_000)).toEqual([4, 5]);
      await store.trimSpool('p0', 2);
      expect(await numbers(0, 1_000)).toEqual([4, 5]);
    });

    it('drops nothing that the stored cursor does not call done', async () => {
      await fill(6, 10);
      await store.trimSpool('p0', 6);
      expect(await numbers(0, 1_000)).toEqual([1, 2, 3, 4, 5, 6]);
      await store.saveCursor('p0', { done: 2, cut: { first: 3, last: 6 } }, undefined);
      await store.trimSpool('p0', 6);
      expect(await numbers(0, 1_000)).toEqual([3, 4, 5, 6]);
    });

    it.skipIf(suite.spillsItself)('keeps spilled ranges in the cursor, and drops their entries', async () => {
      await fill(6, 10);
      const cursor = { done: 2, spilled: [{ first: 3, last: 4, fromSeq: 1, toSeq: 1 }] };
      const marked = { done: 2, spilling: 'somebody' };
      expect(await store.saveCursor('p0', marked, undefined)).toBe('saved');
      expect(await store.cursor('p0')).toEqual(marked);
      expect(await store.saveCursor('p0', cursor, { done: 2 })).toBe('conflict');
      expect(await store.saveCursor('p0', cursor, marked)).toBe('saved');
      expect(await store.cursor('p0')).toEqual(cursor);
      await store.trimSpool('p0', 6);
      expect(await numbers(0, 1_000)).toEqual([5, 6]);
    });

    it('adds nothing where a commit has no rows', async () => {
      await store.commit('p0', commitOf(0, { a: '1' }));
      expect(await numbers(0, 1_000)).toEqual([]);
    });

    it('keeps the cursor that was saved last', async () => {
      const first = { done: 3, cut: { first: 4, last: 9 } };
      expect(await store.cursor('p0')).toBeUndefined();
      expect(await store.saveCursor('p0', first, undefined)).toBe('saved');
      expect(await store.cursor('p0')).toEqual(first);
      const second = { done: 9, by: 'somebody' };
      expect(await store.saveCursor('p0', second, first)).toBe('saved');
      expect(await store.cursor('p0')).toEqual(second);
      expect(await store.cursor('p1')).toBeUndefined();
    });

    it('saves no cursor over one that was not expected', async () => {
      const stored = { done: 3, cut: { first: 4, last: 9 } };
      expect(await store.saveCursor('p0', { done: 1 }, { done: 0 })).toBe('conflict');
      expect(await store.cursor('p0')).toBeUndefined();
      await store.saveCursor('p0', stored, undefined);
      for (const wrong of [undefined, { done: 3 }, { done: 3, cut: { first: 4, last: 8 } }]) {
        expect(await store.saveCursor('p0', { done: 9 }, wrong)).toBe('conflict');
      }
      expect(await store.cursor('p0')).toEqual(stored);
      expect(await store.saveCursor('p0', { done: 9 }, stored)).toBe('saved');
    });

    it('lets exactly one of several cursors from the same one through', async () => {
      const rivals = Array.from({ length: 6 }, (_, n) => store.saveCursor('p0', { done: n + 1 }, undefined));
      const answers = await Promise.all(rivals);
      expect(answers.filter((answer) => answer === 'saved')).toHaveLength(1);
      expect(await store.cursor('p0')).toEqual({ done: answers.indexOf('saved') + 1 });
    });

    it('never saves a cursor ahead of the commits that were called before it', async () => {
      const next = { ...checkpoint(1), spooled: 1 };
      const committing = store.commit('p0', { ...commitOf(0, {}), next, spool: new Uint8Array(9) });
      await store.saveCursor('p0', { done: 1 }, undefined);
      expect(await numbers(0, 100)).toEqual([1]);
      expect(await committing).toBe('committed');
    });
  });
}
