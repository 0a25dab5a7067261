import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FUSED } from '../../src/cluster/topology.ts';
import { ParityCheck, type ParityOptions } from '../../src/jobs/parity.ts';
import { limits } from '../../src/limits.ts';
import { keys } from '../../src/model/keys.ts';
import type { Facet, Header } from '../../src/model/profile.ts';
import { createEntryCodec } from '../../src/runner/codec.ts';
import { createStateReader } from '../../src/runner/whole-state.ts';
import { CrowdedShop } from '../support/crowded-shop.ts';
import {
  createHistoryPlace,
  type EngineWithHistory,
  type HistoryPlace,
} from '../support/engine-with-history.ts';

let place: HistoryPlace;
beforeAll(() => {
  place = createHistoryPlace();
});
afterAll(() => place.remove());

const engines: EngineWithHistory[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.stop();
});

async function open(database: string): Promise<EngineWithHistory> {
  const engine = await place.open(database);
  engines.push(engine);
  return engine;
}

function checkOf(engine: EngineWithHistory, changes: Partial<ParityOptions> = {}): ParityCheck {
  const { store, definitions, history, reach, clock } = engine;
  const codec = createEntryCodec(definitions);
  return new ParityCheck({
    store,
    state: createStateReader(store, FUSED),
    topology: FUSED,
    codec,
    definitions,
    history,
    reach,
    clock,
    share: 1,
    onError: (error) => {
      throw error;
    },
    ...changes,
  });
}

const patience = { report: () => undefined, signal: new AbortController().signal };

const view = (id: string, user_id: string) => ({
  id,
  type: 'product_viewed',
  identifiers: { user_id },
  properties: { item_id: `spu-${id}` },
});

async function idOf(engine: EngineWithHistory, user: string): Promise<string> {
  return (await engine.profiles.byIdentifier('user_id', user, { reveal: false }))?.profile_id ?? '';
}

/** Writes one facet of the profile as it never was; the checkpoint stays. */
async function alter(engine: EngineWithHistory, id: string, change: (facet: Facet) => void): Promise<void> {
  const { store, definitions } = engine;
  const codec = createEntryCodec(definitions);
  const read = <T extends object>(key: string): T => {
    const [bytes] = store.read('p0', [key]);
    // The codec answers the type that belongs to the key's prefix.
    return codec.decode(key, bytes as Uint8Array) as T;
  };
  const [first = ''] = read<Header>(keys.header(id)).facets;
  const key = keys.facet(id, first);
  const facet = read<Facet>(key);
  change(facet);
  const checkpoint = store.checkpoint('p0');
  if (checkpoint === undefined) return;
  const entries = new Map([[key, codec.encode(key, facet)]]);
  await store.commit('p0', { expected: checkpoint.version, next: checkpoint, entries });
}

const numberOf = ({ definitions }: EngineWithHistory, name: string): number =>
  definitions.features.byName.get(name)?.number ?? 0;

/** History as if it had never been told of some events. */
function without({ history }: EngineWithHistory, id: string): ParityOptions['history'] {
  return {
    async query(sql, format) {
      const text = await history.query(sql, format);
      return text
        .split('\n')
        .filter((line) => !line.includes(`\\"id\\":\\"${id}\\"`))
        .join('\n');
    },
  };
}

describe('state and history', () => {
  it.each([11, 12])('are the same after merges, unmerges, sign-outs and repeats (seed %i)', async (seed) => {
    const engine = await open(`parity_${seed}`);
    const shop = new CrowdedShop(engine, seed);
    for (let round = 0; round < 150; round++) await shop.round();
    await engine.settle();
    const found = await checkOf(engine).check({ profiles: 100 }, patience);
    expect(found).toMatchObject({ mismatch: 0, missing: 0, extra: 0, profiles_skipped: 0, differences: [] });
    expect(found.features_skipped).toBe(0);
    expect(found.profiles).toBeGreaterThan(3);
    for (const sql of [
      'merges',
      "identity_changes WHERE change = 'split'",
      "events WHERE type = 'signed_out'",
    ]) {
      expect(Number(await engine.history.query(`SELECT count() FROM ${sql}`, 'TSV'))).toBeGreaterThan(0);
    }
    expect(found.features).toBe(Number(found.profiles) * (await featureCount(engine)));
  });

  async function featureCount({ definitions }: EngineWithHistory): Promise<number> {
    return definitions.features.byName.size + definitions.features.derived.size;
  }

  it('differ where the state lost a feature, has one too many, or another value', async () => {
    const engine = await open('parity_altered');
    await engine.send([view('e-1', 'u-1'), view('e-2', 'u-1'), view('e-3', 'u-2')]);
    await engine.settle();
    const id = await idOf(engine, 'u-1');
    const number = numberOf(engine, 'views_lifetime');
    const parity = checkOf(engine);
    const check = async () => await parity.check({ ids: [id] }, patience);
    expect(await check()).toMatchObject({ mismatch: 0, missing: 0, extra: 0 });

    await alter(engine, id, ({ aggregates }) => aggregates.delete(number));
    const missing = { profile_id: id, feature: 'views_lifetime', kind: 'missing', live: null, history: 2 };
    expect((await check()).differences).toContainEqual(expect.objectContaining(missing));

    const other = await idOf(engine, 'u-2');
    await alter(engine, other, ({ aggregates }) => {
      const feature = engine.definitions.features.byNumber.get(number);
      const state = aggregates.get(number) as unknown[];
      if (feature !== undefined) aggregates.set(number, feature.operation.merge(state, state));
    });
    const found = await parity.check({ ids: [other] }, patience);
    const mismatch = { feature: 'views_lifetime', kind: 'mismatch', live: 2, history: 1 };
    expect(found.differences).toContainEqual(expect.objectContaining(mismatch));
    expect(found.mismatch).toBeGreaterThan(0);
  });

  it('differ where history lost an event', async () => {
    const engine = await open('parity_dropped');
    await engine.send([view('e-1', 'u-1'), view('e-2', 'u-2'), view('e-3', 'u-2')]);
    await engine.settle();
    const parity = checkOf(engine, { history: without(engine, 'e-1') });
    const found = await parity.check({ profiles: 10 }, patience);
    const extra = { profile_id: await idOf(engine, 'u-1'), feature: 'views_lifetime', kind: 'extra' };
    expect(found.differences).toContainEqual(expect.objectContaining({ ...extra, live: 1, history: null }));
    expect([found.profiles, found.missing]).toEqual([2, 0]);
  });
});

