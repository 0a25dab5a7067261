import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../../src/model/time.ts';
import { boundless, IdentityWorld } from './identity-world.ts';

describe('matching', () => {
  it.each(['a1', 'd1', 'e1', 'p1', 'u1', 'p1?'])('joins two combinations that share %s', (shared) => {
    const world = new IdentityWorld();
    const first = world.event(shared, 'a8');
    expect(world.event(shared, 'a9')).toBe(first);
    expect(world.owner('a9')).toBe(world.owner('a8'));
  });

  it('founds a person for a combination that shares nothing', () => {
    const world = new IdentityWorld();
    expect(world.event('a1', 'p1')).not.toBe(world.event('a2', 'p2'));
  });

  it('remembers where a link came from', () => {
    const world = new IdentityWorld();
    world.event('a1', 'p1');
    expect(world.link('p1')).toMatchObject({
      since: world.now,
      verified: true,
      evidence: [{ with: 'anonymous_id:a1', source: 'test', event: 'e1', at: world.now, rule: 'verified' }],
    });
    expect(world.link('a1')?.evidence).toMatchObject([{ with: 'phone:p1', rule: 'weak' }]);
  });

  it('lets a verdict stand: the same combination is not judged again', () => {
    const world = new IdentityWorld();
    const person = world.event('d1', 'u1');
    world.event('d1', 'u2');
    expect(world.link('d1')?.sharedAs).toBe('');
    expect(world.event('d1', 'u1')).toBe(person);
    const three = world.event('a1', 'd3', 'u1');
    expect(world.event('a1', 'd3', 'u1')).toBe(three);
  });

  it('judges a pair although it was part of a larger combination before', () => {
    const world = new IdentityWorld();
    const person = world.event('a1', 'd1', 'u1');
    expect(world.place('a1', 'u1')?.judged).toBe(false);
    expect(world.event('a1', 'u1')).toBe(person);
    expect(world.place('a1', 'u1')?.judged).toBe(true);
  });
});

describe('the winner of a merge', () => {
  it('is the one with more verified strong links, although it is younger', () => {
    const world = new IdentityWorld();
    const older = world.event('a1');
    const younger = world.event('p1');
    world.event('a1', 'p1');
    expect(world.owner('a1')).toBe(younger);
    expect(world.person(older)).toMatchObject({ mergedInto: younger, links: [], facets: [] });
    // A trace leaves no memory behind.
    expect(world.person(younger)?.merged).toEqual([]);
  });

  it('does not count stated links', () => {
    const world = new IdentityWorld();
    world.event('p1?', 'e1?');
    const verified = world.event('u1');
    world.event('a1', 'p1?');
    world.event('a1', 'u1');
    world.event('p1', 'u1');
    expect(world.owner('p1')).toBe(verified);
  });

  it('is the older one among equals', () => {
    const world = new IdentityWorld();
    const older = world.event('p1');
    world.event('p2');
    world.event('p2', 'p1');
    expect(world.owner('p2')).toBe(older);
  });

  it('is the one with the smaller id among equals of the same moment', () => {
    const world = new IdentityWorld();
    const born = world.now;
    const first = world.event('p1');
    world.now = born;
    const second = world.event('p2');
    world.event('p1', 'p2');
    expect(world.owner('p1')).toBe([first, second].sort()[0]);
  });

  it('takes over what the loser had won before, and says so in history', () => {
    const world = new IdentityWorld();
    const p1 = world.event('p1');
    const e1 = world.event('e1');
    world.event('p1', 'e1');
    const known = world.event('u1', 'm1', 'p9');
    world.event('p1', 'u1');
    expect(world.person(known)?.merged).toEqual([p1, e1]);
    expect(world.merges).toHaveLength(2);
  });
});

