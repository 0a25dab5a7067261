import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FeatureDefinition } from '../../src/model/feature.ts';
import { keys } from '../../src/model/keys.ts';
import type { Header } from '../../src/model/profile.ts';
import { MINUTE_MS } from '../../src/model/time.ts';
import type { Firing, TriggerDefinition } from '../../src/model/trigger.ts';
import { quietHours } from './decision-scene.ts';
import { type InForce, PipelineWorld, START, shortly, triggerOn } from './pipeline-world.ts';

const views: FeatureDefinition = {
  name: 'views',
  on: ['product_viewed'],
  aggregate: 'count',
  window: 'lifetime',
};
const cart = triggerOn({
  sequence: [
    { event: 'product_added', key: 'properties.cart_id' },
    { not: { event: 'order_completed' }, within: '30m' },
  ],
});
const added = (cartId: string) => ({ id: cartId, type: 'product_added', properties: { cart_id: cartId } });

/** A world in which one trigger can be switched. */
class SwitchWorld extends PipelineWorld {
  readonly #trigger: TriggerDefinition;
  readonly #inForce: Omit<InForce, 'triggers'>;

  constructor(trigger: TriggerDefinition, inForce: Omit<InForce, 'triggers'> = {}) {
    super({ ...inForce, triggers: [trigger] }, { coded: true });
    this.#trigger = trigger;
    this.#inForce = inForce;
  }

