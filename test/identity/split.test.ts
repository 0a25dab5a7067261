import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Link, Place } from '../../src/model/identity.ts';
import { IdentityWorld, keyOf } from './identity-world.ts';

describe('unmerging an identifier', () => {
  it('takes the facets that name nothing else, and leaves those that also name the person', () => {
    const world = new IdentityWorld();
    const ann = world.event('a1', 'u1');
    world.event('a1');
    expect(world.split('a1')).toMatchObject({
      status: 'applied',
      detail: { profile_id: ann, identifiers: 1, facets: 1 },
    });
    world.confirmAll();
    const part = world.owner('a1');
    expect(part).not.toBe(ann);
    expect(world.place('a1')).toMatchObject({ owner: part, location: part });
    expect(world.place('a1', 'u1')).toMatchObject({ owner: ann, location: ann });
    expect(world.inconsistencies()).toEqual([]);
  });

  it('takes along what was linked only through it', () => {
    const world = new IdentityWorld();
    const ann = world.event('a1', 'm1');
    const bob = world.event('b1', 'p1');
    world.event('d2', 'p1');
    world.merge('m1', 'p1');
    world.confirmAll();
    expect(world.owner('d2')).toBe(ann);
    world.split('p1');
    world.confirmAll();
    expect(world.holds(ann)).toEqual(['a1', 'm1']);
    expect(world.holds(world.owner('p1'))).toEqual(['b1', 'd2', 'p1']);
    expect(world.owner('p1')).not.toBe(bob);
    expect(world.inconsistencies()).toEqual([]);
  });

  it('leaves what is also linked another way', () => {
    const world = new IdentityWorld();
    const ann = world.event('a1', 'd1', 'u1');
    world.event('a1', 'd1');
    world.split('a1');
    expect(world.holds(ann)).toEqual(['d1', 'u1']);
  });

  it('keeps the strongest part, or the part that it is asked to leave', () => {
    const scene = (): IdentityWorld => {
      const world = new IdentityWorld();
      world.event('e1', 'a1');
      world.event('p1', 'm2');
      world.merge('e1', 'p1');
      return world;
    };
    const strongest = scene();
    strongest.split('p1');
    expect(strongest.holds(strongest.owner('p1'))).toEqual(['a1', 'e1', 'p1']);
    const asked = scene();
    asked.split('p1', 'e1');
    expect(asked.holds(asked.owner('p1'))).toEqual(['m2', 'p1']);
    expect(asked.holds(asked.owner('e1'))).toEqual(['a1', 'e1']);
  });

  it('is not undone by the events that made the link', () => {
    const world = new IdentityWorld();
    const ann = world.event('a1', 'u1');
    world.split('a1');
    world.confirmAll();
    expect(world.event('a1', 'u1')).toBe(ann);
    expect(world.event('a1', 'd7', 'u1')).toBe(ann);
    expect(world.owner('a1')).not.toBe(ann);
    expect(world.owner('d7')).toBe(ann);
    // Nor by a detour: whoever the cookie belongs to now is not this person.
    world.event('a1', 'p5');
    world.event('p5', 'u1');
    expect(world.owner('p5')).not.toBe(world.owner('u1'));
    expect(world.changes).toContainEqual(['refused', 'apart']);
  });

  it('is undone by an operator', () => {
    const world = new IdentityWorld();
    const ann = world.event('a1', 'u1');
    world.split('a1');
    expect(world.merge('a1', 'u1')).toMatchObject({ status: 'applied', detail: { profile_id: ann } });
    world.confirmAll();
    expect(world.owner('a1')).toBe(ann);
    expect(world.person(ann)?.apart).toEqual([]);
  });

  it('is refused for what is unknown, alone, or shared', () => {
    const world = new IdentityWorld();
    world.event('u1');
    world.event('d1', 'u2');
    world.event('d1', 'u3');
    expect(world.split('a9').code).toBe('identifier_not_found');
    expect(world.split('u1').code).toBe('not_linked');
    expect(world.split('d1').status).toBe('refused');
    expect(world.split('u2', 'u3').code).toBe('not_linked');
  });
});

