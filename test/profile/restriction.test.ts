import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileFeatures } from '../../src/features/compile.ts';
import { decodeFacet, encodeFacet } from '../../src/features/encode.ts';
import { limits } from '../../src/limits.ts';
import type { Event, TagChange } from '../../src/model/event.ts';
import type { Facet } from '../../src/model/profile.ts';
import { RESTRICTED } from '../../src/model/restriction.ts';
import { emptyFacet } from '../../src/profile/facets.ts';
import { isRestricted, restrictionIn, tiesToLift } from '../../src/profile/restriction.ts';
import { applyTag, hasTag, readTags, uniteTags } from '../../src/profile/tags.ts';

const SOURCE = 'operator';

function said(id: string, time: number, change: Partial<TagChange>): Event {
  const tag = { name: RESTRICTED, on: true, author: 'server', reason: '', ...change };
  // What is not read is left out.
  return { id, source: SOURCE, time, type: 'tag_changed', tag } as unknown as Event;
}

function facetOf(id: string, ...events: readonly Event[]): Facet {
  const facet = emptyFacet(id);
  for (const event of events) applyTag(facet, event);
  return facet;
}

const tieOf = (id: string): string => `${SOURCE}\0${id}`;

describe('a restriction', () => {
  it('stands until that very word is lifted, also beside a lift that is newer and means another', () => {
    const mine = facetOf('a', said('r1', 10, {}));
    const theirs = facetOf('b', said('r2', 20, {}), said('l2', 30, { on: false, lifts: [tieOf('r2')] }));
    expect(isRestricted([theirs])).toBe(false);
    expect(isRestricted([mine, theirs])).toBe(true);
    expect(hasTag([mine, theirs], RESTRICTED, 99)).toBe(true);
    expect(readTags([mine, theirs], 99).map(({ name }) => name)).toEqual([RESTRICTED]);
    expect(tiesToLift([mine, theirs])).toEqual([tieOf('r1')]);
    applyTag(theirs, said('l3', 40, { on: false, lifts: [...tiesToLift([mine, theirs])] }));
    expect(isRestricted([mine, theirs])).toBe(false);
    // Whoever leaves takes along what was said of them, and the lift stays behind: to be restricted is the safe side.
    expect(isRestricted([mine])).toBe(true);
  });

  it('is in force again by a newer word, and shows that one', () => {
    const facet = facetOf('a', said('r1', 10, {}), said('l1', 20, { on: false, lifts: [tieOf('r1')] }));
    applyTag(facet, said('r2', 30, { reason: 'again' }));
    expect(restrictionIn([facet])).toMatchObject({ time: 30, reason: 'again', on: true });
    expect(tiesToLift([facet])).toEqual([tieOf('r2')]);
  });

  it('finds room where tags have none left', () => {
    const facet = emptyFacet('a');
    for (let n = 0; n < limits.tagsPerFacetMax; n++) applyTag(facet, said(`t${n}`, n, { name: `tag_${n}` }));
    applyTag(facet, said('one-more', 1, { name: 'one_more' }));
    expect(facet.tags?.has('one_more')).toBe(false);
    applyTag(facet, said('r1', 1, {}));
    expect(isRestricted([facet])).toBe(true);
  });

  it('is the same in whatever order its words come, in one facet or in facets that become one, and is stored whole', () => {
    const words = fc.uniqueArray(
      fc.record({
        id: fc.constantFrom('r1', 'r2', 'r3', 'l1', 'l2'),
        time: fc.integer({ min: 1, max: 4 }),
        lifts: fc.subarray([tieOf('r1'), tieOf('r2'), tieOf('r3')]),
      }),
      { selector: ({ id }) => id, maxLength: 5 },
    );
    const features = compileFeatures([], { reportingCurrency: 'CNY' });
    fc.assert(
      fc.property(words, fc.infiniteStream(fc.nat()), (all, chance) => {
        const events = all.map(({ id, time, lifts }) =>
          said(id, time, id.startsWith('r') ? {} : { on: false, lifts }),
        );
        const keyed = events.map((event) => ({ event, at: chance.next().value as number }));
        const shuffled = keyed.toSorted((a, b) => a.at - b.at).map(({ event }) => event);
        const one = facetOf('f', ...events);
        expect(facetOf('f', ...shuffled).tags).toEqual(one.tags);
        const halves = [facetOf('f', ...shuffled.slice(0, 2)), facetOf('f', ...shuffled.slice(2))] as const;
        uniteTags(halves[0], halves[1]);
        expect(halves[0].tags).toEqual(one.tags);
        expect(decodeFacet(features, encodeFacet(features, one)).tags).toEqual(one.tags);
      }),
      { numRuns: 500 },
    );
  });
});
