import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import type { Event } from '../../src/model/event.ts';
import type { Facet } from '../../src/model/profile.ts';
import { emptyFacet } from '../../src/profile/facets.ts';
import {
  applyRegisters,
  comparableRegister,
  type RankOf,
  readConsent,
  readRegister,
  readRegisters,
  uniteRegisters,
} from '../../src/profile/registers.ts';
import { eventOf } from '../support/fold-world.ts';

const told = (id: string, time: number, more: Partial<Event>) => eventOf(id, ['a1'], { time, ...more });

function facetOf(events: readonly Event[], id = 'facet', rankOf: RankOf = () => 0): Facet {
  const facet = emptyFacet(id);
  for (const event of events) applyRegisters(facet, event, rankOf);
  return facet;
}

/** What the till says of a city outranks the shop. */
const tillFirst: RankOf = (name, source) => (name === 'city' && source === 'till' ? 1 : 0);

const someEvent = fc
  .record({
    id: fc.constantFrom('e1', 'e2', 'e3'),
    source: fc.constantFrom('shop', 'till'),
    time: fc.nat(3),
    city: fc.constantFrom('Shanghai', 'Beijing', 'Chengdu'),
    sms: fc.boolean(),
  })
  .map(({ id, source, time, city, sms }) =>
    // Equal events say equal things.
    told(id, time, {
      source,
      traits: { city: `${city} ${id} ${source} ${time}` },
      consent: { marketing: { sms: (sms ? 1 : 0) + time > 1 } },
    }),
  );

