import { describe, expect, it } from 'vitest';
import type { TriggerDefinition } from '../../src/model/trigger.ts';
import { PipelineWorld, type Sent, shortly, triggerOn } from './pipeline-world.ts';

const cart = triggerOn({
  sequence: [
    { event: 'product_added', key: 'properties.cart_id' },
    { not: { event: 'order_completed' }, within: '30m' },
  ],
});
const three = triggerOn({ count: 3, of: { event: 'product_viewed' }, within: '30m' }, { name: 'three' });
const chain = triggerOn(
  { sequence: [{ event: 'products_searched' }, { event: 'product_viewed' }] },
  { name: 'chain' },
);

const add = (cartId: string, more: Sent = {}): Sent => ({
  type: 'product_added',
  properties: { cart_id: cartId },
  ...more,
});
const merge = (from = 'q', to = 'p') => ({ reason: 'merge', from, to, facets: [] }) as const;
const split = (facets: readonly string[]) => ({ reason: 'split', from: 'p', to: 'r', facets }) as const;

const worldOf = (...triggers: readonly TriggerDefinition[]): PipelineWorld => new PipelineWorld({ triggers });

describe('a merge', () => {
  it('unites what was matched, and decides nothing by itself', () => {
    const world = worldOf(three);
    world.event(0);
    world.event(1, { who: 'q', facet: 'other' });
    world.event(2, { who: 'q', facet: 'other' });
    expect(world.move(merge(), 3)).toEqual([]);
    expect(world.until(4)).toEqual([]);
    expect(world.event(5, { id: 'e' }).map(shortly)).toEqual(['fired  e']);
  });

  it('brings what is pending along, with its alarm', () => {
    const world = worldOf(cart);
    world.event(0, { ...add('k1', { id: 'e1' }), who: 'q', facet: 'other' });
    world.event(1);
    world.move(merge(), 2);
    expect(world.alarms).toEqual([30]);
    expect(world.until(30)).toMatchObject([{ profile_id: 'p', event_id: 'e1', decision: 'fired' }]);
  });

  it('calls off what waits where the other one knows better', () => {
    const world = worldOf(cart);
    world.event(0, add('k1', { who: 'q', facet: 'other' }));
    world.event(10, { type: 'order_completed', properties: { cart_id: 'k1' } });
    world.move(merge(), 11);
    expect(world.until(60)).toEqual([]);
  });

  it('keeps of two beginnings of one cart the newer', () => {
    const world = worldOf(cart);
    world.event(0, add('k1', { who: 'q', facet: 'other', id: 'older' }));
    world.event(10, add('k1', { id: 'newer' }));
    world.move(merge(), 11);
    expect(world.alarms).toEqual([40]);
    expect(world.until(60).map(shortly)).toEqual(['fired k1 newer']);
  });

  it('does what was due first, with each as it was', () => {
    const world = worldOf(cart);
    world.event(0, add('k1', { who: 'q', facet: 'other' }));
    world.event(1);
    expect(world.move(merge(), 31)).toMatchObject([{ profile_id: 'q', decision: 'fired' }]);
    expect(world.until(100)).toEqual([]);
  });
});

describe('an unmerge', () => {
  it('takes along what belongs to the facets that leave', () => {
    const world = worldOf(three, chain, cart);
    world.event(0, { type: 'products_searched', facet: 'b' });
    world.event(1, { facet: 'a' });
    world.event(2, add('k1', { facet: 'a', id: 'stays' }));
    world.event(3, add('k2', { facet: 'b', id: 'goes' }));
    world.move(split(['b']), 4);
    expect(world.event(5, { facet: 'a', at: 5 })).toEqual([]);
    expect(world.until(40).map((firing) => `${firing.profile_id} ${shortly(firing)}`)).toEqual([
      'p fired k1 stays',
      'r fired k2 goes',
    ]);
  });

  it('leaves caps with both: what was fired was sent to either', () => {
    const once = triggerOn({ event: 'product_viewed' }, { limit: { cooldown: '1d' } });
    const world = worldOf(once);
    world.event(0, { facet: 'a' });
    world.event(0.5, { facet: 'b', type: 'page_viewed' });
    world.move(split(['b']), 1);
    expect(world.event(2, { facet: 'a' }).map(shortly)).toEqual([expect.stringContaining('cooldown')]);
    expect(world.event(3, { facet: 'b', who: 'r' }).map(shortly)).toEqual([
      expect.stringContaining('cooldown'),
    ]);
  });

  it('takes along also what was matched before the facet was closed', () => {
    const world = worldOf(three);
    world.event(0, { facet: 'a' });
    world.event(1, { facet: 'a' });
    world.move({ reason: 'epoch', from: 'p', to: 's', facets: ['a'] }, 2);
    expect(
      world
        .header()
        ?.triggers.get('three')
        ?.matches.map(({ facet }) => facet),
    ).toEqual(['a~0', 'a~0']);
    world.move(split(['a~0']), 3);
    expect(world.event(4, { facet: 'c', who: 'r' })).toHaveLength(1);
  });
});

describe('what triggers remember', () => {
  it('outlives a restart between any two records', () => {
    const story = (coded: boolean): readonly string[] => {
      const world = new PipelineWorld({ triggers: [three, chain, cart] }, { coded });
      const firings = [
        ...world.event(0, { type: 'products_searched' }),
        ...world.event(1, add('k1', { facet: 'other' })),
        ...world.event(2),
        ...world.event(3, add('k2')),
        ...world.event(4),
        ...world.event(5, { type: 'order_completed', properties: { cart_id: 'k2' } }),
        ...world.event(6),
        ...world.until(60),
        ...world.event(10, { type: 'order_completed', properties: { cart_id: 'k1' }, at: 61, late: true }),
      ];
      return firings.map(({ id, decision, at }) => `${id} ${decision} ${at}`);
    };
    expect(story(true)).toHaveLength(4);
    expect(story(true)).toEqual(story(false));
  });

  it('waits for nothing any more that another pattern has begun', () => {
    const world = worldOf(cart);
    world.event(0, add('k1'));
    world.define({
      triggers: [
        triggerOn({
          sequence: [{ event: 'product_added' }, { not: { event: 'order_completed' }, within: '20m' }],
        }),
      ],
    });
    expect([world.until(60), world.alarms]).toEqual([[], []]);
    world.event(61, add('k1', { id: 'e' }));
    expect(world.until(120).map(shortly)).toEqual(['fired  e']);
  });

  it('is forgotten once the pattern is another one', () => {
    const world = worldOf(three);
    world.event(0);
    world.event(1);
    world.define({
      triggers: [{ ...three, on: { count: 3, of: { event: 'product_viewed' }, within: '20m' } }],
    });
    expect(world.event(2)).toEqual([]);
    world.define({
      triggers: [
        {
          ...three,
          on: { count: 3, of: { event: 'product_viewed' }, within: '20m' },
          description: 'said anew',
        },
      ],
    });
    world.event(3);
    expect(world.event(4)).toHaveLength(1);
  });
});
