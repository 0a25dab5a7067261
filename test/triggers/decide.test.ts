import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/model/json.ts';
import { HOUR_MS, MINUTE_MS } from '../../src/model/time.ts';
import type { TriggerDefinition } from '../../src/model/trigger.ts';
import { createFusedEngine, START_MS } from '../support/fused-engine.ts';
import { hesitation, T0, TriggerWorld } from './trigger-world.ts';

describe('n events within a window', () => {
  it('fire with the n-th, and say what matched', () => {
    const world = new TriggerWorld(hesitation);
    expect([world.at(0), world.at(10)].flat()).toEqual([]);
    const [firing] = world.at(20);
    expect(firing).toMatchObject({
      trigger: 'hesitation',
      profile_id: 'profile',
      decision: 'fired',
      event_id: 'e3',
      channel: 'sms',
      at: T0 + 20 * MINUTE_MS,
      payload: { template: 'coupon', data: { coupon: 'X' } },
      trace: {
        matched: { count: 3, within_ms: 30 * MINUTE_MS, times: [0, 10, 20].map((m) => T0 + m * MINUTE_MS) },
      },
    });
  });

  it('count an event that is a millisecond younger than the window, and not one that is as old', () => {
    const inside = new TriggerWorld(hesitation);
    inside.at(0, { time: T0 + 1 });
    inside.at(1);
    expect(inside.at(30)).toHaveLength(1);
    const outside = new TriggerWorld(hesitation);
    outside.at(0);
    outside.at(1);
    expect(outside.at(30)).toEqual([]);
    expect(outside.at(30.5)).toHaveLength(1);
  });

  it('count whatever arrives in whatever order', () => {
    const world = new TriggerWorld(hesitation);
    world.at(20);
    world.at(0);
    expect(world.at(10)).toHaveLength(1);
  });

  it('are used up by a decision: the next one needs new events', () => {
    const world = new TriggerWorld(hesitation);
    expect(world.three(2)).toHaveLength(1);
    expect([world.at(3), world.at(4)].flat()).toEqual([]);
    expect(world.at(5)).toHaveLength(1);
  });

  it('leave alone events of other types and those that the condition refuses', () => {
    const where = { 'properties.category': { starts_with: 'women' } };
    const world = new TriggerWorld({
      ...hesitation,
      on: { count: 1, of: { event: 'product_viewed', where }, within: '1m' },
    });
    expect(world.at(0, { type: 'page_viewed' })).toEqual([]);
    expect(world.at(0, { properties: { category: 'men/shoes' } })).toEqual([]);
    expect(world.header.triggers.size).toBe(0);
    expect(world.at(0, { properties: { category: 'women/dresses' } })).toHaveLength(1);
  });

  it('agree with a list of all times, where nothing but the window decides', () => {
    const steps = fc.array(fc.nat(20), { maxLength: 30 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 4 }), (pauses, count) => {
        const world = new TriggerWorld({
          ...hesitation,
          on: { count, of: { event: 'product_viewed' }, within: '30m' },
        });
        let minute = 0;
        let unused: number[] = [];
        for (const pause of pauses) {
          minute += pause;
          unused.push(minute);
          const fires = unused.filter((time) => time > minute - 30).length >= count;
          expect(world.at(minute)).toHaveLength(fires ? 1 : 0);
          if (fires) unused = [];
        }
      }),
    );
  });
});

describe('unless', () => {
  const order = { type: 'order_completed' };

  it('keeps the trigger silent while the other event lies in the window', () => {
    const world = new TriggerWorld(hesitation);
    world.at(0, order);
    expect(world.three(29)).toEqual([]);
  });

  it('is over as soon as the other event is as old as the window', () => {
    const world = new TriggerWorld(hesitation);
    world.at(0, order);
    expect(world.three(30)).toHaveLength(1);
  });

  it('holds also when the other event arrives late', () => {
    const world = new TriggerWorld(hesitation);
    world.at(28);
    world.at(29);
    expect(world.at(20, { ...order, late: true })).toEqual([]);
    expect(world.at(30)).toEqual([]);
  });
});

