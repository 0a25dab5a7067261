import { describe, expect, it } from 'vitest';
import { IdentityWorld } from './identity-world.ts';

describe('an identifier set that was never seen', () => {
  it.each<[string, readonly string[]]>([
    ['one unknown identifier', ['a9']],
    ['three unknown ones', ['a9', 'd9', 'u9']],
    ['a new cookie of a known person', ['a9', 'u1']],
    ['a new e-mail of a known person', ['e9', 'u1']],
    ['a new e-mail that is only stated', ['e9?', 'u1?']],
    ['a known device with a known phone', ['d1', 'p1']],
    ['all of one person with something new', ['a9', 'd1', 'e9', 'p1', 'u1']],
    ['a cookie that was signed out of', ['a2']],
  ])('is decided after one reading of the store: %s', (_what, names) => {
    const world = new IdentityWorld();
    world.event('d1', 'p1', 'u1');
    world.event('a2', 'u2');
    world.signOut('a2', 'u2');
    world.confirmAll();
    world.event(...names);
    expect(world.rounds).toBe(1);
  });

  it.each<[string, readonly string[]]>([
    ['two people', ['p1', 'u2']],
    ['a device of somebody else', ['d1', 'u9']],
    ['a second account', ['p1', 'u9']],
    ['a stated phone that is now verified', ['p3', 'u3']],
  ])('takes a few more where facets may move: %s', (_what, names) => {
    const world = new IdentityWorld();
    world.event('d1', 'p1', 'u1');
    world.event('a2', 'u2');
    world.event('a3', 'p3?');
    world.event(...names);
    expect(world.rounds).toBeGreaterThan(1);
    expect(world.rounds).toBeLessThan(6);
  });
});
