import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { createDefinitionKinds } from '../../src/definitions/definition-kinds.ts';
import { loadPack, recordOfPack } from '../../src/definitions/definitions-pack.ts';
import { TesseraError } from '../../src/errors.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { MESSAGING_BEFORE_ANY } from '../../src/model/messaging.ts';
import type { DefinitionEditor, DefinitionKind } from '../../src/serve/services.ts';
import { createFusedRunner, type FusedRunner, testPolicy, viewsFeature } from '../support/fused-runner.ts';

const pack = loadPack(fileURLToPath(new URL('../../deploy/retail', import.meta.url)), 'CNY');

let rig: FusedRunner;
let messaging: DefinitionKind;
let editor: DefinitionEditor;
let features: DefinitionKind;

beforeEach(async () => {
  rig = createFusedRunner();
  // What the directory's own messaging definition names is in force as well.
  const { segments = [] } = pack;
  await rig.append({
    ...{ kind: 'definitions', author: 'test', identity: testPolicy, triggers: [], segments },
    features: [viewsFeature, ...pack.features],
  });
  await rig.drain();
  const { definitions, log } = rig;
  // Stands for the stage loop: whatever was appended is applied while the change waits.
  let draining = Promise.resolve();
  log.subscribe(() => {
    draining = draining.then(() => rig.drain());
  });
  const appliedSeq = (): number => rig.runner.checkpoint?.seq ?? 0;
  const kinds = createDefinitionKinds({ definitions, pack, blind: (policy) => policy, log, appliedSeq });
  messaging = kinds.kind('messaging') as DefinitionKind;
  features = kinds.kind('features') as DefinitionKind;
  editor = messaging.editor as DefinitionEditor;
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

describe('the messaging definition', () => {
  it('is there before anybody said anything, and is in force with version and author once it is put', async () => {
    expect(messaging.list()).toEqual([MESSAGING_BEFORE_ANY]);
    const body = { zone: 'Asia/Shanghai', caps: [{ overall: true, count: 3, every: '1d' }] };
    const shown = await editor.put(editor.check('default', body), 'ann');
    expect(shown).toMatchObject({ ...body, author: 'ann', service_channel: 'sms', groups: {} });
    expect(rig.definitions.messaging.zone.name).toBe('Asia/Shanghai');
    expect(rig.definitions.messaging.caps).toHaveLength(1);
    // A change of something else leaves it as it is.
    await features.editor?.put(
      features.editor.check('views', { ...viewsFeature, description: 'x' } as never),
      'bob',
    );
    expect(messaging.list()).toMatchObject([{ author: 'ann', zone: 'Asia/Shanghai' }]);
  });

  it('gives way to the directory when it is deleted', async () => {
    await editor.put(editor.check('default', { zone: 'UTC' }), 'ann');
    expect(editor.original('default')).toEqual(pack.messaging);
    expect(editor.remove).toBeUndefined();
  });

  it('is refused with the place of what is wrong', () => {
    const cap = { overall: true, count: 1, every: '1d' };
    expect(place({ zone: 'Mars/Olympus' })).toBe('/zone');
    expect(place({ caps: [cap, { ...cap, every: '109500d' }] })).toBe('/caps/1/every');
    expect(place({ caps: [{ ...cap, count: 0 }] })).toBe('/caps/0/count');
    expect(place({ service_channel: 'pigeon' })).toBe('/service_channel');
    expect(place({ channels: { sms: { order: 1, quota: { feature: 'nothing' } } } })).toBe(
      '/channels/sms/quota/feature',
    );
    const guard = { name: 'g', unless: { feature: 'nothing', gt: 1 } };
    expect(place({ groups: { g: { guards: [guard] } } })).toBe('/groups/g/guards/0/unless/feature');
    expect(place({ groups: { g: { guards: [{ name: 'g', unless: { segment: 'nobody' } }] } } })).toBe(
      '/groups/g/guards/0/unless/segment',
    );
    expect(() => editor.check('other', {})).toThrow(TesseraError);
  });

  it('keeps a feature that it reads from being deleted', async () => {
    await editor.put(
      editor.check('default', { channels: { sms: { order: 1, quota: { feature: 'views' } } } }),
      'ann',
    );
    await expect(features.editor?.remove?.('views', 'ann')).rejects.toThrow(
      /the messaging definition reads it/,
    );
  });

  it('is taken from the directory once, and not again before the directory has changed', async () => {
    const record = recordOfPack(pack, rig.definitions.entry, 'directory');
    expect(record?.messaging).toEqual(pack.messaging);
    const { directory } = record ?? {};
    const entry = { ...rig.definitions.entry, ...(directory && { directory }) };
    expect(recordOfPack(pack, entry, 'directory')).toBeUndefined();
    const { messaging: _gone, ...without } = pack;
    expect(recordOfPack(without, entry, 'directory')?.messaging).toBeNull();
  });
});
