import { describe, expect, it } from 'vitest';
import { tell } from '../../../src/jobs/erasure/erase-again.ts';
import type { ErasureFrame } from '../../../src/model/erasure.ts';
import type { Person } from '../../../src/model/identity.ts';

const ERASURE: ErasureFrame = {
  id: 'e-1',
  author: 'server',
  at: 5,
  profiles: ['p-1', 'p-2'],
  tombstones: ['0a1b2c3d'],
};

function person(id: string, identifiers: number, changes: Partial<Person> = {}): [string, Person] {
  const link = { since: 1, verified: true, alias: false };
  const links = Array.from({ length: identifiers }, (_, n) => ({ ...link, key: `phone:${id}-${n}` }));
  const empty = { facets: [], merged: [], apart: [], shared: [], seenAt: 0, name: '' };
  return [id, { id, createdAt: 1, links, ...empty, ...changes }];
}

const told = (held: Record<string, number>, people: readonly [string, Person][]) => {
  const { profiles, unclear } = tell(ERASURE, new Map(Object.entries(held)), new Map(people));
  return { profiles, unclear };
};

describe('who is erased again on older data', () => {
  it('are the profiles of the erasure, whether they are there or not, whatever else they hold there', () => {
    expect(told({ 'p-1': 1 }, [person('p-1', 5)])).toEqual({ profiles: ['p-1', 'p-2'], unclear: [] });
  });

  it('are others with several identifiers of theirs and none besides', () => {
    expect(told({ 'p-9': 2 }, [person('p-9', 2)])).toEqual({ profiles: ['p-1', 'p-2', 'p-9'], unclear: [] });
  });

  it('is nobody who shares 32 bits with them', () => {
    expect(told({ 'p-9': 1 }, [person('p-9', 1)])).toEqual({ profiles: ['p-1', 'p-2'], unclear: [] });
  });

  it('is nobody who holds identifiers of others as well: somebody has to look at that', () => {
    expect(told({ 'p-9': 2 }, [person('p-9', 3)])).toEqual({ profiles: ['p-1', 'p-2'], unclear: ['p-9'] });
  });

  it('is nobody of whom they were a part then', () => {
    const part = person('p-2', 0, { mergedInto: 'p-9' });
    expect(told({}, [part, person('p-9', 3)])).toEqual({ profiles: ['p-1'], unclear: ['p-9'] });
    const both = told({ 'p-9': 3 }, [part, person('p-9', 3)]);
    expect(both).toEqual({ profiles: ['p-1', 'p-2', 'p-9'], unclear: [] });
  });
});
