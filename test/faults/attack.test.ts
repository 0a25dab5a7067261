import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EnginePlace } from '../e2e/support/engine-place.ts';
import type { RunningEngine } from '../e2e/support/engine-process.ts';
import { attack } from '../support/attacks.ts';

/** `ATTACK_MS` makes it longer; benchmarks/attack.ts measures what good traffic feels of it. */
const ATTACK_MS = Number(process.env.ATTACK_MS ?? 4_000);
const ORDERS = 10;

const place = new EnginePlace();
let engine: RunningEngine;
beforeAll(async () => {
  engine = await place.start({ logLevel: 'warn' });
});
afterAll(() => place.remove());

it('under attack the engine stays up, fails nobody by a fault of its own, and loses nothing of the good traffic', {
  timeout: 120_000 + ATTACK_MS * 10,
}, async () => {
  const { api } = engine;
  const statuses = new Map<string, Set<number>>();
  const ending = new AbortController();
  const attacked = attack({
    address: api.address,
    writeKey: api.writeKey,
    signal: ending.signal,
    note: (name, status) => {
      statuses.set(name, (statuses.get(name) ?? new Set()).add(status));
    },
  });
  const accepted: string[] = [];
  for (let n = 0; n < ORDERS; n += 1) {
    const id = `good-${n}`;
    const event = {
      id,
      type: 'product_viewed',
      identifiers: { user_id: 'u-1' },
      properties: { item_id: 'spu-1' },
    };
    const { status } = await api.post('/v1/events', event);
    expect([202, 503]).toContain(status);
    if (status === 202) accepted.push(id);
    await sleep(ATTACK_MS / ORDERS);
  }
  ending.abort();
  await attacked;
  for (const [name, found] of statuses) {
    const own = [...found].filter((status) => status >= 500 && status !== 503);
    expect([name, own]).toEqual([name, []]);
  }
  expect(statuses.get('guessed keys')).toEqual(new Set([401]));
  expect([...(statuses.get('large headers') ?? [])].filter((status) => ![0, 431].includes(status))).toEqual(
    [],
  );
  // After the first megabytes that were refused, a public key's large bodies are not even read.
  const bomb = [...(statuses.get('gzip bomb') ?? [])];
  expect(bomb.filter((status) => ![0, 413, 429, 503].includes(status))).toEqual([]);
  expect([...(statuses.get('deep arrays') ?? [])]).toContain(429);
  expect(engine.process.running).toBe(true);
  await api.settled();
  expect(accepted.length).toBeGreaterThan(ORDERS / 2);
  const rows = await api.sql("SELECT event_id FROM events WHERE event_id LIKE 'good-%'");
  expect(rows.map(({ event_id }) => event_id).sort()).toEqual(accepted.sort());
  expect(engine.process.output.split('\n').filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual(
    [],
  );
});