describe('registers', () => {
  it('hold what the best source said last, in any order of arrival and however they are spread over facets', () => {
    const scene = fc
      .uniqueArray(someEvent, {
        minLength: 1,
        maxLength: 10,
        selector: ({ id, source, time }) => `${id}${source}${time}`,
      })
      .chain((events) =>
        fc.record({
          events: fc.constant(events),
          shuffled: fc.shuffledSubarray(events, { minLength: events.length }),
          cut: fc.nat(events.length),
        }),
      );
    fc.assert(
      fc.property(scene, ({ events, shuffled, cut }) => {
        for (const rankOf of [() => 0, tillFirst]) {
          const rank = ({ source }: Event) => rankOf('city', source, '');
          const [best] = [...events].sort(
            (a, b) =>
              rank(b) - rank(a) ||
              b.time - a.time ||
              (`${b.source}\0${b.id}` > `${a.source}\0${a.id}` ? 1 : -1),
          );
          const of = (part: readonly Event[], id?: string) => facetOf(part, id, rankOf);
          const apart = [of(shuffled.slice(0, cut), 'x'), of(shuffled.slice(cut), 'y')];
          const united = of(shuffled.slice(cut), 'z');
          for (const facet of apart) uniteRegisters(united, facet);
          for (const facets of [[of(events)], [of(shuffled)], apart, apart.toReversed(), [united]])
            expect(readRegister(facets, 'traits', 'city')?.value).toBe(best?.traits?.city);
        }
      }),
    );
  });

  it('break ties of time by source, then by event id', () => {
    const facet = facetOf([
      told('e2', 5, { source: 'a', traits: { city: 'e2 of a' } }),
      told('e9', 5, { source: 'a', traits: { city: 'e9 of a' } }),
      told('e1', 5, { source: 'b', traits: { city: 'e1 of b' } }),
    ]);
    expect(readRegister([facet], 'traits', 'city')?.value).toBe('e1 of b');
  });

  it('hold what one event said under two sets of identifiers the same way round in any order', () => {
    const facets = [
      facetOf([told('e1', 5, { traits: { city: 'Beijing' } })], 'x'),
      facetOf([told('e1', 5, { traits: { city: 'Shanghai' } })], 'y'),
    ];
    const values = [facets, facets.toReversed()].map((all) => readRegister(all, 'traits', 'city')?.value);
    expect(values).toEqual(['Shanghai', 'Shanghai']);
  });

  it('rank by name, source and channel of the event, and consents not at all', () => {
    const asked: unknown[] = [];
    const rankOf: RankOf = (...of) => asked.push(of);
    const facet = facetOf(
      [
        told('e2', 9, { channel: 'app', traits: { city: 'new' }, consent: { marketing: true } }),
        told('e1', 5, { channel: 'pos', traits: { city: 'old' }, consent: { marketing: false } }),
      ],
      'x',
      rankOf,
    );
    expect(asked).toEqual([
      ['city', 'test', 'app'],
      ['city', 'test', 'pos'],
    ]);
    expect(readRegister([facet], 'traits', 'city')).toMatchObject({ value: 'old', rank: 2 });
    expect(readRegister([facet], 'consents', 'marketing')).toMatchObject({ value: true, rank: 0 });
  });

  it('keep consents flat, by purpose and channel', () => {
    const facet = facetOf([
      told('e1', 1, {
        consent: { personalization: true, marketing: { sms: true, email: false }, sharing: false },
      }),
    ]);
    expect([...facet.consents].map(([name, { value }]) => [name, value])).toEqual([
      ['personalization', true],
      ['marketing.sms', true],
      ['marketing.email', false],
      ['sharing', false],
    ]);
  });

  it('take no more names than a facet may hold, but go on updating those they have', () => {
    const many = Object.fromEntries(Array.from({ length: limits.traitsPerFacetMax }, (_, n) => [`t${n}`, n]));
    const facet = facetOf([
      told('e1', 1, { traits: many }),
      told('e2', 2, { traits: { t0: 'new', more: 1 } }),
    ]);
    expect(facet.traits.size).toBe(limits.traitsPerFacetMax);
    expect(facet.traits.get('t0')?.value).toBe('new');
    expect(facet.traits.has('more')).toBe(false);
  });

  it('are listed by name, each with the facet that its value came from', () => {
    const facets = [
      facetOf([told('e1', 1, { traits: { b: 1, c: 1 } })], 'x'),
      facetOf([told('e2', 2, { traits: { b: 2, a: 2 } })], 'y'),
    ];
    expect(readRegisters(facets, 'traits').map(({ name, facet, value }) => [name, facet, value])).toEqual([
      ['a', 'y', 2],
      ['b', 'y', 2],
      ['c', 'x', 1],
    ]);
  });

  it('remember whose key sealed a value when its facet is folded into another', () => {
    const sealed = facetOf([told('e1', 1, { traits: { email: { $sealed: 'v1.f.x', kind: 'email' } } })], 'x');
    const middle = emptyFacet('middle');
    uniteRegisters(middle, sealed);
    const last = emptyFacet('last');
    uniteRegisters(last, middle);
    expect(readRegisters([last], 'traits').map(({ facet }) => facet)).toEqual(['x']);
  });

  it('open with the key of the facet, also where it is closed', () => {
    const sealed = [told('e1', 1, { traits: { email: { $sealed: 'v1.f.x', kind: 'email' } } })];
    const again = facetOf(sealed, 'x');
    uniteRegisters(again, facetOf(sealed, 'x~0'));
    expect(again.traits.get('email')).not.toHaveProperty('facet');
    const folded = emptyFacet('z-p');
    uniteRegisters(folded, facetOf(sealed, 'x~0'));
    for (const facet of [facetOf(sealed, 'x~0'), again, folded])
      expect(readRegisters([facet], 'traits').map((read) => read.facet)).toEqual(['x']);
  });

  it('show conditions nothing of a sealed value', () => {
    const facet = facetOf([told('e1', 1, { traits: { email: { $sealed: 'v1.f.x' }, city: 'Shanghai' } })]);
    expect(comparableRegister(readRegister([facet], 'traits', 'email'))).toBeUndefined();
    expect(comparableRegister(readRegister([facet], 'traits', 'city'))).toBe('Shanghai');
    expect(comparableRegister(readRegister([facet], 'traits', 'age'))).toBeUndefined();
  });
});

describe('a consent', () => {
  const consentAfter = (...said: readonly Event['consent'][]) => {
    const facets = said.map((consent, at) =>
      facetOf([told(`e${at}`, at, { consent: consent ?? {} })], `f${at}`),
    );
    return (name: string) => readConsent(facets, name)?.value;
  };

  it('to a purpose as a whole holds for its channels, and one to a channel only for that one', () => {
    const consent = consentAfter({ marketing: true });
    expect([consent('marketing.sms'), consent('marketing'), consent('sharing')]).toEqual([
      true,
      true,
      undefined,
    ]);
    expect(consentAfter({ marketing: { sms: true } })('marketing.email')).toBeUndefined();
  });

  it('taken back for a purpose as a whole is taken back for every channel', () => {
    const consent = consentAfter({ marketing: { sms: true, email: true } }, { marketing: false });
    expect([consent('marketing.sms'), consent('marketing.email')]).toEqual([false, false]);
  });

  it('given or taken for a channel later prevails over the purpose', () => {
    expect(consentAfter({ marketing: false }, { marketing: { sms: true } })('marketing.sms')).toBe(true);
    const consent = consentAfter({ marketing: true }, { marketing: { sms: false } });
    expect([consent('marketing.sms'), consent('marketing.email')]).toEqual([false, true]);
  });
});
