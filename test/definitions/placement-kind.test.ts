import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createDefinitionKinds } from '../../src/definitions/definition-kinds.ts';
import { type DefinitionsPack, loadPack, recordOfPack } from '../../src/definitions/definitions-pack.ts';
import type { DefinitionKind, NamedDefinition } from '../../src/serve/services.ts';
import { createFusedRunner, type FusedRunner } from '../support/fused-runner.ts';

const pack = loadPack(fileURLToPath(new URL('../../deploy/retail', import.meta.url)), 'CNY');
const NAMES = ['cart', 'fitting_room', 'home', 'item', 'message', 'store'];

/** An engine with the shipped definitions, and the kind as the API has it. */
async function open(): Promise<{
  rig: FusedRunner;
  kind: DefinitionKind;
  take: (pack: DefinitionsPack) => Promise<void>;
}> {
  const rig = createFusedRunner();
  const { definitions, log } = rig;
  // Stands for the stage loop: whatever is appended is applied, one drain at a time.
  let draining = Promise.resolve();
  log.subscribe(() => {
    draining = draining.then(() => rig.drain());
  });
  const take = async (next: DefinitionsPack): Promise<void> => {
    const record = recordOfPack(next, definitions.entry, 'directory');
    if (record === undefined) return;
    await rig.append(record);
    await draining;
  };
  await take(pack);
  const appliedSeq = (): number => rig.runner.checkpoint?.seq ?? 0;
  const kinds = createDefinitionKinds({ definitions, pack, blind: (policy) => policy, log, appliedSeq });
  return { rig, kind: kinds.kind('placements') as DefinitionKind, take };
}

describe('placements', () => {
  it('are shipped, and changed and given back one by one', async () => {
    const { rig, kind } = await open();
    const { editor } = kind;
    expect([...rig.definitions.placements.keys()].sort()).toEqual(NAMES);
    const changed = editor?.check('home', { limit: 3, blend: { trending: 1 } }) as NamedDefinition;
    expect(await editor?.put(changed, 'ann')).toMatchObject({ name: 'home', limit: 3, author: 'ann' });
    expect(rig.definitions.placements.get('home')).toMatchObject({
      limit: 3,
      weights: { trending: 1, interest: 0 },
    });
    await editor?.put(editor.check('mine', { blend: { session: 1 } }), 'ann');
    expect(rig.definitions.placements.has('mine')).toBe(true);
    await editor?.remove?.('mine', 'ann');
    await editor?.put(editor.original('home') as NamedDefinition, 'ann');
    expect([...rig.definitions.placements.keys()].sort()).toEqual(NAMES);
    expect(rig.definitions.placements.get('home')?.limit).toBe(12);
  });

  it('are refused where they are wrong', async () => {
    const { kind } = await open();
    for (const body of [
      {},
      { blend: {} },
      { blend: { session: 0 } },
      { blend: { session: 1 }, exclude: { where: { x: 1 } } },
    ])
      expect(() => kind.editor?.check('home', body)).toThrow(
        expect.objectContaining({ code: 'invalid_definition' }),
      );
  });

  it('of the directory are taken where the directory has changed them, and leave the others', async () => {
    const { rig, kind, take } = await open();
    await kind.editor?.put(kind.editor.check('store', { blend: { trending: 1 }, limit: 2 }), 'ann');
    const placements = (pack.placements ?? [])
      .filter(({ name }) => name !== 'cart')
      .map((each) => (each.name === 'home' ? { ...each, limit: 5 } : each));
    await take({ ...pack, placements });
    expect([...rig.definitions.placements.values()].map(({ name, limit }) => [name, limit]).sort()).toEqual([
      ['fitting_room', 4],
      ['home', 5],
      ['item', 8],
      ['message', 3],
      ['store', 2],
    ]);
  });

  it('that a trigger asks for items cannot go', async () => {
    const { kind, take } = await open();
    const [trigger] = pack.triggers;
    if (trigger === undefined) expect.fail('the pack has triggers');
    const asking = {
      ...trigger,
      action: { ...trigger.action, data: { items: { recommend: { placement: 'message' } } } },
    };
    await take({ ...pack, triggers: [asking] });
    await expect(kind.editor?.remove?.('message', 'ann')).rejects.toMatchObject({
      code: 'definition_in_use',
    });
  });
});
