/*
 * Whether the engine stays as it is: half of its own peak for so many minutes, and every few seconds what it holds and how late its event loop
 * was. An event costs the more the more is remembered of its person, so everybody has done a good deal before the peak is taken.
 * Usage: npx tsx benchmarks/soak.ts [--minutes N, default 15] [--people N] [--known EVENTS, of each before the peak is taken, default 40]
 *   [--every SECONDS] [--without-history] [--json PATH] (build first)
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Bench } from './ratio/bench.ts';
import { startEmbeddedArm } from './ratio/engine-arms.ts';
import { BATCH, readPlan } from './ratio/plan.ts';
import { readOwnMb, readRssMb, type Server } from './support/child.ts';
import { get } from './support/engine-api.ts';
import { describeMachine, formatTable, writeResult } from './support/report.ts';
import { describeTraffic } from './support/traffic.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '15' },
    people: { type: 'string', default: '5000' },
    known: { type: 'string', default: '40' },
    every: { type: 'string', default: '10' },
    'without-history': { type: 'boolean', default: false },
    requests: { type: 'string' },
    json: { type: 'string' },
  },
});
const seconds = Number(values.minutes) * 60;
const everySeconds = Number(values.every);
const people = Number(values.people);

interface Look {
  readonly second: number;
  readonly rssMb: number;
  /** Of it the process's own. */
  readonly ownMb: number;
  readonly heapMb: number;
  /** Since the look before. */
  readonly loopDelayP99Ms: number;
  readonly p99Ms: number;
}

async function look(server: Server, second: number, p99Ms: number): Promise<Look> {
  const text = await get<string>(server, '/metrics');
  const read = (name: string): number =>
    Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)`, 'm').exec(text)?.[1]);
  return {
    second,
    rssMb: readRssMb(server.pid),
    ownMb: readOwnMb(server.pid),
    heapMb: read('nodejs_heap_size_used_bytes') / 2 ** 20,
    // Both hold the interval at which the loop is looked at.
    loopDelayP99Ms:
      (read('nodejs_eventloop_lag_p99_seconds') - read('nodejs_eventloop_lag_min_seconds')) * 1_000,
    p99Ms,
  };
}

const directory = mkdtempSync(join(tmpdir(), 'tessera-soak-'));
const sliceMs = String(everySeconds * 1_000);
const requests = values.requests === undefined ? [] : ['--requests', values.requests];
const bench = new Bench(
  readPlan(['--slice-ms', sliceMs, '--people', String(people), ...requests]),
  directory,
);
const engine = await startEmbeddedArm({ name: 'soak', directory, history: !values['without-history'] });
try {
  await bench.meet(engine);
  process.stderr.write(`until ${people} people have done ${values.known} things each\n`);
  while (bench.sentTo(engine) < people * Number(values.known)) await bench.events(engine, BATCH);
  const { perSecond } = await bench.events(engine, 1);
  const half = perSecond / 2;
  const looks: Look[] = [];
  // What went on until now is nothing of what is looked at.
  await look(engine.server, 0, 0);
  const began = performance.now();
  process.stderr.write(`${half.toFixed(0)} events/s for ${(seconds / 60).toFixed(1)} minutes\n`);
  for (;;) {
    const { latencyMs } = await bench.scheduled(engine, half, { sleeps: true });
    const second = (performance.now() - began) / 1_000;
    const seen = await look(engine.server, second, latencyMs.p99);
    looks.push(seen);
    // What was seen is not lost where the engine stops keeping up.
    process.stderr.write(`${JSON.stringify(seen)}\n`);
    if (second >= seconds) break;
  }
  const sent = await bench.check(engine);
  report(looks, { half, sent });
} finally {
  await engine.stop();
  bench.stop();
  rmSync(directory, { recursive: true, force: true });
}

/** Medians of thirds: what grows shows between the second and the last, since caches fill in the first. */
function report(
  looks: readonly Look[],
  { half, sent }: { readonly half: number; readonly sent: number },
): void {
  const names = looks.length < 3 ? ['all'] : ['first', 'second', 'last'];
  const size = looks.length / names.length;
  const rows = names.map((name, n) => {
    const part = looks.slice(Math.floor(n * size), Math.floor((n + 1) * size));
    const sorted = (read: (one: Look) => number): number[] => part.map(read).sort((a, b) => a - b);
    const median = (read: (one: Look) => number): string =>
      (sorted(read)[Math.floor(part.length / 2)] ?? 0).toFixed(1);
    const late = sorted(({ loopDelayP99Ms }) => loopDelayP99Ms);
    return [
      name,
      median(({ rssMb }) => rssMb),
      median(({ ownMb }) => ownMb),
      median(({ heapMb }) => heapMb),
      `${late.filter((ms) => ms < 20).length} of ${part.length}`,
      median(({ loopDelayP99Ms }) => loopDelayP99Ms),
      (late.at(-1) ?? 0).toFixed(1),
      median(({ p99Ms }) => p99Ms),
    ];
  });
  const head = [
    'third',
    'RSS MB',
    'of it its own',
    'heap MB',
    'slices with event-loop delay p99 under 20 ms',
    'event-loop delay p99 ms, median',
    'at most',
    'answer p99 ms, median',
  ];
  const machine = describeMachine();
  const path = writeResult('soak', { machine, perSecond: half, sent, looks }, values.json);
  process.stdout.write(
    [
      `Machine: ${machine}`,
      `Traffic: ${describeTraffic(people)}; ${values.known} events of each before the peak was taken; ${half.toFixed(0)} events/s (half of it) for ${(seconds / 60).toFixed(1)} minutes; ${sent.toLocaleString('en')} events, every profile${values['without-history'] ? '' : ' and every row of history'} as sent; ClickHouse ${values['without-history'] ? 'elsewhere' : 'in the process'}`,
      '',
      formatTable(head, rows),
      '',
      `All figures: ${path}\n`,
    ].join('\n'),
  );
}
