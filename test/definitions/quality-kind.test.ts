import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { completeQuality } from '../../src/definitions/complete-quality.ts';
import { createQualityCheck } from '../../src/definitions/definition-checks.ts';
import { createDefinitionKinds } from '../../src/definitions/definition-kinds.ts';
import { recordOfPack } from '../../src/definitions/definitions-pack.ts';
import { TesseraError } from '../../src/errors.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { QUALITY_BEFORE_ANY } from '../../src/model/quality.ts';
import type { DefinitionEditor, DefinitionKind } from '../../src/serve/services.ts';
import { retailPack } from '../support/fused-engine.ts';
import { createFusedRunner, type FusedRunner, testPolicy, viewsFeature } from '../support/fused-runner.ts';

let rig: FusedRunner;
let quality: DefinitionKind;
let editor: DefinitionEditor;
let privacy: DefinitionEditor;

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
  const kinds = createDefinitionKinds({
    ...{ definitions, log, appliedSeq, pack: retailPack },
    blind: (policy) => policy,
  });
  quality = kinds.kind('quality') as DefinitionKind;
  editor = quality.editor as DefinitionEditor;
  privacy = kinds.kind('privacy')?.editor as DefinitionEditor;
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

describe('the definition of quality', () => {
  it('is there before anybody said anything, and in force with version and author once it is put', async () => {
    expect(quality.list()).toEqual([QUALITY_BEFORE_ANY]);
    const shown = await editor.put(editor.check('default', { targets: { late: 0.2 } }), 'ann');
    expect(shown).toMatchObject({ author: 'ann', targets: { late: 0.2, completeness: 0.8 } });
    expect(rig.definitions.entry.quality?.definition.targets.late).toBe(0.2);
    expect(quality.list()).toEqual([shown]);
    // What changes something else leaves it alone.
    await privacy.put(privacy.check('default', { notices: { privacy: { version: 3 } } }), 'ben');
    expect(rig.definitions.entry.author).toBe('ben');
    expect(quality.list()).toEqual([shown]);
  });

  it.each<[JsonObject, string]>([
    [{ targets: { completeness: 1.1 } }, '/targets/completeness'],
    [{ targets: { complete: 1 } }, '/targets'],
    [{ expected: { product_viewed: ['a.b.c'] } }, '/expected/product_viewed/0'],
    [{ volume: { weeks: 3 } }, '/volume/weeks'],
    [{ promotions: { sale: ['2026-02-30'] } }, '/promotions/sale/0'],
    [{ promotions: { sale: ['2026-02-20'], other: ['2026-02-20'] } }, '/promotions/other/0'],
    [{ checks: { people: [{ name: 'a', category: 'c', trait: 't' }] } }, '/checks/people/0'],
    [
      { checks: { people: [{ name: 'price', category: 'c', trait: 't', over: 1 }] } },
      '/checks/people/0/name',
    ],
    [{ checks: { price: { factor: 1 } } }, '/checks/price/factor'],
  ])('refuses %j at %s', (body, path) => {
    expect(place(body)).toBe(path);
  });

  it('has another name for nobody', () => {
    expect(() => editor.check('mine', {})).toThrow('default');
    expect(() => editor.original('mine')).toThrow('default');
  });

  it('is taken from the directory, again when its file changes, and given up when it goes', () => {
    const written = parse(readFileSync(new URL('../../deploy/retail/quality.yaml', import.meta.url), 'utf8'));
    const shipped = createQualityCheck()(written);
    expect(retailPack.quality).toEqual(shipped);
    const { entry } = rig.definitions;
    const record = recordOfPack(retailPack, entry, 'start');
    expect(record?.quality).toEqual(shipped);
    const taken = { ...entry, ...(record?.directory && { directory: record.directory }) };
    expect(recordOfPack(retailPack, taken, 'start')).toBeUndefined();
    const changed = completeQuality({ targets: { late: 0.3 } });
    expect(recordOfPack({ ...retailPack, quality: changed }, taken, 'start')?.quality).toEqual(changed);
    const { quality: _gone, ...without } = retailPack;
    expect(recordOfPack(without, taken, 'start')?.quality).toBeNull();
  });
});
