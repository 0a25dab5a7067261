import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuditPage, AuditStore } from '../../src/ports/audit.ts';

export interface AuditStoreHome {
  open(): Promise<AuditStore>;
  close(): Promise<void>;
  remove(): Promise<void>;
}

export interface AuditStoreSuite {
  readonly name: string;
  readonly createHome: () => Promise<AuditStoreHome>;
  /** Absent where nothing outlives the process. */
  readonly keeps?: false;
}

export function describeAuditStore({ name, createHome, keeps }: AuditStoreSuite): void {
  describe(`audit store: ${name}`, () => {
    let home: AuditStoreHome;
    let store: AuditStore;
    beforeEach(async () => {
      home = await createHome();
      store = await home.open();
    });
    afterEach(async () => {
      await home.close();
      await home.remove();
    });
    const write = (chain: string, n: number, text = `${chain} ${n}`): Promise<void> =>
      store.append(chain, { n, bytes: Buffer.from(text) }, Buffer.from(`head ${n}`));
    const shown = (pages: readonly AuditPage[]): string[] =>
      pages.map(({ n, bytes }) => `${n}:${Buffer.from(bytes).toString()}`);

    it('is empty at first', async () => {
      expect(await store.chains()).toEqual([]);
      expect(await store.pages('a', 0, 10)).toEqual([]);
      expect(await store.head('a')).toBeUndefined();
    });

    it('answers pages after a number, in order, at most so many', async () => {
      for (const n of [1, 4, 5, 9]) await write('a', n);
      expect(shown(await store.pages('a', 0, 10))).toEqual(['1:a 1', '4:a 4', '5:a 5', '9:a 9']);
      expect(shown(await store.pages('a', 1, 2))).toEqual(['4:a 4', '5:a 5']);
      expect(shown(await store.pages('a', 2, 2))).toEqual(['4:a 4', '5:a 5']);
      expect(await store.pages('a', 9, 2)).toEqual([]);
      // Also back again.
      expect(shown(await store.pages('a', 0, 1))).toEqual(['1:a 1']);
    });

    it('takes the next page while somebody reads older ones', async () => {
      for (const n of [1, 2, 3]) await write('a', n);
      expect(shown(await store.pages('a', 0, 1))).toEqual(['1:a 1']);
      await write('a', 4);
      expect(shown(await store.pages('a', 2, 10))).toEqual(['3:a 3', '4:a 4']);
    });

    it('keeps chains apart, whatever their names, and the newest head of each', async () => {
      const names = ['a', 'a.2', 'b', 'ü', '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e'];
      for (const chain of names) for (const n of [1, 2]) await write(chain, n);
      expect(await store.chains()).toEqual([...names].sort());
      for (const chain of names) {
        expect(shown(await store.pages(chain, 0, 10))).toEqual([`1:${chain} 1`, `2:${chain} 2`]);
        expect(Buffer.from((await store.head(chain)) ?? []).toString()).toBe('head 2');
      }
    });

    it('does not keep a hold on the buffers it was given', async () => {
      const bytes = Buffer.from('one');
      await store.append('a', { n: 1, bytes }, bytes);
      bytes.fill(0);
      expect(shown(await store.pages('a', 0, 1))).toEqual(['1:one']);
      expect(Buffer.from((await store.head('a')) ?? []).toString()).toBe('one');
    });

    it.skipIf(keeps === false)('keeps all of it over a restart', async () => {
      for (const n of [1, 2, 3]) await write('a', n);
      await home.close();
      store = await home.open();
      expect(await store.chains()).toEqual(['a']);
      expect(shown(await store.pages('a', 1, 10))).toEqual(['2:a 2', '3:a 3']);
      expect(Buffer.from((await store.head('a')) ?? []).toString()).toBe('head 3');
      await write('a', 4);
      expect(shown(await store.pages('a', 3, 10))).toEqual(['4:a 4']);
    });
  });
}
