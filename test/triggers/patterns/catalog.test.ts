import { describe, expect, it } from 'vitest';
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
});
