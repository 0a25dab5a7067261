import { spreadOf } from '../../support/report.ts';
import type { Bench } from '../bench.ts';
import { startEmbeddedArm } from '../engine-arms.ts';
import type { RowResult } from '../result.ts';
import { startEchoArm } from '../rival-arms.ts';

/** Row 6: what the slowest hundredth waits at half of what each can do, and how long an event takes until it is applied. */
export async function measureTail(bench: Bench): Promise<RowResult> {
  const { plan, directory } = bench;
  const echo = await startEchoArm();
  const engine = await startEmbeddedArm({ name: 'tail', directory });
  try {
    for (const arm of [echo, engine]) await bench.meet(arm);
    const peaks = { echo: 0, engine: 0 };
    for (let n = 0; n < 2; n++) {
      peaks.echo = (await bench.events(echo, 1)).perSecond;
      peaks.engine = (await bench.events(engine, 1)).perSecond;
    }
    const half = { echo: peaks.echo / 2, engine: peaks.engine / 2 };
    const tails: number[] = [];
    const applied: number[] = [];
    const engineP99: number[] = [];
    const lates: number[] = [];
    for (let n = 0; n < plan.pairs; n++) {
      const first = await bench.scheduled(echo, half.echo);
      const second = await bench.scheduled(engine, half.engine);
      const waited = await bench.scheduled(engine, half.engine, { path: '/v1/events?wait=applied' });
      tails.push(second.latencyMs.p99 / first.latencyMs.p99);
      applied.push(waited.latencyMs.p99 / waited.latencyMs.p50);
      engineP99.push(second.latencyMs.p99);
      lates.push(second.lastLateMs);
    }
    const checked = await bench.check(engine);
    const p99 = spreadOf(engineP99).median.toFixed(1);
    return {
      ratios: [
        {
          row: 6,
          name: "p99 ÷ echo's p99 at half of own peak",
          ...{ goal: 1.5, floor: 2.5, better: 'less' },
          values: tails,
          limit: `p99 ${p99} ms: flushes of the log, and folds and collections that the thread does meanwhile`,
        },
        {
          row: 6,
          name: 'wait=applied, p99 ÷ p50',
          ...{ goal: 6, floor: 15, better: 'less' },
          values: applied,
          limit: 'how long one batch of the fold and its commit take',
        },
      ],
      costs: [],
      notes: [
        `Row 6: open loop, ${half.echo.toFixed(0)} (echo) and ${half.engine.toFixed(0)} (engine) events/s, from the moment each was due; the last one was sent ${spreadOf(lates).median.toFixed(1)} ms late. ${checked.toLocaleString('en')} events checked.`,
      ],
    };
  } finally {
    await engine.stop();
    await echo.stop();
  }
}
