import { afterAll, beforeAll, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import { reader, type TestServer, testServer, WRITE_KEY } from './fakes.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.app.close());

const get = (query: string, headers: Record<string, string> = reader) =>
  server.app.inject({ url: `/v1/profiles/phone%3A13900001111/features/days${query}`, headers });

it('answers the course of the profile that an identifier names, over a month unless told otherwise', async () => {
  const answer = await get('');
  expect(answer.statusCode).toBe(200);
  expect(answer.json().at).toHaveLength(limits.courseDays);
  const few = await get('?days=3&features=views_7d,spend_30d');
  expect(few.json()).toMatchObject({
    at: [0, 1, 2],
    features: { views_7d: [null, 1], spend_30d: [null, 1] },
  });
  expect(Object.keys(few.json().features)).toEqual(['views_7d', 'spend_30d']);
});

it.each(['?days=1', '?days=91', '?days=x', '?features=a,,b', '?features=A', '?at=1'])(
  'refuses what it cannot mean: %s',
  async (query) => {
    const answer = await get(query);
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'invalid_parameter']);
  },
);

it('says whom it does not know, and asks for the scope read', async () => {
  const nobody = await server.app.inject({ url: '/v1/profiles/phone%3A1/features/days', headers: reader });
  expect([nobody.statusCode, nobody.json().code]).toEqual([404, 'profile_not_found']);
  expect((await get('', { authorization: `Bearer ${WRITE_KEY}` })).statusCode).toBe(403);
  expect((await get('', {})).statusCode).toBe(401);
});
