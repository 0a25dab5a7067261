import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reader, SECRET_KEY, type TestServer, testServer, WRITE_KEY } from './fakes.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.app.close());

const operator = { authorization: `Bearer ${SECRET_KEY}` };
const post = (payload: object | string, headers: Record<string, string> = operator) =>
  server.app.inject({ method: 'POST', url: '/v1/loyalty/adjustments', headers, payload });
const order = { profile: 'phone:13900001111', points: 200, reason: 'late delivery' };

describe('POST /v1/loyalty/adjustments', () => {
  it('passes the order on with the name of the key as author', async () => {
    const answer = await post({ ...order, id: 't-1', expires_at: '2027-01-01T00:00:00Z' });
    expect([answer.statusCode, answer.json()]).toEqual([
      200,
      { profile_id: order.profile, points: 200, author: 'operator' },
    ]);
  });

  it.each([
    [{ ...order, points: 0 }, '/points'],
    [{ ...order, points: 1.5 }, '/points'],
    [{ ...order, points: '5' }, '/points'],
    [{ ...order, points: 1e12 }, '/points'],
    [{ ...order, reason: '' }, '/reason'],
    [{ ...order, reason: undefined }, '/reason'],
    [{ ...order, profile: 5 }, '/profile'],
    [{ ...order, expires_at: 'soon' }, '/expires_at'],
    [{ ...order, id: 'x'.repeat(300) }, '/id'],
    [{ ...order, expires: 'soon' }, '/expires'],
  ])('refuses what it cannot mean: %j', async (body, path) => {
    const answer = await post(body);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'invalid_parameter', errors: [{ path }] });
  });

  it('says whom it does not know, and asks for the scope admin', async () => {
    expect((await post({ ...order, profile: 'none' })).json()).toMatchObject({ code: 'profile_not_found' });
    expect((await post(order, reader)).statusCode).toBe(403);
    expect((await post(order, { authorization: `Bearer ${WRITE_KEY}` })).statusCode).toBe(403);
    expect((await post(order, {})).statusCode).toBe(401);
  });
});

describe('GET /v1/profiles/…/points', () => {
  it('answers the ledger, as long as is asked for', async () => {
    const get = (url: string) => server.app.inject({ url, headers: reader });
    const answer = await get('/v1/profiles/member_id%3AM-1/points?limit=7');
    expect(answer.json()).toEqual({ profile_id: 'member_id:M-1', points: 0, limit: 7 });
    expect((await get('/v1/profiles/none/points')).statusCode).toBe(404);
    expect((await get('/v1/profiles/x/points?limit=0')).statusCode).toBe(400);
    expect((await get('/v1/profiles/x/points?from=1')).statusCode).toBe(400);
  });
});
