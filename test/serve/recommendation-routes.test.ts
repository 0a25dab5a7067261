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
const asked = async (query: string) => (await get(`/v1/recommendations?${query}`)).json().asked;

describe('GET /v1/recommendations', () => {
  it('asks for the placement that is named, and for home where none is', async () => {
    expect(await asked('')).toEqual({ placement: 'home', identifiers: [] });
    expect(await asked('placement=store&store=SH-001&item=spu-1&limit=5&locale=zh-CN&explain=1')).toEqual({
      placement: 'store',
      store: 'SH-001',
      item: 'spu-1',
      limit: 5,
      locale: 'zh-CN',
      explain: true,
      identifiers: [],
    });
    expect((await asked('cart=a,b,,c')).cart).toEqual(['a', 'b', 'c']);
    expect((await asked('explain=0')).explain).toBeUndefined();
  });

  it('finds whoever it is for by any identifier, by profile id, or by neither', async () => {
    expect((await asked('phone=13900001111&anonymous_id=a-1')).identifiers).toEqual([
      { type: 'phone', hash: 'h-13900001111' },
      { type: 'anonymous_id', hash: 'h-a-1' },
    ]);
    expect((await asked('wechat_openid@wx1=o-9')).identifiers).toEqual([
      { type: 'wechat_openid@wx1', hash: 'h-o-9' },
    ]);
    expect((await asked(`profile=${ALICE}`)).profile).toBe(ALICE);
    expect((await asked('profile=user_id:u-1')).identifiers).toEqual([{ type: 'user_id', hash: 'h-u-1' }]);
    // A value that nobody can have names nobody, which is no error.
    expect((await asked('phone=bad')).identifiers).toEqual([]);
    expect(await asked('profile=phone:bad')).toEqual({ placement: 'home' });
  });

  it.each([
    ['placement=nowhere', 404, 'placement_not_found'],
    ['nickname=Ann', 400, 'invalid_parameter'],
    ['Placement=store', 400, 'invalid_parameter'],
    ['limit=0', 400, 'invalid_parameter'],
    [`limit=${limits.recommendItemsMax + 1}`, 400, 'invalid_parameter'],
    ['profile=somebody', 400, 'invalid_parameter'],
    ['phone=1&phone=2', 400, 'invalid_parameter'],
  ])('refuses %s with %i %s', async (query, status, code) => {
    const answer = await get(`/v1/recommendations?${query}`);
    expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
  });
});

describe('GET /v1/profiles/{id}/brief', () => {
  it('asks for the brief of whoever is named, in clear for who may see that', async () => {
    const path = '/v1/profiles/phone:13900001111/brief?store=SH-001';
    expect((await get(path)).json()).toEqual({
      profile_id: ALICE,
      store: 'SH-001',
      reveal: false,
      noted: false,
    });
    expect((await get(path, secret)).json().reveal).toBe(true);
    const unknown = await get('/v1/profiles/phone:13800000000/brief');
    expect([unknown.statusCode, unknown.json().code]).toEqual([404, 'profile_not_found']);
  });
});

describe('GET /v1/recommendations/report', () => {
  it('takes a stretch of time that runs forward', async () => {
    const answer = await get('/v1/recommendations/report?from=2026-11-01&to=2026-11-02&placement=home');
    expect(answer.json()).toEqual({
      from: Date.UTC(2026, 10, 1),
      to: Date.UTC(2026, 10, 2),
      placement: 'home',
      placements: [],
    });
    expect((await get('/v1/recommendations/report?from=2026-11-02&to=2026-11-01')).statusCode).toBe(400);
  });
});
