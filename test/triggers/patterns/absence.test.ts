import { describe, expect, it } from 'vitest';
import { limits } from '../../../src/limits.ts';
import type { TriggerDefinition } from '../../../src/model/trigger.ts';
import { PipelineWorld, type Sent, shortly, triggerOn } from '../pipeline-world.ts';

const added = { event: 'product_added', key: 'properties.cart_id' };
const ordered = { event: 'order_completed' };
const cart = triggerOn({ sequence: [added, { not: ordered, within: '30m' }] });

const add = (cartId: string, more: Sent = {}): Sent => ({
  type: 'product_added',
  properties: { cart_id: cartId },
  ...more,
});
const order = (cartId: string | undefined, more: Sent = {}): Sent => ({
  type: 'order_completed',
  properties: cartId === undefined ? {} : { cart_id: cartId },
  ...more,
});

const worldOf = (trigger: TriggerDefinition = cart): PipelineWorld =>
  new PipelineWorld({ triggers: [trigger] });

describe('an absence', () => {
  it('is decided when its time has passed, each cart by itself, with the event that began it', () => {
    const world = worldOf();
    expect(world.event(0, add('k1', { id: 'e1' }))).toEqual([]);
    expect(world.event(10, add('k2', { id: 'e2' }))).toEqual([]);
    expect(world.alarms).toEqual([30]);
    const [first, ...others] = world.until(39);
    expect(first).toMatchObject({
      decision: 'fired',
      event_id: 'e1',
      trace: { key: 'k1', matched: { within_ms: 30 * 60_000 } },
    });
    expect(others).toEqual([]);
    expect(world.until(40).map(shortly)).toEqual(['fired k2 e2']);
    expect([world.until(10_000), world.alarms]).toEqual([[], []]);
    expect(world.header()?.triggers.size).toBe(0);
  });

  it('is none where the other event comes in time, up to the last millisecond, and of the same cart', () => {
    const world = worldOf();
    world.event(0, add('k1'));
    world.event(0, add('k2', { id: 'e2' }));
    world.event(0, add('k3', { id: 'e3' }));
    world.event(5, order(undefined));
    // What is said of the future is a test's only: ingest lets nothing happen after it was received.
    world.event(30, order('k1', { at: 29.9 }));
    world.event(30 + 1 / 60_000, order('k2', { at: 29.9 }));
    expect(world.until(60).map(shortly)).toEqual(['fired k2 e2', 'fired k3 e3']);
  });

  it('is none where the other event came before to the log, and happened later', () => {
    const world = worldOf();
    world.event(10, order('k1'));
    world.event(0, add('k1', { at: 12 }));
    expect(world.alarms).toEqual([]);
    world.event(20, add('k1', { at: 20, id: 'again' }));
    expect(world.until(60).map(shortly)).toEqual(['fired k1 again']);
  });

  it('begins anew with each beginning, or stays with the first', () => {
    const again = worldOf();
    again.event(0, add('k1', { id: 'first' }));
    again.event(20, add('k1', { id: 'second' }));
    expect(again.alarms).toEqual([50]);
    expect(again.event(10, add('k1', { at: 21, id: 'older' }))).toEqual([]);
    expect(again.until(60).map(shortly)).toEqual(['fired k1 second']);
    const once = worldOf(triggerOn({ ...(cart.on as object), restart: false } as TriggerDefinition['on']));
    once.event(0, add('k1', { id: 'first' }));
    once.event(20, add('k1', { id: 'second' }));
    expect(once.until(60).map(shortly)).toEqual(['fired k1 first']);
  });

  it('may be closed whatever the key', () => {
    const any = triggerOn({ sequence: [added, { not: { ...ordered, any_key: true }, within: '30m' }] });
    const world = worldOf(any);
    world.event(0, add('k1'));
    world.event(1, add('k2'));
    world.event(2, order(undefined));
    expect(world.until(60)).toEqual([]);
    world.event(61, order('elsewhere'));
    world.event(60.5, add('k3', { at: 62 }));
    expect(world.until(120)).toEqual([]);
  });

  it('is due at once where its time had passed when it became known', () => {
    const world = worldOf();
    expect(world.event(0, add('k1', { at: 45, id: 'e1' })).map(shortly)).toEqual(['fired k1 e1']);
    world.event(50, order('k2'));
    expect(world.event(40, add('k2', { at: 90 }))).toEqual([]);
  });

  it('starts for no late event, and late ones close it all the same', () => {
    const world = worldOf();
    expect(world.event(0, add('k1', { late: true }))).toEqual([]);
    expect(world.alarms).toEqual([]);
    world.event(1, add('k2'));
    world.event(2, order('k2', { late: true }));
    expect(world.until(60)).toEqual([]);
  });

  it('of the same type as its beginning is silence', () => {
    const silence = triggerOn({
      sequence: [{ event: 'product_viewed' }, { not: { event: 'product_viewed' }, within: '30m' }],
    });
    const world = worldOf(silence);
    world.event(0, { id: 'a' });
    world.event(20, { id: 'b' });
    expect(world.until(49)).toEqual([]);
    expect(world.until(50).map(shortly)).toEqual(['fired  b']);
  });

  it('waits after the last of several steps', () => {
    const world = worldOf(
      triggerOn({
        sequence: [
          { event: 'products_searched' },
          { event: 'product_viewed', within: '10m' },
          { not: ordered, within: '1h' },
        ],
      }),
    );
    world.event(0, { type: 'products_searched' });
    world.event(11, { id: 'too late' });
    expect(world.alarms).toEqual([]);
    world.event(9, { id: 'seen', at: 12 });
    expect(world.alarms).toEqual([69]);
    expect(world.until(69).map(shortly)).toEqual(['fired  seen']);
  });

  it('asks its condition when its time has come; what is dropped is gone', () => {
    const views = {
      name: 'views',
      on: ['product_viewed'],
      aggregate: 'count',
      window: 'lifetime',
    } as const;
    const trigger = triggerOn(cart.on, { when: { feature: 'views', gte: 1 } });
    const world = new PipelineWorld({ triggers: [trigger], features: [views] });
    world.event(0, add('k1'));
    expect(world.until(60)).toEqual([]);
    world.event(61, add('k2', { id: 'e2' }));
    world.event(62);
    expect(world.until(120).map(shortly)).toEqual(['fired k2 e2']);
    expect(world.header()?.triggers.size).toBe(0);
  });
});