describe('merge and unmerge', () => {
  it('give every facet and identifier back to the part that had it', () => {
    const event = fc.uniqueArray(fc.constantFrom('1', '2', '3', '4'), { minLength: 1, maxLength: 3 });
    const side = (letters: string) =>
      fc.array(event, { minLength: 1, maxLength: 5 }).map((events) => [
        // The first event names the person; every other one is linked to it.
        [`${letters[1]}1`],
        ...events.map((names) => [...names.map((n) => `${letters[0]}${n}`), `${letters[1]}1`]),
        ...events.map((names) => names.map((n) => `${letters[0]}${n}`)),
      ]);
    fc.assert(
      fc.property(side('au'), side('dp'), (left, right) => {
        const world = new IdentityWorld();
        for (const names of [...left, ...right]) world.event(...names);
        world.confirmAll();
        const owned = (id: string | undefined) => [...(world.person(id)?.facets ?? [])].sort();
        const before = [owned(world.owner('u1')), owned(world.owner('p1'))];
        const held = [world.holds(world.owner('u1')), world.holds(world.owner('p1'))];
        world.merge('u1', 'p1');
        world.confirmAll();
        world.split('p1');
        world.confirmAll();
        expect([owned(world.owner('u1')), owned(world.owner('p1'))]).toEqual(before);
        expect([world.holds(world.owner('u1')), world.holds(world.owner('p1'))]).toEqual(held);
        expect(world.inconsistencies()).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});

describe('unmerging what was an alias', () => {
  it('lets it count again: the part has an account of its own, and takes no second one', () => {
    const world = new IdentityWorld();
    world.event('u1', 'p1');
    const bob = world.event('u2', 'p2');
    world.merge('u1', 'u2');
    world.split('u2', 'u1');
    world.confirmAll();
    expect([world.link('u1')?.alias, world.link('u2')?.alias]).toEqual([undefined, undefined]);
    const carl = world.event('u3');
    world.event('u2', 'u3');
    expect([world.owner('u2'), world.owner('u3')]).not.toContain(bob);
    expect(world.owner('u3')).toBe(carl);
    expect(world.owner('u2')).not.toBe(carl);
    expect(world.inconsistencies()).toEqual([]);
  });

  it('lets what remains count when the account that counted leaves', () => {
    const world = new IdentityWorld();
    world.event('u1', 'p1');
    world.event('u2', 'p2');
    world.merge('u1', 'u2');
    world.split('u1', 'u2');
    expect([world.link('u1')?.alias, world.link('u2')?.alias]).toEqual([undefined, undefined]);
    expect(world.inconsistencies()).toEqual([]);
  });
});

describe('reviews', () => {
  const conflict = (): { world: IdentityWorld; ann: string; bob: string } => {
    const world = new IdentityWorld();
    const ann = world.event('p1', 'm1');
    return { world, ann, bob: world.event('p1', 'm2') };
  };

  it('merge two members when approved: the younger membership becomes an alias', () => {
    const { world, ann } = conflict();
    expect(world.decide(1, 'approve')).toMatchObject({
      status: 'applied',
      detail: { review: 1, status: 'approved', profile_id: ann },
    });
    world.confirmAll();
    expect(world.owner('m2')).toBe(ann);
    expect(world.link('m2')?.alias).toBe(true);
    expect(world.reviews[0]).toMatchObject({ status: 'approved', decidedBy: 'ann' });
    expect(world.inconsistencies()).toEqual([]);
  });

  it('keep them apart when rejected, and do not ask again', () => {
    const { world, ann, bob } = conflict();
    world.decide(1, 'reject');
    world.event('d1', 'p1', 'm2');
    expect(world.reviews).toHaveLength(1);
    expect(world.person(ann)?.apart).toEqual([bob]);
    expect(world.changes).toContainEqual(['refused', 'apart']);
  });

  it('are decided once, within their time', () => {
    const { world } = conflict();
    world.decide(1, 'reject');
    expect(world.decide(1, 'approve').code).toBe('review_closed');
    expect(world.decide(2, 'approve').code).toBe('review_not_found');
    const late = conflict();
    late.world.now += 31 * 86_400_000;
    expect(late.world.decide(1, 'approve').code).toBe('review_closed');
  });

  it('ask about a pair once', () => {
    const { world } = conflict();
    world.event('d1', 'p1', 'm2');
    world.event('d2', 'p1', 'm2');
    expect(world.reviews).toHaveLength(1);
    world.event('p1', 'm3');
    expect(world.reviews).toHaveLength(2);
  });
});

describe('commands', () => {
  it('answer for what is already so, and for what is not known', () => {
    const world = new IdentityWorld();
    world.event('p1', 'm1');
    expect(world.merge('p1', 'm1').detail).toMatchObject({ already: true });
    expect(world.merge('p1', 'm9').code).toBe('identifier_not_found');
  });

  it('do not exceed what a profile can hold', () => {
    const world = new IdentityWorld({
      types: [{ type: 'anonymous_id', limit: 1_000, period: 'ever', strong: false }],
    });
    for (const [letter, count] of [
      ['a', 600],
      ['b', 600],
    ] as const) {
      world.event(`${letter}0`);
      for (let i = 1; i < count; i++) world.event(`${letter}0`, `${letter}${i}`);
    }
    world.confirmAll();
    expect(world.merge('a0', 'b0')).toMatchObject({ status: 'refused', code: 'too_large' });
    expect(keyOf('b0')).toBe('anonymous_id:b0');
  });
});

describe('unmerging two who had something in common', () => {
  /** Everything that is somebody's: facets and identifiers, by their strongest identifier where they have one. */
  const possessions = (world: IdentityWorld): Map<string, string> => {
    const found = new Map<string, string>();
    const nameOf = (id: string) => {
      const { links = [] } = world.person(id) ?? {};
      const strong = links.map(({ key }) => key).filter((key) => /^(user_id|member_id):/.test(key));
      return strong.length > 0
        ? strong.sort().join()
        : links
            .map(({ key }) => key)
            .sort()
            .join();
    };
    for (const [facet, { owner }] of world.view.under<Place>('o/'))
      found.set(`facet ${facet}`, nameOf(owner));
    for (const [key, link] of world.view.under<Link>('i/'))
      found.set(key, link.owner === '' ? '' : nameOf(link.owner));
    return found;
  };

  it('gives a family’s phone, a browser and a tablet of both back to whose they were', () => {
    const world = new IdentityWorld();
    world.event('p1', 'm1');
    world.event('p1', 'm2');
    world.event('a1', 'm1');
    world.event('a1');
    world.signOut('a1', 'm1');
    world.event('a1', 'm2');
    world.event('d1', 'm1');
    world.event('d1', 'm2');
    world.event('d1');
    world.confirmAll();
    const before = possessions(world);
    world.merge('m1', 'm2');
    world.confirmAll();
    world.split('m2', 'm1');
    world.confirmAll();
    expect(world.inconsistencies()).toEqual([]);
    expect(possessions(world)).toEqual(before);
  });

  it('gives back what each had, whatever they shared', () => {
    const name = fc.constantFrom('a1', 'a2', 'd1', 'p1', 'p2', 'e1');
    const who = fc.constantFrom('m1', 'm2');
    const step = fc.record({
      names: fc.uniqueArray(name, { maxLength: 3 }),
      who: fc.option(who, { nil: undefined }),
      out: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), fc.boolean(), (steps, swap) => {
        const world = new IdentityWorld();
        world.event('m1');
        world.event('m2');
        for (const { names, who: member, out } of steps) {
          const all = member === undefined ? names : [...names, member];
          if (all.length === 0) continue;
          if (out) world.signOut(...all);
          else world.event(...all);
        }
        world.confirmAll();
        fc.pre(world.owner('m1') !== world.owner('m2') && world.owner('m1') !== undefined);
        const before = possessions(world);
        fc.pre(world.merge('m1', 'm2').status === 'applied');
        world.confirmAll();
        const [leaving, staying] = swap ? ['m1', 'm2'] : ['m2', 'm1'];
        expect(world.split(leaving as string, staying as string).status).toBe('applied');
        world.confirmAll();
        expect(world.inconsistencies()).toEqual([]);
        expect([...possessions(world)].sort()).toEqual([...before].sort());
      }),
      { numRuns: Number(process.env.IDENTITY_RUNS ?? 400) },
    );
  });
});
