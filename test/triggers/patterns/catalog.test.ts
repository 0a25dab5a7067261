import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../../../src/limits.ts';
import { waitingFor } from '../../../src/model/keys.ts';
import { DAY_MS, MINUTE_MS } from '../../../src/model/time.ts';
import type { CatalogMoment, TriggerDefinition } from '../../../src/model/trigger.ts';
import { PipelineWorld, START, shortly, triggerOn } from '../pipeline-world.ts';

const asked = { interest: { event: 'stock_inquired' }, key: 'properties.item_id', for: '30d' };
const DAY = DAY_MS / MINUTE_MS;

const worldOf = (on: TriggerDefinition['on'] = { catalog: 'back_in_stock', ...asked }): PipelineWorld =>
  new PipelineWorld({ triggers: [triggerOn(on)] });

const ask = (item: string, who = 'p') => ({ type: 'stock_inquired', properties: { item_id: item }, who });

function momentOf(item: string, minute: number, more: Partial<CatalogMoment> = {}): CatalogMoment {
  return { id: `c-${item}-${minute}`, kind: 'back_in_stock', item, at: START + minute * MINUTE_MS, ...more };
}

/** Whom the entries name. */
function waiting(world: PipelineWorld, item: string): readonly string[] {
  return [...world.view.under(waitingFor(item)).keys()];
}

