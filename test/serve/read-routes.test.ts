import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorTable } from '../../src/errors.ts';
import { limits } from '../../src/limits.ts';
import { ALICE, NOBODY, profile, READ_KEY, reader, secret, type TestServer, testServer } from './fakes.ts';

let server: TestServer;
let app: FastifyInstance;

beforeAll(async () => {
  server = await testServer();
  app = server.app;
});

afterAll(() => app.close());

const get = (url: string, headers: Record<string, string> = secret) => app.inject({ url, headers });

describe('GET /v1/profiles/:id', () => {
  it('answers a profile by id, and by identifier with or without issuer', async () => {
    expect((await get(`/v1/profiles/${ALICE}`)).json()).toMatchObject({
      profile_id: ALICE,
      kind: 'customer',
    });
    const paths = ['phone:13900001111', 'phone%3A13900001111', 'wechat_openid@wx123:13900009%2Fa%3Ab%3F'];
    for (const path of paths) expect((await get(`/v1/profiles/${path}`)).statusCode).toBe(200);
    expect(server.services.asked.identifiers).toEqual([
      'phone|13900001111',
      'phone|13900001111',
      'wechat_openid@wx123|13900009/a:b?',
    ]);
  });

  it('reveals personal data only to a key with the scope pii', async () => {
    expect((await get(`/v1/profiles/${ALICE}`)).json().identifiers.phone).toEqual(['+8613900001111']);
    expect((await get(`/v1/profiles/${ALICE}`, reader)).json().identifiers.phone).toEqual(['139****1111']);
  });

  it.each([NOBODY, 'phone:100', 'nonsense', 'Phone:1', ':', 'phone:'])('answers 404 for %j', async (id) => {
    const answer = await get(`/v1/profiles/${encodeURIComponent(id)}`);
    expect([answer.statusCode, answer.json().code]).toEqual([404, 'profile_not_found']);
    expect(answer.body).not.toContain('100');
  });

  it('takes an identifier as long as identifiers may be', async () => {
    const value = `1390000${'张'.repeat(limits.identifierCharactersMax - 7)}`;
    expect((await get(`/v1/profiles/name:${encodeURIComponent(value)}`)).statusCode).toBe(200);
  });

  it('narrows the answer to fields', async () => {
    expect((await get(`/v1/profiles/${ALICE}?fields=views_1h,kind`)).json()).toEqual({
      profile_id: ALICE,
      kind: 'customer',
      features: { views_1h: { value: 3, as_of: 1_795_255_200_123, partial: false } },
    });
  });

  it('refuses a parameter that it does not know, by name', async () => {
    const answer = await get(`/v1/profiles/${ALICE}?as_of=2026-01-01`);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'invalid_parameter', errors: [{ path: 'as_of' }] });
  });
});

describe('GET /v1/profiles/:id?at=', () => {
  const noon = Date.UTC(2026, 10, 21, 12);
  const {
    identifiers: _i,
    loyalty: _l,
    ...told
  } = profile(ALICE, {
    reveal: false,
  });

  it.each([
    '2026-11-21T12:00:00Z',
    '2026-11-21T20:00:00%2B08:00',
    '2026-11-21T20:00:00+08:00',
    '2026-11-21T12:00Z',
    String(noon),
  ])('answers the profile as it was, at %s', async (at) => {
    for (const reference of [ALICE, 'phone:13900001111']) {
      const answer = await get(`/v1/profiles/${reference}?at=${at}`);
      expect([answer.statusCode, answer.json()]).toEqual([200, { ...told, as_of: noon }]);
    }
  });

  it('narrows the answer to fields, and refuses those that history does not tell', async () => {
    const at = '2026-11-21T12:00:00Z';
    expect((await get(`/v1/profiles/${ALICE}?at=${at}&fields=views_1h`)).json()).toEqual({
      profile_id: ALICE,
      features: told.features,
      as_of: noon,
    });
    for (const field of ['identifiers', 'identifiers.phone', 'loyalty', 'nonsense']) {
      const answer = await get(`/v1/profiles/${ALICE}?at=${at}&fields=${field}`);
      expect([field, answer.statusCode, answer.json().code]).toEqual([field, 400, 'invalid_parameter']);
    }
  });

  it('takes a day as its midnight in UTC', async () => {
    const answer = await get(`/v1/profiles/${ALICE}?at=2026-02-03`);
    expect(answer.json()).toMatchObject({ profile_id: ALICE, as_of: Date.UTC(2026, 1, 3) });
  });

  it.each([
    'yesterday',
    '2026-11-21T12:00:00',
    '2026-13-41',
    '2026-02-30',
    '2026-02-30T10:00:00Z',
    '2026-02-29T10:00Z',
    '2026-13-01T00:00:00Z',
    '2026-11-21T24:00:00Z',
    '2026-11-21T12:00:00+24:00',
    '12',
    '1969-01-01T00:00:00Z',
  ])('refuses the time %j', async (at) => {
    const answer = await get(`/v1/profiles/${ALICE}?at=${encodeURIComponent(at)}`);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'invalid_parameter', errors: [{ path: 'at' }] });
  });

  it('answers 404 where there was no such profile', async () => {
    const answer = await get(`/v1/profiles/${NOBODY}?at=2026-11-21`);
    expect([answer.statusCode, answer.json().code]).toEqual([404, 'profile_not_found']);
  });
});

