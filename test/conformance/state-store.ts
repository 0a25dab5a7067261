import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Checkpoint, Commit, SpoolStore, StateStore } from '../../src/ports/state.ts';

export type Store = StateStore & SpoolStore;

/** One place that state lives in: it can be opened again and again, and sees what was there. */
export interface StoreHome {
  open(): Promise<Store>;
  close(store: Store): Promise<void>;
  remove(): Promise<void>;
}

export interface StoreSuite {
  readonly name: string;
  /** Why the spool's tests of cursors with spilled ranges are left out. */
  readonly spillsItself?: string;
  readonly createHome: () => Promise<StoreHome>;
}

export function describeStateStore(suite: StoreSuite): void {
  describe(`state store: ${suite.name}`, () => {
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
    const reopen = async (): Promise<void> => {
      await home.close(store);
      store = await home.open();
    };

    it('has nothing at first', async () => {
      expect(await store.checkpoint('p0')).toBeUndefined();
      expect(await store.read('p0', ['a'])).toEqual([undefined]);
      expect(await store.scan('p0', '', '', 10)).toEqual([]);
    });

    it('reads at once what was committed, in the order of the keys asked for', async () => {
      expect(await store.commit('p0', commitOf(0, { b: '2', a: '1', c: '' }))).toBe('committed');
      expect(texts(await store.read('p0', ['c', 'missing', 'a', 'b', 'a']))).toEqual([
        '',
        undefined,
        '1',
        '2',
        '1',
      ]);
      expect(await store.checkpoint('p0')).toEqual(checkpoint(1));
    });

    it('deletes by null, and overwrites', async () => {
      await store.commit('p0', commitOf(0, { a: '1', b: '2' }));
      await store.commit('p0', commitOf(1, { a: null, b: '3', missing: null }));
      expect(texts(await store.read('p0', ['a', 'b']))).toEqual([undefined, '3']);
    });

    it('gives copies that stay valid, whatever is written or read later', async () => {
      await store.commit('p0', commitOf(0, { a: 'before' }));
      const [value] = await store.read('p0', ['a']);
      const scanned = await store.scan('p0', 'a', '', 1);
      await store.commit('p0', commitOf(1, { a: 'AFTER!', b: 'x'.repeat(50_000) }));
      await store.read('p0', ['b', 'a']);
      expect(texts([value, scanned[0]?.[1]])).toEqual(['before', 'before']);
    });

    it('keeps no hold on the buffers of a commit once it is done', async () => {
      const commit = commitOf(0, { a: 'kept' });
      await store.commit('p0', commit);
      for (const value of commit.entries.values()) value?.fill(0);
      expect(texts(await store.read('p0', ['a']))).toEqual(['kept']);
    });

    it.each([
      [0, 'a partition that did commit'],
      [1, 'an older version'],
      [3, 'a version that does not exist yet'],
    ])('writes nothing when it expected version %i: %s', async (expected) => {
      await store.commit('p0', commitOf(0, { a: '1' }));
      await store.commit('p0', commitOf(1, { a: '2' }));
      const wrong = { ...commitOf(expected, { a: 'wrong', b: 'wrong' }), spool: bytes('wrong') };
      expect(await store.commit('p0', wrong)).toBe('conflict');
      expect(texts(await store.read('p0', ['a', 'b']))).toEqual(['2', undefined]);
      expect(await store.checkpoint('p0')).toEqual(checkpoint(2));
      expect(await store.readSpool('p0', 0, 1_000)).toEqual([]);
    });

    it('compares versions, whatever their distance', async () => {
      expect(await store.commit('p0', { ...commitOf(0, { a: '1' }), next: checkpoint(40) })).toBe(
        'committed',
      );
      expect(await store.commit('p0', commitOf(1, { a: 'wrong' }))).toBe('conflict');
      expect(await store.commit('p0', { ...commitOf(40, { a: '2' }), next: checkpoint(2 ** 40) })).toBe(
        'committed',
      );
      expect(await store.commit('p0', commitOf(2 ** 40, { a: '3' }))).toBe('committed');
      expect(texts(await store.read('p0', ['a']))).toEqual(['3']);
    });

    it('writes nothing when it expected a version of a partition that never committed', async () => {
      expect(await store.commit('p0', commitOf(4, { a: 'wrong' }))).toBe('conflict');
      expect(await store.checkpoint('p0')).toBeUndefined();
      expect(await store.read('p0', ['a'])).toEqual([undefined]);
    });

    it('lets exactly one of several commits from the same version through', async () => {
      const rivals = Array.from({ length: 8 }, (_, n) =>
        store.commit('p0', commitOf(0, { winner: String(n) })),
      );
      const answers = await Promise.all(rivals);
      expect(answers.filter((answer) => answer === 'committed')).toHaveLength(1);
      expect(texts(await store.read('p0', ['winner']))).toEqual([String(answers.indexOf('committed'))]);
    });

    it('keeps partitions apart, even where one name begins the other', async () => {
      await store.commit('p1', commitOf(0, { a: 'one' }));
      await store.commit('p10', commitOf(0, { a: 'ten', b: 'ten' }));
      expect(keys(await store.scan('p1', '', '', 10))).toEqual(['a']);
      expect(keys(await store.scan('p10', '', '', 10))).toEqual(['a', 'b']);
      expect(texts(await store.read('p1', ['a', '0/a', 'b']))).toEqual(['one', undefined, undefined]);
    });

    it('loads at the version that is expected, and else nothing', async () => {
      expect(await store.load('p0', 0, ['a'])).toEqual({ values: [undefined], owners: new Map() });
      await store.commit('p0', commitOf(0, { a: '1', b: '2' }));
      expect(await store.load('p0', 0, ['a'])).toBe('conflict');
      expect(await store.load('p0', 2, ['a'])).toBe('conflict');
      const loaded = await store.load('p0', 1, ['b', 'missing', 'a']);
      expect(loaded === 'conflict' ? loaded : texts(loaded.values)).toEqual(['2', undefined, '1']);
    });

    it('loads the owners of links along with them, each once, absent ones too', async () => {
      const id = (n: number): string => `018f3c2a-1b2c-7000-8000-00000000000${n}`;
      await store.commit(
        'p0',
        commitOf(0, {
          [`g/${id(1)}`]: 'one',
          [`g/${id(2)}`]: 'two',
          'i/email:aaaaaaaa': `${id(1)}first`,
          'i/phone:bbbbbbbb': `${id(1)}second`,
          'i/phone:cccccccc': `${id(3)}third`,
          'i/phone:dddddddd': `${' '.repeat(36)}nobody's`,
          'i/phone:eeeeeeee': `${'short'.padEnd(36)}one with a short owner`,
          'g/short': 'short',
          'o/ffffffff': `${id(2)}not a link`,
        }),
      );
      const links = [
        'email:aaaaaaaa',
        'phone:bbbbbbbb',
        'phone:cccccccc',
        'phone:dddddddd',
        'phone:eeeeeeee',
      ];
      const loaded = await store.load('p0', 1, [...links.map((link) => `i/${link}`), 'o/ffffffff', 'i/x:y']);
      if (loaded === 'conflict') throw new Error('nobody else writes');
      expect(texts(loaded.values).at(1)).toBe(`${id(1)}second`);
      const owners = [...loaded.owners].map(([key, value]) => [key, texts([value])[0]]);
      expect(new Map(owners as [string, string | undefined][])).toEqual(
        new Map([
          [`g/${id(1)}`, 'one'],
          [`g/${id(3)}`, undefined],
          ['g/short', 'short'],
        ]),
      );
      expect(owners).toHaveLength(3);
    });

    it('scans every kind of key in order, whatever lies beside it', async () => {
      const profile = (n: number): string => `018f3c2${n}-1b2c-7000-8000-000000000000`;
      const facets = ['aaaaaaaaaaaaaaaaaaaaaa', 'aaaaaaaaaaaaaaaaaaaaaa~0', '-_bbbbbbbbbbbbbbbbbbbb'];
      const entries: Record<string, string> = { 'n/definitions': 'd', 'n/backfill': 'b', 'm/moves': 'm' };
      for (const n of [3, 1, 2]) {
        const id = profile(n);
        entries[`g/${id}`] = `person ${n}`;
        entries[`h/${id}`] = `header ${n}`;
        for (const facet of facets) {
          entries[`f/${id}/${facet}`] = `${n} ${facet}`;
          for (const day of [20_001, 20_000]) entries[`d/${day}/${id}/${facet}`] = 'ids';
        }
        entries[`f/${id}/z-${id}`] = 'folded';
        for (const type of ['phone', 'phone_hash', 'email']) entries[`i/${type}:${n}aaaaaaaaaaa`] = 'link';
        for (const destination of ['p1', 'p10', 'identity'])
          for (const at of [999, 1_000, 1_001, 20_000])
            entries[`x/${destination}/${String(at + n * 7).padStart(12, '0')}`] = 'sent';
        entries[`o/${n}bbbbbbbbbbb`] = 'place';
        entries[`c/${n}ccccccccccc`] = 'combination';
        entries[`v/${String(n * 77).padStart(10, '0')}`] = 'review';
      }
      entries['h/unattributed'] = 'pseudo';
      for (let n = 0; n < 12; n += 1) entries[`f/unattributed/u-${n}`] = 'pseudo';
      await store.commit('p0', commitOf(0, entries));
      const all = Object.keys(entries).sort();
      const prefixes = ['', 'c/', 'd/', 'd/20001/', `d/20000/${profile(2)}/`, 'f/', `f/${profile(1)}/`];
      const more = [
        'f',
        'g/',
        'h/',
        'h',
        'i/',
        'i/phone:',
        'm/',
        'n/',
        'o/',
        'v/',
        'x/',
        'x/p1/',
        'x/p1',
        'zz',
      ];
      for (const prefix of [...prefixes, ...more, `f/${profile(2)}/z-`, 'f/unattributed/u-1']) {
        const found: string[] = [];
        for (;;) {
          const page = await store.scan('p0', prefix, found.at(-1) ?? '', 7);
          found.push(...keys(page));
          for (const [key, value] of page) expect(texts([value])).toEqual([entries[key]]);
          if (page.length < 7) break;
        }
        expect(found, prefix).toEqual(all.filter((key) => key.startsWith(prefix)));
      }
      const gone = Object.fromEntries(all.filter((_, n) => n % 2 === 0).map((key) => [key, null]));
      await store.commit('p0', commitOf(1, gone));
      expect(keys(await store.scan('p0', '', '', 1_000))).toEqual(all.filter((_, n) => n % 2 === 1));
      await store.commit('p0', commitOf(2, Object.fromEntries(all.map((key) => [key, null]))));
      expect(await store.scan('p0', '', '', 10)).toEqual([]);
    });

    it('scans a prefix in the order of the keys, in pages', async () => {
      const entries = { 'f/a': '', 'f/b': '', 'f/c': '', 'e/z': '', f: '', f0: '', 'g/a': '' };
      await store.commit('p0', commitOf(0, entries));
      expect(keys(await store.scan('p0', 'f/', '', 2))).toEqual(['f/a', 'f/b']);
      expect(keys(await store.scan('p0', 'f/', 'f/b', 2))).toEqual(['f/c']);
      expect(keys(await store.scan('p0', 'f/', 'f/c', 2))).toEqual([]);
      expect(keys(await store.scan('p0', 'f/', 'f/az', 2))).toEqual(['f/b', 'f/c']);
      expect(keys(await store.scan('p0', 'f/', 'a', 10))).toEqual(['f/a', 'f/b', 'f/c']);
      expect(keys(await store.scan('p0', '', '', 3))).toEqual(['e/z', 'f', 'f/a']);
      expect(keys(await store.scan('p0', 'f/', '', 0))).toEqual([]);
    });

    it('scans up to a key that is not there any more, or never was', async () => {
      const names = [
        'e/z',
        'f/aa/x',
        'g/a',
        't/000000000001000/a',
        't/000000000001000/b',
        't/000000000001001/a',
      ];
      const later = ['t/000000009999999/a', 'u/a'];
      const entries = Object.fromEntries([...names, ...later].map((key) => [key, '']));
      await store.commit('p0', commitOf(0, entries));
      const upTo = async (prefix: string, before: string, after = '', max = 10) =>
        keys(await store.scan('p0', prefix, after, max, before));
      expect(await upTo('t/', 't/000000000001001/')).toEqual(names.slice(3, 5));
      expect(await upTo('t/', 't/000000000001001/', '', 1)).toEqual(names.slice(3, 4));
      expect(await upTo('t/', 't/000000000001001/', names[3])).toEqual(names.slice(4, 5));
      expect(await upTo('t/', 't/000000000001001/', names[4])).toEqual([]);
      expect(await upTo('t/', 't/000000000001000/')).toEqual([]);
      expect(await upTo('t/', 't/000000000005000/')).toEqual(names.slice(3));
      expect(await upTo('t/', 'u')).toEqual([...names.slice(3), 't/000000009999999/a']);
      expect(await upTo('', 'f/b')).toEqual(names.slice(0, 2));
      expect(await upTo('', 't/000000000001001')).toEqual(names.slice(0, 5));
      expect(await upTo('t/', 'a')).toEqual([]);
    });

    it('has everything after it was closed and opened', async () => {
      const next = { ...checkpoint(1), spooled: 1, taken: { identity: 7 }, given: { p3: 2 } };
      await store.commit('p0', { ...commitOf(0, { a: '1' }), next, spool: bytes('rows') });
      await store.saveCursor('p0', { done: 0, cut: { first: 1, last: 1 } }, undefined);
      await reopen();
      expect(await store.checkpoint('p0')).toEqual(next);
      expect(texts(await store.read('p0', ['a']))).toEqual(['1']);
      expect((await store.readSpool('p0', 0, 100)).map(({ n }) => n)).toEqual([1]);
      expect(await store.cursor('p0')).toEqual({ done: 0, cut: { first: 1, last: 1 } });
      expect(await store.commit('p0', commitOf(1, { a: '2' }))).toBe('committed');
    });

    it('waits in flushed for the commits that were called before', async () => {
      const committing = store.commit('p0', commitOf(0, { a: '1' }));
      await store.flushed();
      expect(texts(await store.read('p0', ['a']))).toEqual(['1']);
      expect(await committing).toBe('committed');
    });

    it('equals a map under any sequence of commits, wrong commits, scans and reopenings', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step(), { maxLength: 15 }), async (steps) => {
          const own = await suite.createHome();
          await follow(own, steps);
        }),
        { numRuns: 30 },
      );
    });
  });
}

