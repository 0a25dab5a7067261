import { describe, expect, it } from 'vitest';
import { IdentityWorld } from './identity-world.ts';

/** Anybody who knows a phone can state things of its owner: that must not use up what the owner may have. */
describe('what was only stated', () => {
  const crowded = (): { world: IdentityWorld; ann: string } => {
    const world = new IdentityWorld();
    const ann = world.event('u1', 'p1');
    for (let i = 1; i <= 5; i++) world.event(`e${i}?`, 'p1?');
    expect(world.holds(ann)).toEqual(['e1', 'e2', 'e3', 'e4', 'e5', 'p1', 'u1']);
    return { world, ann };
  };

  it('makes room for a verified value when a limit is reached, the oldest first', () => {
    const { world, ann } = crowded();
    expect(world.event('u1', 'e6')).toBe(ann);
    expect(world.holds(ann)).toEqual(['e2', 'e3', 'e4', 'e5', 'e6', 'p1', 'u1']);
    expect(world.owner('e1')).toBeUndefined();
    expect(world.changes).toEqual([['yielded', '']]);
    expect(world.inconsistencies()).toEqual([]);
  });

  it('makes room for a value that was only stated of somebody else', () => {
    const { world, ann } = crowded();
    world.event('u2', 'p2');
    world.event('e9?', 'p2?');
    world.event('u1', 'e9');
    expect(world.owner('e9')).toBe(ann);
    expect(world.inconsistencies()).toEqual([]);
  });

  it('makes nothing suspicious of what is verified', () => {
    const world = new IdentityWorld();
    for (const names of [
      ['u1?', 'e1?'],
      ['u1?', 'e2?'],
      ['p2?', 'e3?'],
    ])
      world.event(...names);
    world.event('e7?');
    const ann = world.event('u1', 'p2', 'e7');
    expect(world.owner('e7')).toBe(ann);
    expect(world.owner('u1')).toBe(ann);
    expect(world.reviews).toEqual([]);
    expect(world.inconsistencies()).toEqual([]);
  });

  it('makes room for each of several, never for another statement, and not where all are verified', () => {
    const { world, ann } = crowded();
    world.event('e8?', 'p1?');
    expect(world.holds(ann)).not.toContain('e8');
    world.event('u1', 'e1', 'e6', 'e7');
    expect(world.holds(ann)).toEqual(['e1', 'e4', 'e5', 'e6', 'e7', 'p1', 'u1']);
    for (const name of ['e4', 'e5']) world.event('u1', name);
    world.event('u1', 'e9');
    expect(world.holds(ann)).toEqual(['e1', 'e4', 'e5', 'e6', 'e7', 'p1', 'u1']);
    expect(world.inconsistencies()).toEqual([]);
  });
});

/** A cookie that came to somebody by a statement is no evidence about them. */
describe('a device that was only stated to be somebody’s', () => {
  const ways: readonly (readonly [string, readonly (readonly string[])[]])[] = [
    [
      'a phone typed into a form, then an account of the same browser',
      [
        ['a9', 'p1?'],
        ['a9', 'u9'],
      ],
    ],
    ['the account in two steps', [['a9', 'p1?'], ['a9'], ['a9', 'u9']]],
    [
      'a second browser between the two',
      [
        ['a9', 'p1?'],
        ['a9', 'd9'],
        ['d9', 'u9'],
      ],
    ],
    [
      'a browser that had a past of its own',
      [
        ['a9', 'd9'],
        ['a9', 'p1?'],
        ['d9', 'u9'],
      ],
    ],
    [
      'the account before the statement',
      [
        ['a9', 'u9'],
        ['a9', 'p1?'],
      ],
    ],
  ];

  it.each(ways)('brings no stranger to a member: %s', (_what, events) => {
    const world = new IdentityWorld();
    const member = world.event('m1', 'p1');
    for (const names of events) world.event(...names);
    world.event('u9', 'p9');
    world.confirmAll();
    expect(world.owner('p1')).toBe(member);
    expect(world.owner('u9')).not.toBe(member);
    expect(world.owner('p9')).toBe(world.owner('u9'));
    // Who comes later with the member's own account is the member.
    world.event('p1', 'u1');
    expect(world.owner('u1')).toBe(member);
    expect(world.inconsistencies()).toEqual([]);
  });

  it('is evidence once it came with something proved', () => {
    const world = new IdentityWorld();
    const member = world.event('m1', 'p1');
    world.event('a9', 'p1?');
    world.event('a9', 'm1');
    world.event('a9', 'u9');
    expect(world.owner('u9')).toBe(member);
  });
});
