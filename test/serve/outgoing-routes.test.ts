import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import { reader, SECRET_KEY, type TestServer, testServer } from './fakes.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.app.close());

const operator = { authorization: `Bearer ${SECRET_KEY}` };

interface Asking {
  readonly payload?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function ask(
  method: 'GET' | 'POST' | 'PUT',
  url: string,
  { payload, headers = operator }: Asking = {},
) {
  const answer = await server.app.inject({
    method,
    url,
    headers: { ...headers },
    ...(payload && { payload }),
  });
  return { status: answer.statusCode, body: answer.json() };
}

describe('webhooks over HTTP', () => {
  it('are listed by name and shown, dead letters page by page', async () => {
    expect((await ask('GET', '/v1/webhooks')).body).toEqual({ webhooks: [{ name: 'app' }, { name: 'crm' }] });
    expect((await ask('GET', '/v1/webhooks/crm')).body).toEqual({ name: 'crm' });
    expect((await ask('GET', '/v1/webhooks/none')).status).toBe(404);
    const page = await ask('GET', '/v1/webhooks/crm/dead?limit=7&after=p0%2F12');
    expect(page.body).toEqual({ dead: [{ name: 'crm', limit: 7, after: 'p0/12' }] });
    expect((await ask('GET', '/v1/webhooks/crm/dead?limit=0')).status).toBe(400);
    expect((await ask('GET', '/v1/webhooks/crm?x=1')).status).toBe(400);
  });

  it('have dead letters brought again: all, or those that are named', async () => {
    const url = '/v1/webhooks/crm/replays';
    expect((await ask('POST', url)).body).toEqual({ name: 'crm', ids: 'all', author: 'operator' });
    expect((await ask('POST', url, { payload: { ids: ['a', 'b'] } })).body).toMatchObject({
      ids: ['a', 'b'],
    });
    for (const payload of [
      { ids: [] },
      { ids: 'all' },
      { ids: [5] },
      { all: true },
      [],
      '{"ids":["a"],"ids":["b"]}',
    ])
      expect([payload, (await ask('POST', url, { payload })).status]).toEqual([payload, 400]);
    const many = { ids: Array.from({ length: limits.pageMax + 1 }, (_, n) => `f${n}`) };
    expect((await ask('POST', url, { payload: many })).status).toBe(400);
  });

  it('are no matter for who may only read', async () => {
    expect((await ask('GET', '/v1/webhooks', { headers: reader })).status).toBe(403);
    expect((await ask('GET', '/v1/coupons', { headers: reader })).status).toBe(403);
    expect((await ask('POST', '/v1/webhooks/crm/replays', { headers: reader })).status).toBe(403);
    expect((await ask('POST', '/v1/coupons/plus/codes', { headers: reader })).status).toBe(403);
  });
});

describe('pools of coupons over HTTP', () => {
  it('are listed by name, shown and put, without what an answer adds', async () => {
    expect((await ask('GET', '/v1/coupons')).body).toEqual({ coupons: [{ name: 'gold' }, { name: 'plus' }] });
    expect((await ask('GET', '/v1/coupons/plus')).body).toEqual({ name: 'plus' });
    const payload = { valid: '7d', version: 'x', author: 'somebody', since: 5 };
    expect((await ask('PUT', '/v1/coupons/plus', { payload })).body).toEqual({
      name: 'plus',
      valid: '7d',
      author: 'operator',
    });
  });

  const url = '/v1/coupons/plus/codes';
  const text = { ...operator, 'content-type': 'text/plain' };

  it('take codes as JSON and as lines', async () => {
    expect((await ask('POST', url, { payload: { codes: ['A', 'B'] } })).body.codes).toEqual(['A', 'B']);
    expect((await ask('POST', url, { payload: 'A\r\n\n  B \n', headers: text })).body.codes).toEqual([
      'A',
      'B',
    ]);
    expect((await ask('POST', url, { payload: '{"codes":["A"]}' })).body.codes).toEqual(['A']);
    expect((await ask('POST', url, { payload: '{A}', headers: text })).body.codes).toEqual(['{A}']);
  });

  it.each([
    [{ codes: [] }, '/codes'],
    [{ codes: 'A' }, '/codes'],
    [{}, '/codes'],
    [{ codes: ['A', 5] }, '/codes/1'],
    [{ codes: ['A B'] }, '/codes/0'],
    [{ codes: ['Ä'] }, '/codes/0'],
    [{ codes: ['x'.repeat(limits.couponCodeCharactersMax + 1)] }, '/codes/0'],
    [{ codes: ['A'], pool: 'other' }, '/pool'],
  ])('refuse what cannot be codes: %j', async (payload, path) => {
    const { status, body } = await ask('POST', url, { payload });
    expect([status, body.errors[0].path]).toEqual([400, path]);
  });
});
