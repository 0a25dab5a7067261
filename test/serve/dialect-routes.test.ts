import { gzipSync } from 'node:zlib';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { TesseraError } from '../../src/errors.ts';
import type { AdmitRequest } from '../../src/ingest/admit.ts';
import { createBodyReader } from '../../src/ingest/body.ts';
import { type Dialect, jsonAnswer, textAnswer } from '../../src/ingest/dialects/dialect.ts';
import { gifAnswer } from '../../src/ingest/dialects/gif-answer.ts';
import { jsonBytes } from '../../src/ingest/wire-request.ts';
import { limits } from '../../src/limits.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { type AccessKey, createAuthenticator } from '../../src/serve/authenticate.ts';
import { registerDialect } from '../../src/serve/dialect-routes.ts';
import { testServer, WRITE_KEY } from './fakes.ts';

const open: FastifyInstance[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((app) => app.close()));
});

const SHOP = 'https://shop.example';
const SECRET = 'whsec-1';

/** A protocol with everything that the frame offers. */
const dialect: Dialect = {
  name: 'test',
  routes: [
    {
      path: '/t/in',
      methods: ['GET', 'POST'],
      key: { parameters: ['project'], fields: ['api_key', 'properties.token'] },
      unwrap: ({ method, bytes, query }) => (method === 'GET' ? jsonBytes({ name: query.name }) : bytes),
      listKey: 'batch',
      credentials: true,
      accepted: gifAnswer,
      failed: ({ status, code }) =>
        status === 429 ? { ...textAnswer(code), status: 503, headers: { 'x-again': '1' } } : undefined,
    },
    {
      path: '/t/in/:key/collect',
      key: { path: 'key' },
      emptyAllowed: true,
      accepted: { status: 204, body: '' },
    },
    {
      path: '/t/signed',
      signed: {
        source: ({ query }) => query.shop,
        holds: ({ headers, bytes }, secret) => headers['x-signature'] === `${secret}:${bytes.length}`,
      },
      accepted: textAnswer('ok'),
    },
    {
      path: '/t/check',
      key: { parameters: ['project'] },
      accepted: jsonAnswer([]),
      check: (rejected) => jsonAnswer(rejected.map(({ path, message }) => `${path} ${message}`)),
    },
  ],
  bootstrap: [
    {
      path: '/t/config/:key',
      summary: 'Settings',
      key: { path: 'key' },
      answer: (_request, place) => jsonAnswer({ ...place }),
    },
    {
      path: '/t/flags',
      methods: ['POST'],
      summary: 'Flags',
      answer: ({ query }) => jsonAnswer({ v: query.v ?? null }),
    },
  ],
  decode: (item) => ({ ok: true, event: item }),
};

interface Rig {
  send(options: InjectOptions): Promise<LightMyRequestResponse>;
  /** What reached admission. */
  readonly taken: { readonly source: string; readonly public: boolean; readonly items: readonly unknown[] }[];
  /** Whether nothing was to be kept. */
  readonly dryRuns: boolean[];
  /** Makes every admission fail. */
  refuseWith(error: TesseraError | undefined): void;
}

async function start({
  publicUrl,
  origins,
}: {
  readonly publicUrl?: string;
  readonly origins?: NonNullable<AccessKey['origins']>;
} = {}): Promise<Rig> {
  const taken: Rig['taken'] = [];
  const dryRuns: boolean[] = [];
  let failure: TesseraError | undefined;
  const admit = async (request: AdmitRequest) => {
    if (failure !== undefined) throw failure;
    const items = request.items.map((item) => (item.ok ? item.value : item.code));
    taken.push({ source: request.context.source, public: request.context.publicKey, items });
    dryRuns.push(request.dryRun);
    const wrong = { index: 0, code: 'schema_violation', path: '/type', message: 'is none' } as const;
    const rejected = request.dryRun ? [wrong] : [];
    return { accepted: [], rejected, timings: { validate_us: 0, log_us: 0, apply_us: 0 } };
  };
  const keys = [{ key: WRITE_KEY, name: 'web', scopes: [], ...(origins === undefined ? {} : { origins }) }];
  const { app } = await testServer({
    authenticator: createAuthenticator(keys),
    extend: (instance) =>
      registerDialect(
        instance,
        {
          bodies: createBodyReader(),
          admit,
          authenticator: createAuthenticator(keys),
          clock: { now: () => 1 as never },
          publicUrl,
          secretOf: (source) => (source === 'shop-1' ? SECRET : undefined),
        },
        dialect,
      ),
  });
  open.push(app);
  const refuseWith: Rig['refuseWith'] = (error) => {
    failure = error;
  };
  return { taken, dryRuns, send: (options) => app.inject(options), refuseWith };
}

const event: JsonObject = { name: 'a' };

