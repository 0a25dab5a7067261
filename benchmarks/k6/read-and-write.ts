import { check } from 'k6';
import { get, post } from 'k6/http';
import { baseUrl, below, constantRate, event, headers, people, thresholds } from './support.ts';

/** Four writes to one read of a profile, as a shop asks for them while its pages send. */
export const options = {
  scenarios: {
    writes: constantRate({ exec: 'write', share: 0.8 }),
    reads: constantRate({ exec: 'read', share: 0.2 }),
  },
  thresholds: thresholds(250),
};

export function write(): void {
  const answer = post(`${baseUrl}/v1/events`, JSON.stringify(event()), { headers });
  check(answer, { accepted: ({ status }) => status === 202 });
}

/** Whoever has not come yet is made by the read's own first event. */
export function setup(): void {
  for (let person = 0; person < people; person += 1) {
    const body = JSON.stringify({
      type: 'product_viewed',
      identifiers: { anonymous_id: `b-${person}`, user_id: `u-${person}` },
      properties: { item_id: 'spu-0' },
    });
    post(`${baseUrl}/v1/events${person === people - 1 ? '?wait=applied' : ''}`, body, { headers });
  }
}

export function read(): void {
  const path = `/v1/profiles/anonymous_id:b-${below(people)}?fields=features`;
  const answer = get(baseUrl + path, { headers, tags: { name: 'profile' } });
  check(answer, { found: ({ status }) => status === 200 });
}
