import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { createDefinitionKinds } from '../../src/definitions/definition-kinds.ts';
import { encodeDefinitions } from '../../src/definitions/definition-writer.ts';
import { loadPack } from '../../src/definitions/definitions-pack.ts';
import { readFeatures } from '../../src/features/read.ts';
import { blindLists } from '../../src/ingest/kind-lists.ts';
import { limits } from '../../src/limits.ts';
import type { IdentityPolicy } from '../../src/model/identity-policy.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { keys as stateKeys } from '../../src/model/keys.ts';
import type { Facet } from '../../src/model/profile.ts';
import type { DefinitionsRecord } from '../../src/model/record.ts';
import { decodeRecord } from '../../src/runner/codec.ts';
import type { DefinitionEditor, DefinitionKind, NamedDefinition } from '../../src/serve/services.ts';
import { eventOf } from '../support/fold-world.ts';
import { BEGIN_MS, createFusedRunner, type FusedRunner, viewsFeature } from '../support/fused-runner.ts';

const pack = loadPack(fileURLToPath(new URL('../../deploy/retail', import.meta.url)), 'CNY');
const keys = { indexKey: new Uint8Array(32).fill(7), defaultRegion: 'CN' };
const blind = (policy: IdentityPolicy): IdentityPolicy => blindLists(policy, keys);

const body = (max: number, more: JsonObject = {}): JsonObject => ({
  types: [{ type: 'user_id', limit: 1, period: 'ever', strong: true, normalize: 'exact' }],
  blocked: { values: [], repeated_digits_from: 2 },
  shared: { strong_people_max: max },
  ...more,
});

let rig: FusedRunner;
let draining: Promise<void>;
let features: DefinitionKind;
let triggers: DefinitionKind;
let identity: DefinitionKind;
let editor: DefinitionEditor;

beforeEach(async () => {
  rig = createFusedRunner();
  await rig.define([viewsFeature]);
  await rig.drain();
  const { definitions, log } = rig;
  // Stands for the stage loop: whatever was appended is applied while the change waits.
  const appliedSeq = (): number => rig.runner.checkpoint?.seq ?? 0;
  draining = Promise.resolve();
  log.subscribe(() => {
    draining = draining.then(() => rig.drain());
  });
  const kinds = createDefinitionKinds({ definitions, pack, blind, log, appliedSeq });
  features = kinds.kind('features') as DefinitionKind;
  triggers = kinds.kind('triggers') as DefinitionKind;
  identity = kinds.kind('identity') as DefinitionKind;
  editor = identity.editor as DefinitionEditor;
});

const inForce = () => rig.definitions.entry;
const put = (max: number, author = 'ann') => editor.put(editor.check('default', body(max)), author);
const records = (): DefinitionsRecord[] =>
  rig.log
    .read(0, 1_000)
    .flatMap((message) => message.records.map((bytes) => decodeRecord(bytes).record))
    .filter((record) => record.kind === 'definitions');