describe('what comes in', () => {
  it('is only looked at where the protocol asks what is wrong with it', async () => {
    const { send, dryRuns } = await start();
    const answer = await send({ method: 'POST', url: `/t/check?project=${WRITE_KEY}`, payload: event });
    expect([answer.statusCode, answer.json(), dryRuns]).toEqual([200, ['/type is none'], [true]]);
  });

  it('is read from an address, a body, gzip of one, and a list with what surrounds it', async () => {
    const { send, taken } = await start();
    const headers = { 'x-write-key': WRITE_KEY };
    await send({ method: 'GET', url: '/t/in?name=a&name=b', headers });
    await send({ method: 'POST', url: '/t/in', headers, payload: JSON.stringify(event) });
    await send({
      method: 'POST',
      url: '/t/in',
      headers,
      payload: gzipSync(JSON.stringify({ batch: [event, event] })),
    });
    expect(taken.map(({ items }) => items)).toEqual([[event], [event], [event, event]]);
  });

  it('is answered as the table says: an image, nothing, text', async () => {
    const { send } = await start();
    const gif = await send({ method: 'GET', url: `/t/in?name=a&project=${WRITE_KEY}` });
    expect([gif.statusCode, gif.headers['content-type']]).toEqual([200, 'image/gif']);
    expect(gif.rawPayload.equals(Buffer.from(gifAnswer.body))).toBe(true);
    const none = await send({ method: 'POST', url: `/t/in/${WRITE_KEY}/collect`, payload: '[]' });
    expect([none.statusCode, none.payload]).toEqual([204, '']);
  });

  it('is nothing where somebody only asks whether the address is there', async () => {
    const { send, taken } = await start();
    expect((await send({ method: 'HEAD', url: `/t/in?name=a&project=${WRITE_KEY}` })).statusCode).toBe(405);
    expect(taken).toEqual([]);
  });

  it('may be an image of any length that a header may have', async () => {
    const { send, taken } = await start();
    const name = 'n'.repeat(limits.eventBytesMax - 5_000);
    expect((await send({ method: 'GET', url: `/t/in?project=${WRITE_KEY}&name=${name}` })).statusCode).toBe(
      200,
    );
    expect(taken[0]?.items).toEqual([{ name }]);
  });
});

describe('the key', () => {
  it('may stand in the query, the path, the body or the first event, as a pair or alone', async () => {
    const { send, taken } = await start();
    const ways: InjectOptions[] = [
      { url: `/t/in?project=${WRITE_KEY}`, payload: '{}' },
      { url: `/t/in/${WRITE_KEY}/collect`, payload: '{}' },
      { url: '/t/in', payload: { api_key: WRITE_KEY, batch: [{}] } },
      { url: '/t/in', payload: [{ properties: { token: WRITE_KEY } }] },
      { url: '/t/in', payload: '{}', headers: { 'x-write-key': `${WRITE_KEY}:jitsu` } },
    ];
    for (const way of ways) expect((await send({ method: 'POST', ...way })).statusCode).toBeLessThan(300);
    expect(taken.map(({ source }) => source)).toEqual(ways.map(() => 'web'));
  });

  it('is missed where it is in none of them, or is nobody’s', async () => {
    const { send, taken } = await start();
    for (const payload of [
      '{}',
      '{"api_key":7}',
      '{"api_key":"wk_no"}',
      '[{"properties":{"token":"wk_no"}}]',
    ]) {
      expect((await send({ method: 'POST', url: '/t/in', payload })).json()).toMatchObject({
        code: 'unauthorized',
      });
    }
    expect((await send({ method: 'POST', url: '/t/in/wk_no/collect', payload: '{}' })).statusCode).toBe(401);
    expect(taken).toEqual([]);
  });

  it('is good for pages of its origins only, wherever it stands', async () => {
    const { send, taken } = await start({ origins: [SHOP] });
    const headers = { 'x-write-key': WRITE_KEY };
    const post = (extra: object, payload: JsonObject = {}) =>
      send({ method: 'POST', url: '/t/in', headers: { ...extra }, payload: JSON.stringify(payload) });
    const inBody = { api_key: WRITE_KEY };
    for (const foreign of [{ origin: 'https://evil.example' }, { origin: 'null' }]) {
      expect((await post({ ...headers, ...foreign })).json()).toMatchObject({ code: 'origin_not_allowed' });
      expect((await post(foreign, inBody)).json()).toMatchObject({ code: 'origin_not_allowed' });
    }
    expect((await post({ ...headers, referer: 'https://evil.example/p' })).statusCode).toBe(403);
    const config = await send({ url: `/t/config/${WRITE_KEY}`, headers: { origin: 'https://evil.example' } });
    expect(config.statusCode).toBe(403);
    expect(taken).toEqual([]);
    expect((await post({ ...headers, origin: SHOP })).statusCode).toBe(200);
    expect((await post({ ...headers, referer: `${SHOP}/p` })).statusCode).toBe(200);
    expect((await post(headers)).statusCode).toBe(200);
  });
});

