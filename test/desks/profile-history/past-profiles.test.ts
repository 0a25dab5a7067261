import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { usesOf } from '../../../src/conditions/condition-uses.ts';
import type { EpochMs } from '../../../src/model/time.ts';
import type { ProfileView } from '../../../src/serve/services.ts';
import { createRandom } from '../../e2e/support/seeded-random.ts';
import { CrowdedShop, shopIdentifiers } from '../../support/crowded-shop.ts';
import {
  createHistoryPlace,
  type EngineWithHistory,
  type HistoryPlace,
} from '../../support/engine-with-history.ts';
import { retailPack } from '../../support/fused-engine.ts';

let place: HistoryPlace;
beforeAll(() => {
  place = createHistoryPlace();
});
afterAll(() => place.remove());

/** `PAST_SEEDS` asks for more. */
const seeds = Array.from({ length: Number(process.env.PAST_SEEDS ?? 2) }, (_, n) => n + 1);
const ROUNDS = 96;
const READ_EVERY = 8;
const READ_AT_ONCE = 4;

/** What was read live, to be asked for again later. */
interface Reading {
  readonly at: EpochMs;
  readonly type: string;
  readonly value: string;
  readonly view: ProfileView | undefined;
}

const reveal = { reveal: true };

async function readSome(engine: EngineWithHistory, from: number): Promise<Reading[]> {
  const readings: Reading[] = [];
  for (let n = 0; n < READ_AT_ONCE; n++) {
    const [type = '', value = ''] = shopIdentifiers[(from + n) % shopIdentifiers.length] ?? [];
    const view = await engine.profiles.byIdentifier(type, value, reveal);
    readings.push({ at: engine.clock.now(), type, value, view });
  }
  return readings;
}

/** Shipped segments that go by points, of which a profile of the past knows nothing. */
const BY_POINTS: ReadonlySet<string> = new Set(
  (retailPack.segments ?? [])
    .filter(({ when }) => usesOf(when).some(({ kind }) => kind === 'loyalty'))
    .map(({ name }) => name),
);

/** The parts of a profile that history tells. */
function told(view: ProfileView) {
  const { identifiers: _i, loyalty: _l, segments, ...rest } = view;
  return { ...rest, segments: segments.filter((name) => !BY_POINTS.has(name)) };
}

