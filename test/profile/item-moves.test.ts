import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recomputeFacets } from '../../src/desks/profile-history/recompute-facets.ts';
import { historyFacetId } from '../../src/model/facet-id.ts';
import type { ItemFacts } from '../../src/model/item-facts.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { Facet, Header } from '../../src/model/profile.ts';
import { readItems } from '../../src/profile/read-items.ts';
import { createEntryCodec } from '../../src/runner/codec.ts';
import { createHistoryPlace, type EngineWithHistory } from '../support/engine-with-history.ts';

const place = createHistoryPlace();
afterAll(() => place.remove());

/** Facets of whoever holds the identifier, out of the committed state. */
async function facetsOf(
  engine: EngineWithHistory,
  [type, value]: readonly [string, string],
): Promise<Facet[]> {
  const id = (await engine.profiles.byIdentifier(type, value, { reveal: true }))?.profile_id;
  const codec = createEntryCodec(engine.definitions);
  const [bytes] = engine.store.read('p0', [`h/${id}`]);
  if (bytes === undefined) return [];
  const { facets } = codec.decode(`h/${id}`, bytes) as Header;
  const keys = facets.map((facet) => `f/${id}/${facet}`);
  return engine.store
    .read('p0', keys)
    .flatMap((found, n) => (found ? [codec.decode(keys[n] ?? '', found) as Facet] : []));
}

const itemsOf = (facets: readonly Facet[]): readonly string[] => readItems(facets).map(({ item }) => item);

describe('what people did with items', () => {
  let engine: EngineWithHistory;
  let n = 0;
  const send = async (identifiers: JsonObject, type: string, properties: JsonObject): Promise<void> => {
    engine.clock.advance(60_000);
    const time = new Date(engine.clock.now()).toISOString();
    await engine.send([{ id: `e${n++}`, type, time, identifiers, properties }]);
  };

  beforeAll(async () => {
    engine = await place.open('items');
    await send({ anonymous_id: 'a1' }, 'product_viewed', { item_id: 'mat', category: 'yoga' });
    await send({ phone: '13800000001' }, 'order_completed', {
      order_id: 'o1',
      total: 5,
      products: [{ item_id: 'strap', size: 'M', quantity: 1 }],
    });
    await send({ user_id: 'u1' }, 'product_added', { item_id: 'top' });
  });

  it('is together once they are one person', async () => {
    expect(itemsOf(await facetsOf(engine, ['user_id', 'u1']))).toEqual(['top']);
    await send({ anonymous_id: 'a1', user_id: 'u1' }, 'signed_in', {});
    await send({ phone: '13800000001', user_id: 'u1' }, 'product_viewed', { item_id: 'bag' });
    const facets = await facetsOf(engine, ['user_id', 'u1']);
    expect(itemsOf(facets)).toEqual(['bag', 'top', 'strap', 'mat']);
    expect(readItems(facets).find(({ item }) => item === 'strap')?.deeds.ordered).toMatchObject({
      size: 'M',
    });
  });

  it('is what history makes of their events', async () => {
    await engine.settle();
    const facets = await facetsOf(engine, ['user_id', 'u1']);
    const { history, definitions } = engine;
    const bound = { kind: 'position', partition: 0, seq: engine.log.stats().lastSeq } as const;
    const pace = { isDue: () => false, rest: async () => undefined, check: () => undefined };
    const { facets: again } = await recomputeFacets(
      facets.map(historyFacetId),
      { history, bound },
      // Nothing of a pace but these is asked for.
      { definitions, pace: pace as never },
    );
    const facts: readonly ItemFacts[] = readItems([...again.values()]);
    expect(facts).toEqual(readItems(facets));
    expect(facts).toHaveLength(4);
  });

  it('goes with whoever leaves', async () => {
    const { type, hash } = engine.opening.indexOf?.('phone', '13800000001') ?? { type: '', hash: '' };
    await engine.command({ type: 'split', identifier: `${type}:${hash}` });
    expect(itemsOf(await facetsOf(engine, ['user_id', 'u1']))).toEqual(
      expect.arrayContaining(['top', 'mat']),
    );
    expect(itemsOf(await facetsOf(engine, ['user_id', 'u1']))).not.toContain('strap');
    expect(itemsOf(await facetsOf(engine, ['phone', '13800000001']))).toContain('strap');
  });
});
