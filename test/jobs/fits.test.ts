import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FitsOptions } from '../../src/jobs/fits.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { DAY_MS } from '../../src/model/time.ts';
import { createRandom } from '../e2e/support/seeded-random.ts';
import {
  createHistoryPlace,
  type EngineWithHistory,
  type HistoryPlace,
} from '../support/engine-with-history.ts';
import { createFitRig, type FitRig } from '../support/fit-rig.ts';
import { createFusedEngine } from '../support/fused-engine.ts';

let place: HistoryPlace;
beforeAll(() => {
  place = createHistoryPlace();
});
afterAll(() => place.remove());

let engine: EngineWithHistory;
let rig: FitRig;
let database = 0;
async function open(): Promise<void> {
  database += 1;
  engine = await place.open(`fits_${database}`);
  rig = createFitRig(engine);
}
async function close(): Promise<void> {
  rig.fits.stop();
  await rig.jobs.stop();
  await engine.stop();
}

/** One engine for all tests of a block, which stand in the order in which they change it: opening one takes a second. */
function onOneEngine(fill: () => Promise<void>): void {
  beforeAll(async () => {
    await open();
    await fill();
  });
  afterAll(close);
}

const CUSTOMERS = 60;

const order = (user: string, n: number, at: number, total: number): JsonObject => ({
  id: `${user}-${n}`,
  type: 'order_completed',
  time: new Date(at).toISOString(),
  identifiers: { user_id: user },
  properties: { order_id: `${user}-${n}`, total: total.toFixed(2) },
});

/** Customers u-0 to u-59: each comes every so many days, spends about what is theirs, and may have left. */
async function shop(seed = 5): Promise<void> {
  const { next, between } = createRandom(seed);
  const now = engine.clock.now();
  const events: JsonObject[] = [];
  for (let n = 0; n < CUSTOMERS; n += 1) {
    const every = between(5, 60) * DAY_MS;
    const worth = between(20, 400);
    let count = 0;
    for (let at = now - between(100, 380) * DAY_MS; at < now; at += every * (0.4 + next())) {
      count += 1;
      events.push(order(`u-${n}`, count, at, worth * (0.6 + 0.8 * next())));
      if (next() < 0.12) break;
    }
  }
  await engine.send(events);
}

const number = (features: Awaited<ReturnType<FitRig['features']>>, name: string): number =>
  Number(features[name]?.value);

describe('fitting customer lifetime value', () => {
  onOneEngine(() => shop());

  it('puts a model in force that profiles answer by at once', async () => {
    const before = await rig.features('u-1');
    expect([before.alive_probability?.value, before.expected_value_365d?.value]).toEqual([null, null]);
    const job = await rig.fit('clv');
    expect(job).toMatchObject({ status: 'done', kind: 'model_fit', author: 'ann' });
    expect(job.result).toMatchObject({
      name: 'clv',
      type: 'clv',
      feature: 'purchases',
      author: 'ann',
      fit: { customers: CUSTOMERS },
    });
    expect(rig.models.list()).toEqual([job.result]);
    const after = await rig.features('u-1');
    const alive = number(after, 'alive_probability');
    expect(alive).toBeGreaterThan(0);
    expect(alive).toBeLessThanOrEqual(1);
    expect(number(after, 'expected_orders_365d')).toBeGreaterThan(number(after, 'expected_orders_90d'));
    expect(number(after, 'expected_value_90d')).toBeGreaterThan(0);
  });

  it('counts customers only', async () => {
    await engine.send([
      { id: 'k', type: 'profile_identified', identifiers: { user_id: 'u-3' }, traits: { kind: 'staff' } },
      { id: 'l', type: 'profile_identified', identifiers: { user_id: 'u-4' }, traits: { kind: 'reseller' } },
      { id: 'm', type: 'profile_identified', identifiers: { user_id: 'u-5' }, traits: { kind: 'customer' } },
    ]);
    for (const name of ['clv', 'rfm']) {
      const { result } = await rig.fit(name);
      expect(result).toMatchObject({ fit: { customers: CUSTOMERS - 2 } });
    }
  });

  it('is a record of the log, which a replay takes at its place', async () => {
    await rig.fit('clv');
    await rig.fit('rfm');
    const again = await createFusedEngine({ log: engine.log, clock: engine.clock });
    await again.drain();
    expect(again.definitions.entry.models?.map(({ definition }) => definition.name)).toEqual(['clv', 'rfm']);
    expect(again.state()).toEqual(engine.state());
  });

  it('lets the chance that somebody is still there fall while they stay away, and rise when they come', async () => {
    await rig.fit('clv');
    const user = 'u-2';
    const first = number(await rig.features(user), 'alive_probability');
    engine.clock.advance(120 * DAY_MS);
    const later = number(await rig.features(user), 'alive_probability');
    expect(later).toBeLessThan(first);
    await engine.send([order(user, 99, engine.clock.now(), 50)]);
    expect(number(await rig.features(user), 'alive_probability')).toBeGreaterThan(later);
  });
});