describe('a profile of the past', () => {
  it.each(seeds)('is what was read live at that moment, whatever came afterwards (seed %i)', async (seed) => {
    const engine = await place.open(`past_${seed}`);
    const shop = new CrowdedShop(engine, seed);
    const random = createRandom(seed);
    const readings: Reading[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      await shop.round();
      if (round % READ_EVERY !== 0) continue;
      // Who is in which segment is told once time has done what it does.
      await engine.ring();
      readings.push(...(await readSome(engine, random.between(0, 100))));
    }
    await engine.settle();
    let found = 0;
    for (const { at, type, value, view } of readings) {
      const past = await engine.past.byIdentifier(type, value, { ...reveal, at });
      const place = `seed ${seed}: ${type} ${value} at ${at}`;
      if (view === undefined) {
        expect(past, place).toBeUndefined();
        continue;
      }
      found++;
      expect(past, place).toEqual({ ...told(view), as_of: at });
    }
    expect(found).toBeGreaterThan(readings.length / 4);
    await engine.stop();
  });

  it('goes by the id that it had then: before a merge, between, and after', async () => {
    const engine = await place.open('past_ids');
    const { clock, past } = engine;
    const views = async (reference: readonly [string, string]) =>
      (await engine.profiles.byIdentifier(...reference, reveal))?.features.views_lifetime?.value;
    const view = (id: string, identifiers: Record<string, string>) => ({
      id,
      type: 'product_viewed',
      identifiers,
      properties: { item_id: 'spu-1' },
    });
    await engine.send([view('e-1', { user_id: 'u-1' }), view('e-2', { phone: '13900001111' })]);
    const ids = await Promise.all(
      (['user_id', 'phone'] as const).map(async (type) => {
        const value = type === 'phone' ? '13900001111' : 'u-1';
        return (await engine.profiles.byIdentifier(type, value, reveal))?.profile_id ?? '';
      }),
    );
    const apart = clock.now();
    clock.advance(1_000);
    await engine.send([view('e-3', { user_id: 'u-1', phone: '13900001111' })]);
    expect(await views(['phone', '13900001111'])).toBe(3);
    const together = clock.now();
    clock.advance(1_000);
    await engine.settle();
    for (const id of ids) {
      const before = await past.byId(id, { ...reveal, at: apart });
      expect([before?.profile_id, before?.features.views_lifetime?.value]).toEqual([id, 1]);
      const after = await past.byId(id, { ...reveal, at: together });
      expect(after?.features.views_lifetime?.value).toBe(3);
      expect(await past.byId(id, { ...reveal, at: apart - 1 })).toBeUndefined();
    }
    const [one, other] = await Promise.all(ids.map((id) => past.byId(id, { ...reveal, at: together })));
    expect(one).toEqual(other);
    await engine.stop();
  });

  it('knows nobody by a device that was signed out, until somebody uses it again', async () => {
    const engine = await place.open('past_signed_out');
    const { clock, past, profiles } = engine;
    const both = { user_id: 'u-1', device_id: 'd-1' };
    const moments: { readonly at: EpochMs; readonly live: string | undefined }[] = [];
    const step = async (id: string, type: string, identifiers: Record<string, string>) => {
      await engine.send([{ id, type, identifiers, properties: { item_id: 'spu-1' } }]);
      const live = await profiles.byIdentifier('device_id', 'd-1', reveal);
      moments.push({ at: clock.now(), live: live?.profile_id });
      clock.advance(1_000);
    };
    await step('e-1', 'product_viewed', both);
    await step('e-2', 'signed_out', { device_id: 'd-1' });
    await step('e-3', 'product_viewed', { device_id: 'd-1' });
    await engine.send([{ id: 'e-4', type: 'signed_out', identifiers: { user_id: 'u-2', device_id: 'd-2' } }]);
    const at = clock.now();
    clock.advance(1_000);
    await engine.settle();
    for (const { at, live } of moments) {
      expect((await past.byIdentifier('device_id', 'd-1', { ...reveal, at }))?.profile_id).toBe(live);
    }
    expect(new Set(moments.map(({ live }) => live)).size).toBeGreaterThan(1);
    for (const value of ['d-2', 'd-3']) {
      const live = await profiles.byIdentifier('device_id', value, reveal);
      const then = await past.byIdentifier('device_id', value, { ...reveal, at });
      expect([value, then?.profile_id]).toEqual([value, live?.profile_id]);
    }
    await engine.stop();
  });

  it('shows personal traits to those only who may see them, and computes what is asked for', async () => {
    const engine = await place.open('past_personal');
    const told = { type: 'profile_identified', identifiers: { user_id: 'u-1' }, traits: { name: '张三' } };
    await engine.send([{ id: 'e-1', ...told }]);
    const at = engine.clock.now();
    await engine.settle();
    const open = await engine.past.byIdentifier('user_id', 'u-1', { reveal: true, at });
    const masked = await engine.past.byIdentifier('user_id', 'u-1', {
      reveal: false,
      at,
      features: new Set(),
    });
    expect([open?.traits.name, masked?.traits.name, masked?.features]).toEqual(['张三', '张*', {}]);
    await engine.stop();
  });

  it('has features that were defined later as if they had been there, and refuses the future', async () => {
    const engine = await place.open('past_later');
    const view = {
      type: 'product_viewed',
      identifiers: { user_id: 'u-1' },
      properties: { item_id: 'spu-1' },
    };
    await engine.send([{ id: 'e-1', ...view }]);
    const at = engine.clock.now();
    engine.clock.advance(1_000);
    await engine.define([
      { name: 'late_views', on: ['product_viewed'], aggregate: 'count', window: 'lifetime' },
    ]);
    await engine.settle();
    const live = await engine.profiles.byIdentifier('user_id', 'u-1', reveal);
    expect(live?.features.late_views).toMatchObject({ value: 0, partial: true });
    const past = await engine.past.byIdentifier('user_id', 'u-1', { ...reveal, at });
    expect(past?.features.late_views).toEqual({ value: 1, as_of: at, partial: false });
    const future = engine.past.byIdentifier('user_id', 'u-1', { ...reveal, at: engine.clock.now() + 1 });
    await expect(future).rejects.toMatchObject({ code: 'invalid_parameter', path: 'at' });
    await engine.stop();
  });
});