describe('the check', () => {
  it('leaves out features that have not seen everything, until their window has', async () => {
    const engine = await open('parity_later');
    const { clock } = engine;
    await engine.send([view('e-1', 'u-1')]);
    clock.advance(1_000);
    await engine.define([
      { name: 'late_views', on: ['product_viewed'], aggregate: 'count', window: 'lifetime' },
      { name: 'late_views_1h', on: ['product_viewed'], aggregate: 'count', window: '1h' },
      { name: 'late_double', on: [], aggregate: 'derived', expression: 'late_views * 2', window: 'lifetime' },
    ]);
    await engine.send([view('e-2', 'u-1')]);
    await engine.settle();
    const check = async () => await checkOf(engine).check({ profiles: 1 }, patience);
    expect(await check()).toMatchObject({
      ...{ features_skipped: 3, mismatch: 0, missing: 0, extra: 0 },
      features_skipped_for: { defined_later: 2, input_defined_later: 1 },
      skipped_features: [
        { feature: 'late_double', reason: 'input_defined_later', profiles: 1 },
        { feature: 'late_views', reason: 'defined_later', profiles: 1 },
        { feature: 'late_views_1h', reason: 'defined_later', profiles: 1 },
      ],
    });
    clock.advance(limits.futureToleranceMs + 3 * 3_600_000);
    expect(await check()).toMatchObject({ features_skipped: 2, mismatch: 0, missing: 0, extra: 0 });
    await engine.send([view('e-3', 'u-2')]);
    await engine.settle();
    const both = await checkOf(engine).check({ profiles: 2 }, patience);
    expect(both).toMatchObject({
      profiles: 2,
      features_skipped: 2,
      features_skipped_for: { defined_later: 1 },
    });
  });

  it('goes over everybody in the background, a share of them each lap, and keeps count', async () => {
    const engine = await open('parity_rounds');
    const users = Array.from({ length: 30 }, (_, n) => `u-${n}`);
    await engine.send(users.map((user) => view(`e-${user}`, user)));
    await engine.settle();
    const all = checkOf(engine, { history: without(engine, 'e-u-7') });
    expect(all.latest).toMatchObject({ share: 1, profiles: 0, as_of: null, differences: [] });
    await all.round();
    expect(all.latest).toMatchObject({ profiles: limits.parityProfilesPerRound, as_of: engine.clock.now() });
    await all.round();
    const { profiles, extra, differences } = all.latest;
    expect([profiles, extra]).toEqual([30, differences.length]);
    expect(new Set(differences.map(({ profile_id }) => profile_id))).toEqual(
      new Set([await idOf(engine, 'u-7')]),
    );
    const some = checkOf(engine, { share: 0.3 });
    await some.round();
    const once = some.latest.profiles;
    expect(once).toBeGreaterThan(0);
    expect(once).toBeLessThan(20);
  });

  it('says why it did not compare', async () => {
    const engine = await open('parity_uncompared');
    await engine.send([view('e-1', 'u-1')]);
    await engine.settle();
    const id = await idOf(engine, 'u-1');
    const moving = checkOf(engine, {
      store: { ...reading(engine), load: () => 'conflict' },
    });
    expect(await moving.check({ ids: [id] }, patience)).toMatchObject({ skipped_for: { busy: 1 } });
    const gone = await checkOf(engine).check({ ids: ['019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e'] }, patience);
    expect(gone).toMatchObject({ profiles: 0, profiles_skipped: 1, skipped_for: { gone: 1 } });
  });

  function reading({ store }: EngineWithHistory): ParityOptions['store'] {
    return {
      checkpoint: (partition) => store.checkpoint(partition),
      load: (partition, expected, wanted) => store.load(partition, expected, wanted),
    };
  }

  it('ends when it is stopped, and is off without a share', async () => {
    const engine = await open('parity_stopped');
    await engine.send([view('e-1', 'u-1')]);
    await engine.settle();
    const errors: unknown[] = [];
    const parity = checkOf(engine, { onError: (error) => errors.push(error) });
    parity.start();
    await parity.stop();
    await parity.round();
    expect([errors, parity.latest.as_of]).toEqual([[], null]);
    const off = checkOf(engine, { share: 0 });
    off.start();
    await off.stop();
    expect(off.latest.share).toBe(0);
  });
});
