import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { completePrivacy } from '../../src/definitions/complete-privacy.ts';
import { createFieldScreen, type Screened } from '../../src/ingest/field-screen.ts';
import { type CompiledPrivacy, compilePrivacy } from '../../src/model/compile-privacy.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { PRIVACY_BEFORE_ANY } from '../../src/model/privacy.ts';
import { biometricNames } from '../../src/model/sensitive-fields.ts';

let privacy: CompiledPrivacy;
let counted: string[];
const screen = createFieldScreen({ privacy: () => privacy, onDropped: (field) => counted.push(field) });

beforeEach(() => {
  privacy = compilePrivacy(PRIVACY_BEFORE_ANY);
  counted = [];
});

function taken(event: JsonObject): Screened {
  const answer = screen(event);
  if (!answer.ok) throw new Error(answer.code);
  return answer;
}

describe('the screen of fields', () => {
  it('lets an event without anything sensitive pass as the object that it is', () => {
    const event = {
      type: 'page_viewed',
      traits: { city: 'Shanghai', birthday: '05-01' },
      properties: { path: '/' },
    };
    expect(taken(event).event).toBe(event);
    expect(taken({ type: 'x', traits: 'no object', identifiers: [] }).dropped).toEqual([]);
  });

  it('drops and counts sensitive traits that no active purpose is declared for, in every spelling', () => {
    const event = {
      type: 'signed_up',
      traits: { city: 'Shanghai', medicalConditions: 'x', 'national-id': '1', a: null },
    };
    const { event: left, dropped } = taken(event);
    expect(left).toEqual({ type: 'signed_up', traits: { city: 'Shanghai', a: null } });
    expect(dropped).toEqual([
      { path: '/traits/medicalConditions', code: 'undeclared_field' },
      { path: '/traits/national-id', code: 'undeclared_field' },
    ]);
    expect(counted).toEqual(['health', 'id_number']);
    expect(event.traits.medicalConditions).toBe('x');
  });

  it('goes by what is declared: kept with an active purpose, dropped as a property too once the purpose is off', () => {
    const body = {
      purposes: { care: { active: true } },
      fields: { skin_type: { class: 'sensitive', purpose: 'care' } },
    } as const;
    const event = {
      type: 'survey_answered',
      traits: { health: 'x', skinType: 'dry' },
      properties: { skin_type: 'dry' },
    };
    privacy = compilePrivacy(completePrivacy(body));
    expect(taken(event).event).toEqual({ ...event, traits: { skinType: 'dry' } });
    privacy = compilePrivacy(completePrivacy({ ...body, purposes: { care: { active: false } } }));
    expect(taken(event).event).toEqual({ type: 'survey_answered', traits: {}, properties: {} });
  });

  it('refuses biometric data wherever it stands, unless it says no more than that it is switched on', () => {
    const refused = { ok: false, code: 'biometric_refused' };
    expect(screen({ identifiers: { 'faceId@gate': 'v1' } })).toMatchObject({
      ...refused,
      path: '/identifiers',
    });
    expect(screen({ traits: { voiceprint: 'AAAA' } })).toMatchObject({ ...refused, path: '/traits' });
    expect(screen({ properties: { FACE_EMBEDDING: [0.1] } })).toMatchObject({
      ...refused,
      path: '/properties',
    });
    expect(taken({ properties: { face_id: true, fingerprint: 'of a browser' } }).dropped).toEqual([]);
  });

  it('of anything else changes nothing', () => {
    const biometric = biometricNames();
    const known = (key: string): boolean => biometric.has(key) || privacy.unwanted.has(key);
    const part = fc.dictionary(
      fc.string().filter((key) => !known(key)),
      fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
    );
    fc.assert(
      fc.property(part, part, (traits, properties) => {
        const event = { type: 'custom', traits, properties } as JsonObject;
        expect(taken(event).event).toBe(event);
      }),
    );
  });
});
