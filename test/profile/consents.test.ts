import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileFeatures } from '../../src/features/compile.ts';
import { decodeFacet, encodeFacet } from '../../src/features/encode.ts';
import type { Event } from '../../src/model/event.ts';
import type { Facet } from '../../src/model/profile.ts';
import { emptyFacet } from '../../src/profile/facets.ts';
import { applyRegisters, readConsent, readConsents, uniteRegisters } from '../../src/profile/registers.ts';
import { eventOf } from '../support/fold-world.ts';

interface Said {
  readonly id: string;
  readonly time: number;
  /** Whether an identifier of the event was verified. */
  readonly verified: boolean;
  readonly consent: Readonly<Record<string, boolean>>;
}

function eventFrom({ id, time, verified, consent }: Said): Event {
  const { sms, ...whole } = consent;
  const marketing = sms === undefined ? whole.marketing : { sms };
  return eventOf(id, [verified ? 'p1' : 'p1?'], { time, consent: { marketing: marketing ?? {} } });
}

function facetOf(said: readonly Said[], id = 'facet'): Facet {
  const facet = emptyFacet(id);
  for (const each of said) applyRegisters(facet, eventFrom(each), () => 0);
  return facet;
}

const features = compileFeatures([], { reportingCurrency: 'CNY' });
const bytesOf = (facet: Facet) => JSON.stringify(encodeFacet(features, { ...facet, id: '' }));
const sms = (time: number, given: boolean, verified: boolean): Said => ({
  ...{ id: `e${time}`, time, verified },
  consent: { sms: given },
});
const whole = (time: number, given: boolean, verified: boolean): Said => ({
  ...{ id: `e${time}`, time, verified },
  consent: { marketing: given },
});
const inForce = (...said: readonly Said[]) => readConsent([facetOf(said)], 'marketing.sms')?.value;

describe('a consent that was only stated', () => {
  it('does not override a refusal that was verified', () => {
    expect(inForce(sms(1, false, true), sms(2, true, false))).toBe(false);
    expect(inForce(whole(1, false, true), sms(2, true, false))).toBe(false);
    expect(inForce(sms(1, false, true), whole(2, true, false))).toBe(false);
    expect(inForce(sms(1, false, true), sms(2, false, false), sms(3, true, false))).toBe(false);
  });

  it('counts where nobody verified has refused, and once somebody verified has consented again', () => {
    expect(inForce(sms(1, true, false))).toBe(true);
    expect(inForce(sms(1, false, false), sms(2, true, false))).toBe(true);
    expect(inForce(sms(1, false, true), sms(2, true, true))).toBe(true);
    expect(inForce(sms(1, false, true), sms(2, true, true), sms(3, false, false), sms(4, true, false))).toBe(
      true,
    );
  });

  it('counts always where it takes back', () => {
    expect(inForce(sms(1, true, true), sms(2, false, false))).toBe(false);
    expect(inForce(sms(1, true, true), whole(2, false, false))).toBe(false);
  });

  it('is shown as it is in force, wherever the facets are', () => {
    const facets = [facetOf([sms(2, true, false)], 'x'), facetOf([sms(1, false, true)], 'y')];
    for (const all of [facets, facets.toReversed()])
      expect(readConsents(all)).toMatchObject([{ name: 'marketing.sms', value: false, time: 1 }]);
    const wholes = [facetOf([sms(2, true, false)], 'x'), facetOf([whole(1, false, true)], 'y')];
    expect(readConsents(wholes).map(({ name, value }) => [name, value])).toEqual([['marketing', false]]);
  });

  it('keeps what it stands beside only while that is needed', () => {
    const facet = facetOf([sms(1, false, true), sms(2, true, false)]);
    expect(facet.proved?.size).toBe(1);
    applyRegisters(facet, eventFrom(sms(3, true, true)), () => 0);
    expect(facet).not.toHaveProperty('proved');
  });
});

describe('what is known of consents', () => {
  const someone = fc.record({
    id: fc.constantFrom('e1', 'e2'),
    time: fc.nat(4),
    verified: fc.boolean(),
    consent: fc.oneof(fc.record({ sms: fc.boolean() }), fc.record({ marketing: fc.boolean() })),
  });
  const scene = fc.array(someone, { minLength: 1, maxLength: 10 }).chain((all) =>
    fc.record({
      all: fc.constant(all),
      shuffled: fc.shuffledSubarray(all, { minLength: all.length }),
      cut: fc.nat(all.length),
    }),
  );

  it('is the same to the byte in any order of arrival and of merging', () => {
    fc.assert(
      fc.property(scene, ({ all, shuffled, cut }) => {
        const expected = facetOf(all);
        const [one, other] = [facetOf(shuffled.slice(0, cut), 'x'), facetOf(shuffled.slice(cut), 'y')];
        const united = facetOf([], 'z');
        for (const facet of [one, other, one]) uniteRegisters(united, facet);
        const back = decodeFacet(features, JSON.parse(JSON.stringify(encodeFacet(features, expected))));
        for (const facet of [facetOf(shuffled), united, back]) expect(bytesOf(facet)).toBe(bytesOf(expected));
        const read = (facets: readonly Facet[]) => readConsents(facets);
        for (const facets of [[one, other], [other, one], [united]])
          expect(read(facets)).toEqual(read([expected]));
      }),
    );
  });

  it('is the newest word, unless that is a statement against a refusal which was verified', () => {
    fc.assert(
      fc.property(fc.uniqueArray(someone, { maxLength: 8, selector: ({ time }) => time }), (all) => {
        const sorted = [...all].sort((a, b) => b.time - a.time);
        const given = (said?: Said) => said && (said.consent.sms ?? said.consent.marketing);
        const refused = given(sorted.find(({ verified }) => verified)) === false;
        const expected = refused ? false : given(sorted[0]);
        expect(inForce(...all)).toBe(expected);
      }),
    );
  });
});
