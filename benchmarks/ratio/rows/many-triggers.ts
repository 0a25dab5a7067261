import type { Arm } from '../arm.ts';
import type { Bench, Measured } from '../bench.ts';
import { startEmbeddedArm } from '../engine-arms.ts';
import { BATCH } from '../plan.ts';
import { cpu, medianOf, type RowResult, ratiosOf } from '../result.ts';

const FEW = 10;
const MANY = 1_000;

/** Row 7: ten triggers, and the same ten among a thousand of which an event concerns one in a hundred. */
export async function measureManyTriggers(bench: Bench): Promise<RowResult> {
  const { plan, directory } = bench;
  const arms: Arm[] = [];
  try {
    for (const triggers of [FEW, MANY]) {
      const arm = await startEmbeddedArm({ name: `triggers-${triggers}`, directory, triggers });
      arms.push(arm);
      await bench.meet(arm);
    }
    const slices: [Measured[], Measured[]] = [[], []];
    for (let n = -1; n < plan.pairs; n++) {
      for (const [at, arm] of arms.entries()) {
        const measured = await bench.events(arm, BATCH);
        if (n >= 0) slices[at === 0 ? 0 : 1].push(measured);
      }
    }
    for (const arm of arms) await bench.check(arm);
    const [few, many] = slices;
    return {
      ratios: [
        {
          row: 7,
          name: `${MANY.toLocaleString('en')} triggers ÷ ${FEW}, batches`,
          ...{ goal: 1.15, floor: 1.5, better: 'less' },
          values: ratiosOf(many, few, cpu),
          limit: `${(medianOf(many, cpu) - medianOf(few, cpu)).toFixed(1)} µs more: twenty of them watch a category each and look at its looks`,
        },
      ],
      costs: [
        { name: `${FEW} triggers, batches of ${BATCH}`, slices: few },
        { name: `${MANY.toLocaleString('en')} triggers, batches of ${BATCH}`, slices: many },
      ],
      notes: [],
    };
  } finally {
    for (const arm of arms) await arm.stop();
  }
}
