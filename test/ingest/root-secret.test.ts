import { describe, expect, it } from 'vitest';
import { createMemoryKeyStore } from '../../src/adapters/memory/key-store.ts';
import { createManualClock } from '../../src/adapters/memory/manual-clock.ts';
import { KeyWrapping } from '../../src/ingest/key-wrapping.ts';
import { createKeyring } from '../../src/ingest/keyring.ts';
import { fingerprintOf, openRootSecret, ROOT_SECRET } from '../../src/ingest/root-secret.ts';
import type { EpochMs } from '../../src/model/time.ts';

const space = 'main';
const [old, fresh, other] = [1, 2, 3].map((byte) => new Uint8Array(32).fill(byte)) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
];
const clock = createManualClock(3_600_000_000 as EpochMs);

describe('the root secret', () => {
  it('is random for a deployment that is founded, the same for all who open it, and not to be read in the store', async () => {
    const keys = createMemoryKeyStore();
    const [one, two] = await Promise.all(
      [1, 2].map(() => openRootSecret({ keys, master: old, space, founded: undefined })),
    );
    expect(one).toEqual(two);
    expect(one).not.toEqual(Buffer.from(old));
    expect(await openRootSecret({ keys, master: old, space, founded: 'whatever' })).toEqual(one);
    expect(Buffer.from((await keys.get(ROOT_SECRET)) ?? []).includes(Buffer.from(one ?? []))).toBe(false);
    const elsewhere = createMemoryKeyStore();
    expect(await openRootSecret({ keys: elsewhere, master: old, space, founded: undefined })).not.toEqual(
      one,
    );
  });

  it('stays what it was for a deployment whose keys were derived from its master key', async () => {
    const keys = createMemoryKeyStore();
    const before = createKeyring({ master: old, keys, space, clock });
    const founded = before.fingerprint;
    const root = await openRootSecret({ keys, master: old, space, founded });
    const now = createKeyring({ master: old, root, keys, space, clock });
    expect(now.indexKey).toEqual(before.indexKey);
    expect(now.dedupKey).toEqual(before.dedupKey);
    expect(now.intakeKey(7)).toEqual(before.intakeKey(7));
    expect(now.fingerprint).toBe(founded);
  });

  it('outlives the exchange of the master key, also where that is the first start with one', async () => {
    for (const migrated of [true, false]) {
      const keys = createMemoryKeyStore();
      const before = createKeyring({ master: old, keys, space, clock });
      const founded = before.fingerprint;
      const facet = await before.facetKey('a');
      if (migrated) await openRootSecret({ keys, master: old, space, founded });
      const root = await openRootSecret({ keys, master: fresh, previous: old, space, founded });
      const now = createKeyring({ master: fresh, previous: old, root, keys, space, clock });
      expect(now.indexKey).toEqual(before.indexKey);
      expect(now.derive('audit')).toEqual(before.derive('audit'));
      expect(await now.facetKey('a')).toEqual(facet);
    }
  });

  it('is not opened by another master key', async () => {
    const keys = createMemoryKeyStore();
    const mismatch = { code: 'key_mismatch' };
    const founded = fingerprintOf(old, space);
    await expect(openRootSecret({ keys, master: other, space, founded })).rejects.toMatchObject(mismatch);
    expect(await keys.get(ROOT_SECRET)).toBeUndefined();
    await openRootSecret({ keys, master: old, space, founded });
    await expect(openRootSecret({ keys, master: other, space, founded })).rejects.toMatchObject(mismatch);
    await expect(
      openRootSecret({ keys, master: other, previous: fresh, space, founded }),
    ).rejects.toMatchObject(mismatch);
  });
});

describe('the wrapping of keys', () => {
  it('reads what either master key has wrapped, and writes under the new one', () => {
    const key = new Uint8Array(32).fill(9);
    const before = new KeyWrapping({ master: old, space });
    const both = new KeyWrapping({ master: fresh, previous: old, space });
    const after = new KeyWrapping({ master: fresh, space });
    const wrapped = before.wrap('a', key);
    expect(both.unwrap('a', wrapped)).toEqual(Buffer.from(key));
    expect(() => after.unwrap('a', wrapped)).toThrow(expect.objectContaining({ code: 'key_mismatch' }));
    expect(() => both.unwrap('b', wrapped)).toThrow(expect.objectContaining({ code: 'key_mismatch' }));
    const again = both.rewrap('a', wrapped);
    expect(again && after.unwrap('a', again)).toEqual(Buffer.from(key));
    expect(again && both.rewrap('a', again)).toBeUndefined();
    expect(() => after.rewrap('a', wrapped)).toThrow(expect.objectContaining({ code: 'key_mismatch' }));
    expect([both.masterId, both.previousId]).toEqual([after.masterId, before.masterId]);
    expect(before.masterId).toMatch(/^[0-9a-f]{8}$/);
  });
});
