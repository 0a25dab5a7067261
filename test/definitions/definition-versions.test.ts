import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { createDefinitionKinds } from '../../src/definitions/definition-kinds.ts';
import { createDefinitionVersions } from '../../src/definitions/definition-versions.ts';
import { loadPack } from '../../src/definitions/definitions-pack.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { keys } from '../../src/model/keys.ts';
import { createEntryCodec } from '../../src/runner/codec.ts';
import type { DefinitionVersions } from '../../src/serve/definition-versions-service.ts';
import type { DefinitionEditor, Definitions as Kinds } from '../../src/serve/services.ts';
import { createFusedRunner, type FusedRunner, viewsFeature } from '../support/fused-runner.ts';

const pack = loadPack(fileURLToPath(new URL('../../deploy/retail', import.meta.url)), 'CNY');
const trigger = (count: number): JsonObject => ({
  on: { count, of: { event: 'product_viewed' }, within: '1h' },
  action: { channel: 'none' },
});

let rig: FusedRunner;
let draining: Promise<void>;
let kinds: Kinds;
let versions: DefinitionVersions;

beforeEach(async () => {
  rig = createFusedRunner();
  await rig.define([viewsFeature]);
  await rig.drain();
  draining = Promise.resolve();
  rig.log.subscribe(() => {
    draining = draining.then(() => rig.drain());
  });
  const { definitions, log } = rig;
  const appliedSeq = (): number => rig.runner.checkpoint?.seq ?? 0;
  kinds = createDefinitionKinds({
    ...{ definitions, pack, log, appliedSeq },
    blind: (policy) => policy,
    webhooks: { seal: (_place, text) => `sealed(${text.length})`, checkUrl: () => undefined },
  });
  versions = versionsIn(rig);
});

function versionsIn({ store, definitions }: FusedRunner): DefinitionVersions {
  const state = {
    read: async (wanted: readonly string[]) => store.read('p0', wanted),
    scan: async (prefix: string, after: string, max: number) => store.scan('p0', prefix, after, max),
  };
  return createDefinitionVersions({ state, codec: createEntryCodec(definitions) });
}

function editorOf(kind: string): DefinitionEditor {
  const editor = kinds.kind(kind)?.editor;
  if (editor === undefined) throw new RangeError(`${kind} cannot be changed`);
  return editor;
}

async function put(kind: string, name: string, body: JsonObject, author = 'ann'): Promise<void> {
  const editor = editorOf(kind);
  await editor.put(editor.check(name, body), author);
}

const toldOf = async (kind: string, name: string): Promise<readonly string[]> =>
  (await versions.of(kind, name)).map(
    ({ number, turn, author, active }) => `${number} ${turn} ${author}${active ? ' active' : ''}`,
  );

describe('the versions of a definition', () => {
  it('are each change of it with author and text, the newest first, and none of others', async () => {
    await put('triggers', 'looks', trigger(3));
    await put('triggers', 'other', trigger(9));
    await put('triggers', 'looks', trigger(4), 'bob');
    expect(await toldOf('triggers', 'looks')).toEqual(['4 changed bob active', '2 created ann']);
    const [newest, oldest] = await versions.of('triggers', 'looks');
    expect(newest?.text).toMatchObject({ definition: { on: { count: 4 } } });
    expect(newest?.text?.version).toBe(kinds.kind('triggers')?.list()[0]?.version);
    expect(oldest?.text?.definition).toEqual({ name: 'looks', purpose: 'marketing', ...trigger(3) });
    expect(await toldOf('features', 'views')).toEqual(['1 created test active']);
    expect(await versions.of('triggers', 'nobody')).toEqual([]);
    expect(await versions.of('nothing', 'looks')).toEqual([]);
  });

  it('say what was switched, and what was changed together with a switch', async () => {
    await put('triggers', 'looks', trigger(3));
    const turn = editorOf('triggers').switch;
    await turn?.turn('looks', false, 'bob');
    await turn?.turn('looks', false, 'cid');
    await turn?.turn('looks', true, 'dan');
    await put('triggers', 'looks', { ...trigger(5), enabled: false });
    expect(await toldOf('triggers', 'looks')).toEqual([
      '5 changed ann active',
      '4 enabled dan',
      '3 disabled bob',
      '2 created ann',
    ]);
    const [, enabled, , created] = await versions.of('triggers', 'looks');
    expect(enabled?.text?.version).toBe(created?.text?.version);
  });

  it('go back by the text that was, which is a version of its own', async () => {
    await put('triggers', 'looks', trigger(3));
    await put('triggers', 'looks', trigger(4));
    const [, first] = await versions.of('triggers', 'looks');
    await put('triggers', 'looks', first?.text?.definition ?? {}, 'bob');
    expect(await toldOf('triggers', 'looks')).toEqual([
      '4 changed bob active',
      '3 changed ann',
      '2 created ann',
    ]);
  });

  it('are still there of what was removed', async () => {
    await put('triggers', 'looks', trigger(3));
    await editorOf('triggers').remove?.('looks', 'bob');
    expect(await toldOf('triggers', 'looks')).toEqual(['3 removed bob', '2 created ann']);
    expect((await versions.of('triggers', 'looks'))[0]?.text).toBeUndefined();
  });

  it('never hold what is secret of a webhook', async () => {
    const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const headers = { authorization: 'Bearer of-the-shop' };
    await put('webhooks', 'crm', { url: 'https://crm.example/hook', secret, headers });
    await put('webhooks', 'crm', { url: 'https://crm.example/other' });
    const [newest, first] = await versions.of('webhooks', 'crm');
    expect(first?.text?.definition).toMatchObject({ secret: '***', headers: { authorization: '***' } });
    expect(newest?.text?.definition).toMatchObject({ url: 'https://crm.example/other' });
    const journal = [1, 2, 3].map((n) => JSON.stringify(rig.entry(keys.definitionChanges(n))));
    expect(journal.join()).not.toMatch(/sealed|whsec|of-the-shop/);
  });

  it('are the same after a replay of the log', async () => {
    for (const count of [2, 3, 4]) await put('triggers', 'looks', trigger(count));
    await editorOf('triggers').switch?.turn('looks', false, 'bob');
    const replayed = createFusedRunner({ log: rig.log, clock: rig.clock });
    await replayed.drain();
    expect(await versionsIn(replayed).of('triggers', 'looks')).toEqual(
      await versions.of('triggers', 'looks'),
    );
    expect(replayed.state()).toEqual(rig.state());
  });

  it('are none of a record that changes nothing', async () => {
    await rig.define([viewsFeature]);
    await draining;
    expect(await toldOf('features', 'views')).toEqual(['1 created test active']);
    expect(rig.entry(keys.definitionChanges(2))).toBeUndefined();
  });
});
