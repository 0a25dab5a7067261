import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onPath } from '../../test/support/on-path.ts';
import { Shop } from '../recommendations/shop.ts';
import { SECRET_KEY } from '../support/child.ts';
import { formatTable } from '../support/report.ts';
import { startEmbeddedArm } from './engine-arms.ts';
import type { Plan } from './plan.ts';

/*
 * The scripts of `benchmarks/k6` against an engine of their own, where k6 is on the PATH: the same questions asked by a generator that is
 * not ours. Rates are modest, since they are to be held and not to be found out.
 */
const SCRIPTS = [
  { name: 'single-events', rate: 200 },
  { name: 'batches', rate: 5 },
  { name: 'read-and-write', rate: 150 },
  { name: 'recommendations', rate: 100 },
  { name: 'stream-fan-out', rate: 50 },
] as const;
const PEOPLE = 200;
const ITEMS = 1_000;
const DEEDS = 5;

export interface K6Run {
  readonly script: string;
  readonly rate: number;
  readonly held: boolean;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** What is to be said of it, as a table or as the reason why there is none. */
export async function runK6({ quick }: Plan): Promise<string> {
  const k6 = onPath('k6');
  if (k6 === undefined) return 'k6 is not on the PATH: its scripts (benchmarks/k6) were not run.';
  const directory = mkdtempSync(join(tmpdir(), 'tessera-bench-k6-'));
  const engine = await startEmbeddedArm({ name: 'k6', directory });
  try {
    await new Shop(ITEMS).fill(engine.server, PEOPLE, DEEDS);
    const runs: K6Run[] = [];
    for (const { name, rate } of SCRIPTS) {
      const env = {
        BASE_URL: engine.server.address,
        SECRET_KEY,
        PEOPLE: String(PEOPLE),
        RUN: name,
        RATE: String(quick ? Math.max(1, rate / 10) : rate),
        DURATION: quick ? '2s' : '5s',
        // Whether thresholds hold is no question of a machine that is checked for running at all.
        ...(quick ? { P99_MS: '60000', CLIENTS: '5' } : {}),
      };
      runs.push(await runScript(k6, { name, env, directory }));
    }
    return describe(runs);
  } finally {
    await engine.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

interface ScriptRun {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  readonly directory: string;
}

async function runScript(k6: string, { name, env, directory }: ScriptRun): Promise<K6Run> {
  const summary = join(directory, `${name}.json`);
  const script = fileURLToPath(new URL(`../k6/${name}.ts`, import.meta.url));
  const child = spawn(
    k6,
    ['run', '--quiet', '--log-output', 'none', '--no-usage-report', '--summary-export', summary, script],
    {
      env: { PATH: process.env.PATH, HOME: process.env.HOME, K6_SUMMARY_TREND_STATS: 'med,p(99)', ...env },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  await once(child, 'close');
  const { metrics } = JSON.parse(readFileSync(summary, 'utf8')) as {
    readonly metrics: Readonly<Record<string, Readonly<Record<string, number>>>>;
  };
  const times = metrics['http_req_duration{scenario:writes}'] ?? metrics.http_req_duration ?? {};
  return {
    script: name,
    rate: Number(env.RATE),
    held: child.exitCode === 0,
    p50Ms: times.med ?? Number.NaN,
    p99Ms: times['p(99)'] ?? Number.NaN,
  };
}

function describe(runs: readonly K6Run[]): string {
  const rows = runs.map(({ script, rate, held, p50Ms, p99Ms }) => [
    script,
    String(rate),
    p50Ms.toFixed(2),
    p99Ms.toFixed(2),
    held ? 'held' : 'broken',
  ]);
  return `k6, open loop:\n\n${formatTable(['script', 'requests/s', 'p50 ms', 'p99 ms', 'thresholds'], rows)}`;
}
