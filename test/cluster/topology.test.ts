import { describe, expect, it } from 'vitest';
import { createMemoryStateStore } from '../../src/adapters/memory/state-store.ts';
import { FUSED, stagedTopology } from '../../src/cluster/topology.ts';
import { keys } from '../../src/model/keys.ts';
import { createStateReader } from '../../src/runner/whole-state.ts';

const profile = (n: number): string => `01a202b4-801b-73df-9b4f-${String(n).padStart(12, '0')}`;

describe('a topology of several partitions', () => {
  const topology = stagedTopology(5);

  it('keeps all entries of a profile in the partition of the profile, and what identity knows in its own', () => {
    for (let n = 0; n < 500; n += 1) {
      const id = profile(n);
      const home = topology.ofProfile(id);
      expect(topology.people).toContain(home);
      const own = [keys.header(id), keys.facet(id, 'facet'), keys.dedup(20_000, id, 'facet')];
      expect(own.map((key) => topology.ofKey(key))).toEqual([home, home, home]);
    }
    const known = [
      keys.link('phone', 'x'),
      keys.person(profile(1)),
      keys.place('f'),
      keys.moves,
      keys.review(1),
    ];
    expect(new Set(known.map((key) => topology.ofKey(key)))).toEqual(new Set(['identity']));
  });

  it('spreads people evenly, and never differently: the number of a partition is part of history', () => {
    const counts = new Map<string, number>();
    for (let n = 0; n < 10_000; n += 1) {
      const home = topology.ofProfile(profile(n));
      counts.set(home, (counts.get(home) ?? 0) + 1);
    }
    for (const count of counts.values()) expect(Math.abs(count - 2_000)).toBeLessThan(200);
    expect([0, 1, 2, 3].map((n) => topology.ofProfile(profile(n)))).toEqual(['p0', 'p3', 'p2', 'p4']);
    expect(topology.all.map((partition) => topology.numberOf(partition))).toEqual([1_024, 0, 1, 2, 3, 4]);
  });

  it('refuses numbers of partitions that cannot be', () => {
    for (const count of [0, -1, 1.5, 1_025, Number.NaN])
      expect(() => stagedTopology(count)).toThrow(expect.objectContaining({ code: 'invalid_config' }));
  });
});

describe('a reader of the whole state', () => {
  it('answers over several partitions what one with everything would', async () => {
    const topology = stagedTopology(3);
    const [apart, together] = [createMemoryStateStore(), createMemoryStateStore()];
    const all = new Map<string, string>();
    for (let n = 0; n < 60; n += 1) {
      const id = profile(n);
      for (const key of [
        keys.header(id),
        keys.facet(id, `f${n % 7}`),
        keys.person(id),
        keys.link('phone', `${n}`),
      ])
        all.set(key, `value of ${key}`);
    }
    const next = { seq: 1, digest: 0, version: 1, taken: {}, given: {}, spooled: 0 };
    const entriesOf = (partition?: string) =>
      new Map(
        [...all]
          .filter(([key]) => partition === undefined || topology.ofKey(key) === partition)
          .map(([key, value]) => [key, Buffer.from(value)]),
      );
    await together.commit('p0', { expected: 0, next, entries: entriesOf() });
    for (const partition of topology.all)
      await apart.commit(partition, { expected: 0, next, entries: entriesOf(partition) });
    const one = createStateReader(together, FUSED);
    const many = createStateReader(apart, topology);
    const text = (found: readonly (readonly [string, Uint8Array])[]) =>
      found.map(([key, bytes]) => [key, Buffer.from(bytes).toString()]);
    const wanted = [...all.keys(), 'h/nobody', 'i/none:1'].reverse();
    const read = async (reader: typeof one) =>
      (await reader.read(wanted)).map((bytes) => bytes && Buffer.from(bytes).toString());
    expect(await read(many)).toEqual(await read(one));
    for (const prefix of ['', 'h/', 'f/', `f/${profile(3)}/`, 'i/', 'g/', 'x/']) {
      for (let after = ''; ; ) {
        const [own, other] = [await many.scan(prefix, after, 7), await one.scan(prefix, after, 7)];
        expect(text(own), `${prefix} after ${after}`).toEqual(text(other));
        const last = other.at(-1);
        if (last === undefined) break;
        [after] = last;
      }
    }
  });
});
