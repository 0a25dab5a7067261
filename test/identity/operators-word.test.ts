import { describe, expect, it } from 'vitest';
import type { IdentityDirective } from '../../src/model/event.ts';
import { IdentityWorld, keyOf, retailTypes } from './identity-world.ts';

function membersMerged(world: IdentityWorld, kept: string, merged: string): string {
  const identity: IdentityDirective = { type: 'members_merged', kept: keyOf(kept), merged: keyOf(merged) };
  return world.send([kept, merged], { type: 'members_merged', identity });
}

describe('a review', () => {
  it('names the strongest identifier of a person who holds none of the type in question', () => {
    const world = new IdentityWorld();
    const ann = world.event('u1', 'm1');
    world.event('u2', 'm1');
    expect(world.reviews).toMatchObject([{ identifiers: ['member_id:m1', 'user_id:u2'], status: 'open' }]);
    expect(world.decide(1, 'approve')).toMatchObject({ status: 'applied', detail: { status: 'approved' } });
    expect(world.owner('u2')).toBe(ann);
    expect(world.link('u2')?.alias).toBe(true);
    expect(world.inconsistencies()).toEqual([]);
  });

  it('can be rejected where the new person holds none of the type in question', () => {
    const world = new IdentityWorld();
    const ann = world.event('u1', 'm1');
    const bob = world.event('u2', 'm1', 'p2');
    expect(world.decide(1, 'reject')).toMatchObject({ status: 'applied', detail: { status: 'rejected' } });
    expect(world.person(ann)?.apart).toEqual([bob]);
  });
});

describe('a review whose pair became one person', () => {
  const merged = (by: 'operator' | 'event'): IdentityWorld => {
    const world = new IdentityWorld();
    world.event('p1', 'm1');
    world.event('p1', 'm2');
    if (by === 'operator') world.merge('m1', 'm2');
    else membersMerged(world, 'm1', 'm2');
    world.confirmAll();
    expect(world.owner('m1')).toBe(world.owner('m2'));
    return world;
  };
  const open = (world: IdentityWorld) => (world.view.entries.get('m/reviews') as { open: number }).open;

  it.each(['operator', 'event'] as const)('through an %s is settled, and says so', (by) => {
    const world = merged(by);
    expect(world.decide(1, 'reject')).toMatchObject({ status: 'refused', code: 'review_settled' });
    expect(world.reviews[0]).toMatchObject({ status: 'settled', decidedBy: 'ann' });
    expect(open(world)).toBe(0);
    expect(world.owner('m1')).toBe(world.owner('m2'));
    expect(world.changes).toContainEqual(['review_decided', 'settled']);
    expect(world.decide(1, 'approve').code).toBe('review_closed');
  });

  it('can be approved, which changes nothing', () => {
    const world = merged('operator');
    expect(world.decide(1, 'approve')).toMatchObject({
      status: 'applied',
      detail: { status: 'approved', already: true },
    });
    expect(open(world)).toBe(0);
  });

  it.each(['approve', 'reject'] as const)(
    'is settled by %s when its number identifies nobody now',
    (decision) => {
      const world = new IdentityWorld({ types: retailTypes, shared: { strong_people_max: 2 } });
      for (const member of ['m1', 'm2', 'm3']) world.event('p1', member);
      expect(world.link('p1')?.blocked).toBe(true);
      expect(world.decide(1, decision).code).toBe('review_settled');
      expect(open(world)).toBe(0);
    },
  );
});

