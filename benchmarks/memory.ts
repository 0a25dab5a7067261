/*
 * What a million profiles take, as one real event leaves them: in LMDB (bytes of the file), in Redis (bytes of its memory), and in the engine's
 * process, whose cache is bounded whatever there is. `benchmarks/micro/pending-timers.ts` does the same for timers that wait.
 * Usage: npx tsx benchmarks/memory.ts [--profiles N, default 1000000] [--forms LMDB,Redis] [--json PATH] (build first)
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { askRedis } from '../test/support/servers.ts';
import { Bench } from './ratio/bench.ts';
import { startServers, stopServers } from './ratio/engine-arms.ts';
import { openWorlds, type World } from './ratio/known/open-world.ts';
import { BATCH, FORMS, readPlan } from './ratio/plan.ts';
import { readRssMb } from './support/child.ts';
import { describeMachine, formatTable, writeResult } from './support/report.ts';

const { values } = parseArgs({
  options: {
    profiles: { type: 'string', default: '1000000' },
    forms: { type: 'string', default: 'LMDB,Redis' },
    requests: { type: 'string' },
    json: { type: 'string' },
  },
});
const profiles = Number(values.profiles);
const forms = FORMS.filter((form) => values.forms.split(',').includes(form));
const MILLION = 1_000_000;
const LOADS = 5;

interface Held {
  readonly where: string;
  /** More than with a single profile. */
  readonly bytes: number;
}

const directory = mkdtempSync(join(tmpdir(), 'tessera-memory-'));
const servers = await startServers({ appendonly: false });
const requests = values.requests === undefined ? [] : ['--requests', values.requests];
const bench = new Bench(readPlan(['--slice-ms', '2000', ...requests]), directory);
const worlds: World[] = [];
try {
  const redisBefore = await redisBytes();
  const held: Held[] = [];
  const wanted = forms.map((form) => ({ form, people: profiles }));
  worlds.push(...(await openWorlds(bench, servers, wanted)));
  if (forms.includes('LMDB')) {
    const size = (part: string): number =>
      statSync(join(directory, `known-lmdb-${profiles}`, part, 'data.mdb')).size;
    held.push({ where: 'LMDB, state', bytes: size('state') });
    held.push({ where: 'LMDB, data keys and log', bytes: size('log') });
  }
  if (forms.includes('Redis'))
    held.push({ where: 'Redis, memory', bytes: (await redisBytes()) - redisBefore });
  const rss: string[][] = [];
  for (const { arm, form } of worlds) {
    const idle = readRssMb(arm.pid);
    for (let n = 0; n < LOADS; n++) await bench.events(arm, BATCH);
    rss.push([
      `process on ${form}, MB of RSS: after its start, and after ${LOADS} slices of batches`,
      idle.toFixed(0),
      readRssMb(arm.pid).toFixed(0),
    ]);
    await bench.check(arm);
  }
  const perMillion = ({ bytes }: Held): string => ((bytes / profiles) * (MILLION / 2 ** 20)).toFixed(0);
  const rows = held.map((each) => [each.where, (each.bytes / profiles).toFixed(0), perMillion(each)]);
  const machine = describeMachine();
  const path = writeResult('memory', { machine, profiles, held, rss }, values.json);
  const lines = [
    `Machine: ${machine}`,
    `${profiles.toLocaleString('en')} profiles with one event each, ${worlds[0]?.bytesPerPerson} bytes of keys and values; ${worlds[0]?.seedUs.toFixed(0)} µs of CPU to write each`,
    '',
    formatTable(['', 'bytes per profile', 'MB per million profiles'], rows),
    '',
    ...rss.map(([what, idle, after]) => `${what}: ${idle}, ${after}`),
    '',
    `All figures: ${path}\n`,
  ];
  process.stdout.write(lines.join('\n'));
} finally {
  for (const { arm } of worlds) await arm.stop();
  await stopServers(servers);
  bench.stop();
  rmSync(directory, { recursive: true, force: true });
}

async function redisBytes(): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await askRedis(servers.redis.port, 'INFO memory'))?.[1]);
}
