import { describe, expect, it } from 'vitest';
import type { Link } from '../../src/model/identity.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { createFusedEngine, type FusedEngine, featuresOf, START_MS } from '../support/fused-engine.ts';
import { entriesOf } from '../support/identity-state.ts';

const PHONES = { ann: '13912345678', bob: '13712345679' } as const;

function viewOf(id: string, identifiers: JsonObject): JsonObject {
  const time = new Date(START_MS - 1_000).toISOString();
  return { id, type: 'product_viewed', time, properties: { item_id: 'spu-1' }, identifiers };
}

async function twoPeople(): Promise<FusedEngine> {
  const engine = await createFusedEngine();
  await engine.send([
    viewOf('ann-1', { user_id: 'ann', phone: PHONES.ann }),
    viewOf('bob-1', { user_id: 'bob', phone: PHONES.bob }),
  ]);
  return engine;
}

async function ownerOf(engine: FusedEngine, type: string, value: string): Promise<string> {
  return (await engine.profiles.byIdentifier(type, value, { reveal: false }))?.profile_id ?? '';
}

const views = async (engine: FusedEngine, user: string): Promise<unknown> =>
  (await featuresOf(engine, await ownerOf(engine, 'user_id', user))).views_lifetime;

/** Facets of the user's profile as they are stored. */
async function facetsOf(engine: FusedEngine, user: string): Promise<Map<string, string>> {
  const prefix = `f/${await ownerOf(engine, 'user_id', user)}/`;
  return new Map([...engine.state()].filter(([key]) => key.startsWith(prefix)));
}

describe('a public event that names somebody known', () => {
  it('leaves a trace with them and changes nothing that was there', async () => {
    const engine = await twoPeople();
    const before = await facetsOf(engine, 'ann');
    await engine.send([viewOf('x-1', { anonymous_id: 'worn', phone: PHONES.ann })], 'write');
    expect(await ownerOf(engine, 'anonymous_id', 'worn')).toBe(await ownerOf(engine, 'user_id', 'ann'));
    expect([await views(engine, 'ann'), await views(engine, 'bob')]).toEqual([2, 1]);
    for (const [key, bytes] of before) expect(engine.state().get(key)).toBe(bytes);
  });

  it('never makes one of two: a cookie that comes with both is nobody’s from then on', async () => {
    const engine = await twoPeople();
    const [ann, bob] = [await ownerOf(engine, 'user_id', 'ann'), await ownerOf(engine, 'user_id', 'bob')];
    await engine.send(
      [
        viewOf('x-1', { anonymous_id: 'worn', phone: PHONES.ann }),
        viewOf('x-2', { anonymous_id: 'worn', phone: PHONES.bob }),
        viewOf('x-3', { phone: [PHONES.ann, PHONES.bob] }),
        viewOf('x-4', { user_id: 'ann', phone: PHONES.bob }),
      ],
      'write',
    );
    for (const [type, value, owner] of [
      ['user_id', 'ann', ann],
      ['phone', PHONES.ann, ann],
      ['user_id', 'bob', bob],
      ['phone', PHONES.bob, bob],
    ] as const)
      expect(await ownerOf(engine, type, value)).toBe(owner);
    expect([ann, bob]).not.toContain(await ownerOf(engine, 'anonymous_id', 'worn'));
  });

  it('is undone by an operator: the trace leaves with what names nothing else, and stays away', async () => {
    const engine = await twoPeople();
    const before = await facetsOf(engine, 'ann');
    const named = viewOf('x-1', { anonymous_id: 'worn', phone: PHONES.ann });
    const alone = (id: string) => viewOf(id, { anonymous_id: 'worn' });
    await engine.send([structuredClone(named), alone('x-2'), alone('x-3')], 'write');
    expect(await views(engine, 'ann')).toBe(4);
    const worn = [...entriesOf<Link>(engine, 'i/').values()].find(({ type }) => type === 'anonymous_id');
    const split = { type: 'split', identifier: `anonymous_id:${worn?.hash}` } as const;
    expect(await engine.command(split)).toMatchObject({ status: 'applied' });
    // The facet that also names her phone is hers, as every event that names her is.
    expect(await views(engine, 'ann')).toBe(2);
    await engine.send([alone('x-4'), { ...named, id: 'x-5' }, alone('x-6')], 'write');
    expect(await views(engine, 'ann')).toBe(3);
    expect(await ownerOf(engine, 'anonymous_id', 'worn')).not.toBe(await ownerOf(engine, 'user_id', 'ann'));
    for (const [key, bytes] of before) expect(engine.state().get(key)).toBe(bytes);
  });
});
