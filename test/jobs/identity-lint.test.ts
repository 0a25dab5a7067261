import { afterEach, describe, expect, it, vi } from 'vitest';
import { createMemoryStateStore, type MemoryStateStore } from '../../src/adapters/memory/state-store.ts';
import { Definitions } from '../../src/definitions/definitions.ts';
import { generate } from '../../src/generate/generate.ts';
import { IdentityLint, REST_TIMES } from '../../src/jobs/identity-lint.ts';
import { limits } from '../../src/limits.ts';
import { baseType } from '../../src/model/identifier-type.ts';
import type { Link, Person } from '../../src/model/identity.ts';
import { EMPTY_POLICY } from '../../src/model/identity-policy.ts';
import { keys } from '../../src/model/keys.ts';
import type { StateStore } from '../../src/ports/state.ts';
import { createEntryCodec } from '../../src/runner/codec.ts';
import type { IdentifierQuality } from '../../src/serve/quality-service.ts';
import { createFusedEngine, type FusedEngine } from '../support/fused-engine.ts';
import { entriesOf, peopleOf } from '../support/identity-state.ts';

const policy = {
  ...EMPTY_POLICY,
  types: [
    { type: 'user_id', limit: 1, period: 'ever', strong: true, normalize: 'exact', issued: true },
    { type: 'phone', limit: 5, period: 'year', strong: true, normalize: 'phone' },
    { type: 'device_id', limit: 20, period: 'ever', strong: false, normalize: 'exact' },
  ],
} as const;
const definitions = new Definitions({ reportingCurrency: 'CNY', policy });
const codec = createEntryCodec(definitions);

const link = (type: string, hash: string, changes: Partial<Link> = {}): Link => ({
  type,
  hash,
  owner: 'p-1',
  verified: true,
  sealed: '',
  sealedBy: '',
  since: 1,
  evidence: [],
  past: [],
  seenWith: [],
  ...changes,
});

const person = (id: string, held: readonly string[]): Person => ({
  id,
  createdAt: 1,
  links: held.map((key) => ({ key, since: 1, verified: true, alias: false })),
  facets: [],
  merged: [],
  apart: [],
  shared: [],
  seenAt: 1,
  name: '',
});

let version = 0;
async function put(store: MemoryStateStore, entries: readonly (Link | Person)[]): Promise<void> {
  const encoded = entries.map((entry) => {
    const key = 'hash' in entry ? keys.link(entry.type, entry.hash) : keys.person(entry.id);
    return [key, codec.encode(key, entry)] as const;
  });
  const next = { seq: 1, digest: 1, version: version + 1, taken: {}, given: {}, spooled: 0 };
  const expected = store.checkpoint('p0')?.version ?? 0;
  await store.commit('p0', { expected, next, entries: new Map(encoded) });
  version++;
}

const lints: IdentityLint[] = [];
afterEach(async () => {
  for (const lint of lints.splice(0)) await lint.stop();
});

function lintOf(
  store: StateStore,
  changes: { clock?: { now(): number }; errors?: unknown[] } = {},
): IdentityLint {
  const { clock = { now: () => 7 }, errors = [] } = changes;
  const onError = (error: unknown) => errors.push(error);
  const lint = new IdentityLint({ store, partition: 'p0', codec, definitions, clock, onError });
  lints.push(lint);
  return lint;
}

async function qualityOf(store: StateStore, type: string): Promise<IdentifierQuality | undefined> {
  const { identifiers } = await lintOf(store).report(true);
  return identifiers.find((each) => each.type === type);
}