describe('a signed request', () => {
  it('speaks for its source, and needs the signature over the bytes as they came', async () => {
    const { send, taken } = await start();
    const post = (shop: string, signature: string) =>
      send({
        method: 'POST',
        url: `/t/signed?shop=${shop}`,
        headers: { 'x-signature': signature },
        payload: '{ }',
      });
    expect((await post('shop-1', `${SECRET}:3`)).payload).toBe('ok');
    expect(taken).toEqual([{ source: 'shop-1', public: false, items: [{}] }]);
    expect((await post('shop-1', `${SECRET}:2`)).statusCode).toBe(401);
    expect((await post('shop-2', 'undefined:3')).statusCode).toBe(401);
    const keyed = await send({
      method: 'POST',
      url: `/t/signed?shop=shop-1&writeKey=${WRITE_KEY}`,
      payload: '{}',
    });
    expect(keyed.statusCode).toBe(401);
    expect(taken).toHaveLength(1);
  });
});

describe('failures', () => {
  it('are told in the form of the protocol, and when to come again', async () => {
    const { send, refuseWith } = await start();
    const post = () =>
      send({ method: 'POST', url: '/t/in', headers: { 'x-write-key': WRITE_KEY }, payload: '{"name":"a"}' });
    refuseWith(new TesseraError('too_many_requests'));
    const full = await post();
    expect([full.statusCode, full.payload]).toEqual([503, 'too_many_requests']);
    expect(full.headers).toMatchObject({ 'retry-after': '1', 'x-again': '1' });
    refuseWith(new TesseraError('log_unavailable'));
    const away = await post();
    expect([away.statusCode, away.json().code, away.headers['retry-after']]).toEqual([
      503,
      'log_unavailable',
      '1',
    ]);
    refuseWith(undefined);
    expect((await post()).statusCode).toBe(200);
  });

  it('of the body are those of every route', async () => {
    const { send } = await start();
    const url = `/t/in?project=${WRITE_KEY}`;
    for (const [payload, code] of [
      ['{', 'unreadable_body'],
      [Buffer.from([0x1f, 0x8b, 1, 2, 3]), 'invalid_gzip'],
      ['[]', 'empty_batch'],
    ] as const) {
      expect((await send({ method: 'POST', url, payload })).json()).toMatchObject({ code });
    }
  });
});

describe('bootstrap answers', () => {
  it('name the address that was asked, or the public one, whatever forwarded headers say about the host', async () => {
    const { send } = await start();
    const ask = (headers: Record<string, string>) => send({ url: `/t/config/${WRITE_KEY}`, headers });
    const host = 'engine.example:8443';
    expect((await ask({ host })).json()).toEqual({ origin: `http://${host}`, key: WRITE_KEY });
    const proxied = await ask({
      host,
      'x-forwarded-proto': 'https, http',
      'x-forwarded-host': 'evil.example',
    });
    expect(proxied.json().origin).toBe(`https://${host}`);
    expect(proxied.headers['cache-control']).toMatch(/^private,/);
    for (const wrong of ['evil.example/x', 'a b', 'user@host'])
      expect((await ask({ host: wrong })).statusCode).toBe(400);
    const fixed = await start({ publicUrl: 'https://cdp.example/in' });
    const answer = await fixed.send({ url: `/t/config/${WRITE_KEY}`, headers: { host: 'evil.example' } });
    expect(answer.json().origin).toBe('https://cdp.example/in');
  });

  it('are given to nobody with an unknown key, and to everybody where none is needed', async () => {
    const { send } = await start();
    expect((await send({ url: '/t/config/wk_no' })).statusCode).toBe(401);
    expect((await send({ method: 'POST', url: '/t/flags?v=2', payload: 'x' })).json()).toEqual({ v: '2' });
  });
});

describe('CORS', () => {
  const ask = (path: string): InjectOptions => ({
    method: 'OPTIONS',
    url: path,
    headers: {
      origin: SHOP,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'x-any',
    },
  });

  it('allows credentials where the protocol sends them, and nowhere else', async () => {
    const { send } = await start();
    const with_ = await send(ask('/t/in'));
    expect(with_.statusCode).toBe(204);
    expect(with_.headers).toMatchObject({
      'access-control-allow-origin': SHOP,
      'access-control-allow-credentials': 'true',
      'access-control-allow-headers': 'x-any',
      'access-control-max-age': '900',
    });
    const answer = await send({ method: 'POST', url: '/t/in', headers: { origin: SHOP }, payload: '{}' });
    expect(answer.statusCode).toBe(401);
    expect(answer.headers).toMatchObject({
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'Retry-After',
    });
    for (const path of ['/t/signed', '/v1/profiles']) {
      expect((await send(ask(path))).headers['access-control-allow-credentials']).toBeUndefined();
    }
  });
});
