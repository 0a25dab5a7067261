import { setTimeout as pause } from 'node:timers/promises';
import { Shop } from '../../recommendations/shop.ts';
import { ITEMS } from '../../support/traffic.ts';
import type { Bench, Measured } from '../bench.ts';
import { startEmbeddedArm } from '../engine-arms.ts';
import { cpu, medianOf, type RowResult, ratiosOf, sharesOf } from '../result.ts';
import { startEchoArm } from '../rival-arms.ts';

const DEEDS = 20;
/** The catalog reaches the memory of the node a moment after it is applied. */
const SETTLE_MS = 2_000;

/** Row 8: lists for known people, in the four places of a shop, beside the echo. */
export async function measureRecommendations(bench: Bench): Promise<RowResult> {
  const { plan, directory } = bench;
  const people = plan.quick ? 50 : 1_000;
  const echo = await startEchoArm();
  const engine = await startEmbeddedArm({ name: 'recommendations', directory });
  try {
    await bench.meet(echo);
    await new Shop(ITEMS).fill(engine.server, people, DEEDS);
    await pause(SETTLE_MS);
    const echoes: Measured[] = [];
    const lists: Measured[] = [];
    for (let n = -1; n < plan.pairs; n++) {
      const first = await bench.events(echo, 1);
      const second = await bench.recommendations(engine, people);
      if (n < 0) continue;
      echoes.push(first);
      lists.push(second);
    }
    return {
      ratios: [
        {
          row: 8,
          name: 'recommendations/s ÷ echo/s',
          ...{ goal: 0.5, floor: 0.35, better: 'more' },
          values: ratiosOf(lists, echoes, ({ perSecond }) => perSecond),
          limit: `${medianOf(lists, cpu).toFixed(1)} µs a list: ${sharesOf(lists)}`,
        },
      ],
      costs: [
        { name: 'Fastify echo, beside recommendations', slices: echoes },
        { name: 'a list of 5 recommendations', slices: lists },
      ],
      notes: [
        `Row 8: ${people.toLocaleString('en')} people who have agreed to personalization, with ${DEEDS} interactions each over ${ITEMS.toLocaleString('en')} items, of which few get most; placements home, item, cart and store in turn.`,
      ],
    };
  } finally {
    await engine.stop();
    await echo.stop();
  }
}
