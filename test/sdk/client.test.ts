import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Firing as EngineFiring } from '../../src/model/trigger.ts';
import { createClient, type Firing, type Profile, type TesseraClient } from '../../src/sdk/client/client.ts';
import type { ProfileView } from '../../src/serve/services.ts';
import { EnginePlace } from '../e2e/support/engine-place.ts';
import type { RunningEngine } from '../e2e/support/engine-process.ts';
import { waitUntil } from '../e2e/support/wait-until.ts';
import { CutWire } from './support/cut-wire.ts';
import { readBlock } from './support/tracked-shop.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
const place = new EnginePlace();
let engine: RunningEngine;
let client: TesseraClient;

beforeAll(async () => {
  engine = await place.start();
  client = createClient({ url: engine.api.address, key: engine.api.secretKey });
});
afterAll(() => place.remove());

/** A server that answers POST in turn as it is told, and keeps the bodies. */
async function busyServer(
  answers: readonly { status: number; headers?: Record<string, string>; body?: string }[],
) {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { status, headers = {}, body = '{}' } = answers[bodies.length] ?? { status: 200 };
      bodies.push(Buffer.concat(chunks).toString());
      if (status === 0) response.destroy();
      else response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server on TCP has an address with a port.
  return { bodies, server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe('the client', () => {
  it('is what the documentation shows, as a package that somebody has installed', async () => {
    const directory = join(place.path, 'program');
    mkdirSync(join(directory, 'node_modules'), { recursive: true });
    symlinkSync(ROOT, join(directory, 'node_modules/tessera'));
    const program = readBlock('client')
      .replace('https://cdp.shop.example', engine.api.address)
      .replace('SECRET_KEY', engine.api.secretKey);
    writeFileSync(join(directory, 'program.mjs'), program);
    const { stdout } = await run(process.execPath, [join(directory, 'program.mjs')]);
    const [views, rest = ''] = stdout.trim().split('\n');
    expect(views).toBe('1');
    const { ann, features, jobs } = JSON.parse(rest);
    expect(ann).toMatchObject({
      identifiers: { phone: ['+8613900001111'] },
      features: { views_1h: { value: 1 } },
    });
    expect(features).toBeGreaterThan(50);
    expect(jobs).toMatchObject({ jobs: expect.any(Array) });
  });

  it('has types that a strict program can use, without those of browsers or of Node', async () => {
    const directory = join(place.path, 'typed');
    mkdirSync(join(directory, 'node_modules'), { recursive: true });
    symlinkSync(ROOT, join(directory, 'node_modules/tessera'));
    writeFileSync(
      join(directory, 'program.mts'),
      `import { createClient, type Profile } from 'tessera/client';
       const client = createClient({ url: 'http://127.0.0.1:1', key: 'sk_1' });
       export const profile: Promise<Profile | undefined> = client.profiles.get('phone:1', { fields: ['views_1h'] });
       export const job = client.call('GET /v1/jobs/{id}', { path: { id: '1' } });
       export const page = client.call('GET /v1/profiles', { query: { limit: 10 } });
       // @ts-expect-error: a path needs its parameters
       export const broken = client.call('GET /v1/jobs/{id}');
       // @ts-expect-error: there is no such operation
       export const unknown = client.call('GET /v1/nothing');
       // @ts-expect-error: there is no such parameter
       export const wrong = client.call('GET /v1/profiles', { query: { limits: 10 } });
      `,
    );
    const options = { strict: true, noEmit: true, module: 'NodeNext', lib: ['ES2023', 'DOM'], types: [] };
    writeFileSync(
      join(directory, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: options, files: ['program.mts'] }),
    );
    const output = await run(join(ROOT, 'node_modules/.bin/tsc'), ['-p', directory]).catch(
      (error: { stdout: string }) => error,
    );
    expect(output.stdout).toBe('');
  });

  it('tells the shapes that the engine has', () => {
    // Compiled, not run: what the engine answers fits what the client promises.
    const profile = (view: ProfileView): Profile => view;
    const firing = (told: EngineFiring): Firing => told;
    expect([profile, firing]).toHaveLength(2);
  });

  it('sends, applies and reads', async () => {
    const event = {
      type: 'product_viewed',
      identifiers: { user_id: 'u-1' },
      properties: { item_id: 'spu-1' },
    };
    expect(await client.events.send([event, { ...event, type: '' }])).toMatchObject({
      accepted: 1,
      rejected: [{ index: 1 }],
    });
    const { results } = await client.events.apply({ ...event, id: 'e-1' }, { include: ['profile'] });
    expect(results).toMatchObject([
      { id: 'e-1', status: 'applied', profile: { features: { views_1h: { value: 2 } } } },
    ]);
    expect((await client.events.apply({ ...event, id: 'e-1' })).results[0]?.status).toBe('duplicate');
    expect(await client.profiles.get('user_id:nobody')).toBeUndefined();
    const profile = await client.profiles.get('user_id:u-1', { fields: ['identifiers'] });
    expect(profile?.identifiers).toEqual({ user_id: ['u-1'] });
    const listed: string[] = [];
    for await (const { profile_id } of client.profiles.list({ fields: ['kind'] })) listed.push(profile_id);
    expect(listed).toContain(profile?.profile_id);
  });

  it('puts definitions in force, and calls any operation', async () => {
    const definition = { name: 'sdk_views', on: 'product_viewed', aggregate: 'count', window: '1h' };
    expect(await client.definitions.put('features', definition, { dryRun: true })).toMatchObject({
      dry_run: true,
    });
    await client.definitions.put('features', definition);
    expect(await client.definitions.get('features', 'sdk_views')).toMatchObject(definition);
    await client.definitions.remove('features', 'sdk_views');
    const names = (await client.definitions.list('features')).map(({ name }) => name);
    expect(names).not.toContain('sdk_views');
    const { partial } = await client
      .call('GET /v1/profiles/{id}', { path: { id: 'user_id:u-1' } })
      .then(({ features }) => features.views_1h ?? { partial: undefined });
    expect(partial).toBe(false);
    expect(await client.call('GET /metrics')).toMatch(/^# HELP/);
    expect(
      await client.call('POST /v1/sql', { body: { query: 'SELECT 1 AS one', format: 'JSONEachRow' } }),
    ).toEqual('{"one":1}\n');
  });

  it('tells problems by their code and place', async () => {
    const stranger = createClient({ url: engine.api.address, key: 'sk_nobody' });
    await expect(stranger.profiles.list().next()).rejects.toMatchObject({
      name: 'TesseraApiError',
      status: 401,
      code: 'unauthorized',
    });
    await expect(client.call('GET /v1/profiles', { query: { limit: 0 } })).rejects.toMatchObject({
      code: 'invalid_parameter',
      errors: [{ path: 'limit' }],
    });
    const away = createClient({ url: 'http://127.0.0.1:9', retries: 0 });
    await expect(away.call('GET /healthz')).rejects.toMatchObject({ status: 0, code: 'unreachable' });
    const aborted = AbortSignal.abort();
    await expect(client.call('GET /v1/jobs', { signal: aborted })).rejects.toBe(aborted.reason);
  });

  it('repeats what may be repeated, with the same ids, and waits as it is told', async () => {
    const { bodies, server, url } = await busyServer([
      { status: 0 },
      { status: 503, headers: { 'retry-after': '1' } },
      { status: 429, headers: { 'retry-after': '0' } },
      { status: 202, body: '{"accepted":1,"rejected":[]}' },
      { status: 503 },
      { status: 429, headers: { 'retry-after': '3600' } },
    ]);
    const patient = createClient({ url, key: 'sk_1' });
    expect(await patient.events.send({ type: 'page_viewed' })).toEqual({ accepted: 1, rejected: [] });
    expect(new Set(bodies).size).toBe(1);
    expect(JSON.parse(bodies[0] ?? '').events).toEqual([
      { id: expect.stringMatching(/^[0-9a-f]{32}$/), type: 'page_viewed' },
    ]);
    // Nobody knows what became of it, and twice is not once.
    await expect(patient.call('POST /v1/tags', { body: {} })).rejects.toMatchObject({ status: 503 });
    await expect(patient.call('GET /v1/jobs')).rejects.toMatchObject({
      status: 429,
      retryAfterMs: 3_600_000,
    });
    expect(bodies).toHaveLength(6);
    server.closeAllConnections();
    server.close();
  });
});

describe('a stream', () => {
  const listeners = (count: number): Promise<void> =>
    waitUntil(`${count} listeners`, async () => {
      const { tessera_stream_clients } = await engine.api.metric('tessera_stream_clients');
      return tessera_stream_clients === count;
    });

  it('goes on over cut connections, with nothing missed and nothing twice, and ends by its signal', async () => {
    const wire = await CutWire.open(engine.api.address);
    const listener = createClient({ url: wire.address, key: engine.api.secretKey });
    const abort = new AbortController();
    const seen: (string | undefined)[] = [];
    const ended = (async () => {
      const stream = listener.streams.triggers({ trigger: 'plus_size_hesitation', signal: abort.signal });
      for await (const { event, data } of stream) seen.push(event === 'trigger' ? data.id : event);
    })();
    try {
      await listeners(1);
      // From the first message on there is a place to go on from.
      const expected = [...(await hesitate('s-0'))];
      await waitUntil('the first came', () => seen.length > 0);
      for (let round = 1; round < 6; round += 1) {
        if (round % 2 === 1) wire.cut();
        expected.push(...(await hesitate(`s-${round}`)));
      }
      await waitUntil('all of them came', () => seen.length >= expected.length);
      expect(seen).toEqual(expected);
      expect(wire.connections).toBeGreaterThan(1);
    } finally {
      abort.abort();
      await ended;
      await wire.close();
    }
  });

  it('goes on after a restart of the program, and fails with a wrong key', async () => {
    await listeners(0);
    const first = client.streams.triggers({ trigger: 'plus_size_hesitation' });
    const waiting = first.next();
    await listeners(1);
    const [id] = await hesitate('r-1');
    const { value } = await waiting;
    expect(value?.data.id).toBe(id);
    await first.return();
    const missed = await hesitate('r-2');
    const second = client.streams.triggers({ trigger: 'plus_size_hesitation', lastEventId: value?.id ?? '' });
    const next = await second.next();
    expect([next.value?.data.id]).toEqual(missed);
    await second.return();
    const stranger = createClient({ url: engine.api.address, key: 'sk_nobody' });
    await expect(stranger.streams.triggers().next()).rejects.toMatchObject({ code: 'unauthorized' });
  });

  it('of one profile says what happens to it', async () => {
    const event = { type: 'page_viewed', identifiers: { user_id: 'watched' } };
    await client.events.apply(event);
    await listeners(0);
    const stream = client.streams.profile('user_id:watched');
    const waiting = stream.next();
    await listeners(1);
    await client.events.apply({ ...event, id: 'w-1' });
    expect((await waiting).value).toMatchObject({
      event: 'profile',
      data: { events: [{ id: 'w-1', type: 'page_viewed' }] },
    });
    await stream.return();
  });
});

/** Three looks that a shipped trigger waits for; answers the ids of what it decided. */
async function hesitate(visitor: string): Promise<readonly string[]> {
  const looks = ['1', '2', '3'].map((n) => ({
    type: 'product_viewed',
    identifiers: { anonymous_id: visitor },
    properties: { item_id: `spu-${n}`, category: 'women/plus-size/dresses' },
  }));
  const { results } = await client.events.apply(looks);
  return results
    .flatMap(({ triggers }) => triggers)
    .flatMap(({ trigger, id }) => (trigger === 'plus_size_hesitation' ? [id] : []));
}
