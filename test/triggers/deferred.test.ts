import { describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/model/time.ts';
import { callOff } from '../../src/triggers/call-off.ts';
import { compileTriggers } from '../../src/triggers/compile.ts';
import { decodeDecisions, encodeDecisions } from '../../src/triggers/encode-decisions.ts';
import { openEvent } from '../../src/triggers/kept-event.ts';
import { eventOf } from '../support/fold-world.ts';
import { DecisionScene, NOON, quietHours, shortOf, triggerNamed } from './decision-scene.ts';
import { PipelineWorld, START } from './pipeline-world.ts';

const night = quietHours('22:00', '08:00', 'defer');
const LATE = NOON + 11 * HOUR_MS;
const MORNING = NOON + 20 * HOUR_MS;

const sceneOf = (...names: string[]) =>
  new DecisionScene({
    triggers: (names.length === 0 ? ['a'] : names).map((name) => triggerNamed(name)),
    messaging: { quiet_hours: night },
  });

describe('a decision in quiet hours', () => {
  it('is deferred until they end, and then decided under the same id', () => {
    const scene = sceneOf();
    const [deferred] = scene.at(LATE, 'a');
    expect(deferred).toMatchObject({ decision: 'deferred', reason: 'quiet_hours', until: MORNING, at: LATE });
    expect(scene.release(MORNING - 1)).toEqual([]);
    const [fired] = scene.release(MORNING);
    expect(fired).toMatchObject({
      id: deferred?.id,
      decision: 'fired',
      at: MORNING,
      event_id: deferred?.event_id,
    });
    expect(fired?.trace).toMatchObject({ deferred_at: LATE });
    expect(scene.release(MORNING + DAY_MS)).toEqual([]);
  });

  it('is asked everything again at its release: consent, limits and its condition', () => {
    const scene = new DecisionScene({
      triggers: [
        triggerNamed('a', { when: { path: 1 } as never }),
        triggerNamed('b'),
        triggerNamed('c', { on: { event: 'x' } }),
      ].map((trigger) =>
        trigger.name === 'a' ? { ...trigger, when: { feature: 'views', gte: 3 } } : trigger,
      ),
      messaging: { quiet_hours: night, caps: [{ overall: true, count: 1, every: '1d' }] },
    });
    scene.features.set('views', 3);
    scene.at(LATE, 'a', 'b', 'c');
    scene.features.set('views', 2);
    expect(
      scene
        .release(MORNING)
        .map((firing) => `${firing.trigger} ${shortOf(firing)}`)
        .sort(),
    ).toEqual(['a suppressed when', 'b fired', 'c suppressed cap:overall']);
    scene.at(LATE + 2 * DAY_MS, 'b');
    scene.consents.clear();
    expect(scene.release(MORNING + 2 * DAY_MS).map(shortOf)).toEqual(['suppressed no_consent']);
  });

  it('asks the condition about the event that was kept', () => {
    const scene = new DecisionScene({
      triggers: [triggerNamed('a', { when: { 'properties.item_id': { equals: 'spu-1' } } })],
      messaging: { quiet_hours: night },
    });
    const event = eventOf('e1', ['a1'], { time: LATE, properties: { item_id: 'spu-1' } });
    scene.decide([scene.candidate('a', LATE, { event })]);
    scene.header.decisions = decodeDecisions(encodeDecisions(scene.header.decisions ?? fail()));
    expect(openEvent(scene.header.decisions.deferred[0]?.event ?? fail()).claims).toEqual([]);
    expect(scene.release(MORNING).map(shortOf)).toEqual(['fired']);
  });

  it('waits once per key, and a profile has so many that wait', () => {
    const scene = sceneOf();
    expect(scene.at(LATE, 'a').map(shortOf)).toEqual(['deferred quiet_hours']);
    expect(scene.at(LATE + 1, 'a').map(shortOf)).toEqual(['suppressed already_deferred']);
    for (let n = 1; n < limits.deferredPerProfileMax; n++)
      expect(scene.decide([scene.candidate('a', LATE + 2, { key: `k${n}` })]).map(shortOf)).toEqual([
        'deferred quiet_hours',
      ]);
    expect(scene.decide([scene.candidate('a', LATE + 3, { key: 'more' })]).map(shortOf)).toEqual([
      'suppressed too_many_deferred',
    ]);
    expect(scene.release(MORNING)).toHaveLength(limits.deferredPerProfileMax);
  });

  it('does not wait where its event is too large to be kept', () => {
    const scene = sceneOf();
    const event = eventOf('e1', ['a1'], { time: LATE, properties: { text: 'x'.repeat(4_096) } });
    expect(scene.decide([scene.candidate('a', LATE, { event })]).map(shortOf)).toEqual([
      'suppressed too_large',
    ]);
  });

  it('goes on waiting, without another word, where it is quiet at the release too', () => {
    const scene = sceneOf();
    scene.at(LATE, 'a');
    scene.traits.set('timezone', 'America/New_York');
    expect(scene.release(MORNING)).toEqual([]);
    const ends = MORNING + 5 * HOUR_MS;
    expect(scene.header.decisions?.deferred[0]?.until).toBe(ends);
    expect(scene.release(ends).map(shortOf)).toEqual(['fired']);
  });

  it('is suppressed at its release where its trigger is gone', () => {
    const scene = sceneOf();
    scene.at(LATE, 'a');
    scene.set = compileTriggers([]);
    expect(scene.release(MORNING).map(shortOf)).toEqual(['suppressed trigger_gone']);
    expect(scene.release(MORNING + DAY_MS)).toEqual([]);
  });
});

describe('what comes after all', () => {
  const cancelling = (scene: DecisionScene, time: number, key?: string) => {
    const trigger = scene.set.byName.get('a') ?? fail();
    const event = eventOf('order', ['a1'], { time, type: 'order_completed' });
    return callOff([{ trigger, key, event }], scene.header, time);
  };
  const absence = (scene: DecisionScene, at: number, key: string) =>
    scene.candidate('a', at, { key, calledOff: { from: at - 30 * MINUTE_MS, until: at } });

  it('suppresses what still waits, for its key or for all', () => {
    const scene = sceneOf();
    const [one] = scene.decide([absence(scene, LATE, 'cart-1')]);
    scene.decide([absence(scene, LATE, 'cart-2')]);
    expect(cancelling(scene, LATE + MINUTE_MS, 'cart-1')).toMatchObject([
      { id: one?.id, decision: 'suppressed', reason: 'cancelled', trace: { cancelled_by: 'order' } },
    ]);
    expect(cancelling(scene, LATE - 31 * MINUTE_MS)).toEqual([]);
    expect(cancelling(scene, LATE + MINUTE_MS)).toHaveLength(1);
    expect(scene.release(MORNING)).toEqual([]);
  });

  it('revokes what was fired, once, where it lies in the time that was waited', () => {
    const scene = sceneOf();
    const [fired] = scene.decide([absence(scene, NOON, 'cart-1')]);
    expect(shortOf(fired ?? fail())).toBe('fired');
    expect(cancelling(scene, NOON + 1, 'cart-1')).toEqual([]);
    expect(cancelling(scene, NOON - 30 * MINUTE_MS - 1)).toEqual([]);
    expect(cancelling(scene, NOON, 'cart-2')).toEqual([]);
    expect(cancelling(scene, NOON - MINUTE_MS)).toMatchObject([
      { id: fired?.id, decision: 'revoked', trace: { came: { event_id: 'order' }, fired_at: NOON } },
    ]);
    expect(cancelling(scene, NOON - MINUTE_MS)).toEqual([]);
  });

  it('finds the newest firings of a trigger, for a month', () => {
    const scene = sceneOf();
    for (let n = 0; n <= limits.revocablePerTriggerMax; n++)
      scene.decide([absence(scene, NOON + n * MINUTE_MS, `cart-${n}`)]);
    expect(cancelling(scene, NOON - MINUTE_MS, 'cart-0')).toEqual([]);
    expect(cancelling(scene, NOON, 'cart-1')).toHaveLength(1);
    scene.decide([absence(scene, NOON + limits.revocableMs + HOUR_MS, 'cart-new')]);
    expect(scene.header.decisions?.revocable.map(({ key }) => key)).toEqual(['cart-new']);
  });
});

describe('what waits, in the whole way', () => {
  const messaging = { quiet_hours: quietHours('11:00', '12:30', 'defer') };
  const on = {
    sequence: [
      { event: 'product_added', key: 'properties.cart_id' },
      { not: { event: 'order_completed', any_key: true }, within: '30m' },
    ],
  };
  const cart = {
    type: 'product_added',
    properties: { cart_id: 'c1' },
    consent: { marketing: { sms: true } },
  };
  const worldOf = () =>
    new PipelineWorld({ triggers: [triggerNamed('a', { on })], messaging }, { coded: true });

  it('outlives restarts, and is released by its alarm at its time', () => {
    const world = worldOf();
    world.event(40, cart);
    const [deferred] = world.until(100);
    expect(deferred).toMatchObject({ decision: 'deferred', at: START + 70 * MINUTE_MS });
    expect(world.alarms).toEqual([150]);
    expect(world.until(149)).toEqual([]);
    expect(world.until(151, 1_000)).toMatchObject([
      { id: deferred?.id, decision: 'fired', at: START + 150 * MINUTE_MS },
    ]);
    expect(world.alarms).toEqual([]);
  });

  it('is released before the next event, where the alarm comes late', () => {
    const world = worldOf();
    world.event(40, cart);
    world.event(80, { type: 'page_viewed' });
    const decided = world.event(151, { type: 'page_viewed' });
    expect(decided.map(shortOf)).toEqual(['fired']);
  });

  it('is called off by an order in between, and revoked by one that is known late', () => {
    const world = worldOf();
    world.event(40, cart);
    world.until(100);
    expect(world.event(110, { type: 'order_completed' }).map(shortOf)).toEqual(['suppressed cancelled']);
    expect(world.until(200)).toEqual([]);
    world.event(200, { ...cart, properties: { cart_id: 'c2' } });
    const [fired] = world.until(230);
    expect(fired?.decision).toBe('fired');
    expect(world.event(220, { type: 'order_completed', at: 300 })).toMatchObject([
      { id: fired?.id, decision: 'revoked' },
    ]);
  });

  it('goes along with a merge', () => {
    const world = worldOf();
    world.event(40, { ...cart, who: 'q' });
    world.until(100);
    world.event(101, { type: 'page_viewed', facet: 'other' });
    world.move({ reason: 'merge', from: 'q', to: 'p', facets: world.header('q')?.facets ?? [] }, 102);
    expect(world.header('q')?.decisions).toBeUndefined();
    expect(world.until(151)).toMatchObject([{ profile_id: 'p', decision: 'fired' }]);
  });
});

function fail(): never {
  throw new RangeError('the test needs it');
}
