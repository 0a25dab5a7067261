import { describe, expect, it } from 'vitest';
import type { PolicySource } from '../../src/identity/policy.ts';
import type { Combination, Place } from '../../src/model/identity.ts';
import { eventOf } from '../support/fold-world.ts';
import { IdentityWorld, retailTypes } from './identity-world.ts';

const phones = (limit: number): PolicySource => ({
  types: retailTypes.map((each) => (each.type === 'phone' ? { ...each, limit } : each)),
});

describe('another policy', () => {
  it.each([[['m1', 'p2']], [['a1', 'm1', 'p2']]])('allows %s what the one before it refused', (names) => {
    const world = new IdentityWorld(phones(1));
    const ann = world.event('m1', 'p1');
    world.event(...names);
    expect(world.link('p2')).toBeUndefined();
    world.adopt(phones(5));
    expect(world.event(...names)).toBe(ann);
    expect(world.owner('p2')).toBe(ann);
    expect(world.inconsistencies()).toEqual([]);
  });

  it('merges whom the one before it kept apart, and what lies there follows', () => {
    const world = new IdentityWorld(phones(1));
    const ann = world.event('m1', 'p1');
    world.event('p2', 'e2');
    world.event('m1', 'p2');
    expect(world.owner('p2')).not.toBe(ann);
    world.adopt(phones(5));
    world.event('m1', 'p2');
    world.confirmAll();
    expect([world.owner('p2'), world.owner('e2')]).toEqual([ann, ann]);
    expect(world.elsewhere()).toEqual([]);
    expect(world.inconsistencies()).toEqual([]);
  });

  it('is asked once: what it refuses too is not judged again', () => {
    const world = new IdentityWorld(phones(1));
    world.event('m1', 'p1');
    world.event('m1', 'p2');
    world.adopt(phones(1));
    world.event('m1', 'p2');
    expect(refusals(world)).toBe(1);
    world.adopt({ ...phones(1), shared: { strong_people_max: 7 } });
    world.event('m1', 'p2');
    world.event('m1', 'p2');
    expect(refusals(world)).toBe(2);
  });

  it('changes nothing about verdicts that refused nothing', () => {
    const world = new IdentityWorld(phones(5));
    world.event('m1', 'p1', 'p2');
    world.event('m1', 'p1');
    world.adopt(phones(1));
    world.event('m1', 'p1', 'p2');
    world.event('m1', 'p1');
    expect(world.changes).toEqual([]);
    const places = [
      ...world.view.under<Place>('o/').values(),
      ...world.view.under<Combination>('c/').values(),
    ];
    expect(places.filter(({ refusedUnder }) => refusedUnder !== undefined)).toEqual([]);
  });

  it('that allows it makes the verdict stand for good', () => {
    const world = new IdentityWorld(phones(1));
    world.event('m1', 'p1');
    world.event('m1', 'p2');
    world.adopt(phones(5));
    world.event('m1', 'p2');
    expect(world.place('m1', 'p2')).toMatchObject({ judged: true });
    expect(world.place('m1', 'p2')).not.toHaveProperty('refusedUnder');
    expect(eventOf('', ['m1', 'p2']).combination).toBeUndefined();
  });
});

function refusals({ changes }: IdentityWorld): number {
  return changes.filter(([change]) => change === 'refused').length;
}
