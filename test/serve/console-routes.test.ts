import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepareConsole } from '../../src/serve/console-routes.ts';
import { type TestServer, testServer } from './fakes.ts';

const PAGE = '<!doctype html><script type="module" src="./assets/index-1.js"></script>';
const SCRIPT = 'document.title = "Tessera";';

describe('the console', () => {
  let server: TestServer;
  beforeAll(async () => {
    const files = [
      ['index.html', PAGE],
      ['assets/index-1.js', SCRIPT],
      ['assets/index-1.css', 'body { margin: 0 }'],
    ] as const;
    server = await testServer({
      consoleFiles: prepareConsole(files.map(([name, text]) => [name, Buffer.from(text)])),
    });
  });
  afterAll(async () => await server.app.close());
  const get = async (url: string, headers = {}) => await server.app.inject({ method: 'GET', url, headers });

  it('is a page that runs and asks nothing but what lies beside it', async () => {
    const answer = await get('/');
    expect(answer.body).toBe(PAGE);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    const policy = String(answer.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("connect-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe-eval');
    expect(answer.headers['cache-control']).toBe('no-cache');
  });

  it('has files that may be kept for ever, compressed where the browser takes that', async () => {
    const plain = await get('/assets/index-1.js');
    expect(plain.body).toBe(SCRIPT);
    expect(plain.headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(plain.headers['cache-control']).toContain('immutable');
    const packed = await get('/assets/index-1.js', { 'accept-encoding': 'br, gzip' });
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(packed.rawPayload).toString()).toBe(SCRIPT);
    expect((await get('/assets/index-1.css')).headers['content-type']).toBe('text/css; charset=utf-8');
  });

  it('is not sent again to who has it', async () => {
    const { headers } = await get('/');
    expect((await get('/', { 'if-none-match': headers.etag })).statusCode).toBe(304);
  });

  it('has no other files', async () => {
    for (const file of ['index-2.js', '..%2f..%2fmain.js', 'constructor']) {
      expect((await get(`/assets/${file}`)).statusCode).toBe(404);
    }
  });
});
