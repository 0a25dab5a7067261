import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Environment } from '../../../src/adapters/embedded/environment.ts';
import { openStateStore } from '../../../src/adapters/embedded/state-store.ts';
import { limits } from '../../../src/limits.ts';
import { describeSpool } from '../../conformance/spool.ts';
import { checkpoint, commitOf, describeStateStore, type StoreSuite } from '../../conformance/state-store.ts';
import { createTemporaryDirectory } from '../temporary-directory.ts';

const CODES = { full: 'state_unavailable', failed: 'state_unavailable' } as const;

const suite: StoreSuite = {
  name: 'embedded',
  createHome: async () => {
    const directory = createTemporaryDirectory();
    return {
      open: async () => openStateStore(new Environment(join(directory.path, 'state'), CODES)),
      close: (store) => store.close(),
      remove: async () => directory.remove(),
    };
  },
};

describeStateStore(suite);
describeSpool(suite);

describe('the embedded state store', () => {
  it('takes a commit with as many entries as a full batch can touch', async () => {
    const home = await suite.createHome();
    const store = await home.open();
    const entries: Record<string, string> = {};
    for (let n = 0; n < limits.batchRecordsMax * 5; n += 1) entries[`f/${n}`] = `value ${n}`;
    expect(await store.commit('p0', commitOf(0, entries))).toBe('committed');
    const last = limits.batchRecordsMax * 5 - 1;
    expect((await store.read('p0', [`f/${last}`])).map(String)).toEqual([`value ${last}`]);
    await home.close(store);
    await home.remove();
  });

  it('takes keys of 200 characters', async () => {
    const home = await suite.createHome();
    const store = await home.open();
    const key = 'k'.repeat(200);
    await store.commit('p0', commitOf(0, { [key]: 'v' }));
    expect((await store.scan('p0', 'k', '', 9)).map(([found]) => found)).toEqual([key]);
    await home.close(store);
    await home.remove();
  });

  it('writes nothing of a commit with a key that is too long', async () => {
    const home = await suite.createHome();
    const store = await home.open();
    const bad = commitOf(0, { a: '1', ['k'.repeat(limits.stateKeyCharactersMax + 1)]: '2' });
    await expect(store.commit('p0', bad)).rejects.toMatchObject({ code: 'internal' });
    expect(await store.read('p0', ['a'])).toEqual([undefined]);
    expect(await store.commit('p0', commitOf(0, { a: 'fine' }))).toBe('committed');
    await home.close(store);
    await home.remove();
  });

  it('drops more spool entries than one slice', async () => {
    const home = await suite.createHome();
    const store = await home.open();
    const count = limits.stateTrimSliceEntries + 5;
    const committing = Array.from({ length: count }, (_, n) => {
      const next = { ...checkpoint(n + 1), spooled: n + 1 };
      return store.commit('p0', { ...commitOf(n, {}), next, spool: Buffer.from('rows') });
    });
    expect(new Set(await Promise.all(committing))).toEqual(new Set(['committed']));
    await store.saveCursor('p0', { done: count - 1 }, undefined);
    await store.trimSpool('p0', count - 1);
    expect((await store.readSpool('p0', 0, 1_000)).map(({ n }) => n)).toEqual([count]);
    await home.close(store);
    await home.remove();
  });

  it('refuses commits once it is closed', async () => {
    const home = await suite.createHome();
    const store = await home.open();
    await store.close();
    await expect(store.commit('p0', commitOf(0, {}))).rejects.toMatchObject({ code: 'state_unavailable' });
    await home.remove();
  });
});
