import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import { firing, READ_KEY, reader, type TestServer, testServer, WRITE_KEY } from './fakes.ts';

const open: TestServer[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map(({ app }) => app.close()));
});

async function start(): Promise<{ server: TestServer; port: number }> {
  const server = await testServer();
  open.push(server);
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  // A TCP server that listens has an address with a port.
  return { server, port: (server.app.server.address() as AddressInfo).port };
}

interface Stream {
  readonly response: IncomingMessage;
  readonly request: ClientRequest;
  /** Resolves once the text so far matches. */
  until(pattern: RegExp): Promise<string>;
  readonly ended: Promise<void>;
}

function listen(port: number, path: string, headers: Record<string, string> = reader): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, headers }, (response) => {
      let text = '';
      let check: () => void = () => undefined;
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        check();
      });
      const ended = new Promise<void>((done) => {
        response.on('end', () => done()).on('error', () => done());
      });
      const until = (pattern: RegExp): Promise<string> =>
        new Promise((done) => {
          check = () => {
            if (pattern.test(text)) done(text);
          };
          check();
        });
      resolve({ response, request: sent, until, ended });
    });
    sent.on('error', reject);
    sent.end();
  });
}

describe('GET /v1/stream/triggers', () => {
  it('streams firings as they happen, as server-sent events', async () => {
    const { server, port } = await start();
    const stream = await listen(port, '/v1/stream/triggers', { ...reader, origin: 'https://shop.example' });
    expect(stream.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'access-control-allow-origin': 'https://shop.example',
    });
    await stream.until(/connected/);
    server.services.firings.firings([firing('f1'), firing('f2')]);
    const text = await stream.until(/id: f2\n[\s\S]*\n\n$/);
    const data = [...text.matchAll(/^data: (.*)$/gm)].map(([, json]) => JSON.parse(json ?? ''));
    expect(data).toEqual([firing('f1'), firing('f2')]);
    stream.request.destroy();
  });

  it('resumes after the last id that the client saw, from the header or the query', async () => {
    const { server, port } = await start();
    server.services.firings.firings(['f1', 'f2', 'f3'].map((id) => firing(id)));
    const header = await listen(port, '/v1/stream/triggers', { ...reader, 'last-event-id': 'f2' });
    const query = await listen(port, `/v1/stream/triggers?last_event_id=f1&writeKey=${READ_KEY}`, {});
    expect(await header.until(/id: f3/)).not.toMatch(/id: f2|gap/);
    expect(await query.until(/id: f3/)).toMatch(/id: f2/);
    const lost = await listen(port, '/v1/stream/triggers', { ...reader, 'last-event-id': 'f0' });
    expect(await lost.until(/id: f3/)).toMatch(/event: gap[\s\S]*id: f1/);
    for (const stream of [header, query, lost]) stream.request.destroy();
  });

  it('sends only the firings of the trigger that was asked for', async () => {
    const { server, port } = await start();
    const stream = await listen(port, '/v1/stream/triggers?trigger=wanted');
    await stream.until(/connected/);
    server.services.firings.firings([firing('f1', 'other'), firing('f2', 'wanted')]);
    expect(await stream.until(/id: f2/)).not.toContain('id: f1');
    stream.request.destroy();
  });

  it('ends when the server stops, and does not hold up the stop', async () => {
    const { server, port } = await start();
    const stream = await listen(port, '/v1/stream/triggers');
    await stream.until(/connected/);
    await server.app.close();
    await stream.ended;
  });

  it('forgets a client that went away, and counts without observing endless durations', async () => {
    const { server, port } = await start();
    const stream = await listen(port, '/v1/stream/triggers');
    await stream.until(/connected/);
    expect(await server.metrics.render()).toContain('tessera_stream_clients 1');
    stream.request.destroy();
    // The server learns of it with a later turn of the loop; publishing to a closed client must be harmless.
    server.services.firings.firings([firing('f1')]);
    await server.app.close();
    expect(await server.metrics.render()).toContain('tessera_stream_clients 0');
    expect(await server.metrics.render()).toContain(
      'tessera_http_request_duration_seconds_count{method="GET",route="/v1/stream/triggers"} 0',
    );
  });

  it('refuses writers, unknown parameters and one client too many as ordinary problems', async () => {
    const { app } = (await start()).server;
    const url = '/v1/stream/triggers';
    const writer = await app.inject({ url, headers: { authorization: `Bearer ${WRITE_KEY}` } });
    expect(writer.statusCode).toBe(403);
    const unknown = await app.inject({ url: `${url}?since=1`, headers: reader });
    expect(unknown.json().code).toBe('invalid_parameter');
    expect(limits.streamClientsMax).toBeGreaterThan(0);
  });
});

describe('decisions on the stream', () => {
  it('are told apart by what was decided, and each has a place of its own to come back to', async () => {
    const { server, port } = await start();
    const deferred = { ...firing('f1'), decision: 'deferred' as const };
    server.services.firings.firings([deferred, firing('f2'), firing('f1')]);
    const query = '/v1/stream/triggers?decision=fired,revoked&last_event_id=f1.deferred';
    const stream = await listen(port, query);
    server.services.firings.firings([deferred, { ...firing('f1'), decision: 'revoked' }]);
    const text = await stream.until(/id: f1\.revoked/);
    expect(text.match(/^id: .*$/gm)).toEqual(['id: f2', 'id: f1', 'id: f1.revoked']);
    stream.request.destroy();
  });
});

describe('GET /v1/stream/profiles/{id}', () => {
  it('streams what happens to one profile, and resumes', async () => {
    const { server, port } = await start();
    const id = (await server.app.inject({ url: '/v1/profiles/phone:13900001111', headers: reader })).json()
      .profile_id;
    const stream = await listen(port, '/v1/stream/profiles/phone:13900001111');
    await stream.until(/connected/);
    const change = (profile_id: string, seq: number) => ({
      profile_id,
      partition: 'p0',
      seq,
      events: [{ id: `e${seq}`, type: 'product_viewed', time: 1 }],
    });
    server.services.changes.publish(change(id, 1));
    server.services.changes.publish(change('somebody', 2));
    server.services.changes.publish(change(id, 3));
    const text = await stream.until(/id: p0\.3/);
    expect(text.match(/^id: .*$/gm)).toEqual(['id: p0.1', 'id: p0.3']);
    expect(text).toMatch(/event: profile\ndata: \{"profile_id"/);
    const again = await listen(port, `/v1/stream/profiles/${id}`, { ...reader, 'last-event-id': 'p0.1' });
    expect(await again.until(/id: p0\.3/)).not.toMatch(/gap|id: p0\.1\n/);
    const lost = await listen(port, `/v1/stream/profiles/${id}?last_event_id=p0.0`);
    expect(await lost.until(/connected[\s\S]*\n\n/)).toMatch(/event: gap/);
    for (const each of [stream, again, lost]) each.request.destroy();
  });

  it('has no stream for somebody who is not there', async () => {
    const { server } = await start();
    const response = await server.app.inject({ url: '/v1/stream/profiles/phone:nobody', headers: reader });
    expect(response.json()).toMatchObject({ code: 'profile_not_found' });
  });
});
