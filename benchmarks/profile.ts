/*
 * Where the time goes: the engine under single events and under batches, each in a process of its own that samples itself (`--cpu-prof`), as
 * folded stacks and as a flame graph. Only the thread that runs JavaScript is sampled; what the others do is in the ratio suite.
 * Usage: npm run bench:profile [-- --servers, the engine on Redis and NATS] [--seconds N] [--people N] [--out DIRECTORY] [--folded DIRECTORY]
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { TesseraError } from '../src/errors.ts';
import { drawFlame } from './profile/draw-flame.ts';
import { type CpuProfile, foldStacks, frameCosts, type Stacks, stacksText } from './profile/fold-stacks.ts';
import { Bench } from './ratio/bench.ts';
import { startEmbeddedArm, startServers, startServersArm, stopServers } from './ratio/engine-arms.ts';
import { BATCH, readPlan } from './ratio/plan.ts';
import { formatTable } from './support/report.ts';
import { PEOPLE } from './support/traffic.ts';

const FRAMES_SHOWN = 15;
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    servers: { type: 'boolean', default: false },
    requests: { type: 'string' },
    people: { type: 'string', default: String(PEOPLE) },
    out: { type: 'string' },
    folded: { type: 'string' },
  },
});
const out = values.out ?? fileURLToPath(new URL('../docs', import.meta.url));
/** Folded stacks are for other tools, and larger than what belongs into a repository. */
const foldedOut = values.folded ?? fileURLToPath(new URL('./results', import.meta.url));

async function profile(name: string, batch: number): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'tessera-profile-'));
  const requests = values.requests === undefined ? [] : ['--requests', values.requests];
  const sliceMs = String(Number(values.seconds) * 1_000);
  const plan = readPlan(['--slice-ms', sliceMs, '--people', values.people, ...requests]);
  const bench = new Bench(plan, directory);
  const nodeFlags = ['--cpu-prof', '--cpu-prof-interval', '500', '--cpu-prof-dir', directory];
  const servers = values.servers ? await startServers() : undefined;
  const options = { name: 'profile', directory, nodeFlags };
  const engine = await (servers === undefined
    ? startEmbeddedArm(options)
    : startServersArm({ ...options, servers }));
  try {
    await bench.meet(engine);
    // Warms up, and finds out how much a slice is.
    await bench.events(engine, batch);
    const from = monotonicUs();
    const { use } = await bench.events(engine, batch);
    const until = monotonicUs();
    await bench.check(engine);
    await engine.stop();
    const file = readdirSync(directory).find((each) => each.endsWith('.cpuprofile'));
    if (file === undefined) throw new TesseraError('internal', 'the engine has written no profile');
    // Written by V8.
    const recorded = JSON.parse(readFileSync(join(directory, file), 'utf8')) as CpuProfile;
    write(name, foldStacks(recorded, { from, until }), use.main);
  } finally {
    await engine.stop();
    if (servers !== undefined) await stopServers(servers);
    bench.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The clock that profiles are stamped with, which is one for all processes. */
function monotonicUs(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

function write(name: string, stacks: Stacks, mainUs: number): void {
  for (const directory of [out, foldedOut]) mkdirSync(directory, { recursive: true });
  writeFileSync(join(foldedOut, `${name}.folded`), stacksText(stacks));
  const title = `${name.replaceAll('-', ' ')}: the thread that runs JavaScript`;
  writeFileSync(join(out, `flame-${name}.svg`), drawFlame(stacks, title));
  const costs = frameCosts(stacks).slice(0, FRAMES_SHOWN);
  const rows = costs.map(({ frame, self, total }) => [
    frame,
    `${(self * 100).toFixed(1)} %`,
    `${(total * 100).toFixed(1)} %`,
    (self * mainUs).toFixed(1),
  ]);
  const table = formatTable(['function', 'itself', 'with what it calls', 'µs per event'], rows);
  process.stdout.write(`${title}, ${mainUs.toFixed(1)} µs per event under the profiler\n\n${table}\n\n`);
}

const place = values.servers ? '-on-servers' : '';
await profile(`batches${place}`, BATCH);
await profile(`single-events${place}`, 1);
