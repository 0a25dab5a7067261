import { check } from 'k6';
import { get } from 'k6/http';
import { baseUrl, below, constantRate, headers, people, thresholds } from './support.ts';

/** Lists for people of the shop, in the four places that show them; fill the engine with events and a catalog before. */
const PLACEMENTS = ['home', 'item', 'cart', 'store'];

export const options = {
  scenarios: { lists: constantRate({ exec: 'recommend' }) },
  thresholds: thresholds(100),
};

export function recommend(): void {
  const query = `user_id=u-${below(people)}&placement=${PLACEMENTS[below(4)]}&item=spu-${below(1_000)}&limit=5`;
  const answer = get(`${baseUrl}/v1/recommendations?${query}`, {
    headers,
    tags: { name: 'recommendations' },
  });
  check(answer, { answered: ({ status }) => status === 200 });
}
