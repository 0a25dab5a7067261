import { describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import type { FeatureDefinition } from '../../src/model/feature.ts';
import { MINUTE_MS } from '../../src/model/time.ts';
import type { Firing, TriggerDefinition } from '../../src/model/trigger.ts';
import { type InForce, PipelineWorld, START, triggerOn } from './pipeline-world.ts';

const cart = triggerOn({
  sequence: [
    { event: 'product_added', key: 'properties.cart_id' },
    { not: { event: 'order_completed' }, within: '30m' },
  ],
});
const add = (cartId: string, id = cartId) => ({ id, type: 'product_added', properties: { cart_id: cartId } });

const views: FeatureDefinition = { name: 'recent', on: ['product_viewed'], aggregate: 'count', window: '1h' };

function minutesOf(firings: readonly Firing[]): readonly number[] {
  return firings.map(({ at }) => (at - START) / MINUTE_MS);
}

describe('what is due', () => {
  it('is done before whatever else reaches the profile, as of its time', () => {
    const world = new PipelineWorld({ triggers: [cart] });
    world.event(0, add('k1'));
    world.event(0.5, add('k2'));
    const firings = world.event(31, { type: 'order_completed', properties: { cart_id: 'k1' } });
    expect(firings.map(({ event_id, decision }) => `${event_id} ${decision}`)).toEqual([
      'k1 fired',
      'k2 fired',
    ]);
    expect(minutesOf(firings)).toEqual([30, 30.5]);
    expect(world.until(100)).toEqual([]);
  });

  it('is decided as of now where it is known later than is tolerated', () => {
    const world = new PipelineWorld({ triggers: [cart] });
    world.event(0, add('k1'));
    world.event(1, add('k2'));
    expect(minutesOf(world.until(31, limits.wakeToleranceMs + 1))).toEqual([
      30 + (limits.wakeToleranceMs + 1) / MINUTE_MS,
      31,
    ]);
  });

  it('reads features at its own moment, with the facets as they were before the record', () => {
    const trigger = triggerOn(cart.on, { when: { feature: 'recent', gte: 2 } });
    const world = new PipelineWorld({ triggers: [trigger], features: [views] });
    world.event(-31);
    world.event(-32, { at: 0 });
    world.event(0, add('k1'));
    // At its moment, minute 30, an hour back are no two views any more; the one of the record is none of them either.
    expect(world.event(30.5)).toEqual([]);
    world.event(60, add('k2'));
    world.event(61);
    world.event(62);
    // Long after, it is the two views of its own moment that count.
    expect(world.event(300)).toHaveLength(1);
  });

  it('sees what held between two moments only, however late it looks', () => {
    const one = triggerOn({ feature: 'recent', between: [1, 1] });
    const world = new PipelineWorld({ triggers: [one], features: [views] });
    expect([world.event(0), world.event(10)].flat()).toHaveLength(1);
    const [firing, ...others] = world.event(100, { type: 'page_viewed' });
    expect([firing?.decision, others]).toEqual(['fired', []]);
    const due = (Number(firing?.trace.due) - START) / MINUTE_MS;
    expect(due).toBeGreaterThanOrEqual(60);
    expect(due).toBeLessThan(70);
  });

  it('comes to the same decisions whenever wake records come', () => {
    const busy: TriggerDefinition = triggerOn({ feature: 'recent', lt: 1 }, { name: 'quiet', priority: 2 });
    const inForce: InForce = { triggers: [cart, busy], features: [views] };
    const run = (late: readonly number[]): readonly string[] => {
      const world = new PipelineWorld(inForce);
      const firings: Firing[] = [];
      for (let n = 0; n < 12; n++) {
        const minute = n * 25;
        firings.push(...world.until(minute, late[n % late.length]));
        firings.push(...world.event(minute, n % 3 === 0 ? add(`k${n}`) : { id: `e${n}` }));
      }
      firings.push(...world.until(1_000, late[0]));
      return firings.map(({ id, at, decision }) => `${id} ${at} ${decision}`);
    };
    const onTime = run([0]);
    expect(onTime.length).toBeGreaterThanOrEqual(5);
    expect(run([40_000])).toEqual(onTime);
    expect(run([0, 59_000, 1])).toEqual(onTime);
  });

  it('is caught up with by a bounded number of moments of one record', () => {
    const many = triggerOn({
      sequence: [
        { event: 'product_added', key: 'properties.cart_id' },
        { not: { event: 'order_completed' }, within: '1s' },
      ],
    });
    const world = new PipelineWorld({ triggers: [many, { ...many, name: 'other' }] });
    const carts = limits.triggerPendingMax;
    for (let n = 0; n < carts; n++) world.event(n / 100_000, add(`k${n}`));
    expect(world.event(5)).toHaveLength(2 * carts);
    expect(world.alarms).toEqual([]);
  });
});

describe('an alarm', () => {
  it('is the soonest of all that time does, and is there once', () => {
    const world = new PipelineWorld({
      triggers: [cart, triggerOn({ feature: 'recent', lt: 1 }, { name: 'quiet' })],
      features: [views],
    });
    world.event(0);
    world.event(10, add('k1'));
    expect(world.alarms).toHaveLength(1);
    expect(world.alarms[0]).toBeLessThanOrEqual(40);
    world.until(39);
    expect(world.alarms).toEqual([40]);
    world.event(39.5, { type: 'order_completed', properties: { cart_id: 'k1' } });
    expect(world.alarms).toHaveLength(1);
    expect(world.alarms[0]).toBeGreaterThan(40);
  });

  it('is none for an event that no trigger concerns, which changes no header', () => {
    const world = new PipelineWorld({ triggers: [cart] });
    world.event(0);
    const header = JSON.stringify(world.header());
    world.event(1, { type: 'page_viewed' });
    expect(JSON.stringify(world.header())).toBe(header);
    expect(world.alarms).toEqual([]);
  });
});
