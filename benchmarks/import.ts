/*
 * The whole path: `tessera import` of a file of clicks into an engine, until state and history hold them all. Two runs: one
 * for the rate, undisturbed; one in which the heap is collected and measured every few seconds, for memory over time.
 * Usage: npm run bench:import [-- --clicks N] [--probe-ms N] [--json PATH]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { TesseraError } from '../src/errors.ts';
import { readCpu, readRssMb, SECRET_KEY, type Server, startEngine, stopServer } from './support/child.ts';
import { type ClickFile, writeClicks } from './support/clicks.ts';
import { drained, eventCounts, get } from './support/engine-api.ts';
import { describeMachine, formatTable, writeResult } from './support/report.ts';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const PRELOAD = new URL('./support/report-heap.mjs', import.meta.url).href;
const RSS_EVERY_MS = 250;

interface Plan {
  readonly clicks: number;
  readonly probeMs: number;
  readonly json: string | undefined;
}

interface HeapProbe {
  readonly applied: number;
  readonly heapUsed: number;
  readonly rss: number;
}

interface Run {
  readonly importSeconds: number;
  /** Until history has every row. */
  readonly totalSeconds: number;
  readonly rssMb: readonly number[];
  readonly probes: readonly HeapProbe[];
  readonly engineCpuUsPerEvent: number;
  readonly engineMainCpuUsPerEvent: number;
}

function readPlan(): Plan {
  const { values } = parseArgs({
    options: { clicks: { type: 'string' }, 'probe-ms': { type: 'string' }, json: { type: 'string' } },
  });
  return {
    clicks: Number(values.clicks ?? 500_000),
    probeMs: Number(values['probe-ms'] ?? 2_000),
    json: values.json,
  };
}

async function main(plan: Plan): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'tessera-bench-import-'));
  try {
    const path = join(directory, 'clicks.tsv');
    const file = await writeClicks(path, plan.clicks);
    const rate = await runOnce(join(directory, 'rate'), { path, file, probeMs: undefined });
    const memory = await runOnce(join(directory, 'memory'), { path, file, probeMs: plan.probeMs });
    print(plan, file, { rate, memory });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

interface Work {
  readonly path: string;
  readonly file: ClickFile;
  /** Absent: memory is only watched from outside. */
  readonly probeMs: number | undefined;
}

async function runOnce(dataDirectory: string, { path, file, probeMs }: Work): Promise<Run> {
  const heapFile = `${dataDirectory}-heap.ndjson`;
  const nodeFlags = probeMs === undefined ? [] : ['--expose-gc', '--import', PRELOAD];
  const engine = await startEngine({ dataDirectory, nodeFlags, env: { TESSERA_BENCH_HEAP_FILE: heapFile } });
  const rssMb: number[] = [];
  const applied: number[] = [];
  const done = new AbortController();
  const watch = setInterval(() => rssMb.push(readRssMb(engine.pid)), RSS_EVERY_MS);
  const probing =
    probeMs === undefined ? undefined : probeHeap(engine, { applied, heapFile, probeMs, until: done.signal });
  try {
    const before = readCpu(engine.pid);
    const start = performance.now();
    await importFile(engine, path, `${dataDirectory}.progress.json`);
    const importedAt = performance.now();
    await drained(engine);
    const end = performance.now();
    const after = readCpu(engine.pid);
    done.abort();
    await probing;
    await checkImport(engine, file);
    return {
      importSeconds: (importedAt - start) / 1_000,
      totalSeconds: (end - start) / 1_000,
      rssMb,
      probes: readProbes(heapFile, applied),
      engineCpuUsPerEvent: (after.processUs - before.processUs) / file.clicks,
      engineMainCpuUsPerEvent: (after.mainUs - before.mainUs) / file.clicks,
    };
  } finally {
    clearInterval(watch);
    done.abort();
    await stopServer(engine);
  }
}

async function importFile(engine: Server, path: string, progress: string): Promise<void> {
  const args = [
    MAIN,
    'import',
    path,
    '--map',
    'yoochoose',
    '--rebase-to',
    'now',
    '--url',
    engine.address,
    '--json',
  ];
  const child = spawn(process.execPath, [...args, '--progress', progress], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { PATH: process.env.PATH, TESSERA_SECRET_KEY: SECRET_KEY },
  });
  await once(child, 'close');
  if (child.exitCode !== 0) throw new TesseraError('internal', `the import ended with ${child.exitCode}`);
}

interface Probing {
  readonly applied: number[];
  readonly heapFile: string;
  readonly probeMs: number;
  readonly until: AbortSignal;
}

