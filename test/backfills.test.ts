import { describe, expect, it } from 'vitest';
import { encodeRecord } from '../src/codec.ts';
import { TesseraError } from '../src/errors.ts';
import { expandDefinitions } from '../src/features/compile.ts';
import { keys } from '../src/model/keys.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../src/model/time.ts';
import { createRandom } from './e2e/support/seeded-random.ts';
import { everyAggregate } from './oracle/definitions.ts';
import {
  createBackfillRig,
  fromTheStart,
  memoryPast,
  readAll,
  recordOf,
  restarted,
} from './support/backfill-rig.ts';
import { BackfillShop } from './support/backfill-shop.ts';
import { createFusedEngine, type FusedEngine, retailPack } from './support/fused-engine.ts';

/** `BACKFILL_SEED=… BACKFILL_ROUNDS=100` runs a longer series, and the same one again. */
const FIRST_SEED = Number(process.env.BACKFILL_SEED ?? 1);
const ROUNDS = Number(process.env.BACKFILL_ROUNDS ?? 3);

const windowed = (suffix: string, windowing: Parameters<typeof everyAggregate>[0]) =>
  everyAggregate(windowing).map((feature) => ({ ...feature, name: `${feature.name}_${suffix}` }));
/** Every aggregate over every kind of window. */
const everything = [
  ...everyAggregate(),
  ...windowed('weekly', { windows: ['week'], zone: 'Asia/Shanghai', previous: 1 }),
  ...windowed('daily', { windows: ['day'] }),
  ...windowed('visit', { windows: ['session'], idle: '30m' }),
];

/** There from the start, and reading the same from the same events as some that are filled. */
const old = windowed('old', { windows: ['7d'] });

const LATER = [0, MINUTE_MS, 20 * MINUTE_MS, 3 * HOUR_MS, 2 * DAY_MS, 29 * DAY_MS, 60 * DAY_MS];

function expectSame(engine: FusedEngine, other: FusedEngine): void {
  for (const later of LATER) {
    const at = engine.clock.now() + later;
    expect(readAll(engine, at)).toEqual(readAll(other, at));
  }
}

async function shopWithPast(seed: number) {
  const random = createRandom(seed);
  const engine = await createFusedEngine({
    pack: { ...retailPack, ...recordOf({ old }) },
    cacheBytes: 20_000,
  });
  const shop = new BackfillShop(engine, random);
  await shop.live(random.between(5, 25));
  await engine.log.append([encodeRecord(recordOf({ old, all: everything }))]);
  await shop.live(random.between(1, 10));
  return { random, engine, shop };
}

describe('a feature that is filled from history', () => {
  const seeds = Array.from({ length: ROUNDS }, (_, n) => FIRST_SEED + n);
  it.each(seeds)(
    'equals the same feature defined from the start, while events go on (BACKFILL_SEED=%i)',
    async (seed) => {
      const { random, engine, shop } = await shopWithPast(seed);
      const rig = createBackfillRig(engine);
      const { id } = rig.backfills.start('all', 'ann');
      const job = await rig.follow(id, async () => {
        if (random.between(0, 2) === 0) await shop.live(1);
      });
      expect(job).toMatchObject({ id, status: 'done', kind: 'feature_backfill' });
      expectSame(engine, await fromTheStart(engine));
      await shop.live(10);
      expectSame(engine, await fromTheStart(engine));
      expect(engine.definitions.entry.backfill).toBeUndefined();
      expect(engine.state().has(keys.backfill)).toBe(false);
    },
    30_000,
  );
});

/** Every record comes twice, as after a lost acknowledgement, and an old one comes back late. */
function stutteringLog({ log }: FusedEngine): Pick<FusedEngine['log'], 'append'> {
  let first: readonly Uint8Array[] | undefined;
  return {
    async append(records) {
      first ??= records;
      await log.append(records);
      await log.append(first);
      return await log.append(records);
    },
  };
}