describe('somebody who waits for an item', () => {
  it('is found by its entries, told once, and waits no more', () => {
    const world = worldOf();
    world.event(0, ask('i1'));
    world.event(1, ask('i1', 'q'));
    world.event(2, ask('i2', 'q'));
    expect([waiting(world, 'i1'), waiting(world, 'i2')]).toEqual([['p', 'q'], ['q']]);
    const moment = momentOf('i1', 10);
    const firings = world.moment(moment, waiting(world, 'i1'));
    expect(firings.map((firing) => `${firing.profile_id} ${shortly(firing)}`)).toEqual([
      'p fired i1 ',
      'q fired i1 ',
    ]);
    expect(firings[0]).toMatchObject({ trace: { matched: { catalog: 'back_in_stock', item: 'i1' } } });
    expect([waiting(world, 'i1'), waiting(world, 'i2')]).toEqual([[], ['q']]);
    expect(world.moment(moment, ['p', 'q'])).toEqual([]);
    expect(world.header('p')?.waiting).toBeUndefined();
  });

  it('for any variant hears of each; for a variant of that one', () => {
    const world = worldOf();
    world.event(0, ask('i1'));
    expect(world.moment(momentOf('i1', 1, { variant: 'i1-xl' }), ['p'])).toHaveLength(1);
    world.event(2, ask('i1-xl'));
    expect(world.moment(momentOf('i1', 3, { variant: 'i1-s' }), ['p'])).toEqual([]);
    expect(world.moment(momentOf('i1', 4, { variant: 'i1-xl' }), ['p']).map(shortly)).toEqual([
      'fired i1-xl ',
    ]);
  });

  it('waits for as long as it says, and not for what was before', () => {
    const world = worldOf();
    world.event(10, ask('i1'));
    expect(world.moment(momentOf('i1', 9), ['p'])).toEqual([]);
    expect(world.moment(momentOf('i1', 31 * DAY), ['p'])).toEqual([]);
    expect(waiting(world, 'i1')).toEqual([]);
  });

  it('hears of a price only where it has fallen as far as wanted', () => {
    const world = worldOf({ catalog: 'price_drop', ...asked, drop: { percent: 10 } });
    world.event(0, ask('i1'));
    const drop = (now: number, minute: number) =>
      momentOf('i1', minute, { kind: 'price_drop', price_before: 1000, price_now: now });
    expect(world.moment(drop(901, 1), ['p'])).toEqual([]);
    expect(world.moment(momentOf('i1', 2), ['p'])).toEqual([]);
    expect(world.moment(drop(900, 3), ['p'])).toMatchObject([
      { trace: { matched: { price_before: 1000, price_now: 900 } } },
    ]);
  });

  it('goes with the profile that it becomes part of, and its entries too', () => {
    const world = worldOf();
    world.event(0, ask('i1'));
    world.event(1, { ...ask('i2', 'q'), facet: 'other' });
    world.move({ reason: 'merge', from: 'q', to: 'p', facets: [] }, 2);
    expect([waiting(world, 'i1'), waiting(world, 'i2')]).toEqual([['p'], ['p']]);
    world.move({ reason: 'split', from: 'p', to: 'r', facets: ['other'] }, 3);
    expect([waiting(world, 'i1'), waiting(world, 'i2')]).toEqual([['p'], ['r']]);
  });

  it('for an item with an odd id has an entry all the same', () => {
    const world = worldOf();
    const odd = `运动/鞋 ${'x'.repeat(100)}`;
    world.event(0, ask(odd));
    expect(waitingFor(odd)).toMatch(/^w\/~[0-9a-f]{32}\/$/);
    expect(waiting(world, odd)).toEqual(['p']);
  });

  it('hears nothing of what was ended since, by one event or another', () => {
    const world = worldOf(favorite);
    world.event(0, likes('i1'));
    world.event(0, { ...likes('i2'), id: 'like-2' });
    expect(waiting(world, 'i1')).toEqual(['p']);
    world.event(1, { type: 'product_favorited', properties: { item_id: 'i1', removed: true } });
    expect([waiting(world, 'i1'), waiting(world, 'i2')]).toEqual([[], ['p']]);
    const products = [{ item_id: 'i7' }, { item_id: 'i2' }];
    world.event(2, { type: 'order_completed', properties: { products } });
    expect(waiting(world, 'i2')).toEqual([]);
    expect(world.moment(momentOf('i2', 3, { kind: 'price_drop' }), ['p'])).toEqual([]);
    // Somebody who likes it again waits again.
    world.event(4, { ...likes('i2'), id: 'like-3' });
    expect(world.moment(momentOf('i2', 5, { kind: 'price_drop' }), ['p'])).toHaveLength(1);
  });

  it('hears of a moment once, also after asking for the variant and for its product', () => {
    const world = worldOf({
      ...{ catalog: 'back_in_stock', interest: { event: 'stock_inquired' }, for: '30d' },
      key: ['properties.variant_id', 'properties.item_id'],
    });
    world.event(0, { type: 'stock_inquired', properties: { item_id: 'i1', variant_id: 'i1-m' } });
    world.event(1, ask('i1'));
    // The walk brings it under each of the two names.
    expect(world.moment(momentOf('i1', 2, { variant: 'i1-m' }), ['p', 'p'])).toHaveLength(1);
    expect([waiting(world, 'i1'), waiting(world, 'i1-m')]).toEqual([[], []]);
  });

  it('goes on waiting, however many other things are bought meanwhile', () => {
    const world = worldOf(favorite);
    world.event(0, likes('i1'));
    for (const minute of [1, 2, 3]) {
      const items = Array.from({ length: limits.triggerItemsMax }, (_, n) => `bought-${minute}-${n}`);
      const products = items.map((item_id) => ({ item_id }));
      world.event(minute, { type: 'order_completed', id: `order-${minute}`, properties: { products } });
    }
    expect(waiting(world, 'i1')).toEqual(['p']);
    expect(world.moment(momentOf('i1', 4, { kind: 'price_drop' }), ['p'])).toHaveLength(1);
    // The decision has used up the interest; what was bought stays, bounded.
    const [memory] = world.header('p')?.triggers.values() ?? [];
    expect(memory?.matches.length).toBe(limits.triggerKeysMax);
  });

  it('by the first path that leads anywhere', () => {
    const world = worldOf({
      ...{ catalog: 'back_in_stock', interest: { event: 'stock_inquired' }, for: '30d' },
      key: ['properties.variant_id', 'properties.item_id'],
    });
    world.event(0, { type: 'stock_inquired', properties: { item_id: 'i1', variant_id: 'i1-m' } });
    world.event(1, ask('i2'));
    expect(['i1', 'i1-m', 'i2'].map((item) => waiting(world, item))).toEqual([[], ['p'], ['p']]);
  });

  it('waits for what the newest word says, in whatever order the words arrive', () => {
    const word = fc.record({
      minute: fc.nat(9),
      item: fc.constantFrom('i1', 'i2'),
      does: fc.constantFrom('likes', 'dislikes', 'buys'),
    });
    const told = fc.array(word, { maxLength: 8 }).chain((words) => {
      const named = words.map((each, n) => ({ ...each, id: `w${n}` }));
      return fc.shuffledSubarray(named, { minLength: named.length });
    });
    fc.assert(
      fc.property(told, (words) => {
        const world = worldOf(favorite);
        for (const { minute, item, does, id } of words) {
          const said =
            does === 'buys'
              ? { type: 'order_completed', properties: { products: [{ item_id: item }] } }
              : { type: 'product_favorited', properties: { item_id: item, removed: does === 'dislikes' } };
          world.event(minute, { ...said, id, at: 10 });
        }
        for (const item of ['i1', 'i2']) {
          const own = words.filter((each) => each.item === item);
          const newest = own.sort((a, b) => a.minute - b.minute || (a.id < b.id ? -1 : 1)).at(-1);
          expect(waiting(world, item)).toEqual(newest?.does === 'likes' ? ['p'] : []);
        }
      }),
      { numRuns: 200 },
    );
  });
});

const favorite: TriggerDefinition['on'] = {
  catalog: 'price_drop',
  interest: { event: 'product_favorited', where: { not: { 'properties.removed': { equals: true } } } },
  key: 'properties.item_id',
  for: '30d',
  unless: [
    { event: 'product_favorited', where: { 'properties.removed': { equals: true } } },
    { event: 'order_completed', key: 'properties.products[].item_id' },
  ],
};

const likes = (item_id: string) => ({ type: 'product_favorited', properties: { item_id } });
