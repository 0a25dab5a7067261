import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { decodeRecord } from '../src/codec.ts';
import { createDefinitionKinds, encodeDefinitions } from '../src/definition-kinds.ts';
import { loadPack } from '../src/definitions-pack.ts';
import { blindLists } from '../src/ingest/kind-lists.ts';
import { limits } from '../src/limits.ts';
import type { IdentityPolicy } from '../src/model/identity-policy.ts';
import type { JsonObject } from '../src/model/json.ts';
import type { DefinitionsRecord } from '../src/model/record.ts';
import type { DefinitionEditor, DefinitionKind } from '../src/serve/services.ts';
import { createFusedRunner, type FusedRunner, viewsFeature } from './support/fused-runner.ts';

const pack = loadPack(fileURLToPath(new URL('../deploy/retail', import.meta.url)), 'CNY');
const keys = { indexKey: new Uint8Array(32).fill(7), defaultRegion: 'CN' };
const blind = (policy: IdentityPolicy): IdentityPolicy => blindLists(policy, keys);

const body = (max: number, more: JsonObject = {}): JsonObject => ({
  types: [{ type: 'user_id', limit: 1, period: 'ever', strong: true, normalize: 'exact' }],
  blocked: { values: [], repeated_digits_from: 2 },
  shared: { strong_people_max: max },
  ...more,
});

let rig: FusedRunner;
let identity: DefinitionKind;
let editor: DefinitionEditor;

beforeEach(async () => {
  rig = createFusedRunner();
  await rig.define([viewsFeature]);
  await rig.drain();
  const { definitions, log } = rig;
  // Stands for the stage loop: whatever was appended is applied while the change waits.
  const appliedSeq = (): number => rig.runner.checkpoint?.seq ?? 0;
  log.subscribe(() => void rig.drain());
  const kinds = createDefinitionKinds({ definitions, pack, blind, log, appliedSeq });
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
    expect(await editor.put(editor.original('default'), 'bob')).toMatchObject({
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

it('features and triggers are listed as they are in force, and have no editor yet', () => {
  const { definitions, log } = rig;
  const kinds = createDefinitionKinds({ definitions, pack, blind, log, appliedSeq: () => 0 });
  expect(kinds.kind('features')?.list()).toEqual([viewsFeature]);
  expect(kinds.kind('triggers')?.list()).toEqual([]);
  expect([kinds.kind('features')?.editor, kinds.kind('constructor')]).toEqual([undefined, undefined]);
});
