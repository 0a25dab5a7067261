import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ALICE, NOBODY, reader, secret, type TestServer, testServer } from './fakes.ts';
import { applied } from './identity-fakes.ts';

let server: TestServer;

beforeAll(async () => {
  server = await testServer();
});
afterAll(async () => server.app.close());
beforeEach(() => {
  server.services.people.commanded.length = 0;
  server.services.people.outcome = applied();
});

const get = (url: string, headers: Record<string, string> = secret) =>
  server.app.inject({ method: 'GET', url, headers });
const post = (url: string, payload: object | string, headers: Record<string, string> = secret) =>
  server.app.inject({
    method: 'POST',
    url,
    headers,
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
  });

describe('GET /v1/profiles/…/identity', () => {
  it('answers the graph by id and by identifier, masked unless the key may see personal data', async () => {
    const open = await get(`/v1/profiles/${ALICE}/identity`);
    expect(open.json()).toMatchObject({
      profile_id: ALICE,
      identifiers: [{ identifier: 'phone:h-phone', value: '+8613900001111' }, {}],
      split_limited: true,
    });
    const masked = await get('/v1/profiles/phone:13900001111/identity', reader);
    expect(masked.json().identifiers[0].value).toBe('139****1111');
  });

  it('says so where nobody is known', async () => {
    for (const reference of [NOBODY, 'phone:1', 'nonsense']) {
      const answer = await get(`/v1/profiles/${reference}/identity`);
      expect([answer.statusCode, answer.json().code]).toEqual([404, 'profile_not_found']);
    }
  });
});

describe('POST /v1/identity/merges', () => {
  it('runs the command under the name of the key and answers what it did', async () => {
    server.services.people.outcome = applied({ profile_id: ALICE, merged: [NOBODY] });
    const answer = await post('/v1/identity/merges', { identifiers: ['phone:1', 'wechat_openid@wx1:o:9'] });
    expect([answer.statusCode, answer.json()]).toEqual([200, { profile_id: ALICE, merged: [NOBODY] }]);
    expect(server.services.people.commanded).toEqual([
      {
        author: 'operator',
        command: { type: 'merge', identifiers: ['phone:h-1', 'wechat_openid@wx1:h-o:9'] },
      },
    ]);
  });

  it.each([
    [{}, 'The field identifiers must be a list of two identifiers.'],
    [{ identifiers: ['phone:1'] }, 'The field identifiers must be a list of two identifiers.'],
    [
      { identifiers: ['phone:1', 7] },
      'The field identifiers/1 must be an identifier, written type:value or type@issuer:value.',
    ],
    [
      { identifiers: [ALICE, 'phone:1'] },
      'The field identifiers/0 must be an identifier, written type:value or type@issuer:value.',
    ],
    [
      { identifiers: ['phone:bad', 'phone:1'] },
      'The field identifiers/0 is no usable identifier (invalid_identifier): The value is not a valid phone.',
    ],
    [{ identifiers: ['phone:1', 'phone:1'] }, 'The field identifiers names the same identifier twice.'],
    [{ identifiers: ['phone:1', 'phone:2'], force: true }, 'The field force is not known here.'],
  ])('refuses %j, and does nothing', async (body, detail) => {
    const answer = await post('/v1/identity/merges', body);
    expect([answer.statusCode, answer.json().code, answer.json().detail]).toEqual([
      400,
      'invalid_parameter',
      detail,
    ]);
    expect(server.services.people.commanded).toEqual([]);
  });

  it('needs the scope admin', async () => {
    const answer = await post('/v1/identity/merges', { identifiers: ['phone:1', 'phone:2'] }, reader);
    expect(answer.statusCode).toBe(403);
  });
});