describe('the bounds of what waits', () => {
  it('decide the oldest cart when there are more than anybody has', () => {
    const world = worldOf();
    for (let n = 0; n < limits.triggerPendingMax; n++) world.event(n / 100, add(`k${n}`, { id: `e${n}` }));
    expect(world.event(1, add('more')).map(shortly)).toEqual(['too_many_pending k0 e0']);
    expect(world.until(60)).toHaveLength(limits.triggerPendingMax);
  });

  it('keep no event that is too large, and the decision says so', () => {
    const world = worldOf();
    const text = 'x'.repeat(limits.deferredEventBytesMax);
    world.event(0, add('k1', { id: 'e1', properties: { cart_id: 'k1', text } }));
    expect(JSON.stringify(world.header()?.triggers.get('watched')).length).toBeLessThan(1_000);
    expect(world.until(30).map(shortly)).toEqual(['too_large k1 e1']);
  });
});

describe('a firing that turns out to have been wrong', () => {
  it('is revoked under its id by a late order of that time, once', () => {
    const world = worldOf();
    world.event(0, add('k1', { id: 'e1' }));
    const [fired] = world.until(30);
    const revoked = world.event(10, order('k1', { at: 100, late: true }));
    expect(revoked).toMatchObject([{ decision: 'revoked', id: fired?.id, event_id: 'e1' }]);
    expect(world.event(11, order('k1', { at: 101, late: true }))).toEqual([]);
    world.event(200, add('k2'));
    world.until(230);
    expect(world.event(231, order('k2'))).toEqual([]);
  });
});
