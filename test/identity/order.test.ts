import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IdentityWorld, retailTypes } from './identity-world.ts';

/**
 * Law 3 under the shipped policy. Limits and statements make identity depend on the order of the log; where no order
 * of the same events runs into one, all orders must find the same people. And whatever conflicts, strong verified
 * evidence alone finds the same people in every order.
 */
const RUNS = Number(process.env.IDENTITY_RUNS ?? 300);

interface Scene {
  readonly events: readonly (readonly string[])[];
  readonly orders: readonly (readonly number[])[];
}

function scenes(names: readonly string[], most: number): fc.Arbitrary<Scene> {
  const event = fc.uniqueArray(fc.constantFrom(...names), {
    minLength: 1,
    maxLength: 3,
    selector: (name) => name.replace('?', ''),
  });
  return fc.array(event, { minLength: 2, maxLength: most }).chain((events) =>
    fc.record({
      events: fc.constant(events),
      orders: fc.array(fc.shuffledSubarray([...events.keys()], { minLength: events.length }), {
        minLength: 3,
        maxLength: 3,
      }),
    }),
  );
}

/** Who belongs together: events by number, as sorted groups. */
function run({ events }: Scene, order: readonly number[], world: IdentityWorld): string {
  for (const at of order) {
    world.event(...(events[at] ?? []));
    if (at % 2 === 0) world.confirm();
  }
  world.confirmAll();
  expect(world.inconsistencies()).toEqual([]);
  const groups = new Map<string, number[]>();
  events.forEach((names, i) => {
    const owner = world.place(...names)?.owner ?? '';
    groups.set(owner, [...(groups.get(owner) ?? []), i]);
  });
  return JSON.stringify([...groups.values()].map((group) => group.join()).sort());
}

describe('the same events in other orders', () => {
  it('find the same people wherever no order conflicts', () => {
    let conflictFree = 0;
    const names = ['a1', 'a2', 'd1', 'd2', 'p1', 'p2', 'p1?', 'p2?', 'e1?', 'e2', 'u1', 'u2', 'u1?'];
    fc.assert(
      fc.property(scenes(names, 7), (scene) => {
        const found = new Set<string>();
        for (const order of scene.orders) {
          const world = new IdentityWorld();
          const partition = run(scene, order, world);
          if (world.changes.length === 0) found.add(partition);
        }
        if (found.size > 0) conflictFree++;
        expect(found.size).toBeLessThanOrEqual(1);
      }),
      { numRuns: RUNS },
    );
    // A property over nothing would prove nothing.
    expect(conflictFree).toBeGreaterThan(RUNS / 4);
  });

  it('find the same holders of verified strong identifiers, whatever devices they share', () => {
    const types = retailTypes.map((type) => ({ ...type, limit: 1_000 }));
    const policy = { types, reviews: { values_per_type: 1_000 } };
    fc.assert(
      fc.property(scenes(['a1', 'd1', 'd2', 'p1', 'p2', 'p3', 'e1', 'e2', 'u1', 'u2'], 9), (scene) => {
        const strong = scene.events.filter((names) => names.every((name) => !/^[ad]/.test(name)));
        const truth = new Set<string>();
        for (const order of scene.orders) {
          const world = new IdentityWorld(policy);
          run(scene, order, world);
          // Devices may connect what nothing else does; what strong evidence connects must be connected always.
          for (const names of strong) expect(new Set(names.map((name) => world.owner(name))).size).toBe(1);
          truth.add('checked');
        }
        expect(truth.size).toBe(1);
      }),
      { numRuns: RUNS },
    );
  });
});
