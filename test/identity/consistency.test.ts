import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IdentityWorld } from './identity-world.ts';

const RUNS = Number(process.env.IDENTITY_RUNS ?? 300);
const NAMES = ['a1', 'a2', 'd1', 'd2', 'p1', 'p2', 'p1?', 'e1?', 'm1', 'm2', 'u1', 'u2', 'u1?'] as const;

const name = fc.constantFrom(...NAMES);
const names = fc.uniqueArray(name, { minLength: 1, maxLength: 4, selector: (each) => each.replace('?', '') });
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('event' as const), names }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('signIn', 'signOut'), names }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('split' as const), name }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('merge' as const), name, other: name }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('decide' as const), n: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('wait' as const), days: fc.integer({ min: 1, max: 120 }) }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('confirm' as const), at: fc.nat(2) }) },
);

function play(world: IdentityWorld, each: typeof step extends fc.Arbitrary<infer T> ? T : never): void {
  switch (each.do) {
    case 'event':
    case 'signIn':
    case 'signOut':
      // Wherever it goes, it goes somewhere.
      expect(world[each.do](...each.names)).not.toBe('');
      return;
    case 'split':
      world.split(each.name);
      return;
    case 'merge':
      world.merge(each.name, each.other);
      return;
    case 'decide':
      world.decide(each.n, each.n % 2 === 0 ? 'approve' : 'reject');
      return;
    case 'wait':
      world.now += each.days * 86_400_000;
      return;
    case 'confirm':
      world.confirm(Math.min(each.at, Math.max(0, world.started.length - 1)));
  }
}

describe('whatever comes in whatever order', () => {
  it('every link and facet has one owner, every move ends, and only what was loaded is read', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) => {
        const world = new IdentityWorld();
        for (const each of steps) {
          play(world, each);
          expect(world.inconsistencies()).toEqual([]);
        }
        world.confirmAll();
        expect(world.waiting).toEqual([]);
        expect(world.elsewhere()).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });
});
