import { check } from 'k6';
import { post } from 'k6/http';
import { baseUrl, constantRate, event, headers, thresholds } from './support.ts';

/** A hundred events per request, as servers and importers send them; RATE counts requests. */
const BATCH = 100;

export const options = {
  scenarios: { batches: constantRate({ exec: 'sendBatch' }) },
  thresholds: thresholds(1_000),
};

export function sendBatch(): void {
  const body = JSON.stringify(Array.from({ length: BATCH }, (_, n) => event(n)));
  const answer = post(`${baseUrl}/v1/events`, body, { headers });
  check(answer, {
    accepted: ({ status, body: text }) => status === 202 && JSON.parse(text ?? '{}').accepted === BATCH,
  });
}