describe('members_merged', () => {
  const apart = (): { world: IdentityWorld; ann: string } => {
    const world = new IdentityWorld();
    const ann = world.event('m1', 'p1');
    world.event('m2', 'p2');
    world.merge('m1', 'm2');
    world.split('m2', 'm1');
    world.confirmAll();
    return { world, ann };
  };

  it('asks about two whom an operator took apart, once', () => {
    const { world } = apart();
    membersMerged(world, 'm1', 'm2');
    membersMerged(world, 'm1', 'm2');
    world.confirmAll();
    expect(world.owner('m2')).not.toBe(world.owner('m1'));
    expect(world.reviews).toMatchObject([
      { kind: 'duplicate', reason: 'members_merged', identifiers: [keyOf('m2'), keyOf('m1')] },
    ]);
    expect(world.changes.filter(([change, why]) => change === 'refused' && why === 'apart')).toHaveLength(2);
    expect(world.inconsistencies()).toEqual([]);
  });

  it.each([
    ['m1', 'm2'],
    ['m2', 'm1'],
  ] as const)('is obeyed once somebody approves: %s counts and %s is its alias', (kept, gone) => {
    const { world } = apart();
    membersMerged(world, kept, gone);
    expect(world.decide(1, 'approve')).toMatchObject({ status: 'applied' });
    world.confirmAll();
    expect(world.owner('m2')).toBe(world.owner('m1'));
    expect([world.link(kept)?.alias ?? false, world.link(gone)?.alias]).toEqual([false, true]);
    expect(world.inconsistencies()).toEqual([]);
  });

  it('does not join two whose review was rejected', () => {
    const world = new IdentityWorld();
    world.event('p1', 'm1');
    world.event('p1', 'm2');
    world.decide(1, 'reject');
    membersMerged(world, 'm1', 'm2');
    expect(world.owner('m2')).not.toBe(world.owner('m1'));
    expect(world.reviews.map(({ status }) => status)).toEqual(['rejected', 'open']);
  });

  it('gives two memberships that nobody used before their provenance', () => {
    const world = new IdentityWorld();
    membersMerged(world, 'm1', 'm2');
    for (const name of ['m1', 'm2']) expect(world.link(name)?.evidence).not.toEqual([]);
    expect(world.link('m1')?.alias).not.toBe(world.link('m2')?.alias);
    const given = world.rows.filter(([, , , , change]) => change === 'linked' || change === 'alias');
    expect(given.map(([, , , , change, , , identifier]) => `${change} ${identifier}`).sort()).toEqual([
      `alias ${keyOf('m2')}`,
      `linked ${keyOf('m1')}`,
      `linked ${keyOf('m2')}`,
    ]);
    for (const row of given) {
      const [rule, , source, event] = row.slice(8, 12);
      expect([rule, source, event]).toEqual([expect.stringMatching(/./), 'test', 'e1']);
    }
  });

  it('says where an alias came from that two known memberships make', () => {
    const world = new IdentityWorld();
    world.event('m1', 'p1');
    world.event('m2', 'p2');
    membersMerged(world, 'm1', 'm2');
    const alias = world.rows.filter(([, , , , change]) => change === 'alias');
    expect(alias.map((row) => [row[8], row[10], row[11]])).toEqual([['members_merged', 'test', 'e5']]);
  });
});

describe('provenance after an unmerge', () => {
  it('keeps the event that named an identifier, without the partner that went', () => {
    const world = new IdentityWorld();
    world.event('a1', 'p1');
    world.split('a1');
    expect(world.link('a1')?.evidence).toMatchObject([
      { with: '', source: 'test', event: 'e1', rule: 'weak' },
    ]);
    expect(world.link('p1')?.evidence).toMatchObject([{ with: '', event: 'e1', rule: 'verified' }]);
  });

  it('keeps what was seen with those that stay as it was', () => {
    const world = new IdentityWorld();
    world.event('a1', 'p1');
    world.event('p1', 'u1');
    world.split('a1');
    expect(world.link('p1')?.evidence).toMatchObject([{ with: keyOf('u1') }]);
  });

  it('prefers an event to the word of the operator who had merged', () => {
    const world = new IdentityWorld();
    world.event('p1');
    world.event('u1');
    world.merge('p1', 'u1');
    world.split('p1');
    expect(world.link('p1')?.evidence).toMatchObject([{ with: '', event: 'e1', rule: 'first_seen' }]);
  });
});
