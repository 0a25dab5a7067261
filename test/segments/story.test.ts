import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/model/json.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/model/time.ts';
import { eventOf } from '../support/fold-world.ts';
import { createFusedEngine, type FusedEngine, retailPack } from '../support/fused-engine.ts';
import { featuresOf, SegmentWorld, segmentOf } from './segment-world.ts';

const STAGES = ['prospect', 'lapsed', 'at_risk', 'won_back', 'loyal', 'new', 'active'];

function order(n: number, identifiers: JsonObject, total = 100): JsonObject {
  return {
    id: `o-${n}`,
    type: 'order_completed',
    identifiers,
    properties: {
      order_id: `o-${n}`,
      total,
      currency: 'CNY',
      products: [{ item_id: 'i1', price: total, quantity: 1 }],
    },
  };
}

function view(id: string, identifiers: JsonObject): JsonObject {
  return { id, type: 'product_viewed', identifiers, properties: { item_id: 'i1' } };
}

async function look(engine: FusedEngine, type = 'user_id', value = 'u-1') {
  await engine.ring();
  const profile = await engine.profiles.byIdentifier(type, value, { reveal: true });
  return profile ?? (undefined as never);
}

function changes(engine: FusedEngine): string[] {
  return engine.committed.flatMap(({ effects }) =>
    effects.flatMap((effect) =>
      effect.kind === 'segment'
        ? [`${effect.change.change} ${effect.change.segment} by ${effect.change.cause}`]
        : [],
    ),
  );
}

describe('the lifecycle of a customer', () => {
  it('goes by their own purchase cycle, one stage at a time, also while they do nothing', async () => {
    const engine = await createFusedEngine();
    const me = { user_id: 'u-1' };
    await engine.send([view('v-1', me)]);
    const seen: string[] = [];
    const note = async (): Promise<void> => {
      const { lifecycle, segments } = await look(engine);
      expect(segments.filter((name) => STAGES.includes(name))).toEqual([lifecycle]);
      if (seen.at(-1) !== lifecycle) seen.push(lifecycle ?? 'none');
    };
    await note();
    // Four orders, one every ten days; then silence, day after day; then one more.
    for (let n = 1; n <= 4; n++) {
      await engine.send([order(n, me)]);
      await note();
      engine.clock.advance(10 * DAY_MS);
      await note();
    }
    for (let day = 0; day < 40; day++) {
      engine.clock.advance(DAY_MS);
      await note();
    }
    await engine.send([order(5, me)]);
    await note();
    expect(seen).toEqual(['prospect', 'new', 'active', 'loyal', 'at_risk', 'lapsed', 'won_back']);
  });

  it('takes the cycle of the shop where somebody has ordered too rarely', async () => {
    const engine = await createFusedEngine();
    await engine.send([order(1, { user_id: 'u-1' })]);
    engine.clock.advance(89 * DAY_MS);
    expect((await look(engine)).lifecycle).toBe('new');
    engine.clock.advance(DAY_MS);
    expect((await look(engine)).lifecycle).toBe('at_risk');
    engine.clock.advance(90 * DAY_MS);
    expect((await look(engine)).lifecycle).toBe('lapsed');
  });
});

