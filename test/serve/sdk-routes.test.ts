import { gunzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthenticator } from '../../src/serve/authenticate.ts';
import { createLogger } from '../../src/serve/logger.ts';
import { createMetrics } from '../../src/serve/metrics.ts';
import { registerSdkRoutes } from '../../src/serve/sdk-routes.ts';
import { createServer } from '../../src/serve/server.ts';

const SCRIPT = Buffer.from(`(()=>{${'window.tessera=1;'.repeat(20)}})()`);

describe('the tracker of the engine', () => {
  let app: FastifyInstance;
  beforeAll(async () => {
    app = await createServer({
      authenticator: createAuthenticator([]),
      metrics: createMetrics({ processMetrics: false }),
      logger: createLogger('debug', { write: () => undefined }),
      version: '1.2.3',
      corsOrigins: 'any',
    });
    registerSdkRoutes(app, { version: '1.2.3', script: SCRIPT });
    await app.ready();
  });
  afterAll(() => app.close());

  const get = (file: string, headers: Record<string, string> = {}) =>
    app.inject({ url: `/sdk/${file}`, headers: { origin: 'https://shop.example', ...headers } });

  it('is there without a key, for pages of every origin', async () => {
    const answer = await get('tessera.js');
    expect([answer.statusCode, answer.rawPayload]).toEqual([200, SCRIPT]);
    expect(answer.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cross-origin-resource-policy': 'cross-origin',
      'access-control-allow-origin': 'https://shop.example',
      'x-content-type-options': 'nosniff',
    });
  });

  it('is compressed for those who take that, and caches keep both apart', async () => {
    const answer = await get('tessera.js', { 'accept-encoding': 'br, gzip' });
    expect(answer.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(answer.rawPayload)).toEqual(SCRIPT);
    expect(String(answer.headers.vary).split(/,\s*/)).toEqual(
      expect.arrayContaining(['Accept-Encoding', 'Origin']),
    );
  });

  it('may be kept for an hour, and under its version for ever', async () => {
    expect((await get('tessera.js')).headers['cache-control']).toMatch(/^public, max-age=3600/);
    expect((await get('tessera-1.2.3.js')).headers['cache-control']).toBe(
      'public, max-age=31536000, immutable',
    );
    const etag = String((await get('tessera.js')).headers.etag);
    const again = await get('tessera.js', { 'if-none-match': etag });
    expect([again.statusCode, again.body]).toEqual([304, '']);
    expect((await get('tessera.js', { 'if-none-match': '"other"' })).statusCode).toBe(200);
  });

  it('is found by pages that name a version that is gone, which nothing may remember', async () => {
    const answer = await get('tessera-1.0.0.js');
    expect([answer.statusCode, answer.headers.location]).toEqual([302, 'tessera.js']);
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it.each(['other.js', 'tessera.js.map', 'tessera-.js', '..%2Fclient.js', 'tessera-1%2F..%2Fx.js'])(
    'is all there is: %s is not found',
    async (file) => {
      expect((await get(file)).statusCode).toBe(404);
    },
  );
});