describe('the condition', () => {
  it('reads features of the profile, and what it refuses is not used up', () => {
    const world = new TriggerWorld({ ...hesitation, when: { feature: 'orders_30d', lt: 3 } });
    world.features.set('orders_30d', 3);
    expect(world.three(2)).toEqual([]);
    world.features.set('orders_30d', 2);
    expect(world.at(3)[0]?.trace).toMatchObject({ when: { feature: 'orders_30d', lt: 3 }, when_held: true });
  });
});

describe('the cooldown', () => {
  const limited: TriggerDefinition = { ...hesitation, limit: { cooldown: '24h' } };
  const day = 24 * 60;

  it('suppresses until it has passed since the last firing, and says so', () => {
    const world = new TriggerWorld(limited);
    expect(world.three(0)[0]?.decision).toBe('fired');
    expect(world.three(day - 1)).toMatchObject([
      { decision: 'suppressed', reason: 'cooldown', channel: 'sms' },
    ]);
    expect(world.three(day + 2)[0]?.decision).toBe('fired');
  });

  it('ends exactly when it says', () => {
    const world = new TriggerWorld(limited);
    world.three(0);
    expect(world.three(day)[0]?.decision).toBe('fired');
  });

  it('is not prolonged by suppressed decisions', () => {
    const world = new TriggerWorld(limited);
    world.three(0);
    world.three(day - 10);
    expect(world.three(day + 1)[0]?.decision).toBe('fired');
  });
});

describe('consent', () => {
  it('is needed for marketing: without it, or once it is withdrawn, the decision is suppressed', () => {
    const world = new TriggerWorld(hesitation);
    world.consents.clear();
    expect(world.three(2)).toMatchObject([{ decision: 'suppressed', reason: 'no_consent', channel: '' }]);
    world.consents.set('marketing.sms', true);
    expect(world.three(5)).toMatchObject([{ decision: 'fired' }]);
    world.consents.set('marketing.sms', false);
    expect(world.three(8)).toMatchObject([{ decision: 'suppressed', reason: 'no_consent' }]);
  });

  it('is not needed for service, nor to record a decision only', () => {
    const service = new TriggerWorld({ ...hesitation, purpose: 'service' });
    service.consents.clear();
    expect(service.three(2)).toMatchObject([{ decision: 'fired', channel: 'sms' }]);
    const none = new TriggerWorld({ ...hesitation, action: { channel: 'none' } });
    none.consents.clear();
    expect(none.three(2)).toMatchObject([{ decision: 'fired', channel: 'none', payload: {} }]);
  });

  it('chooses the preferred channel: the first of the order that was consented to', () => {
    const world = new TriggerWorld({ ...hesitation, action: { channel: 'preferred' } });
    const chosen = [];
    for (const [at, name] of ['phone', 'email', 'sms', 'app_push', 'wechat'].entries()) {
      world.consents.set(`marketing.${name}`, true);
      chosen.push(world.three(at * 10)[0]?.channel);
    }
    expect(chosen).toEqual(['sms', 'sms', 'sms', 'app_push', 'wechat']);
    world.consents.clear();
    world.consents.set('marketing.email', true);
    expect(world.three(100)[0]?.channel).toBe('email');
  });
});

describe('the kind of a profile', () => {
  it('other than a customer keeps it out of promotions, and the decision says so', () => {
    const world = new TriggerWorld(hesitation);
    world.kind = 'staff';
    expect(world.three(2)).toMatchObject([
      { decision: 'suppressed', reason: 'kind', channel: 'sms', trace: { kind: 'staff' } },
    ]);
    world.kind = 'customer';
    const [fired] = world.three(5);
    expect(fired).toMatchObject({ decision: 'fired' });
    expect(fired?.trace).not.toHaveProperty('kind');
  });

  it('matters more than consent, and not to service', () => {
    const world = new TriggerWorld(hesitation);
    world.kind = 'reseller';
    world.consents.clear();
    expect(world.three(2)).toMatchObject([{ decision: 'suppressed', reason: 'kind', channel: '' }]);
    const service = new TriggerWorld({ ...hesitation, purpose: 'service' });
    service.kind = 'bot';
    expect(service.three(2)).toMatchObject([{ decision: 'fired', trace: { kind: 'bot' } }]);
  });
});