describe('limits', () => {
  it('keep two user ids apart: the event loses its weakest claim', () => {
    const world = new IdentityWorld();
    const first = world.event('d1', 'u1');
    const second = world.event('d1', 'u2');
    expect(second).not.toBe(first);
    // Who of them the device belongs to nobody can say.
    expect([world.owner('d1'), world.owner('u1'), world.owner('u2')]).toEqual([undefined, first, second]);
    expect(world.merges).toEqual([]);
  });

  it('take only claims that conflict: a cookie weaker than the tablet still links', () => {
    const world = new IdentityWorld();
    world.event('d1', 'u1');
    const second = world.event('a7', 'd1', 'u2');
    expect(world.owner('a7')).toBe(second);
    expect(world.link('a7')?.sharedAs).toBeUndefined();
    expect(world.link('d1')?.sharedAs).toBe('');
  });

  it('keep the strongest claim whatever it conflicts with', () => {
    const world = new IdentityWorld();
    world.event('p1', 'u1');
    const second = world.event('p1', 'u2');
    expect(world.owner('u2')).toBe(second);
    expect(world.owner('p1')).toBe(world.owner('u1'));
    // A phone is strong: it is not shared, it awaits a review.
    expect(world.link('p1')?.sharedAs).toBeUndefined();
  });

  it('allow five phones in a year, and the sixth once the first is a year old', () => {
    const world = new IdentityWorld();
    const person = world.event('p1', 'u1');
    for (const phone of ['p2', 'p3', 'p4', 'p5']) world.event(phone, 'u1');
    world.event('p6', 'u1');
    expect(world.owner('p5')).toBe(person);
    expect(world.link('p6')).toBeUndefined();
    world.now += 365 * DAY_MS;
    world.event('p7', 'u1');
    expect(world.owner('p7')).toBe(person);
  });

  it('hold over the union of two people', () => {
    const world = new IdentityWorld();
    for (const phone of ['p1', 'p2', 'p3']) world.event('e1', phone);
    for (const phone of ['p4', 'p5', 'p6']) world.event('e2', phone);
    world.event('e1', 'e2');
    expect(world.owner('p1')).not.toBe(world.owner('p4'));
    expect(world.reviews).toMatchObject([{ kind: 'conflict', reason: 'limit', status: 'open' }]);
  });

  it('hold back a merge that would unite unusually much, until somebody approves', () => {
    const world = new IdentityWorld();
    for (const phone of ['p1', 'p2']) world.event('e1', phone);
    for (const phone of ['p4', 'p5']) world.event('e2', phone);
    world.event('e1', 'e2');
    expect(world.reviews).toMatchObject([{ n: 1, kind: 'suspicious_merge', status: 'open' }]);
    expect(world.owner('p1')).not.toBe(world.owner('p4'));
    expect(world.decide(1, 'approve')).toMatchObject({ status: 'applied' });
    expect(world.owner('p1')).toBe(world.owner('p4'));
  });
});

