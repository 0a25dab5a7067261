import { createBodyReader } from '../../src/ingest/body.ts';
import { segment } from '../../src/ingest/dialects/segment.ts';
import type { WireRequest } from '../../src/ingest/wire-request.ts';

/**
 * What a batch of Segment's library costs until its events are canonical (strict scan, JSON.parse of each event,
 * decoding), as a multiple of JSON.parse of the body, in turns. Run: npx tsx benchmarks/micro/segment-decode.ts
 */
const EVENTS = 100;
const BATCHES = 40;
const WARM_UP_ROUNDS = 8;
const ROUNDS = 31;

const AGENT =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0';

function call(n: number): object {
  return {
    messageId: `ajs-next-1795372000${n}-5b1fd9f2-7c5a-4c2e-9d35-${n}`,
    timestamp: '2026-11-22T10:00:00.123Z',
    type: n % 4 === 0 ? 'page' : 'track',
    ...(n % 4 === 0 ? { name: 'Product' } : { event: 'Product Viewed' }),
    userId: n % 3 === 0 ? `u-${n}` : null,
    anonymousId: `c2f6a1d0-${n}-4b2b-8e19-aa92d2e2b6c1`,
    properties: {
      product_id: `spu-${n}`,
      sku: `sku-${n}-L`,
      category: 'women/plus-size/dresses',
      name: n % 5 === 0 ? '连衣裙 加大码' : 'Wrap dress, plus size',
      brand: 'Lumen',
      price: 399,
      currency: 'CNY',
      url: `https://shop.example/p/spu-${n}?utm_source=newsletter`,
    },
    context: {
      page: { path: `/p/spu-${n}`, referrer: '', search: '?utm_source=newsletter', title: 'Dress' },
      userAgent: AGENT,
      locale: 'zh-CN',
      timezone: 'Asia/Shanghai',
      campaign: { source: 'newsletter', medium: 'email', name: 'double-11' },
      library: { name: 'analytics.js', version: 'npm:next-1.84.3' },
    },
    integrations: {},
  };
}

const route = segment.routes.find(({ path }) => path === '/v1/batch');
if (route === undefined) throw new TypeError('there is no /v1/batch');
const way = route;
const bodies = createBodyReader();
const requests: readonly WireRequest[] = Array.from({ length: BATCHES }, (_, batch) => {
  const calls = Array.from({ length: EVENTS }, (__, n) => call(batch * EVENTS + n));
  const text = JSON.stringify({ batch: calls, sentAt: '2026-11-22T10:00:01.000Z', writeKey: 'wk_0123' });
  const bytes = Buffer.from(text);
  return { method: 'POST', headers: {}, contentType: undefined, query: {}, parameters: {}, bytes };
});

/** What is made is counted, so that none of it can be left out. */
let made = 0;

function parseAll(): void {
  for (const { bytes } of requests)
    made += (JSON.parse(bytes.toString('utf8')) as { batch: unknown[] }).batch.length;
}

function decodeAll(): void {
  for (const request of requests) {
    const body = bodies.open(request, way);
    if (body instanceof Promise) throw new TypeError('plain bodies are read at once');
    for (const item of body.items) {
      if (item.ok && 'event' in segment.decode(item.value, body.envelope, way)) made += 1;
    }
  }
}

function cost(act: () => void): number {
  const before = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (BATCHES * EVENTS);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

for (let round = 0; round < WARM_UP_ROUNDS; round += 1) {
  parseAll();
  decodeAll();
}
const pairs = Array.from({ length: ROUNDS }, () => ({ parse: cost(parseAll), decode: cost(decodeAll) }));
const bytes = Math.round((requests[0]?.bytes.length ?? 0) / EVENTS);
const ratio = median(pairs.map(({ parse, decode }) => decode / parse));
process.stdout.write(
  `${EVENTS} calls of ${bytes} bytes: JSON.parse ${median(pairs.map(({ parse }) => parse)).toFixed(2)} µs, ` +
    `decoded ${median(pairs.map(({ decode }) => decode)).toFixed(2)} µs of CPU per call, ${ratio.toFixed(2)} times (${made} made)\n`,
);