  /** At the time of whatever came last. */
  turn(on: boolean, more: Partial<TriggerDefinition> = {}): void {
    const trigger = { ...this.#trigger, ...more, ...(on ? {} : { enabled: false }) };
    this.define({ ...this.#inForce, triggers: [trigger] });
  }

  get remembered(): unknown {
    return this.view.get<Header>(keys.header('p'))?.triggers.get(this.#trigger.name);
  }
}

describe('a trigger that is off', () => {
  it('is in force under its name, in no list that an event or a moment is looked up in', () => {
    const world = new SwitchWorld(cart);
    world.turn(false);
    const { triggers } = world.definitions;
    expect([...triggers.off.keys()]).toEqual(['watched']);
    expect([triggers.all, [...triggers.byType], [...triggers.byName]]).toEqual([[], [], []]);
    expect(triggers.interested('product_added')).toBe(false);
    expect(world.definitions.entry.triggers).toMatchObject([{ definition: { enabled: false } }]);
  });

  it('decides nothing and remembers nothing of what happens', () => {
    const world = new SwitchWorld(triggerOn({ event: 'product_viewed' }));
    world.turn(false);
    for (let minute = 0; minute < 200; minute++) expect(world.event(minute)).toEqual([]);
    expect(world.remembered).toBeUndefined();
    const cartWorld = new SwitchWorld(cart);
    cartWorld.turn(false);
    for (let minute = 0; minute < 50; minute++) cartWorld.event(minute, added(`k${minute}`));
    expect(cartWorld.until(500)).toEqual([]);
    expect(cartWorld.remembered).toBeUndefined();
  });

  it('is checked like every other: what is wrong in it is refused', () => {
    const wrong = triggerOn({ feature: 'views', gte: 'three' } as unknown as TriggerDefinition['on'], {
      enabled: false,
    });
    expect(() => new PipelineWorld({ triggers: [wrong], features: [views] })).toThrow(/gte/);
  });

  it('ends a deferred firing at its release, and says why', () => {
    const messaging = { channels: { sms: { order: 1 } }, quiet_hours: quietHours('10:30', '11:00', 'defer') };
    const world = new SwitchWorld(
      triggerOn({ event: 'product_viewed' }, { purpose: 'marketing', action: { channel: 'sms' } }),
      { messaging },
    );
    const deferred = world.event(35, { consent: { marketing: { sms: true } } });
    expect(deferred.map(({ decision }) => decision)).toEqual(['deferred']);
    world.turn(false);
    expect(world.until(120).map(({ decision, reason }) => [decision, reason])).toEqual([
      ['suppressed', 'trigger_off'],
    ]);
  });
});

describe('a trigger that is switched on again', () => {
  it('does not fire for what waited when it was switched off, nor for what happened meanwhile', () => {
    const world = new SwitchWorld(cart);
    world.event(0, added('before'));
    world.turn(false);
    world.event(5, added('meanwhile'));
    world.turn(true);
    expect(world.until(100)).toEqual([]);
    world.event(110, added('after'));
    expect(world.until(200).map(shortly)).toEqual(['fired after after']);
  });

  it('does not complete a count with what it had seen before', () => {
    const on = { count: 3, of: { event: 'product_viewed' }, within: '2h' } as const;
    const world = new SwitchWorld(triggerOn(on));
    world.event(0);
    world.event(1);
    world.turn(false);
    world.turn(true);
    expect([world.event(2), world.event(3)].flat()).toEqual([]);
    expect(world.event(4)).toHaveLength(1);
  });

  it('takes a crossing that happened meanwhile for none, and sees the next one', () => {
    const world = new SwitchWorld(triggerOn({ feature: 'views', gte: 2 }), { features: [views] });
    world.event(0);
    world.turn(false);
    world.event(1);
    world.turn(true);
    expect(world.event(2)).toEqual([]);
    expect(world.event(2, { who: 'q' })).toEqual([]);
    expect(world.event(3, { who: 'q' })).toHaveLength(1);
  });

  it('does not make up for a day of the calendar whose hour has passed, and plans the next', () => {
    const world = new SwitchWorld(triggerOn({ calendar: { birthday: true }, at: '12:00' }));
    world.event(0, { type: 'profile_identified', traits: { birthday: '1990-11-21' } });
    world.turn(false);
    expect(world.until(180)).toEqual([]);
    world.turn(true);
    // Twelve o'clock was an hour ago, and is no day ago.
    world.lookAnew('p');
    expect(world.until(24 * 60)).toEqual([]);
    expect(world.until(366 * 24 * 60).map(({ decision }) => decision)).toEqual(['fired']);
  });

  it('goes on under its cooldown', () => {
    const world = new SwitchWorld(triggerOn({ event: 'product_viewed' }, { limit: { cooldown: '400d' } }));
    expect(world.event(0).map(({ decision }) => decision)).toEqual(['fired']);
    world.turn(false);
    world.event(1);
    world.turn(true);
    expect(world.event(2).map(({ reason }) => reason)).toEqual(['cooldown']);
  });

  it('keeps its place of the restart when anything but its pattern is changed later', () => {
    const world = new SwitchWorld(cart);
    world.turn(false);
    world.turn(true);
    world.event(0, added('k1'));
    world.turn(true, { priority: 7 });
    expect(world.definitions.entry.triggers).toMatchObject([{ restarts: { times: 1 } }]);
    expect(world.until(100).map(shortly)).toEqual(['fired k1 k1']);
  });

  it('fires exactly where one fires that was defined at each switch under another name', () => {
    // An oracle without any switch: of each stretch in which it is on there is a trigger that knows nothing of the others.
    const step = fc.record({
      minutes: fc.integer({ min: 1, max: 25 }),
      what: fc.constantFrom('view', 'order', 'switch'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const on = { count: 2, of: { event: 'product_viewed' }, within: '1h' } as const;
        const world = new SwitchWorld(triggerOn(on));
        const expected: number[] = [];
        const fired: number[] = [];
        let seen: number[] | undefined = [];
        let minute = 0;
        for (const { minutes, what } of steps) {
          minute += minutes;
          let firings: readonly Firing[] = [];
          if (what === 'switch') {
            world.until(minute);
            seen = seen === undefined ? [] : undefined;
            world.turn(seen !== undefined);
          } else if (what === 'order') {
            firings = world.event(minute, { type: 'order_completed' });
          } else {
            firings = world.event(minute);
            if (seen !== undefined) seen = [...seen, minute].filter((each) => each > minute - 60);
            if (seen?.length === 2) {
              expected.push(minute);
              seen = [];
            }
          }
          fired.push(...firings.map(({ at }) => (at - START) / MINUTE_MS));
        }
        expect(fired).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });
});