describe('a backfill that is interrupted', () => {
  it.each([1, 2])(
    'goes on where it was, and counts nothing twice (seed %i)',
    async (seed) => {
      const { random, engine: begun, shop } = await shopWithPast(seed * 1_000);
      let engine = begun;
      let rig = createBackfillRig(engine, { log: stutteringLog(engine) });
      const { id } = rig.backfills.start('all', 'ann');
      const stops = random.between(2, 6);
      for (let stop = 0; stop < stops; stop++) {
        const rounds = random.between(0, 12);
        await rig.follow(id, async (round) => {
          if (round === rounds) await rig.jobs.stop();
        });
        engine = await restarted(engine);
        shop.moveTo(engine);
        await shop.live(random.between(0, 2));
        if (engine.definitions.entry.backfill === undefined) break;
        rig = createBackfillRig(engine, { log: stutteringLog(engine) });
        rig.backfills.resume();
        expect(rig.jobs.get(id)).toMatchObject({ id, author: 'ann' });
      }
      if (engine.definitions.entry.backfill !== undefined) {
        expect(await rig.follow(id)).toMatchObject({ status: 'done' });
      }
      const filled = engine.definitions.entry.features.every(({ origin }) => origin);
      const again = filled ? undefined : createBackfillRig(engine);
      // Stopped before anything of it was in the log: nobody knows of it any more.
      if (again !== undefined) await again.follow(again.backfills.start('all', 'ann').id);
      expectSame(engine, await fromTheStart(engine));
      const replayed = await createFusedEngine({ log: engine.log, parse: true, cacheBytes: 2_000 });
      await replayed.drain();
      expect(replayed.state()).toEqual(engine.state());
    },
    30_000,
  );

  it('is taken back by a cancellation, and leaves everything as it was', async () => {
    const { engine } = await shopWithPast(7);
    const at = engine.clock.now();
    const before = readAll(engine, at);
    const rig = createBackfillRig(engine);
    const { id } = rig.backfills.start('all', 'ann');
    const seen: boolean[] = [];
    const job = await rig.follow(id, async (round) => {
      seen.push(engine.definitions.entry.backfill !== undefined);
      if (round === 4) rig.jobs.cancel(id);
    });
    expect(seen).toContain(true);
    expect(job.status).toBe('canceled');
    expect(engine.definitions.entry.backfill).toBeUndefined();
    expect(engine.state().has(keys.backfill)).toBe(false);
    expect(readAll(engine, at)).toEqual(before);
    expect(await rig.follow(rig.backfills.start('all', 'ann').id)).toMatchObject({ status: 'done' });
    expectSame(engine, await fromTheStart(engine));
  });

  it('ends with a clear error when its definition changes, and not when another one does', async () => {
    const { engine } = await shopWithPast(8);
    const rig = createBackfillRig(engine);
    const change = async (record: ReturnType<typeof recordOf>): Promise<void> => {
      await engine.log.append([encodeRecord(record)]);
    };
    const other = await rig.follow(rig.backfills.start('all', 'ann').id, async (round) => {
      if (round === 4) await change(recordOf({ all: everything }));
    });
    expect(other).toMatchObject({ status: 'done' });
    const changed = everything.map((feature) => ({ ...feature, description: 'changed' }));
    await change(recordOf({ all: changed }));
    await engine.drain();
    const job = await rig.follow(rig.backfills.start('all', 'ann').id, async (round) => {
      if (round === 4) await change(recordOf({ all: everything.slice(1) }));
    });
    expect(job).toMatchObject({ status: 'failed', error: { code: 'backfill_dropped' } });
    expect(engine.definitions.entry.backfill).toBeUndefined();
    expect(engine.state().has(keys.backfill)).toBe(false);
  });

  it('waits for history that is away for a moment', async () => {
    const { engine } = await shopWithPast(9);
    const past = memoryPast(engine);
    let away = 2;
    const rig = createBackfillRig(engine, {
      past: {
        ...past,
        async read(wanted, after) {
          if (away-- > 0) throw new TesseraError('history_unavailable');
          return await past.read(wanted, after);
        },
      },
    });
    const job = await rig.follow(rig.backfills.start('all', 'ann').id);
    expect(job).toMatchObject({ status: 'done' });
    expectSame(engine, await fromTheStart(engine));
  });
});

describe('what can be filled', () => {
  it('is a definition or one of its windows, once at a time, and nothing that has missed nothing', async () => {
    const engine = await createFusedEngine({ pack: { ...retailPack, ...recordOf({ old }) } });
    await new BackfillShop(engine, createRandom(1)).live(3);
    const derived = expandDefinitions([
      { name: 'sum_of', aggregate: 'derived', expression: 'a_1h + n_7d_old' },
    ]);
    const late = expandDefinitions([
      { name: 'a', on: 'product_viewed', aggregate: 'count', windows: ['1h', '7d'] },
    ]);
    const features = { old, late, derived };
    await engine.log.append([encodeRecord(recordOf(features))]);
    await engine.drain();
    const rig = createBackfillRig(engine);
    const codeOf = (name: string): unknown => {
      try {
        return rig.backfills.start(name, 'ann').status;
      } catch (error) {
        return (error as TesseraError).code;
      }
    };
    expect(['none', 'old', 'n_7d_old', 'derived', 'sum_of'].map(codeOf)).toEqual([
      'not_found',
      'feature_complete',
      'feature_complete',
      'feature_derived',
      'feature_derived',
    ]);
    const { id } = rig.backfills.start('a_1h', 'ann');
    expect(rig.backfills.start('late', 'bob').id).toBe(id);
    const job = await rig.follow(id);
    expect(job).toMatchObject({ status: 'done', result: { definition: 'late', features: ['a_1h', 'a_7d'] } });
    expect(codeOf('late')).toBe('feature_complete');
  });
});