describe('late events', () => {
  it('fire nothing themselves, and count for the next one', () => {
    const world = new TriggerWorld(hesitation);
    expect(
      [world.at(0, { late: true }), world.at(1, { late: true }), world.at(2, { late: true })].flat(),
    ).toEqual([]);
    expect(world.at(3)).toHaveLength(1);
  });
});

describe('several triggers on one event', () => {
  it('get different ids, which hold nothing of the profile', () => {
    const one = { ...hesitation, on: { ...hesitation.on, count: 1 } };
    const [first, second] = new TriggerWorld(one, { ...one, name: 'other' }).at(0);
    expect(first?.id).toMatch(/^[0-9a-f]{32}$/);
    expect(second?.id).not.toBe(first?.id);
    expect(new TriggerWorld(one).at(0)[0]?.id).toBe(first?.id);
  });
});

describe('in the whole way', () => {
  const view = (n: number, identifiers: JsonObject, ago = 0): JsonObject => ({
    id: `v-${n}-${JSON.stringify(identifiers)}`,
    type: 'product_viewed',
    time: new Date(START_MS - 60_000 + n * 1000 - ago).toISOString(),
    identifiers,
    properties: { item_id: `spu-${n}`, category: 'women/plus-size/dresses' },
    consent: { marketing: { sms: true } },
  });
  const decisions = (admission: Awaited<ReturnType<Awaited<ReturnType<typeof createFusedEngine>>['send']>>) =>
    admission.accepted.flatMap(({ outcome }) => outcome?.firings ?? []);

  it('a merge fires nothing by itself, however much the two had looked at', async () => {
    const engine = await createFusedEngine();
    const a1 = { anonymous_id: 'a-1' };
    const u1 = { user_id: 'u-10' };
    const looked = [view(1, a1), view(2, a1), view(3, u1), view(4, u1)];
    expect(decisions(await engine.send(looked))).toEqual([]);
    const joined = await engine.send([{ id: 'j', type: 'signed_in', identifiers: { ...a1, ...u1 } }]);
    expect(decisions(joined)).toEqual([]);
    expect(decisions(await engine.send([view(5, u1)]))).toMatchObject([
      { decision: 'fired', channel: 'sms' },
    ]);
  });

  it('late views count as features and fire nothing', async () => {
    const engine = await createFusedEngine();
    const u1 = { user_id: 'u-10' };
    const late = [1, 2, 3].map((n) => view(n, u1, 25 * HOUR_MS));
    expect(decisions(await engine.send(late))).toEqual([]);
    const profile = await engine.profiles.byIdentifier('user_id', 'u-10', { reveal: true });
    expect(profile?.features.views_lifetime?.value).toBe(3);
  });

  it('consent taken back for the whole purpose silences every channel of it', async () => {
    const engine = await createFusedEngine();
    const u1 = { user_id: 'u-10' };
    await engine.send([view(1, u1), view(2, u1)]);
    const time = new Date(START_MS).toISOString();
    await engine.send([
      { id: 'c', type: 'consent_changed', time, identifiers: u1, consent: { marketing: false } },
    ]);
    const third = { ...view(3, u1), consent: {} };
    expect(decisions(await engine.send([third]))).toMatchObject([
      { decision: 'suppressed', reason: 'no_consent' },
    ]);
  });

  it('gives the same decisions with the same ids in a replay', async () => {
    const live = await createFusedEngine();
    const u1 = { user_id: 'u-10' };
    for (let n = 1; n <= 7; n++) await live.send([view(n, u1)]);
    const replayed = await createFusedEngine({ log: live.log, parse: true });
    await replayed.drain();
    const firings = (engine: typeof live) => engine.committed.flatMap(({ effects }) => effects);
    expect(firings(live).filter(({ kind }) => kind === 'firing')).toHaveLength(2);
    expect(firings(replayed)).toEqual(firings(live));
  });
});