/**
 * The n-th signal makes the n-th line of the heap file. One at a time and with a pause between them: a collection of everything
 * may take longer than the pause, and an engine that did nothing else would never be done with its import.
 */
async function probeHeap(engine: Server, { applied, heapFile, probeMs, until }: Probing): Promise<void> {
  while (!until.aborted) {
    await sleep(probeMs);
    if (until.aborted) return;
    const counts = await eventCounts(engine);
    applied.push(counts.applied ?? 0);
    engine.child.kill('SIGWINCH');
    while (!until.aborted && linesIn(heapFile) < applied.length) await sleep(POLL_MS);
  }
}

const POLL_MS = 20;

function linesIn(path: string): number {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0;
}

function readProbes(path: string, applied: readonly number[]): readonly HeapProbe[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  return lines.map((line, n) => ({
    ...(JSON.parse(line) as Omit<HeapProbe, 'applied'>),
    applied: applied[n] ?? 0,
  }));
}

/** Every click once: in the counters, in the sum of a feature over all profiles, and in history. */
async function checkImport(engine: Server, { clicks, sessions }: ClickFile): Promise<void> {
  const counts = await eventCounts(engine);
  const query = encodeURIComponent('SELECT count(), uniqExact(event_id) FROM events');
  const rows = (await get<string>(engine, `/v1/sql?format=TabSeparated&query=${query}`)).trim();
  let views = 0;
  let profiles = 0;
  for (let after: string | undefined = ''; after !== undefined; ) {
    const page: Page = await get(engine, `/v1/profiles?limit=1000&fields=views_lifetime&after=${after}`);
    for (const { features } of page.profiles) views += features.views_lifetime?.value ?? 0;
    profiles += page.profiles.length;
    after = page.next;
  }
  const found = [counts.applied, views, profiles, rows].join(', ');
  const expected = [clicks, clicks, sessions, `${clicks}\t${clicks}`].join(', ');
  if (found !== expected)
    throw new TesseraError('internal', `the engine holds ${found} instead of ${expected}`);
}

interface Page {
  readonly profiles: readonly { readonly features: Readonly<Record<string, { readonly value: number }>> }[];
  readonly next?: string;
}

function print(
  plan: Plan,
  file: ClickFile,
  { rate, memory }: { readonly rate: Run; readonly memory: Run },
): void {
  const [first, last] = heapThirds(memory.probes, file.clicks);
  const growth = first > 0 ? `${(((last - first) / first) * 100).toFixed(1)} %` : 'too few probes';
  const perSecond = (seconds: number): string => Math.round(file.clicks / seconds).toLocaleString('en');
  const rows = [
    ['Events per second, file → state (the importer waits for it)', perSecond(rate.importSeconds)],
    ['Events per second, file → state and history', perSecond(rate.totalSeconds)],
    ['CPU µs per event of the engine, all threads', rate.engineCpuUsPerEvent.toFixed(1)],
    ['of it the JavaScript thread', rate.engineMainCpuUsPerEvent.toFixed(1)],
    ['Highest RSS, MB', Math.max(...rate.rssMb).toFixed(0)],
    ['JavaScript heap after collection, first third, MB', megabytes(first)],
    ['JavaScript heap after collection, last third, MB', megabytes(last)],
    ['Growth between the two', growth],
    ['Heap probes', String(memory.probes.length)],
  ];
  const machine = describeMachine();
  const path = writeResult('import', { machine, file, plan, rate, memory }, plan.json);
  const about = `${file.description}: ${file.clicks.toLocaleString('en')} clicks in ${file.sessions.toLocaleString('en')} sessions`;
  const checked =
    'Checked in both runs: counters, the sum of views over all profiles, rows and distinct ids in history';
  process.stdout.write(
    `Machine: ${machine}\nFile: ${about}\n${checked}\n\n${formatTable(['', ''], rows)}\n\nAll figures: ${path}\n`,
  );
}

/** Mean heap of the probes in the first and in the last third of the events. */
function heapThirds(probes: readonly HeapProbe[], clicks: number): readonly [number, number] {
  const mean = (found: readonly HeapProbe[]): number =>
    found.reduce((sum, { heapUsed }) => sum + heapUsed, 0) / Math.max(found.length, 1);
  return [
    mean(probes.filter(({ applied }) => applied > 0 && applied <= clicks / 3)),
    mean(probes.filter(({ applied }) => applied >= (clicks * 2) / 3)),
  ];
}

function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}

await main(readPlan());
