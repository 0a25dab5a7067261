import { once } from 'node:events';
import { get } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import { allScopes } from '../../src/model/access-key.ts';
import { isAccessSecret } from '../../src/model/access-secret.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { FoldedKeys } from '../support/folded-keys.ts';
import { testServer } from './fakes.ts';

const ADMIN = 'sk_all_of_them_in_the_configuration';
const CLERK = 'sk_admin_and_ingest_in_the_configuration';

const open: FastifyInstance[] = [];
afterEach(async () => {
  for (const app of open.splice(0)) await app.close();
});

interface Answer {
  readonly status: number;
  readonly body: JsonObject;
  readonly headers: Readonly<Record<string, unknown>>;
}

async function start() {
  const folded = new FoldedKeys([
    { key: ADMIN, name: 'server', scopes: allScopes },
    { key: CLERK, name: 'clerk', scopes: ['admin', 'ingest'] },
  ]);
  const { app } = await testServer({
    authenticator: folded.access.authenticator,
    accessKeys: folded.desk,
  });
  open.push(app);
  const ask = async (
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    { key = ADMIN, body }: { key?: string; body?: JsonObject } = {},
  ): Promise<Answer> => {
    const headers = { authorization: `Bearer ${key}` };
    const answer = await app.inject({
      ...{ method, url, headers },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    });
    return { status: answer.statusCode, body: answer.json(), headers: answer.headers };
  };
  return { app, folded, ask };
}

const till: JsonObject = { name: 'till', kind: 'secret', scopes: ['read'] };