describe('GET /v1/profiles', () => {
  it('answers pages', async () => {
    const first = await get('/v1/profiles?limit=1&fields=kind');
    expect(first.json()).toEqual({ profiles: [{ profile_id: ALICE, kind: 'customer' }], next: ALICE });
    expect((await get(`/v1/profiles?after=${ALICE}`)).json()).toEqual({ profiles: [] });
  });

  it('bounds the page', async () => {
    const answer = await get(`/v1/profiles?limit=${limits.pageMax + 1}`);
    expect(answer.json()).toMatchObject({ code: 'invalid_parameter', errors: [{ path: 'limit' }] });
  });

  it('answers what nobody can be named for', async () => {
    expect((await get('/v1/profiles/unattributed')).json()).toMatchObject({
      kind: 'pseudo',
      identifiers: {},
    });
  });
});

describe('history', () => {
  it("answers a profile's events with the cursor of the next page", async () => {
    const answer = await get(`/v1/profiles/${ALICE}/events?limit=5&before=9-8-7`);
    expect(answer.json()).toEqual({ events: [{ id: 'e-1', type: 'product_viewed' }], next: '1-2-3' });
    expect(server.services.asked.pages.at(-1)).toEqual({ limit: 5, before: '9-8-7' });
    expect((await get(`/v1/profiles/${ALICE}/events?before=x`)).statusCode).toBe(400);
    expect((await get(`/v1/profiles/${NOBODY}/events`)).statusCode).toBe(404);
  });

  it('answers quarantined events by code', async () => {
    const answer = await get('/v1/quarantine?code=invalid_amount');
    expect(answer.json()).toEqual({ quarantined: [{ id: 'q-1', code: 'invalid_amount' }] });
    expect((await get("/v1/quarantine?code=x'--")).statusCode).toBe(400);
  });

  it('passes SQL on from the query or the body, for admins only', async () => {
    const asked = server.services.asked.sql;
    const answer = await get('/v1/sql?query=SELECT%201&format=CSV');
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'text/csv; charset=utf-8']);
    const payload = { query: 'SELECT 2' };
    const posted = await app.inject({ method: 'POST', url: '/v1/sql', headers: secret, payload });
    expect(posted.body).toBe('{"data":[]}\n');
    expect(asked).toEqual(['CSV: SELECT 1', 'JSON: SELECT 2']);
    expect((await get('/v1/sql?query=SELECT%201', reader)).statusCode).toBe(403);
  });

  it.each([
    ['{', 'unreadable_body'],
    ['[]', 'unreadable_body'],
    ['{}', 'invalid_parameter'],
    ['{"query":1}', 'invalid_parameter'],
    ['{"query":"SELECT 1","format":"Native"}', 'invalid_parameter'],
  ])('refuses the body %s with %s', async (payload, code) => {
    const answer = await app.inject({ method: 'POST', url: '/v1/sql', headers: secret, payload });
    expect([answer.statusCode, answer.json().code]).toEqual([400, code]);
  });
});

describe('definitions', () => {
  it('are listed by name and answered one by one', async () => {
    const names = (await get('/v1/definitions/features'))
      .json()
      .definitions.map(({ name }: { name: string }) => name);
    expect(names).toEqual(['orders_30d', 'views_1h']);
    expect((await get('/v1/definitions/triggers')).json()).toEqual({ definitions: [] });
    expect((await get('/v1/definitions/features/views_1h')).json()).toMatchObject({ window: '1h' });
    for (const path of ['nonsense', 'features/nonsense', 'constructor']) {
      expect((await get(`/v1/definitions/${path}`)).json().code).toBe('not_found');
    }
  });
});