describe('the identifier lint', () => {
  it('counts values, profiles and people by type, whoever issued them', async () => {
    const store = createMemoryStateStore();
    await put(store, [
      link('user_id', 'a'),
      link('user_id@shop', 'b'),
      link('phone', 'p', { seenWith: ['p-2', 'p-3'] }),
      link('phone', 'q', {
        owner: '',
        seenWith: ['p-2', 'p-3'],
        sharedAs: '',
        blocked: true,
        past: [{ profile: 'p-1', from: 1, to: 2, reason: 'shared' }],
      }),
      link('device_id', 'd', { owner: 'p-9', sharedAs: 'p-9', seenWith: ['p-1', 'p-2'] }),
      link('device_id', 'place', { owner: '', sharedAs: '', blocked: true }),
      link('passport', 'x'),
      person('p-1', ['user_id:a', 'user_id@shop:b', 'phone:p', 'passport:x']),
      person('p-9', ['device_id:d']),
      { ...person('p-2', []), mergedInto: 'p-1' },
    ]);
    const one = { p50: 1, p99: 1, max: 1 };
    const nothing = { p50: 0, p99: 0, max: 0 };
    const three = { p50: 3, p99: 3, max: 3 };
    expect(await lintOf(store).report(true)).toEqual({
      as_of: 7,
      identifiers: [
        {
          type: 'user_id',
          values: 2,
          profiles: 1,
          values_per_profile: { p50: 2, p99: 2, max: 2 },
          profiles_per_value: one,
          shared: 0,
          blocked: 0,
          verdict: 'ideal',
        },
        {
          type: 'phone',
          values: 2,
          profiles: 1,
          values_per_profile: one,
          profiles_per_value: three,
          shared: 0,
          blocked: 1,
          verdict: 'fine',
        },
        {
          type: 'device_id',
          values: 2,
          profiles: 1,
          values_per_profile: one,
          profiles_per_value: { p50: 1, p99: 2, max: 2 },
          shared: 2,
          blocked: 0,
          verdict: 'fine',
        },
        {
          type: 'other',
          values: 1,
          profiles: 1,
          values_per_profile: one,
          profiles_per_value: one,
          shared: 0,
          blocked: 0,
          verdict: 'ideal',
        },
      ],
    });
    const empty = await lintOf(createMemoryStateStore()).report(true);
    expect(empty.identifiers).toEqual(
      policy.types.map(({ type }) => ({
        type,
        values: 0,
        profiles: 0,
        values_per_profile: nothing,
        profiles_per_value: nothing,
        shared: 0,
        blocked: 0,
        verdict: 'unused',
      })),
    );
  });

  it.each([
    [0, 1, 'ideal'],
    [1, 2, 'fine'],
    [4, 5, 'fine'],
    [5, 6, 'watch'],
    [8, 9, 'watch'],
    [9, 10, 'reject'],
    [40, 41, 'reject'],
  ])('with %i others judges %i people per value: %s', async (others, p99, verdict) => {
    const store = createMemoryStateStore();
    const seenWith = Array.from({ length: others }, (_, i) => `other-${i}`);
    await put(
      store,
      Array.from({ length: 10 }, (_, i) => link('phone', `h${i}`, { seenWith })),
    );
    expect(await qualityOf(store, 'phone')).toMatchObject({
      profiles_per_value: { p50: p99, p99, max: p99 },
      verdict,
    });
  });

  it('does not condemn a type for one value in a hundred', async () => {
    const store = createMemoryStateStore();
    const seenWith = Array.from({ length: 60 }, (_, i) => `other-${i}`);
    const fine = Array.from({ length: 199 }, (_, i) => link('phone', `h${i}`));
    await put(store, [...fine, link('phone', 'z', { seenWith })]);
    expect(await qualityOf(store, 'phone')).toMatchObject({
      profiles_per_value: { p50: 1, p99: 1, max: 61 },
      verdict: 'ideal',
    });
  });

  it('comes to what brute force finds in a generated shop, over many pages', async () => {
    const engine = await generatedShop(260);
    const { identifiers } = await lintOfEngine(engine).report(true);
    expect(entriesOf(engine, 'i/').size).toBeGreaterThan(limits.pageMax);
    const links = [...entriesOf<Link>(engine, 'i/').values()];
    for (const found of identifiers) {
      const own = links.filter(({ type }) => baseType(type) === found.type);
      const held = peopleOf(engine)
        .map(
          (each) => each.links.filter(({ key }) => baseType(key.split(':')[0] ?? '') === found.type).length,
        )
        .filter((count) => count > 0);
      expect(found).toMatchObject({
        values: own.length,
        profiles: held.length,
        values_per_profile: naiveSpread(held),
        profiles_per_value: naiveSpread(own.map(naivePeople)),
        shared: own.filter(({ sharedAs }) => sharedAs !== undefined).length,
      });
    }
    const tablets = identifiers.find(({ type }) => type === 'device_id');
    expect([tablets?.verdict === 'reject', (tablets?.shared ?? 0) > 0]).toEqual([false, true]);
  });
});

