import { afterAll, beforeAll, expect, it } from 'vitest';
import { EnginePlace } from './support/engine-place.ts';
import type { RunningEngine } from './support/engine-process.ts';
import { rowsByTable } from './support/one-row-each.ts';
import { createRandom } from './support/seeded-random.ts';
import { eventOf, inventShop } from './support/shop.ts';
import { StreamReader } from './support/stream-reader.ts';

const EVENTS = 2_000;

const place = new EnginePlace();
let engine: RunningEngine;
const shop = inventShop({ random: createRandom(7), count: EVENTS, prefix: 's', crowd: 's', people: 100 });
beforeAll(async () => {
  engine = await place.start();
});
afterAll(() => place.remove());

it('a second process on the same directory is refused, and does not disturb the first', async () => {
  const second = place.launch();
  expect(await second.ended()).toBe(1);
  expect(second.output).toContain('data_directory_locked');
  expect((await engine.api.get('/readyz', { key: 'none' })).status).toBe(200);
});

it('SIGTERM ends with 0 though a stream is open, and nothing acknowledged is missing afterwards', async () => {
  const { api, port } = engine;
  const stream = await StreamReader.open(api, '/v1/stream/triggers');
  const answer = await api.post('/v1/events', shop.map(eventOf));
  expect(answer).toMatchObject({ status: 202, body: { accepted: EVENTS, rejected: [] } });
  // At once: what was acknowledged a moment ago is applied on the way out, or after the next start.
  expect(await engine.process.stop(), engine.process.output).toBe(0);
  await expect(stream.next(1_000)).rejects.toThrow();

  engine = await place.start({ port });
  await engine.api.settled();
  expect(await rowsByTable(engine.api)).toMatchObject({ events: EVENTS, quarantine: 0 });
});

it('a start after a stop finds the same state, byte for byte, and the same keys', async () => {
  const { api, port } = engine;
  const before = { digest: await api.digest(), rows: await rowsByTable(api), secret: api.secretKey };
  expect(await engine.process.stop()).toBe(0);
  engine = await place.start({ port });
  await engine.api.settled();
  const { api: next } = engine;
  expect({ digest: await next.digest(), rows: await rowsByTable(next), secret: next.secretKey }).toEqual(
    before,
  );
});

it('a start after a SIGKILL finds the same state too', async () => {
  const before = { digest: await engine.api.digest(), rows: await rowsByTable(engine.api) };
  await engine.process.kill();
  engine = await place.start();
  await engine.api.settled();
  expect({ digest: await engine.api.digest(), rows: await rowsByTable(engine.api) }).toEqual(before);
});
