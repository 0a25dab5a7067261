import type { Arm } from '../arm.ts';
import type { Bench, Measured } from '../bench.ts';
import {
  startEmbeddedArm,
  startServers,
  startServersArm,
  startVolatileArm,
  stopServers,
} from '../engine-arms.ts';
import { BATCH } from '../plan.ts';
import { cpu, medianOf, type Ratio, type RowResult, ratiosOf, sharesOf } from '../result.ts';
import { startAjvArm, startEchoArm, startNaiveArm } from '../rival-arms.ts';

/*
 * Rows 1, 2, 3 and 5: the engine on a data directory and on servers, beside servers that do less, the naive one that does the same, what
 * nobody can do without, and itself without anything durable. All are up at once and loaded in turn.
 */
interface Slices {
  readonly single: Measured[];
  readonly batch: Measured[];
}

export async function measureRivals(bench: Bench): Promise<RowResult> {
  const { directory, plan } = bench;
  const servers = await startServers();
  const arms: Arm[] = [];
  const start = async (starting: Promise<Arm>): Promise<Arm> => {
    const arm = await starting;
    arms.push(arm);
    return arm;
  };
  try {
    await start(startEchoArm());
    await start(startAjvArm());
    await start(startNaiveArm(servers));
    await start(startEmbeddedArm({ name: 'embedded', directory }));
    await start(startEmbeddedArm({ name: 'history', directory, history: true }));
    await start(startServersArm({ name: 'servers', directory, servers }));
    await start(startVolatileArm({ name: 'volatile', directory }));
    for (const arm of arms) await bench.meet(arm);
    const slices = new Map<string, Slices>(arms.map(({ name }) => [name, { single: [], batch: [] }]));
    const floors: number[] = [];
    for (let n = -1; n < plan.pairs; n++) {
      for (const batch of [1, BATCH]) {
        for (const arm of arms) {
          const measured = await bench.events(arm, batch);
          // The first round warms up.
          if (n >= 0) slices.get(arm.name)?.[batch === 1 ? 'single' : 'batch'].push(measured);
        }
      }
      const floor = await bench.floor();
      if (n >= 0) floors.push(floor);
    }
    let checked = 0;
    for (const arm of arms) checked += await bench.check(arm);
    return resultOf(slices, floors, checked);
  } finally {
    for (const arm of arms.reverse()) await arm.stop();
    await stopServers(servers);
  }
}

function resultOf(
  slices: ReadonlyMap<string, Slices>,
  floors: readonly number[],
  checked: number,
): RowResult {
  const of = (name: string): Slices => slices.get(name) ?? { single: [], batch: [] };
  const [echo, ajv, naive, embedded, history, volatile, servers] = [
    'echo',
    'ajv',
    'naive',
    'embedded',
    'history',
    'volatile',
    'servers',
  ].map(of) as [Slices, Slices, Slices, Slices, Slices, Slices, Slices];
  const floor = floors.map((cpuUs) => ({ use: { node: cpuUs } }) as Measured);
  const forms = [
    ['embedded', embedded],
    ['servers', servers],
  ] as const;
  const ratios: Ratio[] = forms.flatMap(([form, engine]) => {
    const { single, batch } = engine;
    const against = (to: readonly Measured[], mine: readonly Measured[]): readonly number[] =>
      ratiosOf(to, mine, cpu);
    return [
      {
        row: 1,
        name: `echo ÷ engine, single events, ${form}`,
        ...{ goal: 0.8, floor: 0.6, better: 'more' as const },
        values: against(echo.single, single),
        limit: `${medianOf(single, cpu).toFixed(1)} µs: ${sharesOf(single)}`,
      },
      {
        row: 2,
        name: `naive ÷ engine, single events, ${form}`,
        ...{ goal: 3, floor: 2.2, better: 'more' as const },
        values: against(naive.single, single),
        limit: 'as in row 1',
      },
      {
        row: 2,
        name: `naive ÷ engine, batches of ${BATCH}, ${form}`,
        ...{ goal: 20, floor: 8, better: 'more' as const },
        values: against(naive.batch, batch),
        limit: 'as in row 3',
      },
      {
        row: 3,
        name: `engine, batches ÷ (JSON.parse + ajv), ${form}`,
        ...{ goal: 2.5, floor: 7, better: 'less' as const },
        values: ratiosOf(batch, floor, cpu),
        limit: `${medianOf(batch, cpu).toFixed(1)} µs: ${sharesOf(batch)}`,
      },
      {
        row: 5,
        name: `batches/s, ${form} ÷ without acknowledgements`,
        ...{ goal: 0.7, floor: 0.45, better: 'more' as const },
        values: ratiosOf(batch, volatile.batch, ({ perSecond }) => perSecond),
        limit: `without: ${medianOf(volatile.batch, cpu).toFixed(1)} µs, ${sharesOf(volatile.batch)}`,
      },
    ];
  });
  const lines = [
    ['Fastify echo', echo],
    ['Fastify + ajv', ajv],
    ['naive', naive],
    ['engine, embedded', embedded],
    ['the same with ClickHouse in the process', history],
    ['engine on Redis + NATS', servers],
    ['engine without acknowledgements (memory)', volatile],
  ] as const;
  const floorUs = medianOf(floor, cpu);
  return {
    ratios: ratios.sort((a, b) => a.row - b.row),
    costs: lines.flatMap(([name, { single, batch }]) => [
      { name: `${name}, single`, slices: single },
      { name: `${name}, batches of ${BATCH}`, slices: batch },
    ]),
    notes: [
      `JSON.parse + ajv of an event, in process: ${floorUs.toFixed(2)} µs of CPU.`,
      `Checked: ${checked.toLocaleString('en')} events, every profile of every engine, every twentieth of the naive server's, every row of history.`,
    ],
  };
}
