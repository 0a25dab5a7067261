import { describe, expect, it } from 'vitest';
import { Settled } from '../../src/cluster/settled.ts';
import { stagedTopology } from '../../src/cluster/topology.ts';
import { Definitions } from '../../src/definitions/definitions.ts';
import type { MoveQueue } from '../../src/model/identity.ts';
import { keys } from '../../src/model/keys.ts';
import type { Checkpoint } from '../../src/ports/state.ts';
import { createEntryCodec } from '../../src/runner/codec.ts';

const codec = createEntryCodec(new Definitions({ reportingCurrency: 'CNY' }));

function rig() {
  const checkpoints = new Map<string, Checkpoint>();
  const set = (partition: string, change: Partial<Checkpoint>): void => {
    const before = checkpoints.get(partition) ?? {
      seq: 0,
      digest: 0,
      version: 0,
      taken: {},
      given: {},
      spooled: 0,
    };
    checkpoints.set(partition, { ...before, ...change });
  };
  const state = { moves: 0, refreshed: 0 };
  const settled = new Settled({
    store: { checkpoint: async (partition) => checkpoints.get(partition) },
    state: {
      read: async ([key]) => {
        if (key !== keys.moves || state.moves === 0) return [undefined];
        const queue = { last: state.moves, waiting: Array.from({ length: state.moves }, () => ({})) };
        return [codec.encode(keys.moves, queue as unknown as MoveQueue)];
      },
      scan: () => [],
    },
    codec,
    topology: stagedTopology(2),
    refresh: async () => {
      state.refreshed++;
    },
  });
  return { set, state, settled };
}

describe('what identity has decided', () => {
  it('is settled once everybody has taken it, and what they sent on', async () => {
    const { set, state, settled } = rig();
    set('identity', { seq: 5, given: { p0: 3, p1: 1 } });
    set('p0', { taken: { identity: 2 } });
    set('p1', { taken: { identity: 1 } });
    expect(await settled.seq()).toBe(0);
    set('p0', { taken: { identity: 3 }, given: { p1: 4 } });
    expect(await settled.seq()).toBe(0);
    expect(state.refreshed).toBe(0);
    set('p1', { taken: { identity: 1, p0: 4 } });
    expect(await settled.seq()).toBe(5);
    expect(state.refreshed).toBe(1);
  });

  it('is settled under traffic too: what was decided later is not waited for', async () => {
    const { set, settled } = rig();
    set('identity', { seq: 5, given: { p0: 3 } });
    expect(await settled.seq()).toBe(0);
    set('identity', { seq: 9, given: { p0: 8 } });
    set('p0', { taken: { identity: 4 } });
    expect(await settled.seq()).toBe(5);
    expect(await settled.seq()).toBe(5);
    set('p0', { taken: { identity: 8 } });
    expect(await settled.seq()).toBe(9);
  });

  it('may be asked for by many at once', async () => {
    const { set, settled } = rig();
    set('identity', { seq: 2, given: { p0: 1 } });
    set('p0', { taken: { identity: 1 } });
    expect(await Promise.all(Array.from({ length: 20 }, () => settled.seq()))).toEqual(new Array(20).fill(2));
  });

  it('includes that facets have come to rest', async () => {
    const { state, settled } = rig();
    state.moves = 2;
    let rests = false;
    const resting = settled.moves().then(() => {
      rests = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(rests).toBe(false);
    state.moves = 0;
    await resting;
  });
});