describe('a change of the identity policy', () => {
  it('is in force with version and author when it is answered, and leaves everything else as it was', async () => {
    const features = inForce().features;
    const answer = await put(7);
    expect(answer).toMatchObject({
      name: 'default',
      author: 'ann',
      shared: { strong_people_max: 7 },
      reviews: { values_per_type: 3 },
    });
    expect(answer).toMatchObject({ version: inForce().identity.version, since: inForce().identity.since });
    expect(rig.definitions.identity.strongPeopleMax).toBe(7);
    expect(inForce().features).toEqual(features);
    expect(identity.list()).toEqual([answer]);
  });

  it('that changes nothing appends nothing, and keeps the author', async () => {
    await put(7);
    const before = records().length;
    expect(await put(7, 'bob')).toMatchObject({ author: 'ann' });
    expect(records()).toHaveLength(before);
  });

  it('waits for the one before it, so that none is lost', async () => {
    const answers = await Promise.all([put(5), put(6), put(7)]);
    expect(answers.map((answer) => answer.shared)).toEqual(
      [5, 6, 7].map((max) => ({ strong_people_max: max })),
    );
    expect(
      records()
        .slice(1)
        .map(({ identity: each }) => each.shared.strong_people_max),
    ).toEqual([5, 6, 7]);
  });

  it('is refused while too many wait, and goes on after one that failed', async () => {
    rig.log.failNextAppend('before');
    const all = await Promise.allSettled(
      Array.from({ length: limits.definitionChangesWaitingMax + 1 }, (_, i) => put(i + 2)),
    );
    const codes = all.map((each) => (each.status === 'rejected' ? each.reason.code : 'done'));
    expect([codes[0], codes.at(-1)]).toEqual(['log_unavailable', 'too_many_requests']);
    expect(new Set(codes.slice(1, -1))).toEqual(new Set(['done']));
    expect(inForce().identity.definition.shared.strong_people_max).toBe(
      limits.definitionChangesWaitingMax + 1,
    );
  });

  it('keeps listed identifiers as blind indexes, read by the types of the policy itself', async () => {
    const types = [{ type: 'staff_no', limit: 1, period: 'ever', strong: true, normalize: 'number' }];
    const listed = { types, kinds: { lists: { staff: ['staff_no:00 7391'] } } };
    const answer = await editor.put(editor.check('default', body(7, listed)), 'ann');
    expect(answer.kinds).toMatchObject({ lists: { staff: [expect.stringMatching(/^staff_no#[\w-]{22}$/)] } });
    expect(JSON.stringify([records(), inForce()])).not.toContain('7391');
  });

  it('gives way to the policy of the directory when it is deleted', async () => {
    await put(7);
    expect(await editor.put(editor.original('default') as NamedDefinition, 'bob')).toMatchObject({
      ...pack.identity,
      author: 'bob',
    });
  });

  it.each<[string, string, JsonObject]>([
    ['not_found', 'mine', {}],
    ['invalid_definition', 'default', { name: 'mine' }],
    ['invalid_definition', 'default', { types: [] }],
    [
      'invalid_definition',
      'default',
      {
        kinds: { lists: { staff: ['user_id:guest'] } },
        blocked: { values: ['guest'], repeated_digits_from: 2 },
      },
    ],
  ])('is refused with %s as %s, %j', (code, name, more) => {
    expect(() => editor.check(name, body(7, more))).toThrow(expect.objectContaining({ code }));
  });

  it('is refused when all definitions together would not fit into a record', async () => {
    const values = Array.from({ length: 20_000 }, (_, i) => `${i}-${'x'.repeat(30)}`);
    const large = editor.check('default', body(7, { blocked: { values, repeated_digits_from: 2 } }));
    await expect(editor.put(large, 'ann')).rejects.toMatchObject({ code: 'invalid_definition' });
    expect(records()).toHaveLength(1);
    const record: DefinitionsRecord = { kind: 'definitions', author: 'ann', ...pack };
    expect(encodeDefinitions(record).byteLength).toBeLessThan(limits.definitionsBytesMax);
  });

  it('that is not applied in time says so', async () => {
    const { definitions, log } = rig;
    const kinds = createDefinitionKinds({ definitions, pack, blind, log, appliedSeq: () => 0, waitMs: 1 });
    const stuck = kinds.kind('identity')?.editor as DefinitionEditor;
    await expect(stuck.put(stuck.check('default', body(7)), 'ann')).rejects.toMatchObject({
      code: 'wait_timeout',
    });
  });
});

const views = (more: JsonObject = {}): JsonObject => ({
  on: 'product_viewed',
  aggregate: 'count',
  windows: ['1h', '30d'],
  ...more,
});
const derived = (expression: string): JsonObject => ({ aggregate: 'derived', expression });
const looks = (more: JsonObject = {}): JsonObject => ({
  on: { count: 1, of: { event: 'product_viewed' }, within: '1m' },
  action: { channel: 'none' },
  ...more,
});

describe('a change of features and triggers', () => {
  const putting = (kind: DefinitionKind, name: string, each: JsonObject, keep = false) => {
    const { editor: edit } = kind as { editor: DefinitionEditor };
    return edit.put(edit.check(name, each, keep), 'ann', keep);
  };
  const removing = (kind: DefinitionKind, name: string) => kind.editor?.remove?.(name, 'ann');
  const numbers = () =>
    Object.fromEntries(inForce().features.map(({ definition, number }) => [definition.name, number]));
  const thrown = (change: () => unknown): unknown => {
    try {
      change();
    } catch (error) {
      return error;
    }
    return undefined;
  };

  /** Appends the event, waits until it is folded, and answers whose it is. */
  const apply = async (id: string): Promise<string> => {
    await rig.events(eventOf(id, ['a1']));
    await draining;
    return rig.committed.at(-1)?.outcomes.at(-1)?.outcome.profileId ?? '';
  };
  const facetOf = (profile: string): Facet | undefined =>
    rig.entry<Facet>(stateKeys.facet(profile, eventOf('', ['a1']).facet));

  it('is listed as it was written, with numbers, author and date', async () => {
    expect(features.list()).toMatchObject([{ ...viewsFeature, numbers: { views: 1 } }]);
    const answer = await putting(features, 'looks', views());
    expect(answer).toMatchObject({ name: 'looks', ...views(), numbers: { looks_1h: 2, looks_30d: 3 } });
    expect(answer).toMatchObject({ author: 'ann', since: inForce().features[1]?.createdAt });
    expect(features.list()[1]).toEqual(answer);
    expect(features.part?.('looks_1h')).toMatchObject({ name: 'looks_1h', window: '1h', part_of: 'looks' });
    expect(numbers()).toEqual({ views: 1, looks_1h: 2, looks_30d: 3 });
  });

  it('gives only the windows that are new a new number', async () => {
    await putting(features, 'looks', views());
    await putting(features, 'looks', views({ windows: ['30d', '7d'] }));
    expect(numbers()).toEqual({ views: 1, looks_30d: 3, looks_7d: 4 });
    const before = records().length;
    await putting(features, 'looks', views({ windows: ['30d', '7d'] }));
    expect(records()).toHaveLength(before);
  });

  it('keeps what it replaces readable with its state, where that is asked for', async () => {
    await apply('e1');
    await putting(features, 'views', views({ windows: undefined, window: '1h' }), true);
    expect(numbers()).toEqual({ views: 2, 'views@1': 1 });
    const facet = facetOf(await apply('e2'));
    const values = readFeatures(rig.definitions.features, [facet as Facet], BEGIN_MS);
    expect([values['views@1']?.value, values['views@1']?.partial]).toEqual([2, false]);
    expect(values.views?.partial).toBe(true);
    await removing(features, 'views@1');
    expect(numbers()).toEqual({ views: 2 });
  });

  it('keeps only so many versions', async () => {
    const windows = Array.from({ length: limits.featureWindowsMax }, (_, i) => `${i + 1}h`);
    const changed = views({ on: 'store_entered', windows });
    for (const name of ['one', 'two', 'three']) await putting(features, name, views({ windows }));
    for (const name of ['one', 'two']) await putting(features, name, changed, true);
    expect(() => features.editor?.check('three', changed, true)).toThrow(
      /48 earlier versions would be kept; at most 32/,
    );
  });

  it('removes the state of a deleted feature when its facet is written next', async () => {
    await putting(features, 'looks', views({ windows: undefined, window: 'lifetime' }));
    const profile = await apply('e1');
    const read = () => facetOf(profile)?.aggregates;
    expect([...(read()?.keys() ?? [])]).toEqual([1, 2]);
    await removing(features, 'looks');
    await apply('e2');
    expect([...(read()?.keys() ?? [])]).toEqual([1]);
  });

  it('is planned on what the one before it left, of whichever kind', async () => {
    await Promise.all([
      putting(features, 'a', views({ windows: ['1h'] })),
      putting(triggers, 't', looks()),
      putting(features, 'b', views({ windows: ['1h'] })),
      put(7),
    ]);
    expect(Object.keys(numbers())).toEqual(['views', 'a_1h', 'b_1h']);
    expect(inForce().triggers).toMatchObject([
      { author: 'ann', definition: { name: 't', purpose: 'marketing' } },
    ]);
    expect(inForce().identity.definition.shared.strong_people_max).toBe(7);
  });

  it('gives way to the directory, and is removed where that has none', async () => {
    const [original] = pack.sources ?? [];
    const name = original?.definition.name ?? '';
    await putting(features, name, views({ windows: ['2h'] }));
    expect(features.editor?.original(name)).toEqual(original?.definition);
    expect(features.editor?.original('views')).toEqual(
      pack.sources?.find(({ definition }) => definition.name === 'views')?.definition,
    );
    await putting(triggers, 't', looks());
    expect(triggers.editor?.original('t')).toBeUndefined();
    await removing(triggers, 't');
    expect(inForce().triggers).toEqual([]);
    expect(thrown(() => triggers.editor?.original('t'))).toMatchObject({ code: 'not_found' });
  });

  it('is refused while something reads what would be gone, which is named', async () => {
    await putting(features, 'looks', views());
    await putting(features, 'busy', derived('looks_1h > 3'));
    await putting(triggers, 't', looks({ when: { any: [{ feature: 'looks_30d', gt: 1 }] } }));
    const gone = await removing(features, 'looks')?.catch((error: unknown) => error);
    expect(gone).toMatchObject({
      code: 'definition_in_use',
      message:
        'feature "looks_1h" would be gone, and the feature "busy" reads it; ' +
        'feature "looks_30d" would be gone, and the trigger "t" reads it',
    });
    expect(thrown(() => features.editor?.check('looks', views({ windows: ['1h'] })))).toMatchObject({
      code: 'definition_in_use',
    });
    expect(Object.keys(numbers())).toEqual(['views', 'looks_1h', 'looks_30d', 'busy']);
  });

  it.each<[string, string, JsonObject, RegExp, string | undefined]>([
    ['features', 'Looks', views(), /snake_case/, '/name'],
    ['features', 'looks', views({ name: 'other' }), /as the address says/, '/name'],
    ['features', 'looks', views({ window: '1h' }), /may not stand beside/, '/windows'],
    ['features', 'looks', views({ windows: undefined, window: '731d' }), /730d/, '/window'],
    ['features', 'looks', views({ aggregate: 'mean' }), /must be one of/, '/aggregate'],
    ['features', 'looks', views({ aggregate: 'sum' }), /needs the path of a value/, '/of'],
    ['features', 'looks', views({ nonsense: 1 }), /is not a key/, '/nonsense'],
    ['features', 'looks', derived('nonsense + 1'), /there is no feature "nonsense"/, '/expression'],
    ['features', 'looks', derived('looks'), /reads itself: looks → looks/, '/expression'],
    [
      'triggers',
      't',
      looks({ when: { feature: 'nonsense', gt: 1 } }),
      /no feature "nonsense"/,
      '/when/feature',
    ],
    ['triggers', 't', looks({ on: 1 }), /must be object/, '/on'],
  ])('is refused with the place and the reason: %s %s %j', (kind, name, each, why, path) => {
    const { editor: edit } = (kind === 'features' ? features : triggers) as { editor: DefinitionEditor };
    const error = thrown(() => edit.check(name, each));
    expect(error).toMatchObject({ code: 'invalid_definition', path });
    expect((error as Error).message).toMatch(why);
    expect(inForce().features).toHaveLength(1);
  });

  it('is refused where a window of another definition has the name', async () => {
    await putting(features, 'looks', views());
    const error = thrown(() =>
      features.editor?.check('looks_1h', views({ windows: undefined, window: '2h' })),
    );
    expect(error).toMatchObject({ code: 'invalid_definition', path: '/name' });
    expect((error as Error).message).toMatch(/"looks_1h"|"looks"/);
  });
});
