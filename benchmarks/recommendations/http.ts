import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SECRET_KEY, type Server, startEngine } from '../support/child.ts';
import { Shop } from './shop.ts';

/*
 * What a list of recommendations costs over HTTP, beside an empty route of the same engine: both are asked in turns over
 * the same connections, so that both meet the same machine. The goal is a 99th percentile within 1.5 times.
 *
 *   npm run build && npx tsx benchmarks/recommendations/http.ts [items, default 20000] [people, default 2000] [rounds, default 4000]
 */
const [ITEMS = 20_000, PEOPLE = 2_000, ROUNDS = 4_000] = process.argv.slice(2).map(Number);
const DEEDS = 20;
const CONNECTIONS = 4;
const GOAL = 1.5;

const EMPTY = '/version';
const at = (values: readonly number[], share: number): number =>
  values[Math.floor(share * (values.length - 1))] ?? 0;

const shop = new Shop(ITEMS);

const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });

function ask(server: Server, path: string): Promise<{ readonly ms: number; readonly text: string }> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const asking = request(
      {
        host: '127.0.0.1',
        port: server.port,
        path,
        agent,
        headers: { authorization: `Bearer ${SECRET_KEY}` },
      },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (part: string) => {
          text += part;
        });
        answer.on('end', () => resolve({ ms: performance.now() - started, text }));
      },
    );
    asking.once('error', reject);
    asking.end();
  });
}

const directory = mkdtempSync(join(tmpdir(), 'tessera-recommend-'));
const server = await startEngine({ dataDirectory: directory });
await shop.fill(server, PEOPLE, DEEDS);
await sleep(2_000);

const placements = ['home', 'item', 'cart', 'store'];
const questions: Readonly<Record<string, () => string>> = {
  'an empty route': () => EMPTY,
  'for somebody': () =>
    `/v1/recommendations?user_id=u-${shop.below(PEOPLE)}&placement=${placements[shop.below(4)]}&item=${shop.anyItem()}&limit=5`,
  'for anybody': () =>
    `/v1/recommendations?placement=${placements[shop.below(4)]}&item=${shop.anyItem()}&limit=5`,
};
const took = new Map(Object.keys(questions).map((name) => [name, [] as number[]]));
const inside: number[] = [];
for (let round = -ROUNDS / 4; round < ROUNDS; round++) {
  for (const [name, question] of Object.entries(questions)) {
    const { ms, text } = await ask(server, question());
    if (round < 0) continue;
    took.get(name)?.push(ms);
    const [, us] = /"took_us":(\d+)/.exec(text) ?? [];
    if (us !== undefined) inside.push(Number(us));
  }
}
agent.destroy();
server.child.kill('SIGTERM');
await once(server.child, 'exit');
rmSync(directory, { recursive: true, force: true });

const empty = (took.get('an empty route') ?? []).sort((a, b) => a - b);
process.stdout.write(
  `${ITEMS} items, ${PEOPLE} people, ${PEOPLE * DEEDS} interactions, ${ROUNDS} rounds in turns\n`,
);
for (const [name, values] of took) {
  values.sort((a, b) => a - b);
  const [p50, p99] = [at(values, 0.5), at(values, 0.99)];
  const ratios = `${(p50 / at(empty, 0.5)).toFixed(2)} x and ${(p99 / at(empty, 0.99)).toFixed(2)} x the empty route`;
  process.stdout.write(`${name.padEnd(16)} p50 ${p50.toFixed(3)} ms  p99 ${p99.toFixed(3)} ms  ${ratios}\n`);
}
inside.sort((a, b) => a - b);
process.stdout.write(
  `the answer itself, after the profile was read: p50 ${at(inside, 0.5)} µs, p99 ${at(inside, 0.99)} µs; goal for p99 over HTTP: ${GOAL} x\n`,
);
