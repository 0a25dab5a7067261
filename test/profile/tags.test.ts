import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/model/event.ts';
import type { Facet } from '../../src/model/profile.ts';
import { emptyFacet } from '../../src/profile/facets.ts';
import { uniteFacets } from '../../src/profile/fold-facets.ts';
import { applyTag, hasTag, readTags, tagsChangeAt, uniteTags } from '../../src/profile/tags.ts';
import { eventOf } from '../support/fold-world.ts';

const word = fc
  .record({
    name: fc.constantFrom('vip', 'banned'),
    on: fc.boolean(),
    time: fc.integer({ min: 0, max: 5 }),
    id: fc.constantFrom('a', 'b', 'c', 'd'),
    facet: fc.nat(2),
    expires: fc.option(fc.integer({ min: 0, max: 8 }), { nil: undefined }),
  })
  .map(({ name, on, time, id, facet, expires }) => {
    const tag = { name, on, author: 'ann', reason: '', ...(expires === undefined ? {} : { expires }) };
    return { facet, event: { ...eventOf(`${id}${time}${on}${expires}`, ['u1']), time, tag } satisfies Event };
  });

function facetsOf(words: readonly { readonly facet: number; readonly event: Event }[]): readonly Facet[] {
  const facets = [0, 1, 2].map((n) => emptyFacet(`f-${n}`));
  for (const { facet, event } of words) applyTag(facets[facet] as Facet, event);
  return facets;
}

describe('tags by hand', () => {
  it('are what the newest word on each says, in whatever order words come, and however facets are united', () => {
    const words = fc.uniqueArray(word, { maxLength: 12, selector: ({ event }) => event.id });
    fc.assert(
      fc.property(words, fc.integer({ min: 0, max: 9 }), (said, now) => {
        const newest = (name: string) =>
          said
            .map(({ event }) => event)
            .filter(({ tag }) => tag?.name === name)
            .toSorted((a, b) => a.time - b.time || (a.id < b.id ? -1 : 1))
            .at(-1)?.tag;
        const expected = ['banned', 'vip'].filter((name) => {
          const last = newest(name);
          return last?.on === true && (last.expires === undefined || last.expires > now);
        });
        const united = emptyFacet('z');
        for (const facet of facetsOf(said)) uniteTags(united, facet);
        for (const facets of [facetsOf(said), facetsOf(said.toReversed()), [united]]) {
          expect(readTags(facets, now).map(({ name }) => name)).toEqual(expected);
          for (const name of ['vip', 'banned'])
            expect(hasTag(facets, name, now)).toBe(expected.includes(name));
          const ends = expected.map((name) => newest(name)?.expires ?? Number.POSITIVE_INFINITY);
          expect(tagsChangeAt(facets, now)).toBe(Math.min(Number.POSITIVE_INFINITY, ...ends));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('stay when facets of a crowded profile are folded into one', () => {
    const from = emptyFacet('f');
    const into = emptyFacet('z-p');
    const tag = { name: 'vip', on: true, author: 'ann', reason: '' };
    applyTag(from, { ...eventOf('t-1', ['u1']), tag });
    uniteFacets(into, from, { now: 1, fold: () => undefined });
    expect(readTags([into], 1)).toMatchObject([{ name: 'vip', author: 'ann' }]);
  });
});
