import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { completePrivacy } from '../../src/definitions/complete-privacy.ts';
import { createDefinitionKinds } from '../../src/definitions/definition-kinds.ts';
import { recordOfPack } from '../../src/definitions/definitions-pack.ts';
import { TesseraError } from '../../src/errors.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { PRIVACY_BEFORE_ANY } from '../../src/model/privacy.ts';
import type { DefinitionEditor, DefinitionKind } from '../../src/serve/services.ts';
import { retailPack } from '../support/fused-engine.ts';
import { createFusedRunner, type FusedRunner, testPolicy, viewsFeature } from '../support/fused-runner.ts';

let rig: FusedRunner;
let privacy: DefinitionKind;
let editor: DefinitionEditor;
let features: DefinitionKind;

beforeEach(async () => {
  rig = createFusedRunner();
  await rig.append({
    ...{ kind: 'definitions', author: 'test', identity: testPolicy, triggers: [] },
    features: [viewsFeature],
  });
  await rig.drain();
  const { definitions, log } = rig;
  // Stands for the stage loop: whatever was appended is applied while the change waits.
  let draining = Promise.resolve();
  log.subscribe(() => {
    draining = draining.then(() => rig.drain());
  });
  const appliedSeq = (): number => rig.runner.checkpoint?.seq ?? 0;
  const pack = retailPack;
  const kinds = createDefinitionKinds({ definitions, pack, blind: (policy) => policy, log, appliedSeq });
  privacy = kinds.kind('privacy') as DefinitionKind;
  editor = privacy.editor as DefinitionEditor;
  features = kinds.kind('features') as DefinitionKind;
});

const place = (body: JsonObject): string | undefined => {
  try {
    editor.check('default', body);
  } catch (error) {
    if (error instanceof TesseraError && error.code === 'invalid_definition') return error.path;
    throw error;
  }
  return 'accepted';
};

describe('the privacy definition', () => {
  it('is there before anybody said anything, and is in force with version and author once it is put', async () => {
    expect(privacy.list()).toEqual([PRIVACY_BEFORE_ANY]);
    const body = { notices: { privacy: { version: 2 } }, purposes: { sharing: { active: false } } };
    const shown = await editor.put(editor.check('default', body), 'ann');
    expect(shown).toMatchObject({ author: 'ann', notices: { privacy: { version: 2, everyone: false } } });
    expect(shown.purposes).toMatchObject({
      service: { basis: 'contract', active: true },
      sharing: { active: false },
    });
    expect(rig.definitions.privacy.inactive).toEqual(new Set(['sharing']));
    // A change of something else leaves it as it is.
    await features.editor?.put(
      features.editor.check('views', { ...viewsFeature, description: 'x' } as never),
      'bob',
    );
    expect(privacy.list()).toEqual([shown]);
  });

  it('is as the documentation shows it', () => {
    const text = readFileSync(new URL('../../docs/consent.md', import.meta.url), 'utf8');
    const written = parse(/```yaml\n([\s\S]*?)```/.exec(text)?.[1] ?? '') as JsonObject;
    expect(editor.check('default', written)).toMatchObject({
      fields: {
        dependents: { consent: 'guardian' },
        skin_condition: { consent: 'sensitive.skin_condition' },
      },
    });
  });

  it('does not count a notice backwards: people were told of the version', async () => {
    const at = (version: number) => ({ notices: { privacy: { version } } });
    await editor.put(editor.check('default', at(3)), 'ann');
    expect([place(at(2)), place(at(3)), place(at(4))]).toEqual([
      '/notices/privacy/version',
      'accepted',
      'accepted',
    ]);
  });

  it('comes from the directory, with consent of a guardian for dependents', () => {
    const record = recordOfPack(retailPack, rig.definitions.entry, 'directory');
    expect(record?.privacy?.fields).toMatchObject({
      birthday: { class: 'general' },
      dependents: { class: 'sensitive', consent: 'guardian' },
    });
    expect(record?.directory?.privacy).toBeDefined();
  });

  it('needs a consent of its own for what is sensitive, unless another one is named', () => {
    const purpose = 'personalization';
    const { fields } = completePrivacy({
      fields: {
        health: { purpose },
        dependents: { purpose },
        religion: { purpose, consent: 'belief' },
        city: { purpose },
      },
    });
    const consents = Object.fromEntries(Object.entries(fields).map(([name, { consent }]) => [name, consent]));
    expect(consents).toEqual({
      ...{ health: 'sensitive.health', dependents: 'guardian', religion: 'belief', city: undefined },
    });
  });

  it('is refused, with the place, where its parts do not go together', () => {
    const field = (more: JsonObject) => ({ fields: { height: { purpose: 'service', ...more } } });
    const shared = (name: string) => ({ partners: { ads: { fields: [name], until: '2027-01-01' } } });
    expect(place(field({ purpose: 'nonsense' }))).toBe('/fields/height/purpose');
    expect(place(field({ notice: { name: 'privacy', version: 1 } }))).toBe('/fields/height/notice');
    const notices = { privacy: { version: 1 } };
    expect(place({ notices, ...field({ notice: { name: 'privacy', version: 2 } }) })).toBe(
      '/fields/height/notice/version',
    );
    expect(place({ fields: { face_id: { purpose: 'service' } } })).toBe('/fields/face_id');
    expect(place({ fields: { date_of_birth: { purpose: 'service' } } })).toBe('/fields/date_of_birth');
    expect(place(shared('traits.date_of_birth'))).toBe('/partners/ads/fields');
    expect(place(shared('traits.dateOfBirth'))).toBe('/partners/ads/fields');
    expect(place({ ...field({ class: 'sensitive' }), ...shared('traits.height') })).toBe(
      '/partners/ads/fields',
    );
    expect(place(shared('identifiers.phone'))).toBe('/partners/ads/fields/0');
    expect(place({ purposes: { notices: {} } })).toBe('/purposes');
    expect(() => editor.check('other', {})).toThrow(/its name is default/);
  });
});
