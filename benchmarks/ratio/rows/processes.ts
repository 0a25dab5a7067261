import type { Arm } from '../arm.ts';
import type { Bench, Measured } from '../bench.ts';
import { startServers, startServersArm, stopServers } from '../engine-arms.ts';
import { BATCH } from '../plan.ts';
import { cpu, type RowResult, ratiosOf, sharesOf } from '../result.ts';

/** Row 10: what an event costs a node of two processes, beside a node of one; all processes counted. */
export async function measureProcesses(bench: Bench): Promise<RowResult> {
  const { plan, directory } = bench;
  const servers = await startServers();
  const arms: Arm[] = [];
  try {
    for (const processes of [1, 2]) {
      arms.push(await startServersArm({ name: `processes-${processes}`, directory, servers, processes }));
    }
    for (const arm of arms) await bench.meet(arm);
    const slices: [Measured[], Measured[]] = [[], []];
    // Each process compiles what is hot for itself: two need twice as much until they are warm.
    const warm = plan.quick ? 1 : 3;
    for (let n = -warm; n < plan.pairs; n++) {
      for (const [at, arm] of arms.entries()) {
        const measured = await bench.events(arm, BATCH);
        if (n >= 0) slices[at === 0 ? 0 : 1].push(measured);
      }
    }
    for (const arm of arms) await bench.check(arm);
    const [one, two] = slices;
    return {
      ratios: [
        {
          row: 10,
          name: 'CPU per event, two processes ÷ one, batches',
          ...{ goal: 1.05, floor: 1.15, better: 'less' },
          values: ratiosOf(two, one, cpu),
          limit: `two: ${sharesOf(two)}. Smaller batches at each, its own heartbeats, and outcomes that go from one to the other`,
        },
      ],
      costs: [
        { name: `one process, batches of ${BATCH}`, slices: one },
        { name: `two processes, batches of ${BATCH}`, slices: two },
      ],
      notes: [],
    };
  } finally {
    for (const arm of arms) await arm.stop();
    await stopServers(servers);
  }
}
