import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePolicy } from '../../src/identity/policy.ts';
import { limits } from '../../src/limits.ts';
import type { KindClaim } from '../../src/model/event.ts';
import type { Facet, ProfileKind } from '../../src/model/profile.ts';
import { emptyFacet } from '../../src/profile/facets.ts';
import { applyKind, type IsListed, readKind as readKindUnder, uniteKinds } from '../../src/profile/kind.ts';
import { eventOf } from '../support/fold-world.ts';

/** Under a policy that lists everybody who was ever listed. */
const readKind = (facets: readonly Facet[]) => readKindUnder(facets, () => true);

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

const ENTRIES = Array.from({ length: limits.listedKindsPerFacetMax + 2 }, (_, n) => `phone#${n}`);

/** Under all lists, none, and each that names one. */
function kindsOf(facets: readonly Facet[]): ProfileKind[] {
  const policies: IsListed[] = [() => true, () => false];
  for (const entry of ENTRIES) policies.push((_, each) => each === entry);
  return policies.map((isListed) => readKindUnder(facets, isListed));
}

const listed = (id: string, time: number, kind: ProfileKind, entry: string): Said => ({
  id,
  time,
  claim: { kind, by: 'list', entry },
});

describe('a list that somebody leaves', () => {
  const under = (lists: Readonly<Record<string, readonly string[]>>): IsListed => {
    const { isListed } = compilePolicy({ types: [], kinds: { lists, rules: [] } });
    return isListed;
  };
  const all = [
    listed('e1', 1, 'staff', 'phone#1'),
    listed('e2', 2, 'test', 'user_id#2'),
    said('e3', 3, 'business', 'event'),
  ];

  it('does not count any more, and what is known beside it does', () => {
    const facets = [facetOf(all)];
    expect(readKindUnder(facets, under({ staff: ['phone#1'], test: ['user_id#2'] }))).toBe('test');
    expect(readKindUnder(facets, under({ staff: ['phone#1'] }))).toBe('staff');
    expect(readKindUnder(facets, under({ staff: ['phone#9'] }))).toBe('business');
    expect(readKindUnder(facets, under({ bot: ['phone#1'] }))).toBe('business');
    expect(readKindUnder([facetOf(all.slice(0, 2))], under({}))).toBe('customer');
  });

  it('counts again when they are back, without another event', () => {
    const facets = [facetOf(all.slice(0, 1)), facetOf(all.slice(2), 'y')];
    expect(readKindUnder(facets, under({}))).toBe('business');
    expect(readKindUnder(facets, under({ staff: ['phone#1'] }))).toBe('staff');
  });

  it('is forgotten for a claim that does not say its entry once it names nobody', () => {
    const facets = [facetOf([said('e1', 1, 'staff', 'list')])];
    expect(readKindUnder(facets, under({ staff: ['phone#9'] }))).toBe('staff');
    expect(readKindUnder(facets, under({ staff: [], test: ['phone#9'] }))).toBe('customer');
  });

  it('is remembered for so many entries only, the newest', () => {
    const many = ENTRIES.map((entry, n) => listed(`e${n}`, n, 'staff', entry));
    const facet = facetOf(many.toReversed());
    expect(facet.listed?.map(({ entry }) => entry)).toEqual(
      ENTRIES.toReversed().slice(0, limits.listedKindsPerFacetMax),
    );
  });
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
        entry: fc.constantFrom(...ENTRIES),
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
        const expected = kindsOf([facetOf(all)]);
        const whole = facetOf(all);
        const apart = [facetOf(shuffled.slice(0, cut), 'x'), facetOf(shuffled.slice(cut), 'y')];
        const united = facetOf(shuffled.slice(cut), 'z');
        for (const facet of apart) uniteKinds(united, facet);
        for (const facets of [[facetOf(shuffled)], apart, apart.toReversed(), [united]])
          expect(kindsOf(facets)).toEqual(expected);
        for (const facet of [facetOf(shuffled), united])
          expect({ ...facet, id: '' }).toEqual({ ...whole, id: '' });
      }),
    );
  });
});
