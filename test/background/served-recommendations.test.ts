import { afterAll, describe, expect, it } from 'vitest';
import { createMemoryLog } from '../../src/adapters/memory/log.ts';
import { createManualClock } from '../../src/adapters/memory/manual-clock.ts';
import { ServedRecommendations } from '../../src/background/served-recommendations.ts';
import { TesseraError } from '../../src/errors.ts';
import { limits } from '../../src/limits.ts';
import type { ServedAnswer } from '../../src/model/served-answer.ts';
import { createHistoryPlace } from '../support/engine-with-history.ts';
import { START_MS } from '../support/fused-engine.ts';

const answer = (id: string): ServedAnswer => ({
  id,
  at: START_MS,
  profile: 'p-1',
  placement: 'home',
  store: 'SH-1',
  strategy: 'session+trending',
  personalized: true,
  items: [
    { item_id: 'mat', strategy: 'session' },
    { item_id: 'top', strategy: 'trending' },
  ],
});

const fail = (error: unknown): never => {
  throw error;
};

const place = createHistoryPlace();
afterAll(() => place.remove());

describe('answers on their way to history', () => {
  it('are one row each, in one append, and nothing else changes', async () => {
    const engine = await place.open('served');
    const before = engine.state();
    const served = new ServedRecommendations({ log: engine.log, onError: fail });
    const seq = engine.log.stats().lastSeq;
    const many = limits.servedPerRecord + 1;
    for (let n = 0; n < many; n++) served.note(answer(`r${n}`));
    await served.flush();
    await served.flush();
    expect(engine.log.stats().lastSeq).toBe(seq + 1);
    await engine.settle();
    expect(engine.state()).toEqual(before);
    const text = await engine.history.query(
      'SELECT count() AS n, uniqExact(id) AS ids, any(item_ids) AS items, any(strategies) AS by, any(personalized) AS personal ' +
        "FROM recommendations WHERE placement = 'home' AND store = 'SH-1' AND profile_id = 'p-1'",
      'JSONEachRow',
    );
    expect(JSON.parse(text)).toMatchObject({
      items: ['mat', 'top'],
      by: ['session', 'trending'],
      personal: true,
    });
    const { n, ids } = JSON.parse(text) as { n: number; ids: number };
    expect([Number(n), Number(ids)]).toEqual([many, many]);
    expect(served.counts).toEqual({ kept: many, dropped: 0 });
    await engine.stop();
  });

  it('are dropped and counted where there are too many, or where the log does not take them', async () => {
    const log = createMemoryLog({ clock: createManualClock(START_MS) });
    let full = false;
    const served = new ServedRecommendations({
      log: {
        append: async (records) => {
          if (full) throw new TesseraError('log_full', 'full');
          return await log.append(records);
        },
      },
      onError: () => undefined,
    });
    for (let n = 0; n < limits.servedWaitingMax + 2; n++) served.note(answer(`r${n}`));
    await served.flush();
    expect(served.counts).toEqual({ kept: limits.servedWaitingMax, dropped: 2 });
    full = true;
    served.note(answer('last'));
    await expect(served.flush()).rejects.toMatchObject({ code: 'log_full' });
    full = false;
    await served.flush();
    expect(served.counts).toEqual({ kept: limits.servedWaitingMax, dropped: 3 });
  });

  it('are in the log after the stop', async () => {
    const log = createMemoryLog({ clock: createManualClock(START_MS) });
    const served = new ServedRecommendations({ log, onError: fail });
    served.start();
    served.note(answer('r'));
    await served.stop();
    expect(log.stats().lastSeq).toBe(1);
  });
});
