import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { attack } from '../test/support/attacks.ts';
import { readRssMb, SECRET_KEY, type Server, startEngine, stopServer } from './support/child.ts';

/*
 * What good traffic feels while the engine is attacked: orders of a till, at a steady pace, before the attack and beside it.
 * The attackers are a process of their own, on the same machine, so that their own work is part of what is measured.
 *
 *   npm run build && npx tsx benchmarks/attack.ts [seconds of each part, default 30]
 */
const SECONDS = Number(process.argv[2] ?? 30);
const PER_SECOND = 20;
const WRITE_KEY = `wk_${'attack'.repeat(6)}`;

interface Felt {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly rssMb: number;
  readonly statuses: Readonly<Record<string, number>>;
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
async function measure(engine: Server): Promise<Felt> {
  const agent = new Agent({ keepAlive: true });
  const times: number[] = [];
  const statuses: Record<string, number> = {};
  let rssMb = 0;
  const sent: Promise<void>[] = [];
  for (let n = 0; n < SECONDS * PER_SECOND; n += 1) {
    const started = performance.now();
    sent.push(
      sendOrder(agent, engine, n).then((status) => {
        times.push(performance.now() - started);
        statuses[status] = (statuses[status] ?? 0) + 1;
      }),
    );
    rssMb = Math.max(rssMb, readRssMb(engine.pid));
    await sleep(1000 / PER_SECOND);
  }
  await Promise.all(sent);
  agent.destroy();
  times.sort((a, b) => a - b);
  const quantile = (q: number): number =>
    times[Math.min(times.length - 1, Math.floor(times.length * q))] ?? 0;
  return { p50Ms: quantile(0.5), p99Ms: quantile(0.99), rssMb, statuses };
}

type Told = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** In the other process: attacks until it is told to end, and tells how it was answered. */
async function beAttacker(address: string): Promise<void> {
  const ending = new AbortController();
  const told: Record<string, Record<string, number>> = {};
  process.once('message', () => ending.abort());
  await attack({
    address,
    writeKey: WRITE_KEY,
    signal: ending.signal,
    note: (name, status) => {
      told[name] ??= {};
      told[name][status] = (told[name][status] ?? 0) + 1;
    },
  });
  process.send?.(told);
  process.disconnect();
}

function startAttacker(address: string): ChildProcess {
  const child = fork(fileURLToPath(import.meta.url), ['attack', address], { execArgv: ['--import', 'tsx'] });
  process.once('exit', () => child.kill('SIGKILL'));
  return child;
}

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'tessera-attack-'));
  const engine = await startEngine({
    dataDirectory: join(directory, 'data'),
    env: { TESSERA_WRITE_KEY: WRITE_KEY },
  });
  const calm = await measure(engine);
  const attacker = startAttacker(engine.address);
  const attacked = await measure(engine);
  attacker.send('end');
  const [told] = (await once(attacker, 'message')) as [Told];
  const running = engine.child.exitCode === null;
  await stopServer(engine);
  rmSync(directory, { recursive: true, force: true });
  console.log(JSON.stringify({ calm, attacked, running, attacks: told }, null, 2));
  const ratio = (of: 'p50Ms' | 'p99Ms' | 'rssMb'): string => (attacked[of] / calm[of]).toFixed(2);
  console.log(`p50 × ${ratio('p50Ms')}, p99 × ${ratio('p99Ms')}, memory × ${ratio('rssMb')}`);
}

const [, , first, address] = process.argv;
await (first === 'attack' && address !== undefined ? beAttacker(address) : main());
