import { check } from 'k6';
import { get, post } from 'k6/http';
import { baseUrl, constantRate, duration, event, headers } from './support.ts';

/*
 * Many who watch the stream of events while events come. k6 reads a stream as one answer that does not end, so a client is one request which
 * is cut off after the time; what came over it counts in `data_received`, and the engine's own metric says that all of them were there.
 */
const CLIENTS = Number(__ENV.CLIENTS ?? 50);
const seconds = Number(/^\d+/.exec(duration)?.[0] ?? 30);

export const options = {
  scenarios: {
    watchers: {
      executor: 'per-vu-iterations',
      exec: 'watch',
      vus: CLIENTS,
      iterations: 1,
      maxDuration: `${seconds + 30}s`,
    },
    writes: constantRate({ exec: 'write' }),
    count: {
      executor: 'shared-iterations',
      exec: 'count',
      vus: 1,
      iterations: 1,
      startTime: `${seconds / 2}s`,
    },
  },
  thresholds: {
    checks: ['rate==1'],
    dropped_iterations: ['count==0'],
    'http_req_failed{scenario:writes}': ['rate==0'],
    'http_req_duration{scenario:writes}': [`p(99)<${__ENV.P99_MS ?? 250}`],
    // Every client gets at least a sample of what comes.
    data_received: [`count>${CLIENTS * seconds * 100}`],
  },
};

export function watch(): void {
  get(`${baseUrl}/v1/stream/events`, { headers, timeout: `${seconds}s`, responseType: 'none' });
}

export function write(): void {
  const answer = post(`${baseUrl}/v1/events`, JSON.stringify(event()), { headers });
  check(answer, { accepted: ({ status }) => status === 202 });
}

export function count(): void {
  const { body } = get(`${baseUrl}/metrics`, { headers });
  const clients = [...(body ?? '').matchAll(/^tessera_stream_clients(?:\{[^}]*\})? (\d+)/gm)];
  const total = clients.reduce((sum, [, value]) => sum + Number(value), 0);
  check(total, { 'all clients are connected': (connected) => connected >= CLIENTS });
}
