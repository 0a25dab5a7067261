import { describe, expect, it } from 'vitest';
import { createKeyring, type Keyring } from '../../src/ingest/keyring.ts';
import { HOUR_MS } from '../../src/model/time.ts';
import type { KeyPage, KeyStore } from '../../src/ports/keys.ts';

const master = new Uint8Array(32).fill(1);
const clock = { now: () => 1_000 * HOUR_MS };

/** A key store of a few lines that can be away. */
class FakeKeyStore implements KeyStore {
  readonly wrapped = new Map<string, Uint8Array>();
  away = false;
  puts = 0;

  get(facet: string): Uint8Array | undefined {
    if (this.away) throw new TypeError('away');
    return this.wrapped.get(facet);
  }

  async putIfAbsent(facet: string, bytes: Uint8Array): Promise<Uint8Array> {
    this.puts += 1;
    if (this.away) throw new TypeError('away');
    const stored = this.wrapped.get(facet) ?? bytes;
    this.wrapped.set(facet, stored);
    return stored;
  }

  /** Nothing here exchanges keys. */
  async replace(): Promise<boolean> {
    return false;
  }

  scan(): KeyPage {
    return { keys: [] };
  }

  async delete(facet: string): Promise<void> {
    this.wrapped.delete(facet);
  }
}

function open(keys: KeyStore, change: Partial<{ master: Uint8Array; space: string }> = {}): Keyring {
  return createKeyring({ master, keys, space: 'shop', clock, ...change });
}

describe('the keyring', () => {
  it('derives the same keys from the same master and space, and others from any other', () => {
    const store = new FakeKeyStore();
    const first = open(store);
    expect(open(store).indexKey).toEqual(first.indexKey);
    expect(open(store).fingerprint).toBe(first.fingerprint);
    expect(first.fingerprint).toMatch(/^[0-9a-f]{8}$/);
    for (const other of [open(store, { master: new Uint8Array(32) }), open(store, { space: 'other' })]) {
      expect(other.fingerprint).not.toBe(first.fingerprint);
      expect(other.indexKey).not.toEqual(first.indexKey);
    }
    expect(first.indexKey).not.toEqual(first.dedupKey);
    expect(first.intakeKey(1).bytes).not.toEqual(first.intakeKey(2).bytes);
  });

  it('refuses a master key of another length', () => {
    expect(() => open(new FakeKeyStore(), { master: new Uint8Array(31) })).toThrow(
      expect.objectContaining({ code: 'invalid_config' }),
    );
  });

  it('gives each facet a random key of its own, which outlives the process', async () => {
    const store = new FakeKeyStore();
    const a = await open(store).facetKey('a');
    const b = await open(store).facetKey('b');
    expect(a.id).toBe('f');
    expect(a.bytes).toHaveLength(32);
    expect(a.bytes).not.toEqual(b.bytes);
    expect(await open(store).facetKey('a')).toEqual(a);
    expect(open(store).existingKey('a')).toEqual(a);
  });

  it('answers at once for a facet it knows', async () => {
    const keyring = open(new FakeKeyStore());
    const key = await keyring.facetKey('a');
    expect(keyring.facetKey('a')).toBe(key);
  });

  it('asks the store once, however many events of a new facet arrive together', async () => {
    const store = new FakeKeyStore();
    const keyring = open(store);
    const keys = await Promise.all([keyring.facetKey('a'), keyring.facetKey('a'), keyring.facetKey('a')]);
    expect(new Set(keys).size).toBe(1);
    expect(store.puts).toBe(1);
  });

  it('uses the key that another process stored first', async () => {
    const store = new FakeKeyStore();
    const [a, b] = await Promise.all([open(store).facetKey('a'), open(store).facetKey('a')]);
    expect(a).toEqual(b);
  });

  it('stores no key in the clear', async () => {
    const store = new FakeKeyStore();
    const { bytes } = await open(store).facetKey('a');
    expect(Buffer.from(store.wrapped.get('a')!).includes(Buffer.from(bytes))).toBe(false);
  });

  it('seals under the intake key of the hour while the store is away, counts that, and returns to the facet key', async () => {
    const store = new FakeKeyStore();
    const keyring = open(store);
    store.away = true;
    expect(await keyring.facetKey('a')).toEqual(keyring.intakeKey(1_000));
    expect(keyring.currentIntakeKey().id).toBe('i1000');
    expect(keyring.intakeFallbacks()).toBe(1);
    store.away = false;
    expect(await keyring.facetKey('a')).toMatchObject({ id: 'f' });
    expect(keyring.intakeFallbacks()).toBe(1);
  });

  it('fails with key_mismatch under another master key, and when keys of two facets are exchanged', async () => {
    const store = new FakeKeyStore();
    await open(store).facetKey('a');
    const mismatch = expect.objectContaining({ code: 'key_mismatch' });
    await expect(open(store, { master: new Uint8Array(32) }).facetKey('a')).rejects.toEqual(mismatch);
    store.wrapped.set('b', store.wrapped.get('a')!);
    await expect(open(store).facetKey('b')).rejects.toEqual(mismatch);
    store.wrapped.set('b', new Uint8Array(5));
    await expect(open(store).facetKey('b')).rejects.toMatchObject({ code: 'data_format' });
  });

  it('forgets a destroyed key', async () => {
    const store = new FakeKeyStore();
    const keyring = open(store);
    const before = await keyring.facetKey('a');
    await keyring.destroy('a');
    expect(keyring.existingKey('a')).toBeUndefined();
    expect(await keyring.facetKey('a')).not.toEqual(before);
  });
});
