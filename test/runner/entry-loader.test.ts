import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StateStore } from '../../src/ports/state.ts';
import { createRandom } from '../e2e/support/seeded-random.ts';
import { eventOf } from '../support/fold-world.ts';
import { BEGIN_MS } from '../support/fused-runner.ts';
import { answeringLater } from '../support/later-store.ts';
import { createStagedRig, type StagedRig } from '../support/staged-rig.ts';

/** Counts calls, each of which is a round trip. */
function counting(calls: string[]): (store: StateStore) => StateStore {
  return (store) => ({
    ...answeringLater(store),
    load(partition, expected, wanted) {
      calls.push(`${partition} ${wanted.length}`);
      return store.load(partition, expected, wanted);
    },
  });
}

const recordOf = (id: string, names: readonly string[]) =>
  ({ kind: 'event', event: eventOf(id, names) }) as const;

describe('what a batch needs', () => {
  const PEOPLE = 60;

  it('comes in a few calls to the store, however many people it is about', async () => {
    const calls: string[] = [];
    const rig = createStagedRig(BEGIN_MS, { cacheBytes: 1, around: counting(calls) });
    const visit = async (round: number): Promise<void> => {
      await rig.append(...Array.from({ length: PEOPLE }, (_, n) => recordOf(`e${round}-${n}`, [`a${n}`])));
      await rig.settle(createRandom(round));
    };
    await visit(1);
    calls.length = 0;
    await visit(2);
    const facets = rig.topology.people.flatMap((partition) =>
      rig.entries<{ events: number }>(partition, 'f/'),
    );
    expect(facets.map(([, { events }]) => events)).toEqual(Array.from({ length: PEOPLE }, () => 2));
    // Each of five partitions starts twice (two workers, of which one finds that the other was first) and loads twice or three times.
    expect(calls.length).toBeGreaterThan(0);
    expect(calls.length, calls.join(', ')).toBeLessThan(PEOPLE / 2);
  });

  const someEvent = fc.record({
    id: fc.integer({ min: 1, max: 15 }).map((n) => `e${n}`),
    names: fc.uniqueArray(fc.constantFrom('a1', 'a2', 'd1', 'p1', 'p2', 'u1', 'u2'), {
      minLength: 1,
      maxLength: 3,
    }),
  });

  function stateOf(rig: StagedRig): unknown {
    return rig.topology.all.map((partition) => rig.store.scan(partition, '', '', 1_000_000));
  }

  it('changes nothing: a cache that holds nothing and one that holds everything come to the same state', async () => {
    const messages = fc.array(fc.array(someEvent, { minLength: 1, maxLength: 8 }), {
      minLength: 1,
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(messages, fc.integer({ min: 1, max: 1_000_000 }), async (batches, seed) => {
        const rigs = [
          createStagedRig(BEGIN_MS),
          createStagedRig(BEGIN_MS, { cacheBytes: 1, around: answeringLater }),
        ];
        for (const rig of rigs) {
          const random = createRandom(seed);
          for (const batch of batches) {
            await rig.append(...batch.map(({ id, names }) => recordOf(id, names)));
            await rig.settle(random);
          }
        }
        const [holding, empty] = rigs.map(stateOf);
        expect(empty).toEqual(holding);
      }),
      { numRuns: 25 },
    );
  });
});
