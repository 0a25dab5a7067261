import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TesseraError } from '../../src/errors.ts';
import { limits } from '../../src/limits.ts';
import { createAuthenticator } from '../../src/serve/authenticate.ts';
import { registerDocsRoutes } from '../../src/serve/docs-routes.ts';
import { createLogger } from '../../src/serve/logger.ts';
import { createMetrics } from '../../src/serve/metrics.ts';
import { openOverload } from '../../src/serve/overload.ts';
import { createServer } from '../../src/serve/server.ts';

const WRITE = 'wk_0123456789abcdef0123456789abcdef';
const SECRET = 'sk_0123456789abcdef0123456789abcdef';
const EVERYWHERE = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
};

const lines: string[] = [];
const metrics = createMetrics({ processMetrics: false });
const overload = openOverload(metrics);
let app: FastifyInstance;

beforeAll(async () => {
  app = await createServer({
    authenticator: createAuthenticator([
      { key: WRITE, name: 'web', scopes: ['ingest'] },
      { key: SECRET, name: 'till', scopes: ['ingest', 'read', 'admin'] },
    ]),
    metrics,
    logger: createLogger('info', { write: (line) => lines.push(line) }),
    version: '1.2.3',
    corsOrigins: 'any',
    overload,
  });
  app.post('/events', { config: { scope: 'ingest' } }, async () => ({}));
  app.post('/batch', { config: { scope: 'ingest', keyInBody: true } }, async () => ({}));
  app.get('/pixel', { config: { scope: 'ingest' } }, async () => ({}));
  app.get('/operate', { config: { scope: 'admin' } }, async () => ({}));
  app.get('/health', { config: { scope: 'public' } }, async () => ({}));
  app.get('/fails', { config: { scope: 'public' } }, async () => {
    throw new TesseraError('log_full');
  });
  registerDocsRoutes(app, '1.2.3', new Map());
  await app.ready();
});
afterAll(() => app.close());

const key = (text: string) => ({ authorization: `Bearer ${text}` });

describe('every answer', () => {
  it.each([
    ['/health', {}, 200],
    ['/fails', {}, 503],
    ['/nowhere', {}, 404],
    ['/operate', {}, 401],
    ['/operate', key(SECRET), 200],
  ])('of %s says that nothing in it runs, loads or is framed', async (url, headers, status) => {
    const answer = await app.inject({ url, headers });
    expect(answer.statusCode).toBe(status);
    expect(answer.headers).toMatchObject({
      ...EVERYWHERE,
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    });
    // TLS ends elsewhere, and whoever ends it says that.
    expect(answer.headers).not.toHaveProperty('strict-transport-security');
  });

  it('to a key is for no cache, and one to nobody may be', async () => {
    expect((await app.inject({ url: '/operate', headers: key(SECRET) })).headers['cache-control']).toBe(
      'no-store',
    );
    expect((await app.inject({ url: '/operate' })).headers['cache-control']).toBe('no-store');
    expect((await app.inject({ url: '/health' })).headers).not.toHaveProperty('cache-control');
  });
});

it('pages of the engine name the one style that they hold, and nothing else may load', async () => {
  for (const url of ['/', '/docs']) {
    const { headers, body } = await app.inject({ url });
    expect(headers).toMatchObject(EVERYWHERE);
    const policy = String(headers['content-security-policy']);
    expect(policy).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/=]{44}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
    expect(body).not.toMatch(/<script|javascript:|\son\w+=|\sstyle="|src=/i);
  }
});

describe('while more comes than can be done', () => {
  const statusOf = async (method: 'GET' | 'POST', url: string, headers = {}): Promise<number> =>
    (await app.inject({ method, url, headers })).statusCode;

  it('libraries are asked to come later, and beacons, tills, operators and probes are answered', async () => {
    const events = new Array(limits.shedWaitingEvents).fill(undefined);
    let end = (): void => undefined;
    const stored = new Promise<[]>((resolve) => {
      end = () => resolve([]);
    });
    const appended = overload.counting({ append: async () => await stored }).append(events, []);
    const answer = await app.inject({ method: 'POST', url: '/events', headers: key(WRITE), body: '{}' });
    expect([answer.statusCode, answer.json().code]).toEqual([503, 'overloaded']);
    expect(answer.headers['retry-after']).toBe(String(limits.shedRetryPatientMs / 1000));
    expect(await statusOf('POST', '/batch')).toBe(503);
    expect(await statusOf('POST', '/events', { ...key(SECRET), 'x-tessera-priority': 'low' })).toBe(503);
    expect(await statusOf('GET', '/pixel', key(WRITE))).toBe(200);
    expect(await statusOf('POST', '/events', { ...key(WRITE), 'sec-fetch-mode': 'no-cors' })).toBe(200);
    expect(await statusOf('POST', '/events', key(SECRET))).toBe(200);
    expect(await statusOf('GET', '/operate', key(SECRET))).toBe(200);
    expect(await statusOf('GET', '/health')).toBe(200);
    // Without a key nobody learns how things are.
    expect(await statusOf('POST', '/events')).toBe(401);
    end();
    await appended;
    expect(await statusOf('POST', '/events', key(WRITE))).toBe(200);
    const scraped = await metrics.render();
    expect(scraped).toContain('tessera_requests_shed{class="patient"} 3');
    expect(lines.filter((line) => line.includes('/events'))).toEqual([]);
  });
});

describe('a write key of which too much was refused', () => {
  const send = (text: string, bytes: number) =>
    app.inject({ method: 'POST', url: '/events', headers: key(text), payload: Buffer.alloc(bytes, 0x20) });
  const large = limits.bodyUncountedBytes + 1;

  it('is not read where its bodies are large, and taken where they are small', async () => {
    expect((await send(WRITE, large)).statusCode).toBe(200);
    app.refusedBodies.charge(
      { kind: 'write', name: 'web', scopes: new Set(['ingest']), origins: 'any' },
      limits.refusedBytesForgiven * 2,
    );
    const refused = await send(WRITE, large);
    expect([refused.statusCode, refused.json().code]).toEqual([429, 'rate_limited']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(1);
    expect((await send(WRITE, 1_000)).statusCode).toBe(200);
    expect((await app.inject({ url: '/pixel', headers: key(WRITE) })).statusCode).toBe(200);
    expect((await send(SECRET, large)).statusCode).toBe(200);
  });
});