describe('a tablet that two known people used', () => {
  const shared = (): IdentityWorld => {
    const world = new IdentityWorld();
    world.event('d1', 'u1');
    world.event('d1', 'u2');
    return world;
  };

  it('stops linking: new cookies on it are people of their own', () => {
    const world = shared();
    const guest = world.event('a1', 'd1');
    expect([world.owner('u1'), world.owner('u2')]).not.toContain(guest);
    expect(world.event('a2', 'd1')).not.toBe(guest);
    const third = world.event('d1', 'u3');
    expect(world.owner('u3')).toBe(third);
    expect(world.merges).toEqual([]);
  });

  it('has one stable anonymous profile for what carries nothing else', () => {
    const world = shared();
    const anonymous = world.event('d1');
    expect([world.owner('u1'), world.owner('u2')]).not.toContain(anonymous);
    expect(world.link('d1')?.sharedAs).toBe(anonymous);
    expect(world.event('d1')).toBe(anonymous);
    // A second tablet of the same store is shared too: both together still belong to nobody known.
    world.event('d2', 'u1');
    world.event('d2', 'u2');
    expect(world.event('d1', 'd2')).toBe(anonymous);
  });

  it('closes what it did for its first owner: from then on its anonymous events are nobody’s', () => {
    const world = new IdentityWorld();
    const first = world.event('d1', 'u1');
    expect(world.event('d1')).toBe(first);
    world.event('d1', 'u2');
    world.confirmAll();
    const anonymous = world.event('d1');
    expect(world.link('d1')?.sharedAs).toBe(anonymous);
    expect(world.place('d1')).toMatchObject({ owner: anonymous, location: anonymous, epoch: 1 });
    const closed = world.person(first)?.facets.filter((id) => id.endsWith('~0'));
    expect(closed).toHaveLength(1);
    expect(world.inconsistencies()).toEqual([]);
  });

  it('was never shared when its two people turn out to be one: what it did meanwhile comes back', () => {
    const world = new IdentityWorld();
    world.event('d1', 'u1');
    world.event('d1', 'p1', 'm1');
    expect(world.link('d1')?.sharedAs).toBeUndefined();
    world.event('d1', 'p2', 'm2');
    world.confirmAll();
    const anonymous = world.event('d1');
    expect(world.link('d1')?.sharedAs).toBe(anonymous);
    world.merge('m1', 'm2');
    world.confirmAll();
    expect(world.link('d1')).toMatchObject({ owner: world.owner('u1') });
    expect(world.link('d1')?.sharedAs).toBeUndefined();
    expect(world.event('d1')).toBe(world.owner('m1'));
    expect(world.inconsistencies()).toEqual([]);
  });

  it('is not shared when its owner is a mere trace: the sign-in simply takes it over', () => {
    const world = new IdentityWorld();
    world.event('a1', 'd1');
    const known = world.event('d1', 'u1');
    expect(world.owner('a1')).toBe(known);
    expect(world.link('d1')?.sharedAs).toBeUndefined();
  });
});

describe('stated claims', () => {
  it('take a value that nobody holds', () => {
    const world = new IdentityWorld();
    const person = world.event('a1', 'p1?', 'e1?');
    expect([world.owner('p1'), world.owner('e1')]).toEqual([person, person]);
    expect(world.link('p1')?.verified).toBe(false);
  });

  it('join an anonymous visitor to a known person', () => {
    const world = new IdentityWorld();
    const known = world.event('p1', 'u1');
    world.event('a1');
    expect(world.event('a1', 'p1?')).toBe(known);
    expect(world.owner('a1')).toBe(known);
    expect(world.link('p1')?.verified).toBe(true);
  });

  it('never join two known people', () => {
    const world = new IdentityWorld();
    const ann = world.event('p1', 'u1');
    const bob = world.event('a2', 'p2');
    // Whoever is named outranks whose device it is; but from now on the device is nobody's.
    expect(world.event('a2', 'p1?')).toBe(ann);
    expect(world.link('a2')?.sharedAs).toBe('');
    expect(world.event('p1?', 'p2?')).not.toBe('');
    expect([world.owner('p1'), world.owner('p2')]).toEqual([ann, bob]);
    expect(world.merges).toEqual([]);
  });

  it('yield to a verified claim of somebody else, who keeps the value', () => {
    const world = new IdentityWorld();
    const first = world.event('p1?', 'u1');
    const second = world.event('u2');
    expect(world.event('p1', 'u2')).toBe(second);
    expect(world.link('p1')).toMatchObject({ owner: second, verified: true });
    expect(world.holds(first)).toEqual(['u1']);
    expect(world.link('p1')?.past).toMatchObject([{ profile: first, reason: 'yielded' }]);
    expect(world.event('a5', 'p1?')).toBe(second);
    expect(world.merges).toEqual([]);
  });

  it('become verified when their own person proves them', () => {
    const world = new IdentityWorld();
    const person = world.event('p1?', 'u1');
    expect(world.event('p1', 'u1')).toBe(person);
    expect(world.link('p1')?.verified).toBe(true);
  });
});