describe('a scan', () => {
  it('is one at a time, and nothing is read while nothing has changed', async () => {
    const store = createMemoryStateStore();
    await put(store, [link('phone', 'p')]);
    let scans = 0;
    const counting: StateStore = {
      ...wrapped(store),
      scan: (partition, prefix, after, max) => {
        scans++;
        return store.scan(partition, prefix, after, max);
      },
    };
    let now = 1;
    const lint = lintOf(counting, { clock: { now: () => now } });
    await Promise.all([lint.report(true), lint.report(true), lint.report(false)]);
    // One page of links and one of people.
    expect(scans).toBe(2);
    now = 2;
    expect((await lint.report(false)).as_of).toBe(1);
    expect((await lint.report(true)).as_of).toBe(2);
    expect(scans).toBe(2);
    await put(store, [link('phone', 'q')]);
    expect((await lint.report(true)).identifiers[1]).toMatchObject({ type: 'phone', values: 2 });
    expect(scans).toBe(4);
  });

  it('that fails leaves the last findings, and the next one tries again', async () => {
    const store = createMemoryStateStore();
    await put(store, [link('phone', 'p')]);
    const errors: unknown[] = [];
    let broken = true;
    const breaking: StateStore = {
      ...wrapped(store),
      checkpoint: (partition) => {
        if (broken) throw new Error('no');
        return store.checkpoint(partition);
      },
    };
    const lint = lintOf(breaking, { errors });
    expect(await lint.report(true)).toEqual({ identifiers: [], as_of: null });
    expect(errors).toHaveLength(1);
    broken = false;
    expect((await lint.report(false)).as_of).toBe(7);
  });

  it('yields between its slices, and ends when the engine stops', async () => {
    const store = createMemoryStateStore();
    await put(
      store,
      Array.from({ length: 50 }, (_, i) => link('phone', `h${i}`)),
    );
    let now = 0;
    const errors: unknown[] = [];
    const lint = lintOf(store, { clock: { now: () => (now += 5) }, errors });
    let turns = 0;
    const counter = setInterval(() => turns++, 1);
    await lint.report(true);
    clearInterval(counter);
    expect(turns).toBeGreaterThan(10);
    await put(store, [link('phone', 'another')]);
    lint.start();
    lint.start();
    await lint.stop();
    await lint.stop();
    expect(lint.latest.identifiers[1]).toMatchObject({ values: 50 });
    expect(errors).toEqual([]);
  });
});

describe('how often everything is looked over', () => {
  afterEach(() => vi.useRealTimers());

  const MINUTE_MS = 60_000;

  /** Times of looks, each of which takes so long, within two days. */
  async function looksThatTake(ms: number): Promise<readonly number[]> {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const looks: number[] = [];
    const store = createMemoryStateStore();
    const slow: StateStore = {
      ...wrapped(store),
      checkpoint(partition) {
        looks.push(performance.now() / MINUTE_MS);
        return store.checkpoint(partition);
      },
      scan(...all) {
        // Links, and then people.
        vi.advanceTimersByTime(ms / 2);
        return store.scan(...all);
      },
    };
    const lint = lintOf(slow);
    lint.start();
    for (let minute = 0; minute < 2 * 24 * 60; minute++) {
      await vi.advanceTimersByTimeAsync(MINUTE_MS);
      // So that there is something to look at each time.
      await put(store, [link('phone', `h${minute}`)]);
    }
    await lint.stop();
    return looks;
  }

  it('is every ten minutes while a look is short', async () => {
    const [first = 0, second = 0, third = 0] = await looksThatTake(100);
    expect([Math.round(second - first), Math.round(third - second)]).toEqual([10, 10]);
  });

  it('is the less often the longer a look takes', async () => {
    const [first = 0, second = 0, third = 0] = await looksThatTake(5 * MINUTE_MS);
    expect(second - first).toBeGreaterThanOrEqual(REST_TIMES * 5);
    expect(third - second).toBeGreaterThanOrEqual(REST_TIMES * 5);
    expect(third - second).toBeLessThan(REST_TIMES * 5 + 10);
  });
});

/** Methods of a class do not spread. */
function wrapped(store: StateStore): StateStore {
  return {
    checkpoint: (...all) => store.checkpoint(...all),
    read: (...all) => store.read(...all),
    load: (...all) => store.load(...all),
    commit: (...all) => store.commit(...all),
    scan: (...all) => store.scan(...all),
    flushed: () => store.flushed(),
    close: () => store.close(),
  };
}

function lintOfEngine({ store, definitions: current, clock }: FusedEngine): IdentityLint {
  const lint = new IdentityLint({
    store,
    partition: 'p0',
    codec: createEntryCodec(current),
    definitions: current,
    clock,
    onError: (error) => expect(error).toBeUndefined(),
  });
  lints.push(lint);
  return lint;
}

async function generatedShop(shoppers: number): Promise<FusedEngine> {
  const engine = await createFusedEngine();
  const batches = new Map<boolean, object[]>([
    [true, []],
    [false, []],
  ]);
  for (const { event, publicKey, arrivesAt } of generate({ shoppers, seed: 5, days: 60 }).items()) {
    if (arrivesAt > engine.clock.now()) engine.clock.set(arrivesAt);
    batches.get(publicKey)?.push(event);
    for (const [isPublic, batch] of batches) {
      if (batch.length < 400) continue;
      // Generated events are JSON as clients send it.
      await engine.send(batch.splice(0) as Parameters<FusedEngine['send']>[0], isPublic ? 'write' : 'secret');
    }
  }
  return engine;
}

function naivePeople({ owner, sharedAs, seenWith, past }: Link): number {
  const former = past.filter(({ reason }) => reason === 'shared').map(({ profile }) => profile);
  const now = owner === sharedAs ? '' : owner;
  const all = new Set([...seenWith, now, ...(sharedAs === undefined && seenWith.length === 0 ? [] : former)]);
  all.delete('');
  return Math.max(1, all.size);
}

function naiveSpread(values: readonly number[]): object {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
  return { p50: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? 0 };
}
