import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../../src/model/time.ts';
import { IdentityWorld, keyOf } from './identity-world.ts';

describe('signing out', () => {
  it('gives the device a fresh anonymous identity; what it did signed out before stays', () => {
    const world = new IdentityWorld();
    const ann = world.event('d1', 'u1');
    expect(world.event('d1')).toBe(ann);
    expect(world.signOut('d1', 'u1')).toBe(ann);
    world.confirmAll();
    const fresh = world.event('d1');
    expect(fresh).not.toBe(ann);
    expect(world.place('d1')).toMatchObject({ owner: fresh, location: fresh, epoch: 1 });
    expect(world.person(ann)?.facets.some((id) => id.endsWith('~0'))).toBe(true);
    expect(world.event('d1', 'u1')).toBe(ann);
    expect(world.inconsistencies()).toEqual([]);
  });

  it('lets the next person who signs in take what the device did since', () => {
    const world = new IdentityWorld();
    world.event('d1', 'u1');
    world.signOut('d1', 'u1');
    world.confirmAll();
    const between = world.event('d1');
    const bob = world.signIn('d1', 'u2');
    world.confirmAll();
    expect(world.event('d1')).toBe(bob);
    expect(bob).toBe(between);
    // A device that is signed out of properly is not shared.
    expect(world.link('d1')?.sharedAs).toBeUndefined();
    expect(world.link('d1')?.past).toMatchObject([{ profile: world.owner('u1'), reason: 'signed_out' }]);
  });

  it('is undone by signing in again, although the combination was judged long ago', () => {
    const world = new IdentityWorld();
    const ann = world.signIn('a1', 'u1');
    world.signOut('a1', 'u1');
    const between = world.event('a1');
    expect(world.event('a1', 'u1')).toBe(ann);
    expect(world.owner('a1')).toBe(between);
    world.signIn('a1', 'u1');
    world.confirmAll();
    expect(world.owner('a1')).toBe(ann);
    expect(world.event('a1')).toBe(ann);
  });

  it('happens once, however often the event is sent', () => {
    const world = new IdentityWorld();
    world.event('a1', 'u1');
    const out = { id: 'out', type: 'signed_out', identity: { type: 'signed_out' } } as const;
    world.send(['a1', 'u1'], out);
    world.signIn('a1', 'u1');
    const before = JSON.stringify([...world.view.entries]);
    world.send(['a1', 'u1'], out);
    expect(JSON.stringify([...world.view.entries])).toBe(before);
    world.now += 8 * DAY_MS;
    world.send(['a1', 'u1'], out);
    expect(world.owner('a1')).toBeUndefined();
  });

  it('does not exhaust what a person may have merged', () => {
    const world = new IdentityWorld();
    const ann = world.event('a1', 'u1');
    for (let i = 0; i < 150; i++) {
      world.signOut('a1', 'u1');
      world.confirmAll();
      world.event('a1');
      expect(world.signIn('a1', 'u1')).toBe(ann);
      world.confirmAll();
    }
    expect(world.person(ann)?.merged).toEqual([]);
    expect(world.link('a1')?.past.length).toBeLessThanOrEqual(16);
    world.event('p1', 'u1');
    expect(world.owner('p1')).toBe(ann);
    expect(world.inconsistencies()).toEqual([]);
  });

  it('of nobody known changes nothing', () => {
    const world = new IdentityWorld();
    const trace = world.event('a1', 'd1');
    world.signOut('a1', 'd1');
    expect(world.event('a1', 'd1')).toBe(trace);
    expect(world.changes).toEqual([]);
  });
});

describe('a verified phone of another member', () => {
  const members = (): { world: IdentityWorld; ann: string } => {
    const world = new IdentityWorld();
    const ann = world.event('p1', 'm1');
    world.event('p1');
    return { world, ann };
  };

  it('was recycled when its owner has been silent for 90 days: it moves from then on', () => {
    const { world, ann } = members();
    world.now += 91 * DAY_MS;
    const bob = world.event('p1', 'm2');
    world.confirmAll();
    expect(bob).not.toBe(ann);
    expect(world.link('p1')).toMatchObject({
      owner: bob,
      since: world.now - 1,
      past: [{ profile: ann, reason: 'recycled' }],
    });
    expect(world.event('p1')).toBe(bob);
    // What was bought under the number before stays with who bought it.
    expect(world.person(ann)?.facets.filter((id) => id.endsWith('~0'))).toHaveLength(1);
    expect(world.reviews).toEqual([]);
    expect(world.inconsistencies()).toEqual([]);
  });

  it('is a question for somebody while its owner is active', () => {
    const { world, ann } = members();
    world.now += 91 * DAY_MS;
    world.seen(ann, world.now - DAY_MS);
    const bob = world.event('p1', 'm2');
    expect(world.owner('p1')).toBe(ann);
    expect(world.reviews).toMatchObject([
      {
        n: 1,
        kind: 'duplicate',
        reason: 'active',
        identifiers: [keyOf('p1'), keyOf('m2')],
        people: [ann, bob],
      },
    ]);
  });

  it('is one where both have the same name, or used one device', () => {
    for (const sign of ['name', 'device']) {
      const world = new IdentityWorld();
      world.send(sign === 'name' ? ['p1', 'm1'] : ['d1', 'p1', 'm1'], { name: 'n-ann' });
      world.now += 400 * DAY_MS;
      if (sign === 'name') world.send(['p1', 'm2'], { name: 'n-ann' });
      else world.event('d1', 'p1', 'm2');
      expect(world.reviews).toMatchObject([
        { kind: 'duplicate', reason: sign === 'name' ? 'same_name' : 'shared_device' },
      ]);
    }
  });

  it('identifies nobody once more people claim it than one number can have', () => {
    const world = new IdentityWorld();
    const first = world.event('p1', 'm0');
    for (let i = 1; i <= 25; i++) world.event('p1', `m${i}`);
    world.confirmAll();
    expect(world.link('p1')).toMatchObject({ blocked: true });
    expect(world.reviews.length).toBeLessThanOrEqual(20);
    const guest = world.event('p1');
    expect(guest).not.toBe(first);
    expect(world.event('p1')).toBe(guest);
    expect(world.event('a9', 'p1')).not.toBe(first);
  });
});

describe('merged members', () => {
  const merged = { type: 'members_merged', kept: keyOf('m1'), merged: keyOf('m2') } as const;

  it('become one person, and the loser an alias of the winner', () => {
    const world = new IdentityWorld();
    const ann = world.event('p1', 'm1');
    world.event('p2', 'm2');
    world.send(['m1', 'm2'], { type: 'members_merged', identity: merged });
    world.confirmAll();
    expect([world.owner('m1'), world.owner('m2'), world.owner('p2')]).toEqual([ann, ann, ann]);
    expect([world.link('m1')?.alias, world.link('m2')?.alias]).toEqual([undefined, true]);
    // The alias counts for nothing: a third membership still conflicts, a sale under the old card still matches.
    expect(world.event('d1', 'm2')).toBe(ann);
    expect(world.reviews).toEqual([]);
    expect(world.inconsistencies()).toEqual([]);
  });

  it('may be unknown so far', () => {
    const world = new IdentityWorld();
    world.send(['m1', 'm2'], { type: 'members_merged', identity: merged });
    expect(world.owner('m2')).toBe(world.owner('m1'));
    expect(world.link('m2')?.alias).toBe(true);
    expect(world.inconsistencies()).toEqual([]);
  });
});