describe('operating', () => {
  it('answers life, version and readiness without a key', async () => {
    expect((await get('/healthz', {})).json()).toEqual({ status: 'ok' });
    expect((await get('/version', {})).json()).toEqual({ name: 'tessera', version: '0.1.0' });
    expect((await get('/readyz', {})).json()).toEqual({ status: 'ready', reasons: [], lag: { people: 0 } });
    server.services.readiness = { ok: false, reasons: ['the event log is full'], lag: {} };
    const answer = await get('/readyz', {});
    expect([answer.statusCode, answer.json().reasons]).toEqual([503, ['the event log is full']]);
    server.services.readiness = { ok: true, reasons: [], lag: {} };
  });

  it('answers limits as they are, and the digest of state to admins', async () => {
    expect((await get('/v1/limits', reader)).json()).toEqual(limits);
    expect((await get('/v1/state/digest')).json()).toEqual({ digest: 'd1', entries: 7 });
    expect((await get('/v1/state/digest', reader)).statusCode).toBe(403);
  });

  it('answers metrics to readers, or to anybody where a setting says so', async () => {
    expect((await get('/metrics', {})).statusCode).toBe(401);
    const answer = await get('/metrics', reader);
    expect(answer.headers['content-type']).toContain('text/plain');
    expect(answer.body).toContain('tessera_stream_clients 0');
    const open = await testServer({ metricsPublic: true });
    expect((await open.app.inject({ url: '/metrics' })).statusCode).toBe(200);
    await open.app.close();
  });
});

describe('/openapi.json', () => {
  const pathsOf = (document: { paths: Record<string, Record<string, unknown>> }): string[] =>
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );

  it('describes every route that exists, and no other', async () => {
    const registered = app.routeTable.routes
      // HEAD is GET without the body, by definition of HTTP.
      .filter(({ method }) => method !== 'HEAD')
      .map(({ method, pattern }) => `${method} ${pattern.replace(/:(\w+)/g, '{$1}')}`);
    expect(pathsOf((await get('/openapi.json', {})).json()).sort()).toEqual(registered.sort());
  });

  it('says who may call what, with summary, tag and an answer for each', async () => {
    const document = (await get('/openapi.json', {})).json();
    expect(document.openapi).toBe('3.1.0');
    for (const methods of Object.values<Record<string, Record<string, unknown>>>(document.paths)) {
      for (const operation of Object.values(methods)) {
        expect(operation).toMatchObject({ summary: expect.any(String), tags: [expect.any(String)] });
        const open = Array.isArray(operation.security) && operation.security.length === 0;
        const answers = Object.keys(operation.responses ?? {});
        expect(answers.some((status) => status.startsWith('2'))).toBe(true);
        expect(answers.includes('401')).toBe(!open);
      }
    }
    const parameters = document.paths['/v1/profiles'].get.parameters;
    expect(parameters).toContainEqual(
      expect.objectContaining({
        name: 'limit',
        in: 'query',
        schema: expect.objectContaining({ maximum: limits.pageMax }),
      }),
    );
  });

  it('demands a key exactly where it says so', async () => {
    const document = (await get('/openapi.json', {})).json();
    for (const route of pathsOf(document)) {
      const [method = '', path = ''] = route.split(' ');
      const operation = document.paths[path][method.toLowerCase()];
      const url = path.replace(/\{\w+\}/g, 'x');
      // What only writes has no handler that reads.
      const injected = method === 'POST' || method === 'PUT' || method === 'DELETE' ? method : 'GET';
      const { statusCode } = await app.inject({ method: injected, url });
      expect([route, statusCode === 401]).toEqual([route, operation.security.length > 0]);
    }
  });
});

describe('/docs', () => {
  it('is one page without script that shows every route and every error code', async () => {
    const answer = await get('/docs', {});
    expect(answer.headers['content-type']).toContain('text/html');
    expect(answer.headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(answer.body).not.toMatch(/<script|src=|@import|url\(|onclick/);
    const document = (await get('/openapi.json', {})).json();
    for (const path of Object.keys(document.paths)) expect(answer.body).toContain(`<code>${path}</code>`);
    for (const code of Object.keys(errorTable)) expect(answer.body).toContain(`id="${code}"`);
    expect(answer.body).toContain('prefers-color-scheme: dark');
  });

  it('closes every element that it opens', async () => {
    const { body } = await get('/docs', {});
    const stack: string[] = [];
    for (const [, slash, name] of body.matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*>/g)) {
      if (name === 'meta') continue;
      if (slash === '/') expect(stack.pop()).toBe(name);
      else stack.push(name ?? '');
    }
    expect(stack).toEqual([]);
  });

  it('is linked from the landing page', async () => {
    expect((await get('/', {})).body).toContain('href="/docs"');
  });
});

it('answers a key without any of the scopes with 403, also on reading routes', async () => {
  const headers = { authorization: `Bearer ${READ_KEY}` };
  expect(
    (await app.inject({ method: 'POST', url: '/v1/sql', headers, payload: 'not even JSON' })).statusCode,
  ).toBe(403);
});
