import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '../src/config.ts';
import { openEngine } from '../src/engine.ts';
import { limits } from '../src/limits.ts';

/**
 * An item that many wait for is back: how long until all of them are told, and what an event that comes meanwhile waits for.
 * Run: npx tsx benchmarks/catalog-fan-out.ts [profiles, default 100000]
 */
const PROFILES = Number(process.argv[2] ?? 100_000);
const SECRET_KEY = `sk_${'0'.repeat(32)}`;
const PROBE_EVERY_MS = 100;

const directory = mkdtempSync(join(tmpdir(), 'tessera-fan-out-'));
const flags = { dataDir: directory, port: '0', logLevel: 'error' };
const env = { TESSERA_SECRET_KEY: SECRET_KEY };
const engine = await openEngine(loadConfig({ env, flags, readFile: (path) => readFileSync(path) }), 'bench');
const address = await engine.listen();
const headers = { authorization: `Bearer ${SECRET_KEY}`, 'content-type': 'application/json' };

async function call(method: string, path: string, body: unknown): Promise<string> {
  const answer = await fetch(`${address}${path}`, { method, headers, body: JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) process.stdout.write(`${method} ${path}: ${text}\n`);
  return text;
}

const inquiry = (user: string, variant_id: string) => ({
  id: `q-${user}-${variant_id}`,
  type: 'stock_inquired',
  identifiers: { user_id: user },
  properties: { item_id: 'spu', variant_id, notify: true },
});

async function fired(): Promise<number> {
  const query = "SELECT count() FROM decisions WHERE trigger = 'back_again' AND decision = 'fired'";
  return Number((await call('POST', '/v1/sql', { query, format: 'TabSeparated' })).trim());
}

const stock = (quantity: number) =>
  call('PUT', '/v1/catalog/stock', [{ item_id: 'spu', variant_id: 'sku', store: 's', quantity }]);

async function probe(until: () => boolean): Promise<readonly number[]> {
  const took: number[] = [];
  for (let n = 0; !until(); n++) {
    const before = performance.now();
    await call('POST', '/v1/events?wait=applied', [inquiry(`probe-${n}`, 'other')]);
    took.push(performance.now() - before);
    await sleep(PROBE_EVERY_MS);
  }
  return took.sort((a, b) => a - b);
}

const at = (values: readonly number[], share: number): string =>
  (values[Math.floor(share * (values.length - 1))] ?? 0).toFixed(0);

await call('PUT', '/v1/definitions/triggers/back_again', {
  purpose: 'service',
  on: {
    catalog: 'back_in_stock',
    interest: { event: 'stock_inquired' },
    key: 'properties.variant_id',
    for: '90d',
  },
  action: { channel: 'none' },
});
const filling = performance.now();
for (let from = 0; from < PROFILES; from += limits.batchEventsMax) {
  const count = Math.min(limits.batchEventsMax, PROFILES - from);
  const events = Array.from({ length: count }, (_, n) => inquiry(`u-${from + n}`, 'sku'));
  await call('POST', '/v1/events?wait=applied', events);
}
await stock(0);
const filled = performance.now();
let done = false;
const idle = await probe(() => performance.now() > filled + 3_000);
const cpuBefore = process.cpuUsage();
const begun = performance.now();
await stock(5);
const probing = probe(() => done);
while ((await fired()) < PROFILES) await sleep(1_000);
const seconds = (performance.now() - begun) / 1_000;
const { user, system } = process.cpuUsage(cpuBefore);
done = true;
const busy = await probing;
process.stdout.write(
  `${PROFILES} profiles waited (entered in ${((filled - filling) / 1_000).toFixed(0)} s): all told and in history after ${seconds.toFixed(1)} s, ` +
    `${((user + system) / PROFILES).toFixed(0)} µs of CPU each; an event meanwhile waited p50 ${at(busy, 0.5)} ms, p99 ${at(busy, 0.99)} ms ` +
    `(idle: ${at(idle, 0.5)} and ${at(idle, 0.99)} ms); process ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB\n`,
);
await engine.stop();
rmSync(directory, { recursive: true, force: true });
