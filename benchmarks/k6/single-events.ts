import { check } from 'k6';
import { post } from 'k6/http';
import { baseUrl, event, headers, rampingRate, thresholds } from './support.ts';

/** One event per request, as pages and tills send them, up to the rate: k6 run -e SECRET_KEY=… -e RATE=500 benchmarks/k6/single-events.ts */
export const options = {
  scenarios: { single: rampingRate({ exec: 'sendOne' }) },
  thresholds: thresholds(250),
};

export function sendOne(): void {
  const answer = post(`${baseUrl}/v1/events`, JSON.stringify(event()), { headers });
  check(answer, { accepted: ({ status }) => status === 202 });
}