const NAMES = ['a1', 'a2', 'a3', 'd1', 'd2', 'p1', 'p2', 'e1', 'e2'] as const;
const combinationOf = (names: readonly string[]) =>
  fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 3 });

/** Who belongs together, knowing nothing of links and facets. */
function partitionOf(events: readonly (readonly string[])[]): Map<string, Set<string>> {
  const groups = new Map<string, Set<string>>();
  for (const names of events) {
    const group = new Set(names);
    for (const name of names) for (const other of groups.get(name) ?? []) group.add(other);
    for (const name of group) groups.set(name, group);
  }
  return groups;
}

const sorted = (group: Iterable<string> | undefined): string[] => [...(group ?? [])].sort();

describe('any order of records', () => {
  it('gives the same partition of people where nothing conflicts, whenever moves are confirmed', () => {
    const scene = fc.array(combinationOf(NAMES), { minLength: 1, maxLength: 12 }).chain((events) =>
      fc.record({
        events: fc.constant(events),
        order: fc.shuffledSubarray([...events.keys()], { minLength: events.length }),
        confirms: fc.array(fc.nat(2), { maxLength: 12 }),
      }),
    );
    fc.assert(
      fc.property(scene, ({ events, order, confirms }) => {
        const world = new IdentityWorld(boundless);
        order.forEach((at, step) => {
          world.event(...(events[at] ?? []));
          for (let i = confirms[step] ?? 0; i > 0; i--) world.confirm();
          expect(world.inconsistencies()).toEqual([]);
        });
        world.confirmAll();
        expect(world.waiting).toEqual([]);
        const truth = partitionOf(events);
        for (const name of truth.keys()) {
          const together = [...truth.keys()].filter((other) => world.owner(other) === world.owner(name));
          expect(sorted(together)).toEqual(sorted(truth.get(name)));
        }
        for (const names of events) {
          const owner = world.owner(names[0] ?? '');
          expect(world.place(...names)).toMatchObject({ owner, location: owner });
        }
      }),
      { numRuns: 150 },
    );
  });

  it('leaves identity consistent where everything conflicts, and never breaks a limit', () => {
    const names = ['a1', 'a2', 'd1', 'd2', 'p1', 'p2', 'p1?', 'p2?', 'e1?', 'u1', 'u2', 'u3', 'u1?'];
    fc.assert(
      fc.property(fc.array(combinationOf(names), { minLength: 1, maxLength: 15 }), (events) => {
        const world = new IdentityWorld();
        for (const event of events) {
          if (new Set(event.map((name) => name.replace('?', ''))).size < event.length) continue;
          expect(world.event(...event)).not.toBe('');
          expect(world.inconsistencies()).toEqual([]);
        }
        const owners = ['u1', 'u2', 'u3'].map((name) => world.owner(name)).filter((id) => id !== undefined);
        expect(new Set(owners).size).toBe(owners.length);
      }),
      { numRuns: 300 },
    );
  });

  it('lets strong claims that are only stated never make one of two known people', () => {
    const strong = combinationOf(['p1?', 'p2?', 'p3?', 'e1?', 'e2?', 'u1?', 'u2?']);
    fc.assert(
      fc.property(fc.array(strong, { minLength: 1, maxLength: 12 }), (events) => {
        const world = new IdentityWorld();
        const ann = world.event('p1', 'e1', 'u1');
        const bob = world.event('p2', 'e2', 'u2');
        for (const event of events) world.event(...event);
        expect(world.merges).toEqual([]);
        for (const name of ['p1', 'e1', 'u1']) expect(world.owner(name)).toBe(ann);
        for (const name of ['p2', 'e2', 'u2']) expect(world.owner(name)).toBe(bob);
      }),
      { numRuns: 150 },
    );
  });
});
