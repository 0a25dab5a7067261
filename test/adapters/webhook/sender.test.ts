import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { AddressRules } from '../../../src/adapters/webhook/address-rules.ts';
import { createWebhookSender, type Resolve } from '../../../src/adapters/webhook/sender.ts';
import type { SendResult } from '../../../src/model/webhook.ts';

const LOOPBACK = { allow: ['127.0.0.1/32'], http: true };
const open: Server[] = [];

afterEach(async () => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

type Handle = (request: IncomingMessage, response: ServerResponse, body: string) => void;

async function listen(handle: Handle, host = '127.0.0.1'): Promise<number> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => handle(request, response, body));
  });
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  // A server that listens on a port has an address with one.
  return (server.address() as AddressInfo).port;
}

interface Sending {
  readonly resolve?: Resolve;
  readonly rules?: AddressRules;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

async function send(url: string, options: Sending = {}): Promise<SendResult> {
  const { resolve, timeoutMs, rules = new AddressRules(LOOPBACK) } = options;
  const sender = createWebhookSender({ rules, ...(resolve && { resolve }), ...(timeoutMs && { timeoutMs }) });
  const message = { url, headers: { 'webhook-id': 'm-1' }, body: '{"a":"ü"}' };
  return await sender.send(message, options.signal ?? new AbortController().signal);
}

const answer =
  (status: number, headers: Record<string, string> = {}): Handle =>
  (_request, response) => {
    response.writeHead(status, headers).end('thanks');
  };

describe('a message to an endpoint', () => {
  it('is posted as JSON with its headers, once', async () => {
    const seen: string[] = [];
    const port = await listen((request, response, body) => {
      seen.push(
        `${request.method} ${request.url} ${request.headers['content-type']} ${request.headers['webhook-id']} ${body}`,
      );
      response.writeHead(204).end();
    });
    expect(await send(`http://127.0.0.1:${port}/hook?a=1`)).toEqual({ outcome: 'delivered', status: 204 });
    expect(seen).toEqual(['POST /hook?a=1 application/json m-1 {"a":"ü"}']);
  });

  it.each([
    [500, {}, { outcome: 'failed', failure: 'status', status: 500 }],
    [404, {}, { outcome: 'failed', failure: 'status', status: 404 }],
    [410, {}, { outcome: 'failed', failure: 'gone', status: 410 }],
    [
      429,
      { 'retry-after': '120' },
      { outcome: 'failed', failure: 'status', status: 429, retryAfterMs: 120_000 },
    ],
    [503, { 'retry-after': '7' }, { outcome: 'failed', failure: 'status', status: 503, retryAfterMs: 7_000 }],
    [
      503,
      { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' },
      { outcome: 'failed', failure: 'status', status: 503 },
    ],
    [500, { 'retry-after': '7' }, { outcome: 'failed', failure: 'status', status: 500 }],
  ])('that is answered %d %j comes to %j', async (status, headers, result) => {
    const port = await listen(answer(status, headers));
    expect(await send(`http://127.0.0.1:${port}/`)).toEqual(result);
  });

  it('follows no redirect', async () => {
    let inside = 0;
    const target = await listen((_request, response) => {
      inside++;
      response.end();
    });
    for (const status of [301, 302, 303, 307, 308]) {
      const port = await listen(answer(status, { location: `http://127.0.0.1:${target}/admin` }));
      expect(await send(`http://127.0.0.1:${port}/`)).toEqual({
        outcome: 'failed',
        failure: 'redirect',
        status,
      });
    }
    expect(inside).toBe(0);
  });

  it('goes to the address that was checked, however often the name changes', async () => {
    let reached = 0;
    const port = await listen((_request, response) => {
      reached++;
      response.end();
    });
    const asked: string[] = [];
    // Public when it is checked; inside ever after.
    const answers = [['127.0.0.1'], ['10.0.0.1'], ['169.254.169.254']];
    const resolve: Resolve = async (host) => {
      asked.push(host);
      return answers[asked.length - 1] ?? ['10.0.0.1'];
    };
    expect(await send(`http://shop.example:${port}/`, { resolve })).toEqual({
      outcome: 'delivered',
      status: 200,
    });
    // One look per attempt, and the connection asked nobody again.
    expect(asked).toEqual(['shop.example']);
    expect(reached).toBe(1);
    expect(await send(`http://shop.example:${port}/`, { resolve })).toMatchObject({ failure: 'address' });
    expect(await send(`http://shop.example:${port}/`, { resolve })).toMatchObject({ failure: 'address' });
    expect(reached).toBe(1);
  });

  it.each([
    [['8.8.8.8', '127.0.0.1']],
    [['::ffff:127.0.0.1']],
    [['64:ff9b::7f00:1']],
    [['169.254.169.254']],
    [['fd00:ec2::254']],
  ])('is not sent where a name has the addresses %j', async (addresses) => {
    const rules = new AddressRules({ allow: [], http: true });
    const result = await send('http://shop.example/', { rules, resolve: async () => addresses });
    expect(result).toEqual({ outcome: 'failed', failure: 'address', status: 0 });
  });

  it('is not sent to an address inside, whatever was defined', async () => {
    const rules = new AddressRules({ allow: [], http: true });
    const port = await listen(answer(200));
    for (const host of ['127.0.0.1', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]', 'localhost'])
      expect(await send(`http://${host}:${port}/`, { rules })).toMatchObject({
        outcome: 'failed',
        failure: 'address',
      });
  });

  it('says what else went wrong', async () => {
    const nobody = await listen(answer(200));
    const server = open.pop();
    await new Promise((resolve) => server?.close(resolve));
    expect(await send(`http://127.0.0.1:${nobody}/`)).toMatchObject({ failure: 'connection' });
    const port = await listen((request) => request.socket.destroy());
    expect(await send(`http://127.0.0.1:${port}/`)).toMatchObject({ failure: 'connection' });
    const resolve: Resolve = () => Promise.reject(new RangeError('no such name'));
    expect(await send('http://shop.example/', { resolve })).toMatchObject({ failure: 'name' });
    expect(await send('http://shop.example/', { resolve: async () => [] })).toMatchObject({
      failure: 'name',
    });
  });

  it('that is not answered in time, or broken off, fails', async () => {
    const port = await listen(() => undefined);
    expect(await send(`http://127.0.0.1:${port}/`, { timeoutMs: 50 })).toMatchObject({ failure: 'timeout' });
    const abort = new AbortController();
    const sending = send(`http://127.0.0.1:${port}/`, { signal: abort.signal });
    abort.abort();
    expect(await sending).toMatchObject({ failure: 'connection' });
  });

  it('does not read an answer without an end', async () => {
    let sent = 0;
    const port = await listen((_request, response) => {
      response.writeHead(200);
      const chunk = Buffer.alloc(64 * 1024);
      const more = (): void => {
        while (!response.destroyed && sent < 256 * 1024 * 1024) {
          sent += chunk.byteLength;
          if (!response.write(chunk)) {
            response.once('drain', more);
            return;
          }
        }
      };
      more();
    });
    expect(await send(`http://127.0.0.1:${port}/`)).toEqual({ outcome: 'delivered', status: 200 });
    await expect.poll(() => open[0]?.listening).toBe(true);
    const connections = (): Promise<number> =>
      new Promise((resolve) => open[0]?.getConnections((_error, count) => resolve(count)));
    await expect.poll(connections).toBe(0);
    expect(sent).toBeLessThan(256 * 1024 * 1024);
  });
});
