import { type AddressInfo, connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { TesseraError } from '../../src/errors.ts';
import { limits } from '../../src/limits.ts';
import { bodyBytes } from '../../src/serve/server.ts';
import {
  READ_KEY,
  SECRET_KEY,
  secret,
  type TestServer,
  type TestServerOptions,
  testServer,
  WRITE_KEY,
} from './fakes.ts';

const open: FastifyInstance[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((app) => app.close()));
});

async function start(options: TestServerOptions = {}): Promise<TestServer> {
  const server = await testServer({ ...options, extend: options.extend ?? addEcho });
  open.push(server.app);
  return server;
}

/** Stands for the routes of ingest: answers what it read. */
function addEcho(app: FastifyInstance): void {
  app.post('/echo', { config: { scope: 'ingest' } }, async (request) => ({
    bytes: bodyBytes(request).length,
    type: request.declaredContentType ?? null,
    who: request.principal?.name ?? null,
  }));
  app.post(
    '/dialect',
    { config: { scope: 'ingest', keyInBody: true, keyParameters: ['project'] } },
    async (request) => ({
      who: request.principal?.name ?? null,
    }),
  );
  app.get('/throws/:what', { config: { scope: 'public' } }, async (request) => {
    const { url } = request;
    if (url.endsWith('full')) throw new TesseraError('log_full');
    if (url.endsWith('path'))
      throw new TesseraError('schema_violation', 'No.', { path: '/properties/price' });
    throw new TypeError(`secret of 13900001111 at ${url}`);
  });
}

async function listen(app: FastifyInstance): Promise<number> {
  await app.listen({ host: '127.0.0.1', port: 0 });
  // A TCP server that listens has an address with a port.
  return (app.server.address() as AddressInfo).port;
}

/** Sends bytes as they are and answers everything until `enough` or the end of the connection. */
function talk(port: number, bytes: string, enough?: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket: Socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      if (enough?.test(answer)) {
        resolve(answer);
        socket.destroy();
      }
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

describe('bodies', () => {
  const sent = [
    'application/json',
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/x-ndjson',
    'garbage',
    ' ',
    '',
    'a/b/c;;=',
    'multipart/form-data',
    'application/json; charset=klingon',
    undefined,
  ];

  it.each(sent.map((type) => [type]))('arrive as bytes with the content type %j', async (type) => {
    const { app } = await start();
    const headers = type === undefined ? secret : { ...secret, 'content-type': type };
    const answer = await app.inject({
      method: 'POST',
      url: '/echo',
      headers,
      payload: Buffer.from('{"a":1}'),
    });
    expect(answer.json()).toEqual({ bytes: 7, type: type ?? null, who: 'operator' });
  });

  it('may be empty', async () => {
    const { app } = await start();
    const answer = await app.inject({ method: 'POST', url: '/echo', headers: secret });
    expect(answer.json()).toMatchObject({ bytes: 0 });
  });

  it('are refused with 413 above the limit, whether announced or streamed', async () => {
    const { app } = await start();
    const payload = Buffer.alloc(limits.bodyBytesMax + 1, 32);
    const announced = await app.inject({ method: 'POST', url: '/echo', headers: secret, payload });
    expect([announced.statusCode, announced.json().code]).toEqual([413, 'body_too_large']);
    const headers = { ...secret, 'transfer-encoding': 'chunked' };
    const stream = Readable.from([payload]);
    const streamed = await app.inject({ method: 'POST', url: '/echo', headers, payload: stream });
    expect([streamed.statusCode, streamed.json().code]).toEqual([413, 'body_too_large']);
    const whole = await app.inject({
      method: 'POST',
      url: '/echo',
      headers: secret,
      payload: payload.subarray(1),
    });
    expect(whole.json()).toMatchObject({ bytes: limits.bodyBytesMax });
  });

  it('cut short by the client are an unreadable body', async () => {
    const { app } = await start();
    const headers = { ...secret, 'content-length': '10' };
    const answer = await app.inject({ method: 'POST', url: '/echo', headers, payload: Buffer.from('{}') });
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'unreadable_body']);
  });
});