describe('fitting what nobody has bought', () => {
  beforeEach(open);
  afterEach(close);

  it('says why where history knows too few customers', async () => {
    await engine.send([order('u-1', 1, engine.clock.now() - DAY_MS, 10)]);
    const job = await rig.fit('clv');
    expect(job).toMatchObject({ status: 'failed', error: { code: 'fit_impossible' } });
    expect(rig.models.list()).toEqual([]);
  });
});

describe('fitting RFM', () => {
  onOneEngine(() => shop());

  it('divides customers into fifths', async () => {
    await rig.fit('rfm');
    const counts = new Map<number, number>();
    for (let n = 0; n < CUSTOMERS; n += 1) {
      const score = number(await rig.features(`u-${n}`), 'rfm_monetary');
      counts.set(score, (counts.get(score) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual([1, 2, 3, 4, 5]);
    for (const count of counts.values()) expect(Math.abs(count - CUSTOMERS / 5)).toBeLessThanOrEqual(1);
  });

  it('weighs engagement, sharing and new products in the extended score, as it is told', async () => {
    await engine.send(
      Array.from({ length: 20 }, (_, n) => ({
        id: `s-${n}`,
        type: 'product_shared',
        identifiers: { user_id: 'u-1' },
        properties: { item_id: 'spu-1', method: 'wechat' },
      })),
    );
    const { result } = await rig.fit('rfm');
    expect(result).toMatchObject({
      parts: {
        engagement: { feature: 'engagement' },
        sharing: { feature: 'shares_365d', quintiles: [0, 0, 0, 0] },
        adoption: { feature: 'new_products_365d' },
      },
    });
    const even = await rig.features('u-1');
    const sum = ['rfm_recency', 'rfm_frequency', 'rfm_monetary'].reduce(
      (total, name) => total + number(even, name),
      0,
    );
    // Nothing but sharing, of which nobody else does anything.
    expect(number(even, 'rfm_extended')).toBeCloseTo((sum + 1 + 5 + 1) / 6, 2);
    await rig.fit('rfm', { weights: { sharing: 3, recency: 1 } });
    const weighed = await rig.features('u-1');
    expect(number(weighed, 'rfm_extended')).toBeCloseTo((3 * 5 + number(weighed, 'rfm_recency')) / 4, 2);
    // What was asked for once is so the next time, too.
    const again = await rig.fit('rfm');
    expect(again.result).toMatchObject({ weights: { sharing: 3, recency: 1 } });
  });

  it('scores each profile, and changes the scores with the next order', async () => {
    const { result } = await rig.fit('rfm');
    const { quintiles } = result as unknown as { quintiles: Readonly<Record<string, readonly number[]>> };
    const [least = 0] = quintiles.recency ?? [];
    const users = Array.from({ length: CUSTOMERS }, (_, n) => `u-${n}`);
    const all = await Promise.all(users.map((user) => rig.features(user)));
    const late = all.findIndex((features) => number(features, 'rfm_recency') === 1);
    const before = all[late];
    expect(before?.rfm_group?.value).toMatch(/hibernating|at_risk|cannot_lose/);
    expect(String(before?.rfm_score?.value)).toMatch(/^1[1-5][1-5]$/);
    await engine.send([order(`u-${late}`, 99, engine.clock.now(), 10_000)]);
    const after = await rig.features(`u-${late}`);
    expect([number(after, 'rfm_recency'), number(after, 'rfm_monetary')]).toEqual([5, 5]);
    engine.clock.advance((least + 1) * DAY_MS);
    expect(number(await rig.features(`u-${late}`), 'rfm_recency')).toBeLessThan(5);
  });
});

describe('fitting clusters', () => {
  /** Two kinds of customers, as different as can be. */
  async function twoKinds(): Promise<void> {
    const now = engine.clock.now();
    const events: JsonObject[] = [];
    for (let n = 0; n < 40; n += 1) {
      const often = n % 2 === 0;
      for (let count = 0; count < (often ? 12 : 1); count += 1)
        events.push(
          order(
            `u-${n}`,
            count,
            now - (often ? count * 5 : 200) * DAY_MS - n * 60_000,
            often ? 500 + n : 20 + n / 2,
          ),
        );
    }
    await engine.send(events);
  }

  onOneEngine(twoKinds);

  it('finds those that are alike, describes them, and tells each profile its own', async () => {
    const features = ['orders_365d', 'spend_365d', 'days_since_last_order'];
    const { result } = await rig.fit('clusters', { features });
    expect(result).toMatchObject({
      type: 'clusters',
      fit: { customers: 40, report: { silhouette: expect.any(Number) } },
    });
    const { clusters } = result as unknown as {
      clusters: readonly { label: string; share: number; description: string }[];
    };
    expect(clusters.map(({ share }) => share)).toEqual([0.5, 0.5]);
    const labels = await Promise.all(
      Array.from({ length: 40 }, async (_, n) => (await rig.features(`u-${n}`)).cluster?.value),
    );
    expect(new Set(labels.filter((_, n) => n % 2 === 0)).size).toBe(1);
    expect(new Set(labels.filter((_, n) => n % 2 === 1)).size).toBe(1);
    expect(labels[0]).not.toBe(labels[1]);
    expect(String(labels[0])).toMatch(/^(very )?(high|low) /);
    for (const { description } of clusters) expect(description).toContain('orders_365d around');
  });

  it('gives the same clusters for the same customers', async () => {
    const first = await rig.fit('clusters');
    const second = await rig.fit('clusters');
    expect(first.status).toBe('done');
    expect(second.result?.clusters).toEqual(first.result?.clusters);
  });

  it('leaves out features that are the same for everybody, and says so', async () => {
    const { result } = await rig.fit('clusters', { features: ['complaints_365d', 'orders_365d'] });
    expect(result).toMatchObject({
      axes: [{ feature: 'orders_365d' }],
      fit: { report: { left_out: ['complaints_365d'] } },
    });
    const [often, once] = [await rig.features('u-0'), await rig.features('u-1')];
    expect(often.cluster?.value).not.toBe(once.cluster?.value);
    const { error } = await rig.fit('other', { type: 'clusters', features: ['complaints_365d'] });
    expect(error?.code).toBe('fit_impossible');
  });
});

describe('a fit', () => {
  onOneEngine(() => shop());

  const refused: readonly (readonly [string, JsonObject, string])[] = [
    ['loyal', {}, '/type'],
    ['clv', { feature: 3 }, '/feature'],
    ['clv', { as_of: '2026-02-30' }, '/as_of'],
    ['clv', { as_of: '2099-01-01' }, '/as_of'],
    ['clv', { k: 3 }, '/k'],
    ['rfm', { weights: [1] }, '/weights'],
    ['rfm', { parts: { engagement: 1 } }, '/parts'],
    ['clusters', { features: [] }, '/features'],
    ['clusters', { k: [5, 2] }, '/k'],
    ['clusters', { k: 1 }, '/k'],
    ['Clv', { type: 'clv' }, '/name'],
  ];
  it('that asks for what there is not is refused with the place', () => {
    for (const [name, body, path] of refused)
      expect(() => rig.fits.start(name, body, 'ann'), JSON.stringify(body)).toThrow(
        expect.objectContaining({ code: 'invalid_parameter', path }),
      );
  });

  it('of a feature that history cannot be asked for says so', async () => {
    for (const feature of ['orders_365d', 'nothing'])
      expect((await rig.fit('clv', { feature })).error?.code).toBe('fit_impossible');
  });

  it('that is under way is answered again', async () => {
    await engine.settle();
    const first = rig.fits.start('clv', {}, 'ann');
    expect(rig.fits.start('clv', {}, 'bob').id).toBe(first.id);
    await rig.ended(first);
    expect(rig.fits.start('clv', {}, 'bob').id).not.toBe(first.id);
  });

  it('may have a name of its own, and takes the place of what is in force under it', async () => {
    await rig.fit('stores', { type: 'rfm', weights: { recency: 1 } });
    await rig.fit('stores');
    const stores = rig.models.list().filter(({ name }) => name === 'stores');
    expect(stores).toMatchObject([{ type: 'rfm', weights: { recency: 1 } }]);
    await rig.models.editor?.remove?.('stores', 'ann');
  });

  it('is repeated with the options of the last time once the model is too old, by one node only', async () => {
    await rig.fit('rfm', { weights: { recency: 1 } });
    await rig.fit('clv', { as_of: '2026-11-01' });
    const due = (changes: Partial<FitsOptions>): FitRig =>
      createFitRig(engine, { every: 7 * DAY_MS, ...changes });
    const idle = due({ leads: () => false });
    const other = due({});
    other.fits.refresh();
    expect(other.jobs.list()).toEqual([]);
    engine.clock.advance(8 * DAY_MS);
    await engine.settle();
    idle.fits.refresh();
    expect(idle.jobs.list()).toEqual([]);
    other.fits.refresh();
    other.fits.refresh();
    const [job, ...more] = other.jobs.list();
    expect([job?.author, more]).toEqual(['schedule', []]);
    if (job !== undefined) await other.ended(job);
    const [rfm] = rig.models.list().filter(({ name }) => name === 'rfm');
    expect(rfm).toMatchObject({ author: 'schedule', weights: { recency: 1 } });
  });
});

describe('models', () => {
  beforeEach(open);
  afterEach(close);

  const rfm = {
    type: 'rfm',
    feature: 'purchases',
    quintiles: { recency: [1, 2, 3, 4], frequency: [1, 2, 3, 4], monetary: [1, 2, 3, 4] },
  };
  const put = async (name: string, body: JsonObject) => {
    const { editor } = rig.models;
    return await editor?.put(editor.check(name, body), 'ann');
  };

  it('may be written by hand, changed and removed', async () => {
    await put('rfm', rfm);
    await engine.send([order('u-1', 1, engine.clock.now() - 2 * DAY_MS, 3)]);
    expect((await rig.features('u-1')).rfm_score?.value).toBe('413');
    const groups = [{ name: 'everybody', recency: [1, 5], frequency: [1, 5] }];
    await put('rfm', { ...rfm, groups });
    expect((await rig.features('u-1')).rfm_group?.value).toBe('everybody');
    await rig.models.editor?.remove?.('rfm', 'ann');
    expect((await rig.features('u-1')).rfm_score?.value).toBeNull();
  });

  const wrong: readonly (readonly [string, JsonObject])[] = [
    ['a boundary that falls', { ...rfm, quintiles: { ...rfm.quintiles, recency: [4, 3, 2, 1] } }],
    ['too few boundaries', { ...rfm, quintiles: { ...rfm.quintiles, recency: [1, 2, 3] } }],
    ['a weight of what there is not', { ...rfm, weights: { luck: 1 } }],
    ['a feature that there is not', { ...rfm, feature: 'nothing' }],
    ['a feature of another aggregate', { ...rfm, feature: 'orders_365d' }],
    ['another type', { type: 'horoscope' }],
    ['a key that is unknown', { ...rfm, sign: 'aries' }],
    [
      'a parameter that is not positive',
      { type: 'clv', feature: 'purchases', purchases: { r: 1, alpha: 0, a: 1, b: 1 } },
    ],
    [
      'a center of another place',
      {
        type: 'clusters',
        axes: [{ feature: 'views_30d', log: true, mean: 0, deviation: 1 }],
        clusters: [{ label: 'a', description: '', center: [1, 2], share: 1 }],
      },
    ],
    [
      'no output that a feature asks for',
      { type: 'clv', feature: 'purchases', purchases: { r: 1, alpha: 1, a: 1, b: 1 } },
    ],
  ];
  it('that do not hold together are refused', () => {
    for (const [what, body] of wrong)
      expect(() => rig.models.editor?.check('rfm', body), what).toThrow(
        expect.objectContaining({ code: 'invalid_definition' }),
      );
  });

  it('keep the features that they read from being removed', async () => {
    await put('rfm', rfm);
    expect(() => rig.kinds.kind('features')?.editor?.original('purchases')).not.toThrow();
    await put('other', { ...rfm, parts: { views: { feature: 'views_30d', quintiles: [1, 2, 3, 4] } } });
    const { editor } = rig.kinds.kind('features') ?? {};
    expect(() =>
      editor?.check('views', { on: 'product_viewed', aggregate: 'count', windows: ['1h'] }),
    ).toThrow(
      expect.objectContaining({ code: 'definition_in_use', message: expect.stringContaining('model') }),
    );
  });
});
