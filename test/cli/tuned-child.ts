import { pbkdf2 } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { tuneV8 } from '../../src/cli/tune-v8.ts';

/** Tunes itself, lets the threads of Node's own pool work, then V8's helpers, and prints the niceness of those that did. */

const ROUNDS = 12;
const TICKS_MIN = 3;

function ticks(): Map<string, number> {
  const used = new Map<string, number>();
  for (const thread of readdirSync('/proc/self/task')) {
    const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    used.set(thread, Number(fields[11]) + Number(fields[12]));
  }
  return used;
}

/** Of the threads beside this one that used time during the work. */
async function nicenessOfWorking(work: () => Promise<void>): Promise<number[]> {
  const before = ticks();
  await work();
  const working: number[] = [];
  for (const [thread, now] of ticks())
    if (thread !== String(process.pid) && now - (before.get(thread) ?? 0) >= TICKS_MIN)
      working.push(getPriority(Number(thread)));
  return working;
}

tuneV8(process.env.NODE_OPTIONS);
const derive = promisify(pbkdf2);
const pool = await nicenessOfWorking(async () => {
  await Promise.all(Array.from({ length: 4 }, () => derive('a', 'b', 300_000, 32, 'sha256')));
});
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const kept: object[] = [];
const helpers = await nicenessOfWorking(async () => {
  for (let n = 0; n < 1_000_000; n++) kept.push({ n, text: [n, { n }] });
  for (let round = 0; round < ROUNDS; round++) collect();
});
const own = getPriority(process.pid);
process.stdout.write(JSON.stringify({ own, helpers, pool, kept: kept.length }));
