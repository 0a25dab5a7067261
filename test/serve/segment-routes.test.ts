import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import { ALICE, reader, secret, type TestServer, testServer } from './fakes.ts';

let server: TestServer;

beforeEach(async () => {
  server = await testServer();
});
afterEach(async () => {
  await server.services.people.jobs.stop();
  await server.app.close();
});

const get = (url: string, headers = reader) => server.app.inject({ method: 'GET', url, headers });

describe('GET /v1/segments/{name}/profiles', () => {
  it('lists members, masked unless the key may see personal data', async () => {
    const masked = await get('/v1/segments/loyal/profiles?limit=1');
    expect(masked.json()).toEqual({
      members: [
        {
          profile_id: ALICE,
          since: 1_795_255_200_123,
          kind: 'customer',
          identifiers: { phone: ['139****1111'] },
          consents: {},
        },
      ],
      next: ALICE,
    });
    const open = await get('/v1/segments/loyal/profiles', secret);
    expect(open.json().members[0].identifiers).toEqual({ phone: ['+8613900001111'] });
    expect((await get('/v1/segments/loyal/profiles?consent=marketing.sms')).json()).toEqual({ members: [] });
  });

  it('answers CSV, and names the next page in a header', async () => {
    const answer = await get('/v1/segments/loyal/profiles?limit=1&format=csv', secret);
    expect([answer.headers['content-type'], answer.headers['x-next']]).toEqual([
      'text/csv; charset=utf-8',
      ALICE,
    ]);
    expect(answer.body).toBe(
      `profile_id,since,kind,phone\r\n${ALICE},2026-11-21T10:00:00.123Z,customer,+8613900001111\r\n`,
    );
  });

  it.each([
    ['/v1/segments/none/profiles', 404, 'not_found'],
    ['/v1/segments/loyal/profiles?limit=0', 400, 'invalid_parameter'],
    ['/v1/segments/loyal/profiles?consent=a%20b', 400, 'invalid_parameter'],
    ['/v1/segments/loyal/profiles?format=xml', 400, 'invalid_parameter'],
    ['/v1/segments/overlap?a=loyal', 400, 'invalid_parameter'],
    ['/v1/segments/overlap?a=loyal&b=none', 404, 'not_found'],
  ])('refuses %s', async (url, status, code) => {
    expect((await get(url)).json()).toMatchObject({ status, code });
  });
});

describe('segments', () => {
  it('are listed with their definitions, and compared', async () => {
    expect((await get('/v1/segments')).json()).toEqual({ segments: [] });
    expect((await get('/v1/segments/overlap?a=loyal&b=loyal')).json()).toEqual({ a: 1, b: 1, both: 1 });
  });

  it('are previewed as a job, by whoever may define them', async () => {
    const preview = (payload: object, headers = secret) =>
      server.app.inject({
        method: 'POST',
        url: '/v1/segments/previews',
        headers,
        payload: JSON.stringify(payload),
      });
    const answer = await preview({ definition: { when: { feature: 'views_1h', gte: 1 } } });
    expect([answer.statusCode, answer.headers.location]).toEqual([202, `/v1/jobs/${answer.json().job.id}`]);
    expect((await preview({ definition: 'views' })).json()).toMatchObject({ code: 'invalid_parameter' });
    expect((await preview({ definition: {} })).json()).toMatchObject({ code: 'invalid_definition' });
    expect((await preview({ definition: {} }, reader)).json()).toMatchObject({ code: 'forbidden' });
  });
});

describe('tags', () => {
  const put = (url: string, payload?: object, headers = secret) =>
    server.app.inject({
      method: 'PUT',
      url,
      headers,
      ...(payload === undefined ? {} : { payload: JSON.stringify(payload) }),
    });

  it('are put on, taken off and listed', async () => {
    const on = await put(`/v1/profiles/${ALICE}/tags/vip`, { reason: 'wedding', expires: '2026-07-01' });
    expect(on.json()).toEqual({ profile_id: ALICE, tag: 'vip', on: true });
    expect((await put('/v1/profiles/phone:13900001111/tags/vip')).json()).toMatchObject({ on: true });
    const off = await server.app.inject({
      method: 'DELETE',
      url: `/v1/profiles/${ALICE}/tags/vip`,
      headers: secret,
    });
    expect(off.json()).toEqual({ profile_id: ALICE, tag: 'vip', on: false });
    expect((await get(`/v1/profiles/${ALICE}/tags`)).json()).toEqual({ profile_id: ALICE, tags: [] });
  });

  it.each([
    ['phone:none/tags/vip', {}, 404, 'profile_not_found'],
    [`${ALICE}/tags/VIP`, {}, 400, 'invalid_parameter'],
    [`${ALICE}/tags/vip`, { expires: 'soon' }, 400, 'invalid_parameter'],
    [
      `${ALICE}/tags/vip`,
      { reason: 'x'.repeat(limits.tagReasonCharactersMax + 1) },
      400,
      'invalid_parameter',
    ],
    [`${ALICE}/tags/vip`, { why: 'x' }, 400, 'invalid_parameter'],
  ])('of %s with %j are refused', async (path, body, status, code) => {
    expect((await put(`/v1/profiles/${path}`, body)).json()).toMatchObject({ status, code });
  });

  it('of many are changed at once; what finds nobody is listed', async () => {
    const post = (changes: unknown, headers = secret) =>
      server.app.inject({ method: 'POST', url: '/v1/tags', headers, payload: JSON.stringify({ changes }) });
    const vip = { profile: 'phone:13900001111', tag: 'vip' };
    const answer = await post([vip, { ...vip, profile: 'phone:none' }]);
    expect(answer.json()).toEqual({
      applied: 1,
      refused: [{ index: 1, code: 'profile_not_found', message: expect.any(String) }],
    });
    for (const wrong of [[], [{ tag: 'vip' }], [{ ...vip, on: 1 }], [{ ...vip, color: 'red' }], 'vip'])
      expect((await post(wrong)).json()).toMatchObject({ code: 'invalid_parameter' });
    expect((await post([vip], reader)).json()).toMatchObject({ code: 'forbidden' });
  });
});
