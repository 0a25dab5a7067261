import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import * as lmdb from 'lmdb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Environment } from '../../../src/adapters/embedded/environment.ts';
import { readKey, scrubEnvironment } from '../../../src/adapters/embedded/scrub.ts';
import { createTemporaryDirectory, type TemporaryDirectory } from '../temporary-directory.ts';

const CODES = { full: 'log_full', failed: 'log_unavailable' } as const;
const PEOPLE = 2_000;

const nameOf = (n: number): string => `PERSON-${String(n).padStart(6, '0')}`;
/** Every fiftieth. */
const isErased = (n: number): boolean => n % 50 === 7;
const finds = (text: string): boolean => {
  for (const [, digits] of text.matchAll(/PERSON-(\d{6})/g)) if (isErased(Number(digits))) return true;
  return false;
};

describe('scrubbing an environment', () => {
  let directory: TemporaryDirectory;
  let environment: Environment;
  beforeEach(() => {
    directory = createTemporaryDirectory();
    environment = new Environment(join(directory.path, 'state'), CODES);
  });
  afterEach(async () => {
    await environment.close();
    directory.remove();
  });

  it('leaves no byte of what was deleted, and every entry of the others as it was', async () => {
    const entries = environment.database<string>('entries');
    const messages = environment.database<number>('log/p0');
    const versions = environment.database<string>('checkpoints', { versions: true });
    await environment.write(() => void versions.put('p0', Buffer.from('{}'), 41));
    for (let start = 0; start < PEOPLE; start += 100) {
      await environment.write(() => {
        for (let n = start; n < start + 100; n += 1) {
          void messages.put(n + 1, Buffer.from(`said by ${nameOf(n)} ${'w'.repeat(n % 700)}`));
          void entries.put(`h/${nameOf(n)}`, Buffer.from(`header of ${nameOf(n)} ${'q'.repeat(300)}`));
          void entries.put(
            `f/${nameOf(n)}/a`,
            Buffer.from(`facet of ${nameOf(n)} ${'z'.repeat(n % 9 === 0 ? 9_000 : 500)}`),
          );
          void entries.put(`d/${(n * 7919) % PEOPLE}/${nameOf(n)}`, Buffer.from('day'));
        }
      });
    }
    await environment.write(() => {
      for (const key of entries.getKeys()) if (finds(key)) void entries.remove(key);
      for (let n = 0; n < PEOPLE; n += 1) if (isErased(n)) void messages.put(n + 1, Buffer.from('gone'));
    });
    const file = (): string => readFileSync(join(environment.path, 'data.mdb')).toString('latin1');
    const held = () => ({
      entries: [...entries.getRange()].map(({ key, value }) => [key, value.toString()]),
      messages: [...messages.getRange()].map(({ key, value }) => [key, value.toString()]),
      version: versions.getEntry('p0')?.version,
    });
    const before = held();
    expect(finds(file()), 'something was left').toBe(true);
    expect(await scrubEnvironment(environment, finds)).toBe(0);
    expect(finds(file())).toBe(false);
    expect(held()).toEqual(before);
  });

  it('takes deleted keys out of branches far above the leaves, too', async () => {
    // Long keys: few in a page, so that the tree is deep.
    const keyOf = (n: number): string => `${nameOf(n)}/${'k'.repeat(200)}`;
    const entries = environment.database<string>('entries');
    for (let start = 0; start < PEOPLE * 2; start += 100) {
      await environment.write(() => {
        for (let n = start; n < start + 100; n += 1) void entries.put(keyOf(n), Buffer.from(String(n)));
      });
    }
    const gone = Array.from({ length: PEOPLE * 2 }, (_, n) => n).filter(isErased);
    await environment.write(() => {
      for (const n of gone) void entries.remove(keyOf(n));
    });
    expect(await scrubEnvironment(environment, finds)).toBe(0);
    for (let n = 0; n < PEOPLE * 2; n += 1)
      expect(entries.get(keyOf(n))?.toString()).toBe(isErased(n) ? undefined : String(n));
  });
});

describe('what lies where a page has a key', () => {
  /** The library exports it and forgets to say so in its types. */
  const { keyValueToBuffer } = lmdb as unknown as { keyValueToBuffer(key: lmdb.Key): Buffer };
  const ENTRY_KEYS = fc.stringMatching(/^[a-z]{1,2}\/[ -~]{1,200}$/);

  it('is the key of an entry or the number of a message, as it was written', () => {
    fc.assert(
      fc.property(fc.oneof(ENTRY_KEYS, fc.integer({ min: 0, max: 2 ** 50 })), (key) => {
        expect(readKey(keyValueToBuffer(key))).toBe(key);
      }),
    );
  });

  it('is nothing where the page begins, and where it is longer than a key can be', () => {
    expect(readKey(Buffer.alloc(0))).toBeUndefined();
    expect(readKey(Buffer.alloc(1_979, 0x61))).toBeUndefined();
  });

  it('may be anything in a page that is free, and is then a key that could be asked for, or none', async () => {
    const directory = createTemporaryDirectory();
    const environment = new Environment(join(directory.path, 'state'), CODES);
    const entries = environment.database<string>('entries');
    try {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 2_500 }), (bytes) => {
          const key = readKey(Buffer.from(bytes));
          if (key === undefined) return;
          expect(['string', 'number']).toContain(typeof key);
          // Whoever looks for it in a database must not fail on it.
          expect(entries.getEntry(key as string)).toBeUndefined();
        }),
        { numRuns: 2_000 },
      );
    } finally {
      await environment.close();
      directory.remove();
    }
  });
});