type Step =
  | {
      readonly kind: 'commit';
      readonly right: boolean;
      readonly entries: readonly (readonly [string, string | null])[];
    }
  | { readonly kind: 'scan'; readonly prefix: string; readonly after: string; readonly max: number }
  | { readonly kind: 'reopen' };

function step(): fc.Arbitrary<Step> {
  // A small alphabet makes prefixes meet; its ends are the ends of printable ASCII.
  const key = fc.string({ unit: fc.constantFrom(' ', '/', '0', 'a', 'b', '~'), minLength: 1, maxLength: 5 });
  const value = fc.option(fc.string({ maxLength: 20 }), { nil: null });
  return fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('commit' as const),
        right: fc.boolean(),
        entries: fc.array(fc.tuple(key, value), { maxLength: 8 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('scan' as const),
        prefix: fc.oneof(fc.constant(''), key),
        after: fc.oneof(fc.constant(''), key),
        max: fc.nat(10),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
  );
}

async function follow(home: StoreHome, steps: readonly Step[]): Promise<void> {
  let store = await home.open();
  const model = new Map<string, string>();
  let version = 0;
  try {
    for (const one of steps) {
      if (one.kind === 'commit') {
        const entries = Object.fromEntries(one.entries);
        const answer = await store.commit('p0', commitOf(one.right ? version : version + 1, entries));
        expect(answer).toBe(one.right ? 'committed' : 'conflict');
        if (!one.right) continue;
        version += 1;
        for (const [key, value] of Object.entries(entries)) {
          if (value === null) model.delete(key);
          else model.set(key, value);
        }
      } else if (one.kind === 'scan') {
        const expected = [...model]
          .filter(([key]) => key.startsWith(one.prefix) && key > one.after)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .slice(0, one.max);
        const found = await store.scan('p0', one.prefix, one.after, one.max);
        expect(found.map(([key, value]) => [key, Buffer.from(value).toString()])).toEqual(expected);
      } else {
        await home.close(store);
        store = await home.open();
      }
      expect((await store.checkpoint('p0'))?.version ?? 0).toBe(version);
    }
    const all = [...model.keys()];
    expect(texts(await store.read('p0', all))).toEqual([...model.values()]);
  } finally {
    await home.close(store);
    await home.remove();
  }
}

export function checkpoint(version: number): Checkpoint {
  return { seq: version * 2, digest: 4_000_000_000 + version, version, taken: {}, given: {}, spooled: 0 };
}

export function commitOf(expected: number, entries: Readonly<Record<string, string | null>>): Commit {
  const written = new Map<string, Uint8Array | null>();
  for (const [key, value] of Object.entries(entries)) written.set(key, value === null ? null : bytes(value));
  return { expected, next: checkpoint(expected + 1), entries: written };
}

/** Buffers, because that is what callers have, and their `slice` is a trap for adapters: it does not copy. */
function bytes(value: string): Uint8Array {
  return Buffer.from(value);
}

function texts(values: readonly (Uint8Array | undefined)[]): readonly (string | undefined)[] {
  return values.map((value) => (value === undefined ? undefined : Buffer.from(value).toString()));
}

function keys(entries: readonly (readonly [string, Uint8Array])[]): readonly string[] {
  return entries.map(([key]) => key);
}
