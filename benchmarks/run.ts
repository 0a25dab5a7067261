/*
 * The ratio suite: CPU time of the engine's process per event, beside that of a bare Fastify echo per request. Both run
 * at once and are loaded in turn, echo and engine in pairs, so that what the machine does meanwhile hits both; within
 * a pair the ratio is taken, and of the pairs the median. Time counts until state and history have caught up.
 * Usage: npm run bench [-- --quick] [--pairs N] [--requests N] [--json PATH]
 */
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkState } from './support/check-state.ts';
import {
  ask,
  readCpu,
  SECRET_KEY,
  type Server,
  startEcho,
  startEngine,
  startGenerator,
  stopServer,
} from './support/child.ts';
import { drained } from './support/engine-api.ts';
import type { SliceResult } from './support/load.ts';
import { describeMachine, formatSpread, formatTable, spreadOf, writeResult } from './support/report.ts';
import { type Expected, trafficDescription } from './support/traffic.ts';

const BATCH = 100;

interface Plan {
  readonly pairs: number;
  /** Single requests in a slice; a slice of batches has a tenth as many requests and ten times as many events. */
  readonly requests: number;
  readonly connections: number;
  readonly json: string | undefined;
}

interface Measured {
  readonly processUs: number;
  readonly mainUs: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Bench {
  readonly echo: Server;
  readonly engine: Server;
  readonly generator: ChildProcess;
}

type Case = 'single events' | 'batches of 100';

interface Pair {
  readonly case: Case;
  readonly echo: Measured;
  readonly engine: Measured;
}

function readPlan(): Plan {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      pairs: { type: 'string' },
      requests: { type: 'string' },
      json: { type: 'string' },
    },
  });
  return {
    pairs: Number(values.pairs ?? (values.quick ? 2 : 7)),
    requests: Number(values.requests ?? (values.quick ? 2_000 : 10_000)),
    connections: 32,
    json: values.json,
  };
}

async function main(plan: Plan): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'tessera-bench-'));
  const generator = startGenerator();
  const servers: Server[] = [];
  try {
    const echo = await startEcho();
    servers.push(echo);
    const engine = await startEngine({ dataDirectory: join(directory, 'data') });
    servers.push(engine);
    const bench = { echo, engine, generator };
    await runPairs(bench, { ...plan, pairs: 1 });
    const pairs = await runPairs(bench, plan);
    const { sent, expected } = await ask<{ sent: number; expected: [string, Expected][] }>(
      generator,
      'expected',
    );
    await checkState(engine, { sent, expected: new Map(expected) });
    print(plan, pairs, sent);
  } finally {
    generator.kill();
    for (const server of servers) await stopServer(server);
    rmSync(directory, { recursive: true, force: true });
  }
}

async function runPairs(bench: Bench, plan: Plan): Promise<readonly Pair[]> {
  const pairs: Pair[] = [];
  for (let n = 0; n < plan.pairs; n++) {
    for (const name of ['single events', 'batches of 100'] as const) {
      const echo = await measure(bench, plan, 'echo');
      const engine = await measure(bench, plan, name);
      pairs.push({ case: name, echo, engine });
    }
  }
  return pairs;
}

async function measure(bench: Bench, plan: Plan, what: Case | 'echo'): Promise<Measured> {
  const target = what === 'echo' ? 'echo' : 'engine';
  const server = bench[target];
  const batch = what === 'batches of 100' ? BATCH : 1;
  const requests = batch === 1 ? plan.requests : Math.ceil(plan.requests / 10);
  const before = readCpu(server.pid);
  const { connections } = plan;
  const order = { target, port: server.port, key: SECRET_KEY, connections, requests, batch };
  const result = await ask<SliceResult>(bench.generator, order);
  const acknowledged = performance.now();
  if (target === 'engine') await drained(server);
  const seconds = (result.wallMs + performance.now() - acknowledged) / 1_000;
  const after = readCpu(server.pid);
  const events = requests * batch;
  return {
    processUs: (after.processUs - before.processUs) / events,
    mainUs: (after.mainUs - before.mainUs) / events,
    perSecond: events / seconds,
    p50Ms: result.latencyMs.p50,
    p99Ms: result.latencyMs.p99,
  };
}

function print(plan: Plan, pairs: readonly Pair[], sent: number): void {
  const rows: string[][] = [];
  const row = (name: string, found: readonly Measured[], ratios: readonly number[]): void => {
    const of = (read: (measured: Measured) => number, digits: number): string =>
      formatSpread(spreadOf(found.map(read)), digits);
    rows.push([
      name,
      of((m) => m.processUs, 1),
      of((m) => m.mainUs, 1),
      ratios.length === 0 ? '1' : formatSpread(spreadOf(ratios), 2),
      of((m) => m.perSecond, 0),
      of((m) => m.p50Ms, 2),
      of((m) => m.p99Ms, 2),
    ]);
  };
  row(
    'Fastify echo, one event',
    pairs.map((pair) => pair.echo),
    [],
  );
  for (const name of ['single events', 'batches of 100'] as const) {
    const mine = pairs.filter((pair) => pair.case === name);
    row(
      `engine, ${name}`,
      mine.map((pair) => pair.engine),
      mine.map(({ echo, engine }) => engine.processUs / echo.processUs),
    );
  }
  const machine = describeMachine();
  const path = writeResult('ratio', { machine, traffic: trafficDescription, plan, sent, pairs }, plan.json);
  const head = [
    '',
    'CPU µs per event',
    'of it JavaScript thread',
    '÷ echo',
    'events/s',
    'answer p50 ms',
    'answer p99 ms',
  ];
  process.stdout.write(
    [
      `Machine: ${machine}`,
      `Traffic: ${trafficDescription}; ${plan.connections} connections`,
      `Medians of ${plan.pairs} pairs (lowest–highest); checked: ${sent.toLocaleString('en')} events, every profile and every row of history as sent`,
      '',
      formatTable(head, rows),
      '',
      `All figures: ${path}`,
      '',
    ].join('\n'),
  );
}

await main(readPlan());
