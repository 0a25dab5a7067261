import { describe, expect, it } from 'vitest';
import { IdentityWorld } from './identity-world.ts';

/** A source whose devices the policy declares to be the place's. */
const inStore = { channel: 'store_device', sharedDevices: true } as const;

describe('a device that the policy declares to be the place’s', () => {
  it('links nobody, not even before its second customer', () => {
    const world = new IdentityWorld();
    const anonymous = world.send(['d1'], inStore);
    const ann = world.send(['d1', 'u1'], inStore);
    expect(ann).not.toBe(anonymous);
    expect(world.send(['d1'], inStore)).toBe(anonymous);
    expect(world.link('d1')).toMatchObject({ sharedAs: anonymous, blocked: true });
    expect(world.inconsistencies()).toEqual([]);
  });

  it('gives up the trace that it had before it was declared', () => {
    const world = new IdentityWorld();
    const trace = world.event('a1', 'd1');
    expect(world.event('d1')).toBe(trace);
    world.send(['d1', 'u1'], inStore);
    world.confirmAll();
    const anonymous = world.event('d1');
    expect(anonymous).not.toBe(trace);
    expect(world.owner('u1')).not.toBe(trace);
    expect(world.inconsistencies()).toEqual([]);
  });

  it('stays the place’s although two of its customers turn out to be one person', () => {
    const world = new IdentityWorld();
    world.send(['d1', 'p1', 'm1'], inStore);
    world.send(['d1', 'p2', 'm2'], inStore);
    world.merge('m1', 'm2');
    expect(world.link('d1')?.sharedAs).toBeDefined();
    expect(world.inconsistencies()).toEqual([]);
  });

  it('is not taken from a known person by whoever claims to be a store', () => {
    const world = new IdentityWorld();
    const ann = world.event('a1', 'u1');
    world.send(['a1'], inStore);
    expect(world.owner('a1')).toBe(ann);
    expect(world.link('a1')?.sharedAs).toBeUndefined();
  });
});
