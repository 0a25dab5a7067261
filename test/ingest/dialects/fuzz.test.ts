import { expect, it } from 'vitest';
import { errorTable, TesseraError } from '../../../src/errors.ts';
import { Random } from '../../../src/generate/random.ts';
import { createBodyReader } from '../../../src/ingest/body.ts';
import { allDialects } from '../../../src/ingest/dialects/all-dialects.ts';
import type { Decoded, Dialect, DialectRoute } from '../../../src/ingest/dialects/dialect.ts';
import { createNormalizer } from '../../../src/ingest/normalize.ts';
import { loadEventSchemas } from '../../../src/ingest/schemas.ts';
import { mutateRequest } from '../../support/fuzz/mutate-request.ts';
import { requestCorpus } from '../../support/fuzz/request-corpus.ts';
import type { SentRequest } from '../../support/fuzz/wire-form.ts';
import { wireRequest } from './open-recorded.ts';

/** `FUZZ_REQUESTS` and `FUZZ_SEED` make it longer, and another one. */
const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? 3_000);
const SEED = process.env.FUZZ_SEED ?? '1';
const TIMEOUT_MS = Math.max(120_000, REQUESTS * 10);
/** Heap that short-lived things may hold between two collections. */
const HEAP_ROOM_BYTES = 64 * 1024 * 1024;

const reader = createBodyReader();
const normalize = createNormalizer({
  schemas: loadEventSchemas(new URL('../../../schemas/events/', import.meta.url).pathname),
  defaultCurrency: 'CNY',
  allowCustomTypes: true,
  sources: {},
});
const context = {
  receivedAt: Date.parse('2026-11-22T19:00:00Z'),
  source: 'web',
  defaultChannel: 'web',
  publicKey: true,
};

interface Way {
  readonly dialect: Dialect;
  readonly route: DialectRoute;
}

function wayOf({ url, method }: SentRequest): Way | undefined {
  const path = url.split('?', 1)[0] ?? '';
  for (const dialect of allDialects) {
    for (const route of dialect.routes) {
      const pattern = new RegExp(`^${route.path.replace(/:\w+/g, '[^/]+').replaceAll('.', '\\.')}$`);
      if (pattern.test(path) && (route.methods ?? ['POST']).some((each) => each === method))
        return { dialect, route };
    }
  }
  return undefined;
}

const tally = { events: 0, accepted: 0, rejected: 0, unreadable: 0, elsewhere: 0 };

/** The way of a request through ingest; whatever is thrown but an error for the sender fails the test. */
async function take(request: SentRequest): Promise<void> {
  const way = wayOf(request);
  if (way === undefined) {
    tally.elsewhere++;
    return;
  }
  const { dialect, route } = way;
  try {
    const body = request.body.toString('base64');
    const wire = wireRequest({ from: 'fuzz', ...request, body });
    route.signed?.holds(wire, 'secret');
    const { items, envelope } = await reader.open(wire, route);
    for (const item of items) {
      if (item.ok) count(dialect.decode(item.value, envelope, route));
      else tally.rejected++;
    }
  } catch (error) {
    if (!(error instanceof TesseraError) || errorTable[error.code][0] >= 500) throw error;
    tally.unreadable++;
  }
}

function count(decoded: Decoded): void {
  if ('code' in decoded) {
    tally.rejected++;
    return;
  }
  for (const { event, sentAt } of 'ok' in decoded ? [decoded] : decoded) {
    tally.events++;
    const wire = sentAt === undefined ? event : { ...event, sentAt };
    tally[normalize(wire, context).ok ? 'accepted' : 'rejected']++;
  }
}

it(`ends for every one of ${REQUESTS} mutated requests in events or in a reason (seed ${SEED})`, {
  timeout: TIMEOUT_MS,
}, async () => {
  const random = new Random(SEED);
  const [first, ...rest] = requestCorpus();
  const heap: number[] = [];
  for (let n = 0; n < REQUESTS; n++) {
    const request = mutateRequest(random.pick([first!, ...rest]), random);
    try {
      await take(request);
    } catch (error) {
      const { body, ...shown } = request;
      throw new TesseraError(
        'internal',
        `request ${n}: ${JSON.stringify(shown)} ${body.toString('base64')}`,
        { cause: error },
      );
    }
    if (n % 500 === 499) heap.push(process.memoryUsage().heapUsed);
  }
  // Most requests have to get as far as what they are about, or the test looks at nothing but damaged wrappings.
  expect(tally.accepted).toBeGreaterThan(REQUESTS / 4);
  expect(tally.rejected).toBeGreaterThan(REQUESTS / 50);
  expect(tally.unreadable).toBeGreaterThan(REQUESTS / 100);
  expect(tally.elsewhere).toBeLessThan(REQUESTS / 20);
  const half = heap.length >> 1;
  expect(Math.min(...heap.slice(half))).toBeLessThan(Math.min(...heap.slice(0, half)) + HEAP_ROOM_BYTES);
});
