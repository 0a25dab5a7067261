import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { completePrivacy, type WrittenPrivacy } from '../../src/definitions/complete-privacy.ts';
import { compileFeatures } from '../../src/features/compile.ts';
import { decodeFacet, encodeFacet } from '../../src/features/encode.ts';
import { compilePrivacy } from '../../src/model/compile-privacy.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { Facet } from '../../src/model/profile.ts';
import { emptyFacet } from '../../src/profile/facets.ts';
import { applyRegisters, readConsents, readNotices, uniteRegisters } from '../../src/profile/registers.ts';
import { usableConsent, usableTrait, whyWithheld, withheldTraits } from '../../src/profile/usable-traits.ts';
import { eventOf } from '../support/fold-world.ts';

interface Said {
  readonly id?: string;
  readonly time: number;
  readonly traits?: JsonObject;
  readonly consent?: JsonObject;
}

function facetOf(said: readonly Said[], id = 'facet'): Facet {
  const facet = emptyFacet(id);
  for (const { id: eventId = 'e', ...each } of said)
    applyRegisters(facet, eventOf(eventId, ['p1'], each), () => 0);
  return facet;
}

const written: WrittenPrivacy = {
  notices: { privacy: { version: 3 } },
  fields: {
    birthday: { class: 'general', purpose: 'personalization' },
    height: { purpose: 'personalization', notice: { name: 'privacy', version: 2 } },
    dependents: { purpose: 'personalization' },
    skin: { class: 'sensitive', purpose: 'personalization' },
  },
};
const privacy = compilePrivacy(completePrivacy(written));
const height = { time: 1, traits: { height: 180 } };

describe('what may be used of somebody', () => {
  it('waits until a notice was recorded of them, in any order, and an earlier version afterwards takes nothing back', () => {
    expect(whyWithheld([facetOf([height])], 'height', privacy)).toBe('pending_notice');
    expect(usableTrait([facetOf([height])], 'height', privacy)).toBeUndefined();
    const told = [1, 2, 3].map((version) =>
      facetOf([height, { time: 5, consent: { notices: { privacy: version } } }]),
    );
    expect(told.map((facet) => usableTrait([facet], 'height', privacy))).toEqual([undefined, 180, 180]);
    const older = facetOf([{ time: 9, consent: { notices: { privacy: 1 } } }], 'other');
    expect(usableTrait([older, ...told.slice(2)], 'height', privacy)).toBe(180);
  });

  it('waits for the consent that the field needs, of a guardian or of its own, and goes with it', () => {
    const traits = { time: 1, traits: { dependents: 'two', skin: 'dry', birthday: '05-01' } };
    const agreed = facetOf([traits, { time: 2, consent: { guardian: true, sensitive: { skin: true } } }]);
    expect([...withheldTraits([facetOf([traits])], privacy)]).toEqual([
      ['dependents', 'no_consent'],
      ['skin', 'no_consent'],
    ]);
    expect(withheldTraits([agreed], privacy).size).toBe(0);
    const withdrawn = facetOf([{ time: 3, consent: { sensitive: false } }], 'later');
    expect(usableTrait([agreed, withdrawn], 'skin', privacy)).toBeUndefined();
    expect(usableTrait([agreed, withdrawn], 'dependents', privacy)).toBe('two');
  });

  it('is nothing of what no active purpose is declared for, and no consent to a purpose that is off', () => {
    const off = compilePrivacy(
      completePrivacy({ ...written, purposes: { personalization: { active: false } } }),
    );
    const facet = facetOf([{ time: 1, traits: { birthday: '05-01' }, consent: { personalization: true } }]);
    expect(whyWithheld([facet], 'birthday', off)).toBe('no_purpose');
    expect(usableConsent([facet], 'personalization', off)).toBeUndefined();
    expect(usableConsent([facet], 'personalization', privacy)).toBe(true);
    expect(whyWithheld([facet], 'religion', privacy)).toBe('no_purpose');
    expect(usableTrait([facet], 'birthday', undefined)).toBe('05-01');
  });

  it('keeps notices and text versions through storage, apart from consents, and in any order the same', () => {
    const words = fc.array(
      fc.record({
        id: fc.constantFrom('a', 'b', 'c'),
        time: fc.integer({ min: 1, max: 4 }),
        consent: fc.record({
          notices: fc.dictionary(fc.constantFrom('privacy', 'cookies'), fc.integer({ min: 1, max: 4 })),
          sharing: fc.boolean(),
          text_version: fc.constantFrom('1', '2'),
        }),
      }),
      { maxLength: 8 },
    );
    const features = compileFeatures([], { reportingCurrency: 'CNY' });
    const stored = (facet: Facet) => JSON.stringify(encodeFacet(features, facet));
    fc.assert(
      fc.property(words, fc.nat(8), (said, cut) => {
        const all = facetOf(said);
        expect(stored(decodeFacet(features, encodeFacet(features, all)))).toBe(stored(all));
        expect(stored(facetOf([...said].reverse()))).toBe(stored(all));
        const united = facetOf(said.slice(cut));
        uniteRegisters(united, facetOf(said.slice(0, cut)));
        expect(stored(united)).toBe(stored(all));
        expect(readConsents([all]).every(({ name }) => name === 'sharing')).toBe(true);
        const versions = said.flatMap(({ consent }) => consent.notices.privacy ?? []);
        const newest = versions.length === 0 ? undefined : Math.max(...versions);
        expect(readNotices([all]).get('privacy')?.value).toBe(newest);
      }),
    );
  });
});
