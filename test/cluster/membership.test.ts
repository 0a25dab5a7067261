import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMemoryChannel } from '../../src/adapters/memory/channel.ts';
import { Membership, ownerOf } from '../../src/cluster/membership.ts';
import { limits } from '../../src/limits.ts';
import { ROLES } from '../../src/model/role.ts';

const partitions = Array.from({ length: 64 }, (_, n) => `p${n}`);

describe('whose a partition is', () => {
  it('is the same whoever asks, and spreads over all', () => {
    const nodes = ['a', 'b', 'c'];
    const owners = partitions.map((partition) => ownerOf(partition, nodes));
    expect(partitions.map((partition) => ownerOf(partition, ['c', 'a', 'b']))).toEqual(owners);
    for (const node of nodes) expect(owners.filter((owner) => owner === node).length).toBeGreaterThan(8);
    expect(ownerOf('p0', [])).toBeUndefined();
  });

  it('changes only for what a node gets that joins, or had that leaves', () => {
    for (const partition of partitions) {
      const before = ownerOf(partition, ['a', 'b', 'c']);
      const joined = ownerOf(partition, ['a', 'b', 'c', 'd']);
      if (joined !== 'd') expect(joined).toBe(before);
      const left = ownerOf(partition, ['a', 'c']);
      if (before !== 'b') expect(left).toBe(before);
    }
  });
});

describe('the nodes of a deployment', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  async function member(id: string, channel: ReturnType<typeof createMemoryChannel>, roles = ROLES) {
    const changes: string[][] = [];
    const membership: Membership = new Membership({
      channel,
      self: { id, roles },
      onChange: () => changes.push([...membership.withRole('engine')]),
    });
    const started = membership.start();
    await vi.advanceTimersByTimeAsync(limits.heartbeatMs * 2);
    await started;
    return { membership, changes };
  }

  it('know each other soon, by their roles, and whoever has said good-bye is gone at once', async () => {
    const channel = createMemoryChannel();
    const a = await member('a', channel);
    const b = await member('b', channel);
    const c = await member('c', channel, ['ingest']);
    for (const { membership } of [a, b, c]) expect(membership.withRole('engine')).toEqual(['a', 'b']);
    expect(a.membership.withRole('ingest')).toEqual(['a', 'b', 'c']);
    b.membership.leave();
    await vi.advanceTimersByTimeAsync(1);
    expect(a.membership.withRole('engine')).toEqual(['a']);
    expect(a.changes.at(-1)).toEqual(['a']);
  });

  it('take one for gone that has been silent for long enough, and no sooner', async () => {
    const channel = createMemoryChannel();
    const a = await member('a', channel);
    let dead = false;
    const mortal = {
      publish: (topic: string, bytes: Uint8Array) => {
        if (!dead) channel.publish(topic, bytes);
      },
      subscribe: channel.subscribe,
    };
    await member('b', mortal);
    dead = true;
    await vi.advanceTimersByTimeAsync(limits.memberSilentMs - limits.heartbeatMs * 2);
    expect(a.membership.withRole('engine')).toEqual(['a', 'b']);
    await vi.advanceTimersByTimeAsync(limits.heartbeatMs * 4);
    expect(a.membership.withRole('engine')).toEqual(['a']);
    dead = false;
    await vi.advanceTimersByTimeAsync(limits.heartbeatMs * 2);
    expect(a.membership.withRole('engine')).toEqual(['a', 'b']);
  });

  it('leave alone what is no word of a node', async () => {
    const channel = createMemoryChannel();
    const a = await member('a', channel);
    for (const text of ['', 'x', '[]', '{}', '{"id":1,"roles":[]}', '{"id":"z"}', 'null'])
      channel.publish('members', Buffer.from(text));
    await vi.advanceTimersByTimeAsync(1);
    expect(a.membership.withRole('engine')).toEqual(['a']);
  });
});