describe('keys', () => {
  it('are checked before a byte of the body is there', async () => {
    const { app } = await start();
    const port = await listen(app);
    const head = 'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n';
    expect(await talk(port, head, /unauthorized/)).toMatch(/^HTTP\/1\.1 401 /);
  });

  it('may come as Bearer, Basic, X-Write-Key or in the query', async () => {
    const { app } = await start();
    const basic = `Basic ${Buffer.from(`${WRITE_KEY}:`).toString('base64')}`;
    const ways = [
      { url: '/echo', headers: { authorization: `Bearer ${WRITE_KEY}` } },
      { url: '/echo', headers: { authorization: basic } },
      { url: '/echo', headers: { 'x-write-key': WRITE_KEY } },
      { url: `/echo?writeKey=${WRITE_KEY}`, headers: {} },
      { url: `/dialect?project=${WRITE_KEY}`, headers: {} },
    ];
    for (const way of ways) {
      const answer = await app.inject({ method: 'POST', ...way });
      expect(answer.json()).toMatchObject({ who: 'web' });
    }
  });

  it('answer 401 when missing or unknown and 403 when the scope is missing', async () => {
    const { app } = await start();
    const missing = await app.inject({ method: 'POST', url: '/echo' });
    expect([missing.statusCode, missing.json().code]).toEqual([401, 'unauthorized']);
    expect(missing.headers['www-authenticate']).toContain('Bearer');
    const wrong = await app.inject({
      method: 'POST',
      url: '/echo',
      headers: { authorization: 'Bearer sk_x' },
    });
    expect(wrong.statusCode).toBe(401);
    const headers = { authorization: `Bearer ${READ_KEY}` };
    const scope = await app.inject({ method: 'POST', url: '/echo', headers });
    expect([scope.statusCode, scope.json().code]).toEqual([403, 'forbidden']);
  });

  it('of dialects may wait for the body, but a wrong one elsewhere is refused at once', async () => {
    const { app } = await start();
    const deferred = await app.inject({ method: 'POST', url: '/dialect', payload: '{}' });
    expect(deferred.json()).toEqual({ who: null });
    const wrong = await app.inject({ method: 'POST', url: '/dialect', headers: { 'x-write-key': 'wk_no' } });
    expect(wrong.statusCode).toBe(401);
  });

  it('are demanded by every route that does not say otherwise: one without a scope cannot be registered', async () => {
    const { app } = await testServer({
      extend: (instance) => {
        expect(() => instance.get('/open', async () => ({}))).toThrowError(
          expect.objectContaining({ code: 'internal' }),
        );
      },
    });
    await app.close();
  });
});

