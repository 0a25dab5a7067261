import { describe, expect, it } from 'vitest';
import { createManualClock } from '../../../src/adapters/memory/manual-clock.ts';
import { HistoryReach } from '../../../src/desks/profile-history/history-reach.ts';
import { limits } from '../../../src/limits.ts';

const NOW = Date.UTC(2026, 10, 21, 10);

/** An engine that has applied `applied` of `appended` messages; each spooled an entry of its number. */
function rig({ appended, applied, told }: { appended: number; applied: number; told: number }) {
  const engine = { appended, applied, told, asked: [] as number[] };
  const clock = createManualClock(NOW);
  const reach = new HistoryReach({
    partitions: ['p0'],
    lastSeq: () => engine.appended,
    store: {
      checkpoint: () => ({
        seq: engine.applied,
        digest: 0,
        version: engine.applied,
        taken: {},
        given: {},
        spooled: engine.applied,
      }),
    },
    reach: async (_partition, n) => {
      engine.asked.push(n);
      while (engine.told < n) await new Promise((resolve) => setTimeout(resolve, 1));
      return true;
    },
    clock,
    waitMs: 100,
  });
  return { engine, clock, reach };
}

describe('history', () => {
  it('is waited for: first until everything is applied, then until all of that is told', async () => {
    const { engine, reach } = rig({ appended: 5, applied: 3, told: 2 });
    let held = false;
    const waiting = reach.moment(NOW).then(() => {
      held = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([held, engine.asked]).toEqual([false, []]);
    engine.applied = 5;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect([held, engine.asked]).toEqual([false, [5]]);
    engine.told = 5;
    await waiting;
    expect(held).toBe(true);
  });

  it('is behind when it does not come in time', async () => {
    const late = { code: 'history_behind', status: 503, retryable: true };
    await expect(rig({ appended: 5, applied: 3, told: 3 }).reach.moment(NOW)).rejects.toMatchObject(late);
    const { engine, reach } = rig({ appended: 5, applied: 5, told: 3 });
    await expect(reach.moment(NOW)).rejects.toMatchObject(late);
    await expect(reach.now()).rejects.toMatchObject(late);
    engine.told = 5;
    await reach.now();
  });

  it('need not be waited for where it has been before, but for what may have been under way then', async () => {
    const { engine, clock, reach } = rig({ appended: 5, applied: 5, told: 5 });
    await reach.moment(NOW);
    clock.advance(60_000);
    engine.appended = 9;
    const before = NOW - limits.historySettleMs;
    await reach.moment(before - 1);
    await expect(reach.moment(before)).rejects.toMatchObject({ code: 'history_behind' });
  });

  it('is not reached by an engine that stops', async () => {
    const { reach } = rig({ appended: 1, applied: 1, told: 0 });
    const stopped = new HistoryReach({
      partitions: ['p0'],
      lastSeq: () => 0,
      store: { checkpoint: () => undefined },
      reach: async () => false,
      clock: createManualClock(NOW),
    });
    await expect(stopped.moment(NOW)).rejects.toMatchObject({ code: 'history_behind' });
    await expect(reach.moment(NOW)).rejects.toMatchObject({ code: 'history_behind' });
  });
});
