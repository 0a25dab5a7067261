import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assert } from '../../src/errors.ts';
import { EntryCache, type EntryCodec } from '../../src/runner/entry-cache.ts';

interface Value {
  text: string;
}

const codec: EntryCodec = {
  encode: (_key, value) => Buffer.from(JSON.stringify(value)),
  decode(_key, bytes) {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString());
    assert(typeof value === 'object' && value !== null, 'a value was stored');
    return value;
  },
};

const bytesOf = (text: string): Uint8Array => codec.encode('', { text });

/** What an entry is counted as beside its bytes. */
const SLOT_BYTES = 64;

describe('the entry cache', () => {
  it('knows what was filled, also that there is nothing', () => {
    const cache = new EntryCache(codec, 1_000);
    expect(cache.has('k')).toBe(false);
    cache.fill('k', bytesOf('v'));
    cache.fill('none', undefined);
    expect([cache.get('k'), cache.has('none'), cache.get('none')]).toEqual([{ text: 'v' }, true, undefined]);
    expect(cache.changed).toBe(false);
    expect(cache.changes().size).toBe(0);
  });

  it('takes a word for absence, unless it knows better', () => {
    const cache = new EntryCache(codec, 1_000);
    cache.fill('k', bytesOf('v'));
    cache.absent('k');
    cache.absent('new');
    expect([cache.get('k'), cache.has('new'), cache.get('new')]).toEqual([{ text: 'v' }, true, undefined]);
    expect(cache.changed).toBe(false);
  });

  it('gives out each change once, as it is at the commit', () => {
    const cache = new EntryCache(codec, 1_000);
    const value: Value = { text: 'first' };
    cache.put('k', value);
    value.text = 'last';
    cache.put('gone', { text: 'x' });
    cache.remove('gone');
    expect([...cache.changes()]).toEqual([
      ['k', bytesOf('last')],
      ['gone', null],
    ]);
    cache.committed();
    expect(cache.changes().size).toBe(0);
    expect(cache.get('k')).toBe(value);
  });

  it('lets no changed entry go before the commit, however large the batch', () => {
    const cache = new EntryCache(codec, 500);
    for (let n = 0; n < 1_000; n++) cache.put(`k${n}`, { text: 'x'.repeat(50) });
    for (let n = 0; n < 1_000; n++) cache.fill(`other${n}`, bytesOf('y'));
    for (let n = 0; n < 1_000; n++) expect(cache.has(`k${n}`)).toBe(true);
    expect(cache.changes().size).toBe(1_000);
  });

  it('stays within its bytes from commit to commit, and keeps what is asked for', () => {
    const bytesMax = 20_000;
    const cache = new EntryCache(codec, bytesMax);
    const each = SLOT_BYTES + bytesOf('x'.repeat(100)).byteLength;
    cache.fill('hot', bytesOf('x'.repeat(100)));
    for (let n = 0; n < 5_000; n++) {
      cache.fill(`k${n}`, bytesOf('x'.repeat(100)));
      expect(cache.has('hot')).toBe(true);
      cache.changes();
      cache.committed();
      expect(cache.size * each).toBeLessThanOrEqual(bytesMax + 2 * each);
    }
    expect(cache.size).toBeGreaterThan(10);
    expect(cache.has('k0')).toBe(false);
  });

  it('counts what entries have grown to, not what they were', () => {
    const cache = new EntryCache(codec, 10_000);
    const value: Value = { text: '' };
    for (let n = 0; n < 3; n++) {
      value.text = 'x'.repeat(9_000);
      cache.put('k', value);
      cache.fill(`idle${n}`, undefined);
      cache.changes();
      cache.committed();
    }
    expect(cache.has('idle0')).toBe(false);
  });

  it('answers what a map over the store would, whatever is asked in whatever order', () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
    const step = fc.oneof(
      fc.record({ do: fc.constant('read' as const), key }),
      fc.record({ do: fc.constant('write' as const), key, text: fc.string({ maxLength: 40 }) }),
      fc.record({ do: fc.constant('change' as const), key, text: fc.string({ maxLength: 40 }) }),
      fc.record({ do: fc.constant('remove' as const), key }),
      fc.record({ do: fc.constantFrom('commit' as const, 'crash' as const), key }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 600 }), (steps, bytesMax) => {
        const store = new Map<string, Uint8Array>();
        const cache = new EntryCache(codec, bytesMax);
        /** What is committed, and what it would be with the changes since. */
        let kept = new Map<string, string>();
        let now = new Map<string, string>();
        const load = (name: string): Value | undefined => {
          if (!cache.has(name)) cache.fill(name, store.get(name));
          return cache.get<Value>(name);
        };
        for (const at of steps) {
          if (at.do === 'read') expect(load(at.key)?.text).toBe(now.get(at.key));
          else if (at.do === 'remove') {
            cache.remove(at.key);
            now.delete(at.key);
          } else if (at.do === 'write') {
            cache.put(at.key, { text: at.text });
            now.set(at.key, at.text);
          } else if (at.do === 'change') {
            const value = load(at.key);
            if (value === undefined) continue;
            value.text = at.text;
            cache.put(at.key, value);
            now.set(at.key, at.text);
          } else if (at.do === 'commit') {
            for (const [name, bytes] of cache.changes()) {
              if (bytes === null) store.delete(name);
              else store.set(name, bytes);
            }
            cache.committed();
            kept = new Map(now);
            expect(new Map([...store].map(([name, bytes]) => [name, Buffer.from(bytes).toString()]))).toEqual(
              new Map([...kept].map(([name, text]) => [name, JSON.stringify({ text })])),
            );
          } else {
            cache.clear();
            now = new Map(kept);
            expect([cache.size, cache.changed]).toEqual([0, false]);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
