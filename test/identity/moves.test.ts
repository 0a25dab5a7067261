import { describe, expect, it } from 'vitest';
import { IdentityWorld } from './identity-world.ts';

describe('moves', () => {
  it('name the facets that the loser owned at the decision', () => {
    const world = new IdentityWorld();
    const trace = world.event('a1');
    world.event('a1', 'd1');
    const known = world.event('u1');
    world.event('d1', 'u1');
    expect(world.started).toEqual([
      { type: 'move', reason: 'merge', move: 1, from: trace, to: known, facets: expect.any(Array) },
    ]);
    expect(world.started[0]?.facets).toHaveLength(2);
  });

  it('change the owner at the decision and the location only when confirmed', () => {
    const world = new IdentityWorld();
    const trace = world.event('a1');
    const known = world.event('u1');
    expect(world.event('a1', 'u1')).toBe(known);
    expect(world.place('a1')).toMatchObject({ owner: known, location: trace });
    expect(world.event('a1')).toBe(trace);
    world.confirm();
    expect(world.place('a1')).toMatchObject({ owner: known, location: known });
    expect(world.event('a1')).toBe(known);
  });

  it('wait while an earlier one shares a person with them', () => {
    const world = new IdentityWorld();
    world.event('a1');
    world.event('a2');
    world.event('a1', 'a2');
    const known = world.event('u1');
    world.event('a2', 'u1');
    expect(world.waiting.map(({ move, sent }) => ({ move, sent }))).toEqual([
      { move: 1, sent: true },
      { move: 2, sent: false },
    ]);
    expect(world.started.map(({ move }) => move)).toEqual([1]);
    world.confirm();
    expect(world.started.map(({ move }) => move)).toEqual([2]);
    world.confirm();
    expect(world.waiting).toEqual([]);
    expect(world.place('a1')).toMatchObject({ owner: known, location: known });
  });

  it('do not overtake one that waits for the same person', () => {
    const world = new IdentityWorld();
    world.event('a1');
    world.event('a2');
    world.event('a3');
    world.event('a1', 'a2');
    world.event('a2', 'a3');
    world.event('u1');
    world.event('a3', 'u1');
    expect(world.started.map(({ move }) => move)).toEqual([1]);
  });

  it('of other people start at once', () => {
    const world = new IdentityWorld();
    for (const name of ['a1', 'a2', 'a3', 'a4']) world.event(name);
    world.event('a1', 'a2');
    world.event('a3', 'a4');
    expect(world.started.map(({ move }) => move)).toEqual([1, 2]);
    world.confirm(1);
    expect(world.waiting.map(({ move }) => move)).toEqual([1]);
  });

  it('are confirmed once: a second confirm changes nothing', () => {
    const world = new IdentityWorld();
    world.event('a1');
    world.event('u1');
    world.event('a1', 'u1');
    const [message] = world.started;
    world.confirm();
    const before = JSON.stringify([...world.view.entries]);
    if (message !== undefined) world.started.push(message);
    world.confirm();
    expect(JSON.stringify([...world.view.entries])).toBe(before);
  });
});
