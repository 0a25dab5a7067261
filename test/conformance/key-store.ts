import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KeyPage, KeyStore } from '../../src/ports/keys.ts';

export interface KeyStoreHome {
  open(): Promise<KeyStore>;
  close(): Promise<void>;
  remove(): Promise<void>;
}

export interface KeyStoreSuite {
  readonly name: string;
  readonly createHome: () => Promise<KeyStoreHome>;
}

export function describeKeyStore(suite: KeyStoreSuite): void {
  describe(`key store: ${suite.name}`, () => {
    let home: KeyStoreHome;
    let keys: KeyStore;
    beforeEach(async () => {
      home = await suite.createHome();
      keys = await home.open();
    });
    afterEach(async () => {
      await home.close();
      await home.remove();
    });
    const text = (value: Uint8Array | undefined): string | undefined =>
      value === undefined ? undefined : Buffer.from(value).toString();

    it('stores a key and answers it', async () => {
      expect(await keys.get('facet')).toBeUndefined();
      expect(text(await keys.putIfAbsent('facet', Buffer.from('one')))).toBe('one');
      expect(text(await keys.get('facet'))).toBe('one');
      expect(await keys.get('other')).toBeUndefined();
    });

    it('answers the key in force instead of a second one', async () => {
      await keys.putIfAbsent('facet', Buffer.from('one'));
      expect(text(await keys.putIfAbsent('facet', Buffer.from('two')))).toBe('one');
      expect(text(await keys.get('facet'))).toBe('one');
    });

    it('gives all of several that come at once the same key', async () => {
      const offers = Array.from({ length: 20 }, (_, n) => keys.putIfAbsent('facet', Buffer.from(`key ${n}`)));
      const answers = new Set((await Promise.all(offers)).map(text));
      expect(answers.size).toBe(1);
      expect(answers).toContain(text(await keys.get('facet')));
    });

    it('does not keep a hold on the buffer it was given', async () => {
      const wrapped = Buffer.from('one');
      await keys.putIfAbsent('facet', wrapped);
      wrapped.fill(0);
      expect(text(await keys.get('facet'))).toBe('one');
    });

    it('replaces a key only where it is the expected one, and never one that is gone', async () => {
      await keys.putIfAbsent('facet', Buffer.from('one'));
      expect(await keys.replace('facet', Buffer.from('other'), Buffer.from('two'))).toBe(false);
      expect(await keys.replace('absent', Buffer.from('one'), Buffer.from('two'))).toBe(false);
      expect(text(await keys.get('facet'))).toBe('one');
      expect(await keys.replace('facet', Buffer.from('one'), Buffer.from('two'))).toBe(true);
      expect(text(await keys.get('facet'))).toBe('two');
      expect(await keys.replace('facet', Buffer.from('one'), Buffer.from('three'))).toBe(false);
      await keys.delete('facet');
      expect(await keys.replace('facet', Buffer.from('two'), Buffer.from('three'))).toBe(false);
      expect(await keys.get('facet')).toBeUndefined();
    });

    it('walks over all keys, page by page, also while they are replaced', async () => {
      const names = Array.from({ length: 23 }, (_, n) => `facet|${n}`);
      for (const name of names) await keys.putIfAbsent(name, Buffer.from(`old ${name}`));
      const seen = new Set<string>();
      for (let cursor: string | undefined = ''; cursor !== undefined; ) {
        const page: KeyPage = await keys.scan(cursor, 5);
        expect(page.keys.length).toBeLessThanOrEqual(5);
        for (const { name, wrapped } of page.keys) {
          seen.add(name);
          if (text(wrapped)?.startsWith('old')) {
            expect(await keys.replace(name, wrapped, Buffer.from(`new ${name}`))).toBe(true);
          }
        }
        cursor = page.next;
      }
      expect([...seen].sort()).toEqual([...names].sort());
      for (const name of names) expect(text(await keys.get(name))).toBe(`new ${name}`);
    });

    it('forgets a deleted key, and only that one', async () => {
      await keys.putIfAbsent('facet', Buffer.from('one'));
      await keys.putIfAbsent('other', Buffer.from('two'));
      await keys.delete('facet');
      await keys.delete('missing');
      expect(await keys.get('facet')).toBeUndefined();
      expect(text(await keys.get('other'))).toBe('two');
    });

    it('has every key after it was closed and opened', async () => {
      await keys.putIfAbsent('facet', Buffer.from('one'));
      await keys.putIfAbsent('gone', Buffer.from('two'));
      await keys.delete('gone');
      await home.close();
      keys = await home.open();
      expect(text(await keys.get('facet'))).toBe('one');
      expect(await keys.get('gone')).toBeUndefined();
    });
  });
}