describe('membership', () => {
  it('follows what takes back an event of another type: a cancelled order was none', async () => {
    const engine = await createFusedEngine();
    const me = { user_id: 'u-1' };
    await engine.send([order(1, me)]);
    expect((await look(engine)).lifecycle).toBe('new');
    await engine.send([
      { id: 'x-1', type: 'order_cancelled', identifiers: me, properties: { order_id: 'o-1' } },
    ]);
    expect((await look(engine)).lifecycle).toBe('prospect');
  });

  it('of an expression that may go any way is right within a minute', () => {
    const world = new SegmentWorld();
    const features = featuresOf(
      { name: 'idle', on: 'product_viewed', aggregate: 'time_since', unit: 'hours', window: 'lifetime' },
      { name: 'odd', aggregate: 'derived', expression: 'idle % 2' },
      { name: 'third', aggregate: 'derived', expression: 'idle == 3' },
    );
    const segments = [
      segmentOf('odd_hours', { feature: 'odd', equals: 1 }),
      segmentOf('third_hour', { feature: 'third', equals: true }),
    ];
    world.define(features, segments);
    const start = 1_700_000_000_000;
    world.event('p', { ...eventOf('e-1', ['u1']), time: start }, start);
    for (let hour = 1; hour <= 8; hour++) {
      const expected = [...(hour % 2 === 1 ? ['odd_hours'] : []), ...(hour === 3 ? ['third_hour'] : [])];
      for (const after of [MINUTE_MS, HOUR_MS - 1]) {
        world.passUntil(start + hour * HOUR_MS + after);
        expect(world.members('p'), `${hour} hours and ${after} ms`).toEqual(expected);
      }
    }
  });

  it('ends by the passing of time, within a minute of the truth, and says so', async () => {
    const engine = await createFusedEngine();
    await engine.send([view('v-1', { user_id: 'u-1' })]);
    expect((await look(engine)).segments).toContain('active_30d');
    engine.clock.advance(30 * DAY_MS - 1);
    expect((await look(engine)).segments).toContain('active_30d');
    engine.clock.advance(1);
    expect((await look(engine)).segments).not.toContain('active_30d');
    expect(changes(engine)).toEqual([
      'entered prospect by event',
      'entered active_30d by event',
      'left active_30d by time',
    ]);
  });

  it('takes in who has spent much and stays away, and lets go of them with the next order', async () => {
    const engine = await createFusedEngine();
    const me = { user_id: 'u-1' };
    await engine.send([order(1, me, 6_000), order(2, { user_id: 'u-2' }, 4_999)]);
    expect((await look(engine)).segments).not.toContain('high_value_dormant');
    engine.clock.advance(90 * DAY_MS);
    expect((await look(engine)).segments).toContain('high_value_dormant');
    await engine.send([order(3, me, 10)]);
    expect((await look(engine)).segments).not.toContain('high_value_dormant');
    // What triggers are told of it: once in, once out, and nothing of whoever has spent less.
    expect(changes(engine).filter((change) => change.includes('high_value_dormant'))).toEqual([
      'entered high_value_dormant by time',
      'left high_value_dormant by event',
    ]);
  });

  it('is of two people together after a merge, and of each again after they are taken apart', async () => {
    const engine = await createFusedEngine();
    await engine.send([order(1, { user_id: 'u-1' }, 3_000), order(2, { phone: '13900001111' }, 3_000)]);
    const tags = async () => [(await look(engine)).tags, (await look(engine, 'phone', '13900001111')).tags];
    expect(await tags()).toEqual([[], []]);
    const hashes = (['user_id', 'phone'] as const).map((type) => {
      const index = engine.opening.indexOf(type, type === 'phone' ? '13900001111' : 'u-1');
      return `${index?.type}:${index?.hash}`;
    });
    const [user = '', phone = ''] = hashes;
    await engine.command({ type: 'merge', identifiers: [user, phone] });
    expect(await tags()).toEqual([['high_value'], ['high_value']]);
    expect((await look(engine)).lifecycle).toBe('active');
    await engine.command({ type: 'split', identifier: phone });
    expect(await tags()).toEqual([[], []]);
    expect([(await look(engine)).lifecycle, (await look(engine, 'phone', '13900001111')).lifecycle]).toEqual([
      'new',
      'new',
    ]);
    expect(changes(engine)).toContain('left new by merge');
    expect(changes(engine)).toContain('left high_value by facets');
  });

  it('is asked about by triggers as the event has left it', async () => {
    const [template] = retailPack.triggers;
    const trigger = {
      ...(template as NonNullable<typeof template>),
      name: 'first_look',
      purpose: 'service' as const,
      on: { count: 1, of: { event: 'product_viewed' }, within: '1h' },
      when: { all: [{ segment: 'looker' }, { not: { tag: 'vip' } }] },
      limit: {},
    };
    const segments = [segmentOf('looker', { feature: 'views_1h', gte: 2 })];
    const engine = await createFusedEngine({ pack: { ...retailPack, triggers: [trigger], segments } });
    const me = { user_id: 'u-1' };
    const fired = async (id: string) => {
      const { accepted } = await engine.send([view(id, me)]);
      return accepted.map(({ outcome }) => outcome?.firings.length);
    };
    expect([await fired('v-1'), await fired('v-2')]).toEqual([[0], [1]]);
    engine.clock.advance(HOUR_MS * 2);
    expect(await fired('v-3')).toEqual([0]);
  });
});
