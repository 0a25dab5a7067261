import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { attack } from '../test/support/attacks.ts';
import { readCpu, readRssMb, SECRET_KEY, type Server, startEngine, stopServer } from './support/child.ts';

/*
 * What good traffic feels while the engine is attacked: orders of a till, at a steady pace, without and with an attack in
 * turns, so that what else the machine does meets both alike.
 *
 * The attackers are a process of their own on the same machine, at the lowest priority: theirs would be other machines, and
 * what is measured is what they cost the engine. They still take what the engine and the till leave of the processors.
 *
 *   npm run build && npx tsx benchmarks/attack.ts [seconds of each part, default 30] [rounds, default 2] [attack …, default all]
 */
const SECONDS = Number(process.argv[2] ?? 30);
const ROUNDS = Number(process.argv[3] ?? 2);
const ONLY = process.argv.slice(4);
const PER_SECOND = 50;
const LOWEST_PRIORITY = 19;
const SETTLING_MS = 2_000;
const WRITE_KEY = `wk_${'attack'.repeat(6)}`;

/** Of one kind of part, all rounds together. */
interface Felt {
  readonly times: number[];
  readonly statuses: Record<string, number>;
  rssMb: number;
  cpuMs: number;
}

async function sendOrder(agent: Agent, { address }: Server, n: number): Promise<number> {
  const body = JSON.stringify({
    id: `good-${process.pid}-${n}-${performance.now()}`,
    type: 'product_viewed',
    identifiers: { user_id: `u-${n % 50}` },
    properties: { item_id: 'spu-1' },
  });
  const headers = { authorization: `Bearer ${SECRET_KEY}`, 'content-length': Buffer.byteLength(body) };
  const sent = request(`${address}/v1/events`, { agent, method: 'POST', headers });
  sent.end(body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  answer.resume();
  await once(answer, 'end');
  return answer.statusCode ?? 0;
}

/** Orders are sent when they are due, whether or not the ones before them are answered. */
async function measure(engine: Server, felt: Felt): Promise<void> {
  const agent = new Agent({ keepAlive: true });
  const cpuUs = readCpu(engine.pid).mainUs;
  const began = performance.now();
  const sent: Promise<void>[] = [];
  for (let n = 0; n < SECONDS * PER_SECOND; n += 1) {
    await sleep(Math.max(0, began + (n * 1000) / PER_SECOND - performance.now()));
    const started = performance.now();
    sent.push(
      sendOrder(agent, engine, n).then((status) => {
        felt.times.push(performance.now() - started);
        felt.statuses[status] = (felt.statuses[status] ?? 0) + 1;
      }),
    );
    if (n % PER_SECOND === 0) felt.rssMb = Math.max(felt.rssMb, readRssMb(engine.pid));
  }
  await Promise.all(sent);
  felt.cpuMs += (readCpu(engine.pid).mainUs - cpuUs) / 1000;
  agent.destroy();
}

function summaryOf({ times, statuses, rssMb, cpuMs }: Felt) {
  times.sort((a, b) => a - b);
  const quantile = (q: number): number =>
    times[Math.min(times.length - 1, Math.floor(times.length * q))] ?? 0;
  const mainThread = cpuMs / (SECONDS * ROUNDS * 1000);
  return { p50Ms: quantile(0.5), p90Ms: quantile(0.9), p99Ms: quantile(0.99), rssMb, mainThread, statuses };
}

type Told = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** In the other process: attacks until it is told to end, and tells how it was answered. */
async function beAttacker(address: string): Promise<void> {
  const ending = new AbortController();
  const told: Record<string, Record<string, number>> = {};
  process.once('message', () => ending.abort());
  const attacking = attack({
    address,
    writeKey: WRITE_KEY,
    signal: ending.signal,
    ...(ONLY.length > 0 && { only: ONLY }),
    note: (name, status) => {
      told[name] ??= {};
      told[name][status] = (told[name][status] ?? 0) + 1;
    },
  });
  process.send?.('ready');
  await attacking;
  process.send?.(told);
  process.disconnect();
}

function startAttacker(address: string): ChildProcess {
  const child = fork(fileURLToPath(import.meta.url), ['attack', address, ...ONLY], {
    execArgv: ['--import', 'tsx'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  if (child.pid !== undefined) setPriority(child.pid, LOWEST_PRIORITY);
  return child;
}

async function attackOnce(engine: Server, felt: Felt, told: Record<string, Record<string, number>>) {
  const attacker = startAttacker(engine.address);
  await once(attacker, 'message');
  await measure(engine, felt);
  attacker.send('end');
  const [answers] = (await once(attacker, 'message')) as [Told];
  for (const [name, statuses] of Object.entries(answers)) {
    told[name] ??= {};
    for (const [status, count] of Object.entries(statuses))
      told[name][status] = (told[name][status] ?? 0) + count;
  }
}

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'tessera-attack-'));
  const engine = await startEngine({
    dataDirectory: join(directory, 'data'),
    env: { TESSERA_WRITE_KEY: WRITE_KEY },
  });
  const nothing = (): Felt => ({ times: [], statuses: {}, rssMb: 0, cpuMs: 0 });
  const [warm, calmly, attackedly] = [nothing(), nothing(), nothing()];
  await measure(engine, warm);
  const told: Record<string, Record<string, number>> = {};
  for (let round = 0; round < ROUNDS; round += 1) {
    await measure(engine, calmly);
    await attackOnce(engine, attackedly, told);
    await sleep(SETTLING_MS);
  }
  const running = engine.child.exitCode === null;
  await stopServer(engine);
  rmSync(directory, { recursive: true, force: true });
  // What was calm first: afterwards the memory that an attack has taken is not all given back.
  calmly.rssMb = warm.rssMb;
  const [calm, attacked] = [summaryOf(calmly), summaryOf(attackedly)];
  console.log(JSON.stringify({ calm, attacked, running, attacks: told }, null, 2));
  const ratio = (of: 'p50Ms' | 'p90Ms' | 'p99Ms' | 'rssMb'): string => (attacked[of] / calm[of]).toFixed(2);
  console.log(
    `p50 × ${ratio('p50Ms')}, p90 × ${ratio('p90Ms')}, p99 × ${ratio('p99Ms')}, memory × ${ratio('rssMb')}`,
  );
}

const [, , first, address] = process.argv;
await (first === 'attack' && address !== undefined ? beAttacker(address) : main());
