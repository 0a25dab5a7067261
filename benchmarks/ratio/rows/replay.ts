import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { readCpu } from '../../support/child.ts';
import { spreadOf } from '../../support/report.ts';
import type { Bench, Measured } from '../bench.ts';
import { startEmbeddedArm } from '../engine-arms.ts';
import { BATCH } from '../plan.ts';
import type { RowResult } from '../result.ts';

const NAME = 'replay';
const ROUNDS_MAX = 3;

/**
 * Row 9: the state is deleted, and the engine makes it again of its log before it listens. What a start takes with a state that is up to date
 * is taken off; the oracle holds for what was replayed too.
 */
export async function measureReplay(bench: Bench): Promise<RowResult> {
  const { plan, directory } = bench;
  const live: Measured[] = [];
  let arm = await startEmbeddedArm({ name: NAME, directory });
  try {
    await bench.meet(arm);
    for (let n = -1; n < plan.pairs; n++) {
      const measured = await bench.events(arm, BATCH);
      if (n >= 0) live.push(measured);
    }
    const sent = await bench.check(arm);
    const livePerSecond = spreadOf(live.map(({ perSecond }) => perSecond)).median;
    const rates: number[] = [];
    const cpuUs: number[] = [];
    for (let n = 0; n < Math.min(ROUNDS_MAX, plan.pairs); n++) {
      await arm.stop();
      const bare = await timedStart(directory);
      await bare.arm.stop();
      rmSync(join(directory, NAME, 'state'), { recursive: true });
      const replayed = await timedStart(directory);
      arm = replayed.arm;
      rates.push(sent / Math.max(0.001, (replayed.ms - bare.ms) / 1_000));
      cpuUs.push((replayed.cpuUs - bare.cpuUs) / sent);
      await checkReplayed(bench, arm);
    }
    const rate = spreadOf(rates).median.toFixed(0);
    const use = spreadOf(cpuUs).median.toFixed(1);
    return {
      ratios: [
        {
          row: 9,
          name: 'replay rate ÷ live batch rate',
          ...{ goal: 2, floor: 1, better: 'more' },
          values: rates.map((each) => each / livePerSecond),
          limit: `${rate} events/s at ${use} µs each: parsing of records and the fold, which is all that is left of the live way`,
        },
      ],
      costs: [{ name: `live, batches of ${BATCH}`, slices: live }],
      notes: [`Row 9: ${sent.toLocaleString('en')} events replayed ${rates.length} times.`],
    };
  } finally {
    await arm.stop();
  }
}

async function timedStart(directory: string) {
  const began = performance.now();
  const arm = await startEmbeddedArm({ name: NAME, directory });
  return { arm, ms: performance.now() - began, cpuUs: readCpu(arm.server.pid).processUs };
}

/** The counters begin anew with each process, so only profiles are compared. */
async function checkReplayed(bench: Bench, arm: Awaited<ReturnType<typeof startEmbeddedArm>>): Promise<void> {
  await bench.check({ ...arm, check: arm.checkProfiles });
}
