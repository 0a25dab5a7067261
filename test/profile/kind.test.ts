import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KindClaim } from '../../src/model/event.ts';
import type { Facet, ProfileKind } from '../../src/model/profile.ts';
import { emptyFacet } from '../../src/profile/facets.ts';
import { applyKind, readKind, uniteKinds } from '../../src/profile/kind.ts';
import { eventOf } from '../support/fold-world.ts';

interface Said {
  readonly id: string;
  readonly time: number;
  readonly claim: KindClaim;
}

function facetOf(said: readonly Said[], id = 'facet'): Facet {
  const facet = emptyFacet(id);
  for (const { id: event, time, claim } of said)
    applyKind(facet, eventOf(event, ['a1'], { time, kind: claim }));
  return facet;
}

const said = (id: string, time: number, kind: ProfileKind, by: KindClaim['by']): Said => ({
  id,
  time,
  claim: { kind, by },
});

describe('the kind of a profile', () => {
  it('is a customer until something is known', () => {
    const facet = emptyFacet('x');
    applyKind(facet, eventOf('e1', ['a1']));
    expect([readKind([]), readKind([facet]), 'kind' in facet]).toEqual(['customer', 'customer', false]);
  });

  it('is what a list says before what an event says, and that before what a rule says', () => {
    const rule = said('e3', 3, 'bot', 'rule');
    const event = said('e2', 2, 'reseller', 'event');
    const list = said('e1', 1, 'staff', 'list');
    expect(readKind([facetOf([rule])])).toBe('bot');
    expect(readKind([facetOf([event, rule])])).toBe('reseller');
    expect(readKind([facetOf([rule]), facetOf([list]), facetOf([event])])).toBe('staff');
  });

  it('is what was said last, and of one moment what the greater source and event id said', () => {
    const earlier = said('e9', 1, 'staff', 'event');
    const later = said('e1', 2, 'customer', 'event');
    expect(readKind([facetOf([later, earlier])])).toBe('customer');
    expect(readKind([facetOf([said('e2', 2, 'test', 'event'), later])])).toBe('test');
  });

  it('is the same in any order and however it is spread over facets', () => {
    const something = fc.record({
      id: fc.constantFrom('e1', 'e2'),
      time: fc.nat(2),
      claim: fc.record({
        kind: fc.constantFrom<ProfileKind>('customer', 'staff', 'bot'),
        by: fc.constantFrom<KindClaim['by']>('list', 'event', 'rule'),
      }),
    });
    const scene = fc.array(something, { minLength: 1, maxLength: 8 }).chain((all) =>
      fc.record({
        all: fc.constant(all),
        shuffled: fc.shuffledSubarray(all, { minLength: all.length }),
        cut: fc.nat(all.length),
      }),
    );
    fc.assert(
      fc.property(scene, ({ all, shuffled, cut }) => {
        const expected = readKind([facetOf(all)]);
        const apart = [facetOf(shuffled.slice(0, cut), 'x'), facetOf(shuffled.slice(cut), 'y')];
        const united = facetOf(shuffled.slice(cut), 'z');
        for (const facet of apart) uniteKinds(united, facet);
        for (const facets of [[facetOf(shuffled)], apart, apart.toReversed(), [united]])
          expect(readKind(facets)).toBe(expected);
      }),
    );
  });
});