describe('the routes of keys', () => {
  it('make one, show its text once, and list it without', async () => {
    const { ask } = await start();
    const made = await ask('POST', '/v1/keys', { body: till });
    expect(made).toMatchObject({ status: 201, headers: { 'cache-control': 'no-store' } });
    const { key, ...view } = made.body;
    expect(isAccessSecret(String(key))).toBe(true);
    expect(view).toMatchObject({
      name: 'till',
      kind: 'secret',
      status: 'live',
      author: 'server',
      from: 'api',
    });
    expect((await ask('GET', '/v1/keys/till')).body).toEqual(view);
    const { keys } = (await ask('GET', '/v1/keys')).body;
    expect(keys).toEqual([
      expect.objectContaining({ name: 'server', from: 'configuration', id: null }),
      expect.objectContaining({ name: 'clerk' }),
      view,
    ]);
    expect((await ask('GET', '/v1/keys', { key: String(key) })).status).toBe(403);
    expect((await ask('GET', '/v1/profiles', { key: String(key) })).status).toBe(200);
  });

  it('change terms, and leave as they are those that are not named', async () => {
    const { ask } = await start();
    await ask('POST', '/v1/keys', { body: { ...till, requests_per_second: 5 } });
    const changed = await ask('PUT', '/v1/keys/till', { body: { origins: ['https://a.example'] } });
    expect(changed.body).toMatchObject({ origins: ['https://a.example'], requests_per_second: 5 });
    expect((await ask('PUT', '/v1/keys/till', { body: { requests_per_second: null } })).body).toMatchObject({
      requests_per_second: null,
    });
  });

  it('rotate and revoke', async () => {
    const { ask, folded } = await start();
    const first = String((await ask('POST', '/v1/keys', { body: till })).body.key);
    const turned = await ask('POST', '/v1/keys/till/rotations', { body: { grace: '1h' } });
    expect(turned.body.secrets).toEqual([
      expect.objectContaining({ until: null }),
      expect.objectContaining({ until: folded.now + 3_600_000, hint: first.slice(-4) }),
    ]);
    expect((await ask('POST', '/v1/keys/till/rotations')).body.code).toBe('key_rotating');
    expect((await ask('GET', '/v1/profiles', { key: first })).status).toBe(200);
    expect((await ask('DELETE', '/v1/keys/till')).body).toMatchObject({
      status: 'revoked',
      revoked_by: 'server',
    });
    for (const key of [first, String(turned.body.key)])
      expect(await ask('GET', '/v1/profiles', { key })).toMatchObject({ status: 401 });
    expect((await ask('DELETE', '/v1/keys/till')).status).toBe(404);
  });

  it('let nobody give more than they may do', async () => {
    const { ask } = await start();
    const refused = { status: 403, body: { code: 'forbidden' } };
    expect(await ask('POST', '/v1/keys', { key: CLERK, body: till })).toMatchObject(refused);
    await ask('POST', '/v1/keys', { body: till });
    const scopes = { scopes: ['admin', 'pii'] };
    expect(await ask('PUT', '/v1/keys/till', { key: CLERK, body: scopes })).toMatchObject(refused);
    // The new secret would be theirs.
    expect(await ask('POST', '/v1/keys/till/rotations', { key: CLERK })).toMatchObject(refused);
    expect((await ask('PUT', '/v1/keys/till', { key: CLERK, body: { scopes: ['ingest'] } })).status).toBe(
      200,
    );
    expect((await ask('DELETE', '/v1/keys/till', { key: CLERK })).status).toBe(200);
  });

  it.each([
    ['/name', { ...till, name: 'a b' }],
    ['/kind', { ...till, kind: 'public' }],
    ['/scopes', { name: 'till', kind: 'secret' }],
    ['/scopes', { ...till, scopes: ['read', 'read'] }],
    ['/scopes', { ...till, scopes: ['root'] }],
    ['/scopes', { ...till, kind: 'write' }],
    ['/origins', { ...till, origins: ['https://a.example/path'] }],
    ['/requests_per_second', { ...till, requests_per_second: 0 }],
    ['/events_per_second', { ...till, events_per_second: 1.5 }],
    ['/expires_at', { ...till, expires_at: '2020-01-01' }],
    ['/expires_at', { ...till, expires_at: 'soon' }],
    ['/expiry', { ...till, expiry: '2030-01-01' }],
  ])('refuse what is wrong at %s', async (path, body) => {
    const { ask } = await start();
    const answer = await ask('POST', '/v1/keys', { body });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ path }] } });
  });

  it.each(['server', 'engine'])('refuse the name %s, which means somebody else', async (name) => {
    const { ask } = await start();
    expect(await ask('POST', '/v1/keys', { body: { ...till, name } })).toMatchObject({
      status: 409,
      body: { code: 'key_name_taken' },
    });
  });

  it('say that a key of the configuration is changed there', async () => {
    const { ask } = await start();
    const answer = await ask('DELETE', '/v1/keys/clerk');
    expect(answer).toMatchObject({ status: 404, body: { code: 'key_not_found' } });
    expect(answer.body.detail).toMatch(/configuration/);
  });
});

describe('a key with a rate', () => {
  it('gets 429 above it, with the time to come back at', async () => {
    const { ask, folded } = await start();
    const { key } = (await ask('POST', '/v1/keys', { body: { ...till, requests_per_second: 1 } })).body;
    const send = () => ask('GET', '/v1/profiles', { key: String(key) });
    for (let n = 0; n < limits.keyBurstSeconds; n++) expect((await send()).status).toBe(200);
    expect(await send()).toMatchObject({
      status: 429,
      body: { code: 'rate_limited' },
      headers: { 'retry-after': '1' },
    });
    folded.now += 1_000;
    expect((await send()).status).toBe(200);
  });
});

describe('a stream', () => {
  it('ends when the key is revoked that it was opened with', async () => {
    const { app, ask } = await start();
    const { key } = (await ask('POST', '/v1/keys', { body: till })).body;
    await app.listen({ host: '127.0.0.1', port: 0 });
    // The server listens on a port, so its address is no path.
    const { port } = app.server.address() as AddressInfo;
    const headers = { authorization: `Bearer ${key}` };
    const [response] = await once(get({ port, path: '/v1/stream/triggers', headers }), 'response');
    const ended = once(response.resume(), 'end');
    await ask('DELETE', '/v1/keys/till');
    await ended;
    expect((await ask('GET', '/v1/stream/triggers', { key: String(key) })).status).toBe(401);
  });
});