describe('problems', () => {
  it('have the shape of RFC 9457', async () => {
    const { app } = await start();
    const answer = await app.inject({ url: '/throws/path' });
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json()).toEqual({
      type: '/docs#schema_violation',
      title: 'The event does not fit the schema of its type.',
      status: 400,
      code: 'schema_violation',
      detail: 'No.',
      errors: [{ path: '/properties/price', code: 'schema_violation', message: 'No.' }],
    });
  });

  it('say when to come back', async () => {
    const { app } = await start();
    const answer = await app.inject({ url: '/throws/full' });
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '1']);
  });

  it('keep what is inside inside, in the answer and in the log', async () => {
    const { app, lines } = await start();
    const answer = await app.inject({ url: '/throws/phone:13900001111?fields=13900001111' });
    expect([answer.statusCode, answer.json().code]).toEqual([500, 'internal']);
    expect(answer.body).not.toMatch(/13900001111|TypeError|\.ts/);
    expect(lines.join('')).toContain('"route":"/throws/:what"');
    expect(lines.join('')).not.toContain('13900001111');
  });

  it('tell unknown routes from known ones with another method, without reading a body', async () => {
    const { app } = await start();
    const unknown = await app.inject({ method: 'POST', url: '/v1/nothing', payload: 'x' });
    expect([unknown.statusCode, unknown.json().code]).toEqual([404, 'not_found']);
    const method = await app.inject({ method: 'DELETE', url: '/v1/sql?query=x', payload: 'x' });
    expect([method.statusCode, method.json().code]).toEqual([405, 'method_not_allowed']);
    expect(method.headers.allow).toBe('GET, HEAD, POST');
  });

  it('also answer addresses that cannot be read', async () => {
    const { app } = await start();
    const answer = await app.inject({ url: '/v1/profiles/%zz', headers: secret });
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'malformed_request']);
    const long = await app.inject({ url: `/v1/profiles/${'x'.repeat(5_000)}`, headers: secret });
    expect([long.statusCode, long.json().code]).toEqual([400, 'malformed_request']);
  });

  it('also answer what is not HTTP, or has endless headers', async () => {
    const { app } = await start();
    const port = await listen(app);
    expect(await talk(port, 'nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [\s\S]*"code":"malformed_request"/);
    const headers = `GET /healthz HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(limits.headerBytesMax)}\r\n\r\n`;
    expect(await talk(port, headers)).toMatch(/^HTTP\/1\.1 431 [\s\S]*"code":"headers_too_large"/);
    const long = `GET /healthz?${'x'.repeat(60_000)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
    expect(await talk(port, long)).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('slow clients', () => {
  it('are bounded in headers, body and number', async () => {
    const { app } = await start();
    expect(app.server.headersTimeout).toBe(limits.headersTimeoutMs);
    expect(app.server.requestTimeout).toBe(limits.requestTimeoutMs);
    expect(app.server.maxConnections).toBe(limits.connectionsMax);
  });
});

describe('CORS', () => {
  const preflight = {
    origin: 'https://shop.example',
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization, x-retry-count',
  };

  it('reflects origin and headers to a preflight, which needs no key', async () => {
    const { app } = await start();
    const answer = await app.inject({ method: 'OPTIONS', url: '/echo', headers: preflight });
    expect(answer.statusCode).toBe(204);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': 'https://shop.example',
      'access-control-allow-headers': 'authorization, x-retry-count',
      'access-control-max-age': '900',
    });
  });

  it('lets pages read errors and their Retry-After', async () => {
    const { app } = await start();
    const answer = await app.inject({
      method: 'POST',
      url: '/echo',
      headers: { origin: 'https://shop.example' },
    });
    expect(answer.statusCode).toBe(401);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': 'https://shop.example',
      'access-control-expose-headers': 'Retry-After',
    });
  });

  it('keeps to the configured origins', async () => {
    const { app } = await start({ corsOrigins: ['https://shop.example'] });
    const foreign = { ...preflight, origin: 'https://other.example' };
    const answer = await app.inject({ method: 'OPTIONS', url: '/echo', headers: foreign });
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('logging and metrics', () => {
  it('say route, status and duration of a request, and no word of its address', async () => {
    const { app, lines, metrics } = await start();
    await app.inject({ url: '/v1/profiles/phone:13900001111?fields=kind', headers: secret });
    await app.inject({ url: '/nowhere/13900001111' });
    const text = lines.join('');
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
      method: 'GET',
      route: '/v1/profiles/:id',
      status: 200,
    });
    expect(text).not.toMatch(/13900001111|fields/);
    expect(text).not.toContain(SECRET_KEY);
    const scraped = await metrics.render();
    expect(scraped).toContain(
      'tessera_http_requests_total{method="GET",route="/v1/profiles/:id",status="200"} 1',
    );
    expect(scraped).toContain('tessera_http_requests_total{method="*",route="unmatched",status="404"} 1');
  });

  it('count a HEAD once', async () => {
    const { app, metrics } = await start();
    const answer = await app.inject({ method: 'HEAD', url: '/healthz' });
    expect([answer.statusCode, answer.body]).toEqual([200, '']);
    expect((await app.inject({ method: 'HEAD', url: '/v1/limits' })).statusCode).toBe(401);
    expect(await metrics.render()).toContain('{method="HEAD",route="/healthz",status="200"} 1');
  });
});

describe('stopping', () => {
  it('finishes what is in flight, closes its connection and accepts no other', async () => {
    const held = gate();
    const { app } = await start({ extend: (instance) => addHeld(instance, held) });
    const port = await listen(app);
    const flight = talk(port, 'GET /held HTTP/1.1\r\nHost: x\r\n\r\n');
    await held.entered;
    const closed = app.close();
    held.open();
    expect(await flight).toContain('{"done":true}');
    await closed;
    await expect(talk(port, 'GET /held HTTP/1.1\r\nHost: x\r\n\r\n')).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });

  it('answers stopping to a request on a connection that is still busy', async () => {
    const held = gate();
    const { app } = await start({ extend: (instance) => addHeld(instance, held) });
    const port = await listen(app);
    const answers = new Promise<string>((resolve) => {
      let text = '';
      const socket = connect(port, '127.0.0.1', () => socket.write('GET /held HTTP/1.1\r\nHost: x\r\n\r\n'));
      socket.on('data', (chunk) => {
        text += chunk.toString('latin1');
      });
      socket.on('close', () => resolve(text));
      void held.entered.then(() => {
        void app.close();
        socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n', () => setImmediate(held.open));
      });
    });
    expect(await answers).toMatch(/"done":true[\s\S]*HTTP\/1\.1 503 [\s\S]*"code":"stopping"/);
  });
});

it('refuses parameters of the address where all is said in the body, before anything is done', async () => {
  let done = 0;
  const { app } = await start({
    extend: (each) => {
      each.post('/wipe', { config: { scope: 'admin' } }, async () => ({ done: ++done }));
      addEcho(each);
    },
  });
  const headers = { authorization: `Bearer ${SECRET_KEY}`, 'content-type': 'application/json' };
  const ask = (url: string) => app.inject({ method: 'POST', url, headers, payload: '{}' });
  const refused = await ask('/wipe?dry_run=true');
  expect([refused.statusCode, refused.json()]).toMatchObject([400, { code: 'invalid_parameter' }]);
  expect([(await ask('/wipe')).statusCode, done]).toEqual([200, 1]);
  // Trackers send what they like.
  expect((await ask('/echo?_=1')).statusCode).toBe(200);
});

/** Holds a request until the test lets it go. */
interface Gate {
  readonly entered: Promise<void>;
  readonly enter: () => Promise<void>;
  readonly open: () => void;
}

function gate(): Gate {
  let arrive: () => void = () => undefined;
  let open: () => void = () => undefined;
  const entered = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return {
    entered,
    enter() {
      arrive();
      return opened;
    },
    open,
  };
}

function addHeld(app: FastifyInstance, held: Gate): void {
  app.get('/held', { config: { scope: 'public' } }, async () => {
    await held.enter();
    return { done: true };
  });
}