describe('POST /v1/identity/unmerges', () => {
  it('runs the command, with what remains where it is said', async () => {
    server.services.people.outcome = applied({ profile_id: ALICE, new_profile_id: NOBODY });
    const answer = await post('/v1/identity/unmerges', { identifier: 'device_id:a', from: 'phone:1' });
    expect(answer.json()).toEqual({ profile_id: ALICE, new_profile_id: NOBODY });
    await post('/v1/identity/unmerges', { identifier: 'device_id:a' });
    expect(server.services.people.commanded.map(({ command }) => command)).toEqual([
      { type: 'split', identifier: 'device_id:h-a', from: 'phone:h-1' },
      { type: 'split', identifier: 'device_id:h-a' },
    ]);
  });

  it.each([
    [{}, '/identifier'],
    [{ identifier: 'phone:bad' }, '/identifier'],
    [{ identifier: 'phone:1', from: '' }, '/from'],
    [{ identifier: 'phone:1', from: 'phone:1' }, '/from'],
    [{ identifier: 'phone:1', form: 'phone:2' }, '/form'],
  ])('refuses %j, naming the place', async (body, path) => {
    const answer = await post('/v1/identity/unmerges', body);
    expect(answer.json()).toMatchObject({ code: 'invalid_parameter', errors: [{ path }] });
    expect(server.services.people.commanded).toEqual([]);
  });

  it.each([
    ['identifier_not_found', 404],
    ['not_linked', 409],
    ['too_large', 409],
    ['something_new', 500],
  ])('answers a refusal %s with %i', async (code, status) => {
    server.services.people.outcome = { status: 'refused', code, profileId: '', firings: [] };
    const answer = await post('/v1/identity/unmerges', { identifier: 'phone:1' });
    expect([answer.statusCode, answer.json().code]).toEqual([status, status === 500 ? 'internal' : code]);
  });
});

describe('/v1/reviews', () => {
  it('answers pages of the queue, filtered', async () => {
    const answer = await get('/v1/reviews?status=open&kind=duplicate&limit=5&after=3', reader);
    expect(answer.json()).toMatchObject({ reviews: [{ n: 7, status: 'open' }], open: 3, next: 7 });
    await get('/v1/reviews');
    expect(server.services.people.reviewRequests).toEqual([
      { status: 'open', kind: 'duplicate', limit: 5, after: 3 },
      { limit: 100, after: 0 },
    ]);
  });

  it.each(['status=closed', 'kind=x', 'limit=0', 'after=-1', 'page=2'])('refuses ?%s', async (query) => {
    expect((await get(`/v1/reviews?${query}`)).json().code).toBe('invalid_parameter');
  });

  it('answers one by its number', async () => {
    expect((await get('/v1/reviews/7')).json()).toMatchObject({ n: 7, kind: 'duplicate' });
    for (const n of ['8', '0', 'x', '99999999999', '7.0']) {
      const answer = await get(`/v1/reviews/${n}`);
      expect([n, answer.statusCode, answer.json().code]).toEqual([n, 404, 'review_not_found']);
    }
  });

  it('takes decisions, with a note, under the name of the key', async () => {
    server.services.people.outcome = applied({ review: 7, status: 'approved', profile_id: ALICE });
    const answer = await post('/v1/reviews/7/decisions', { decision: 'approve', note: 'asked' });
    expect(answer.json()).toEqual({ review: 7, status: 'approved', profile_id: ALICE });
    await post('/v1/reviews/7/decisions', { decision: 'reject' });
    expect(server.services.people.commanded).toEqual([
      { author: 'operator', command: { type: 'decide', review: 7, decision: 'approve', note: 'asked' } },
      { author: 'operator', command: { type: 'decide', review: 7, decision: 'reject', note: '' } },
    ]);
  });

  it.each([
    [{}, '/decision'],
    [{ decision: 'maybe' }, '/decision'],
    [{ decision: 'approve', note: 7 }, '/note'],
    [{ decision: 'approve', note: 'x'.repeat(1_001) }, '/note'],
    [{ decision: 'approve', notes: 'x' }, '/notes'],
  ])('refuses the decision %j', async (body, path) => {
    const answer = await post('/v1/reviews/7/decisions', body);
    expect(answer.json()).toMatchObject({ code: 'invalid_parameter', errors: [{ path }] });
    expect(server.services.people.commanded).toEqual([]);
  });

  it('answers a review that is closed or gone with its code, and readers not at all', async () => {
    for (const [code, status] of [
      ['review_closed', 409],
      ['review_settled', 409],
      ['review_not_found', 404],
    ] as const) {
      server.services.people.outcome = { status: 'refused', code, profileId: '', firings: [] };
      const answer = await post('/v1/reviews/7/decisions', { decision: 'approve' });
      expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
    }
    expect((await post('/v1/reviews/7/decisions', { decision: 'approve' }, reader)).statusCode).toBe(403);
  });
});
