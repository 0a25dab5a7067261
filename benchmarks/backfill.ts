/*
 * Filling a feature from history beside live traffic: how many events a second it takes in, and what whoever sends one
 * event and waits until it is applied notices of it. Both are taken on one engine in one run: latency first undisturbed,
 * then while the work goes on.
 * Usage: npx tsx benchmarks/backfill.ts [--events N] [--json PATH], after npm run build
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { TesseraError } from '../src/errors.ts';
import { SECRET_KEY, type Server, startEngine, stopServer } from './support/child.ts';
import { drained, get } from './support/engine-api.ts';
import { createRandom } from './support/random.ts';
import { describeMachine, formatTable, writeResult } from './support/report.ts';

const BATCH = 1_000;
const PEOPLE = 30_000;
const LIVE_EVERY_MS = 20;
const QUIET_MS = 15_000;
const DAY_MS = 86_400_000;

const FEATURE = {
  on: ['product_viewed', 'product_added'],
  aggregate: 'count',
  windows: ['1h', '30d', 'lifetime'],
};

interface Job {
  readonly id: string;
  readonly status: string;
  readonly started_at: number;
  readonly finished_at: number;
  readonly result: { readonly events: number; readonly facets: number };
}

async function ask<Answer>(server: Server, method: string, path: string, body?: object): Promise<Answer> {
  const response = await fetch(`${server.address}${path}`, {
    method,
    headers: { authorization: `Bearer ${SECRET_KEY}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new TesseraError('internal', `${path} answered ${response.status}`);
  return (await response.json()) as Answer;
}

const below = createRandom(7);

function eventOf(n: string): object {
  return {
    id: n,
    type: below(5) === 0 ? 'product_added' : 'product_viewed',
    time: new Date(Date.now() - below(40 * DAY_MS)).toISOString(),
    identifiers: { anonymous_id: `a-${below(PEOPLE)}` },
    properties: { item_id: `i-${below(1_000)}`, category: 'women/dresses', price: 399 },
  };
}

async function sendPast(engine: Server, events: number): Promise<void> {
  for (let sent = 0; sent < events; sent += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, events - sent) }, (_, n) => eventOf(`p-${sent + n}`));
    await ask(engine, 'POST', '/v1/events?wait=applied', batch);
  }
  await drained(engine);
}

/** One event after another, each when its turn has come; answers how long each took. */
async function sendLive(engine: Server, label: string, goesOn: () => boolean): Promise<readonly number[]> {
  const took: number[] = [];
  while (goesOn()) {
    const began = performance.now();
    await ask(engine, 'POST', '/v1/events?wait=applied', eventOf(`${label}-${took.length}`));
    took.push(performance.now() - began);
    await pause(Math.max(0, LIVE_EVERY_MS - (performance.now() - began)));
  }
  return took.sort((a, b) => a - b);
}

async function fill(engine: Server): Promise<{ readonly job: Job; readonly live: readonly number[] }> {
  await ask(engine, 'PUT', '/v1/definitions/features/seen', FEATURE);
  const { job: begun } = await ask<{ job: Job }>(engine, 'POST', '/v1/features/seen/backfills');
  let job = begun;
  const sending = sendLive(engine, 'during', () => job.status === 'queued' || job.status === 'running');
  while (job.status === 'queued' || job.status === 'running') {
    await pause(100);
    job = await get<Job>(engine, `/v1/jobs/${begun.id}`);
  }
  const live = await sending;
  if (job.status !== 'done') throw new TesseraError('job_failed', JSON.stringify(job));
  return { job, live };
}

function row(name: string, took: readonly number[]): readonly string[] {
  const at = (share: number): string =>
    (took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? 0).toFixed(1);
  return [name, String(took.length), at(0.5), at(0.95), at(0.99), at(1)];
}

const { values } = parseArgs({ options: { events: { type: 'string' }, json: { type: 'string' } } });
const events = Number(values.events ?? 300_000);
const directory = mkdtempSync(join(tmpdir(), 'tessera-bench-'));
const engine = await startEngine({ dataDirectory: join(directory, 'data') });
try {
  await sendPast(engine, events);
  const until = performance.now() + QUIET_MS;
  const before = await sendLive(engine, 'before', () => performance.now() < until);
  const { job, live } = await fill(engine);
  const seconds = (job.finished_at - job.started_at) / 1_000;
  const rate = Math.round(job.result.events / seconds);
  process.stdout.write(
    `${describeMachine()}\n\n${job.result.events} events of ${job.result.facets} facets in ${seconds.toFixed(1)} s: ${rate} events/s\n\n` +
      `${formatTable(['one event, ms', 'n', 'p50', 'p95', 'p99', 'max'], [row('before', before), row('meanwhile', live)])}\n`,
  );
  writeResult('backfill', { events: job.result.events, seconds, rate, before, live }, values.json);
} finally {
  await stopServer(engine);
  rmSync(directory, { recursive: true, force: true });
}
