import { describe, expect, it } from 'vitest';
import { TesseraError } from '../../src/errors.ts';
import { expandDefinitions } from '../../src/features/compile.ts';
import { keys } from '../../src/model/keys.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/model/time.ts';
import { encodeRecord } from '../../src/runner/codec.ts';
import { createRandom } from '../e2e/support/seeded-random.ts';
import { everyAggregate } from '../oracle/definitions.ts';
import {
  createBackfillRig,
  fromTheStart,
  memoryPast,
  readAll,
  recordOf,
  restarted,
} from '../support/backfill-rig.ts';
import { BackfillShop } from '../support/backfill-shop.ts';
import { createFusedEngine, type FusedEngine, retailPack } from '../support/fused-engine.ts';

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
      const { id } = await rig.backfills.start('all', 'ann');
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

function isUnfinished({ definitions: { entry } }: FusedEngine): boolean {
  return entry.backfill !== undefined || entry.requested !== undefined;
}

/** A log that a dead process cannot write to any more, though its jobs do not know that they are dead. */
function mortalLog({ log }: FusedEngine) {
  let alive = true;
  return {
    die(): void {
      alive = false;
    },
    async append(records: readonly Uint8Array[]) {
      await new Promise((resolve) => setImmediate(resolve));
      return alive ? await log.append(records) : await new Promise<never>(() => undefined);
    },
  };
}

describe('a backfill that was answered', () => {
  it.each([1, 2])(
    'outlives a process that dies at once, also while it waits for another (seed %i)',
    async (seed) => {
      const { engine: begun, shop } = await shopWithPast(seed * 100);
      const more = windowed('more', { windows: ['7d'] });
      await begun.log.append([encodeRecord(recordOf({ old, all: everything, more }))]);
      await begun.drain();
      const log = mortalLog(begun);
      const { backfills } = createBackfillRig(begun, { log });
      const asked = await Promise.all(['all', 'more'].map((name) => backfills.start(name, 'ann')));
      expect(asked.map(({ status }) => status)).toEqual(['running', 'queued']);
      log.die();
      const engine = await restarted(begun);
      shop.moveTo(engine);
      await shop.live(2);
      const rig = createBackfillRig(engine);
      rig.backfills.resume();
      for (const { id } of asked) {
        expect(rig.jobs.get(id)).toMatchObject({ id, author: 'ann' });
        expect(await rig.follow(id)).toMatchObject({ status: 'done' });
      }
      expect(isUnfinished(engine)).toBe(false);
      expectSame(engine, await fromTheStart(engine));
    },
    30_000,
  );

  it('is not taken up again once it was canceled while it waited', async () => {
    const { engine: begun } = await shopWithPast(3);
    await begun.log.append([
      encodeRecord(recordOf({ old, all: everything.slice(4), more: everything.slice(0, 4) })),
    ]);
    await begun.drain();
    const rig = createBackfillRig(begun);
    const first = await rig.backfills.start('all', 'ann');
    const second = await rig.backfills.start('more', 'ann');
    await begun.drain();
    expect(begun.definitions.entry.requested?.map(({ id }) => id)).toContain(second.id);
    const canceled = rig.jobs.cancel(second.id);
    expect(rig.jobs.get(second.id)?.status).toBe('canceled');
    await rig.follow(first.id);
    await canceled;
    const engine = await restarted(begun);
    expect(isUnfinished(engine)).toBe(false);
    expect((await rig.backfills.start('more', 'ann')).id).not.toBe(second.id);
  });

  it('is none where the log could not keep it', async () => {
    const { engine } = await shopWithPast(4);
    const append = async (): Promise<never> => {
      throw new TesseraError('log_unavailable');
    };
    const rig = createBackfillRig(engine, { log: { append } });
    await expect(rig.backfills.start('all', 'ann')).rejects.toMatchObject({ code: 'log_unavailable' });
    expect(rig.jobs.list().map(({ status }) => status)).toEqual(['canceled']);
  });
});

describe('a backfill that is interrupted', () => {
  it.each([1, 2])(
    'goes on where it was, and counts nothing twice (seed %i)',
    async (seed) => {
      const { random, engine: begun, shop } = await shopWithPast(seed * 1_000);
      let engine = begun;
      let rig = createBackfillRig(engine, { log: stutteringLog(engine) });
      const { id } = await rig.backfills.start('all', 'ann');
      const stops = random.between(2, 6);
      for (let stop = 0; stop < stops; stop++) {
        const rounds = random.between(0, 12);
        await rig.follow(id, async (round) => {
          if (round === rounds) await rig.jobs.stop();
        });
        engine = await restarted(engine);
        shop.moveTo(engine);
        await shop.live(random.between(0, 2));
        if (!isUnfinished(engine)) break;
        rig = createBackfillRig(engine, { log: stutteringLog(engine) });
        rig.backfills.resume();
        expect(rig.jobs.get(id)).toMatchObject({ id, author: 'ann' });
      }
      if (isUnfinished(engine)) expect(await rig.follow(id)).toMatchObject({ status: 'done' });
      expect(engine.definitions.entry.features.every(({ origin }) => origin)).toBe(true);
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
    const { id } = await rig.backfills.start('all', 'ann');
    const seen: boolean[] = [];
    const job = await rig.follow(id, async (round) => {
      seen.push(engine.definitions.entry.backfill !== undefined);
      if (round === 4) await rig.jobs.cancel(id);
    });
    expect(seen).toContain(true);
    expect(job.status).toBe('canceled');
    expect(engine.definitions.entry.backfill).toBeUndefined();
    expect(engine.state().has(keys.backfill)).toBe(false);
    expect(readAll(engine, at)).toEqual(before);
    expect(await rig.follow((await rig.backfills.start('all', 'ann')).id)).toMatchObject({ status: 'done' });
    expectSame(engine, await fromTheStart(engine));
  });

  it('ends with a clear error when its definition changes, and not when another one does', async () => {
    const { engine } = await shopWithPast(8);
    const rig = createBackfillRig(engine);
    const change = async (record: ReturnType<typeof recordOf>): Promise<void> => {
      await engine.log.append([encodeRecord(record)]);
    };
    const other = await rig.follow((await rig.backfills.start('all', 'ann')).id, async (round) => {
      if (round === 4) await change(recordOf({ all: everything }));
    });
    expect(other).toMatchObject({ status: 'done' });
    const changed = everything.map((feature) => ({ ...feature, description: 'changed' }));
    await change(recordOf({ all: changed }));
    await engine.drain();
    const job = await rig.follow((await rig.backfills.start('all', 'ann')).id, async (round) => {
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
    const job = await rig.follow((await rig.backfills.start('all', 'ann')).id);
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
    const codeOf = async (name: string): Promise<unknown> => {
      try {
        return (await rig.backfills.start(name, 'ann')).status;
      } catch (error) {
        return (error as TesseraError).code;
      }
    };
    expect(await Promise.all(['none', 'old', 'n_7d_old', 'derived', 'sum_of'].map(codeOf))).toEqual([
      'not_found',
      'feature_complete',
      'feature_complete',
      'feature_derived',
      'feature_derived',
    ]);
    const { id } = await rig.backfills.start('a_1h', 'ann');
    expect((await rig.backfills.start('late', 'bob')).id).toBe(id);
    const job = await rig.follow(id);
    expect(job).toMatchObject({ status: 'done', result: { definition: 'late', features: ['a_1h', 'a_7d'] } });
    expect(await codeOf('late')).toBe('feature_complete');
  });
});
