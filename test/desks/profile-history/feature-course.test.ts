import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { comparable } from '../../../src/features/read.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import { DAY_MS } from '../../../src/model/time.ts';
import type { ProfileView } from '../../../src/serve/services.ts';
import { createRandom } from '../../e2e/support/seeded-random.ts';
import {
  createHistoryPlace,
  type EngineWithHistory,
  type HistoryPlace,
} from '../../support/engine-with-history.ts';

let place: HistoryPlace;
beforeAll(() => {
  place = createHistoryPlace();
});
afterAll(() => place.remove());

const DAYS = 12;
const PHONE = '13900001111';
const TYPES = ['product_viewed', 'product_added', 'order_completed', 'store_entered'] as const;

/** What somebody does on each of the days but the first ones, at any time of them. */
function storyOf(seed: number, from: number): readonly (readonly JsonObject[])[] {
  const random = createRandom(seed);
  return Array.from({ length: DAYS - 1 }, (_, day) => {
    const count = day < 2 ? 0 : random.between(0, 4);
    const events = Array.from({ length: count }, (_each, n): JsonObject => {
      const type = TYPES[random.between(0, TYPES.length - 1)] ?? 'product_viewed';
      const id = `e-${seed}-${day}-${n}`;
      return {
        ...{ id, type, channel: type === 'store_entered' ? 'store_device' : 'web' },
        time: new Date(from + day * DAY_MS + random.between(1, DAY_MS - 1)).toISOString(),
        identifiers: random.between(0, 1) === 0 ? { phone: PHONE } : { phone: PHONE, user_id: 'u-1' },
        properties: propertiesOf(type, id, random.between(1, 500)),
      };
    });
    return events.sort((a, b) => (String(a.time) < String(b.time) ? -1 : 1));
  });
}

function propertiesOf(type: (typeof TYPES)[number], id: string, price: number): JsonObject {
  if (type === 'store_entered') return { store: 'SH-001' };
  if (type !== 'order_completed') return { item_id: `spu-${price % 5}`, price };
  const products = [{ item_id: `spu-${price % 5}`, quantity: 1, price }];
  return { order_id: id, total: price, currency: 'CNY', products };
}

const live = async (engine: EngineWithHistory): Promise<ProfileView | undefined> =>
  await engine.profiles.byIdentifier('phone', PHONE, { reveal: true });

/** Features that are numbers, as they were read when it happened, moment by moment. */
async function readAlong(engine: EngineWithHistory, story: ReturnType<typeof storyOf>) {
  const from = engine.clock.now();
  const readings: (ReadonlyMap<string, number> | undefined)[] = [undefined];
  for (const [day, events] of story.entries()) {
    for (const event of events) {
      engine.clock.set(Date.parse(String(event.time)));
      await engine.send([event]);
    }
    engine.clock.set(from + (day + 1) * DAY_MS);
    readings.push(numbersOf(await live(engine)));
  }
  return readings;
}

function numbersOf(view: ProfileView | undefined): ReadonlyMap<string, number> | undefined {
  if (view === undefined) return undefined;
  const all = Object.entries(view.features).map(([name, value]) => [name, comparable(value)] as const);
  return new Map(all.filter((entry): entry is readonly [string, number] => typeof entry[1] === 'number'));
}

describe('the course of features', () => {
  it.each([1, 2, 3])(
    'is what was read day by day, and the same where all of it came at once (seed %i)',
    async (seed) => {
      const engine = await place.open(`course_${seed}`);
      const story = storyOf(seed, engine.clock.now());
      const start = engine.clock.now();
      const readings = await readAlong(engine, story);
      await engine.settle();
      const { profile_id: id = '' } = (await live(engine)) ?? {};
      const course = await engine.past.course(id, { days: DAYS });
      expect(course?.at).toEqual(Array.from({ length: DAYS }, (_, day) => start + day * DAY_MS));
      const names = new Set(readings.flatMap((numbers) => [...(numbers?.keys() ?? [])]));
      expect(names.size).toBeGreaterThan(50);
      for (const name of names)
        expect(course?.features[name], name).toEqual(readings.map((numbers) => numbers?.get(name) ?? null));
      expect(new Set(Object.keys(course?.features ?? {}))).toEqual(names);
      await engine.stop();

      const importing = await place.open(`course_late_${seed}`);
      importing.clock.advance((DAYS - 1) * DAY_MS);
      await importing.send(story.flat());
      await importing.settle();
      const { profile_id: other = '' } = (await live(importing)) ?? {};
      const late = await importing.past.course(other, { days: DAYS });
      expect(late?.features).toEqual(course?.features);
      await importing.stop();
    },
  );

  it('has the features that were asked for, of somebody who is known', async () => {
    const engine = await place.open('course_some');
    await engine.send([
      { id: 'e-1', type: 'product_viewed', identifiers: { phone: PHONE }, properties: { item_id: 'spu-1' } },
    ]);
    engine.clock.advance(1_000);
    await engine.settle();
    const { profile_id: id = '' } = (await live(engine)) ?? {};
    const features = new Set(['views_lifetime', 'last_viewed_items', 'no_such_feature']);
    const course = await engine.past.course(id, { days: 3, features });
    expect(course?.features).toEqual({ views_lifetime: [null, null, 1] });
    const nobody = '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e';
    expect(await engine.past.course(nobody, { days: 3 })).toBeUndefined();
    await engine.stop();
  });
});
