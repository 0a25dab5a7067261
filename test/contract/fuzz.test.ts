import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TesseraError } from '../../src/errors.ts';
import { Random } from '../../src/generate/random.ts';
import { EnginePlace } from '../e2e/support/engine-place.ts';
import type { RunningEngine } from '../e2e/support/engine-process.ts';
import { mutateRequest } from '../support/fuzz/mutate-request.ts';
import { CORPUS_KEY, CORPUS_SECRET, CORPUS_SHOP, requestCorpus } from '../support/fuzz/request-corpus.ts';
import type { SentRequest } from '../support/fuzz/wire-form.ts';

/** `FUZZ_REQUESTS` and `FUZZ_SEED` make it longer, and another one. */
const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? 400);
const SEED = process.env.FUZZ_SEED ?? '1';
const TIMEOUT_MS = Math.max(300_000, REQUESTS * 30);
const AT_ONCE = 8;
const SAMPLES = 20;
/** What caches of people may still take, once most of them have been seen; the rest is collected sooner or later. */
const HEAP_ROOM_BYTES = 96 * 1024 * 1024;

const place = new EnginePlace();
const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
let engine: RunningEngine;

beforeAll(async () => {
  const config = place.file('config.yaml');
  writeFileSync(config, `sources: { ${CORPUS_SHOP}: { secret: ${CORPUS_SECRET} } }\n`);
  engine = await place.start({
    logLevel: 'warn',
    settings: { TESSERA_WRITE_KEY: CORPUS_KEY, TESSERA_CONFIG: config },
  });
});
afterAll(async () => {
  agent.destroy();
  await place.remove();
});

async function send({ method, url, headers, body }: SentRequest): Promise<number> {
  const sent = request(engine.api.address + url, {
    agent,
    method,
    headers: { ...headers, 'content-length': body.length },
  });
  sent.end(body);
  const [answer] = await once(sent, 'response');
  answer.resume();
  await once(answer, 'end');
  return answer.statusCode;
}

async function heapBytes(): Promise<number> {
  const { text } = await engine.api.get('/metrics');
  return Number(/^nodejs_heap_size_used_bytes (\S+)$/m.exec(text)?.[1]);
}

it(`answers ${REQUESTS} mutated requests of every dialect, none with a failure of its own (seed ${SEED})`, {
  timeout: TIMEOUT_MS,
}, async () => {
  const random = new Random(SEED);
  const [first, ...rest] = requestCorpus();
  const statuses = new Map<number, number>();
  const heap: number[] = [];
  for (let n = 0; n < REQUESTS; n += AT_ONCE) {
    const batch = Array.from({ length: AT_ONCE }, () =>
      mutateRequest(random.pick([first!, ...rest]), random),
    );
    const answers = await Promise.all(batch.map(send));
    answers.forEach((status, i) => {
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status < 500) return;
      const { body, ...shown } = batch[i]!;
      throw new TesseraError('internal', `${status} for ${JSON.stringify(shown)} ${body.toString('base64')}`);
    });
    if (n % Math.ceil(REQUESTS / SAMPLES) < AT_ONCE) heap.push(await heapBytes());
  }
  const taken = [200, 202, 204].reduce((sum, status) => sum + (statuses.get(status) ?? 0), 0);
  expect(taken).toBeGreaterThan(REQUESTS / 3);
  expect(statuses.get(400)).toBeGreaterThan(REQUESTS / 100);
  expect(engine.process.running).toBe(true);
  const half = heap.length >> 1;
  expect(Math.min(...heap.slice(half))).toBeLessThan(Math.min(...heap.slice(0, half)) + HEAP_ROOM_BYTES);
  // What was taken is applied like everything else, and what was not is there to be looked at.
  await engine.api.settled();
  expect((await engine.api.numbers('SELECT count() AS n FROM quarantine')).n).toBeGreaterThan(0);
});
