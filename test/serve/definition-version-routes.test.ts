import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TesseraError } from '../../src/errors.ts';
import type { NamedDefinition } from '../../src/serve/services.ts';
import { definitionKinds, reader, secret, type TestServer, testServer } from './fakes.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.app.close());

async function call(method: 'GET' | 'POST', url: string, headers: Record<string, string> = secret) {
  const answer = await server.app.inject({ method, url: `/v1/definitions/${url}`, headers });
  return { status: answer.statusCode, body: answer.json(), headers: answer.headers };
}

describe('GET /v1/definitions/{kind}/{name}/versions', () => {
  it('lists them, the newest first, without their texts', async () => {
    expect((await call('GET', 'features/views_1h/versions', reader)).body).toEqual({
      versions: [
        { number: 9, edition: 3, author: 'bob', since: 900, change: 'removed', active: false },
        { number: 4, edition: 2, version: 'v4', author: 'ann', since: 400, change: 'changed', active: false },
        {
          number: 0,
          edition: 1,
          version: 'v0',
          author: 'server',
          since: 100,
          change: 'created',
          active: false,
        },
      ],
    });
  });

  it('answers 404 for a kind or a name that there is none of', async () => {
    for (const url of ['features/none/versions', 'nothing/views_1h/versions', 'features/none/versions/1'])
      expect(await call('GET', url)).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });
});

describe('GET /v1/definitions/{kind}/{name}/versions/{number}', () => {
  it('answers the text, and in what it differs from the version before it', async () => {
    expect((await call('GET', 'features/views_1h/versions/4', reader)).body).toEqual({
      ...{
        number: 4,
        edition: 2,
        version: 'v4',
        author: 'ann',
        since: 400,
        change: 'changed',
        active: false,
      },
      definition: { name: 'views_1h', window: '1h', on: ['product_viewed'] },
      changes: [
        { path: '/window', before: '30m', after: '1h' },
        { path: '/on', after: ['product_viewed'] },
      ],
    });
  });

  it('or from whichever version is asked for; what was removed has no text', async () => {
    const { body } = await call('GET', 'features/views_1h/versions/9?against=0');
    expect(body).toMatchObject({ change: 'removed', definition: null });
    expect(body.changes).toEqual([
      { path: '/name', before: 'views_1h' },
      { path: '/window', before: '30m' },
    ]);
  });

  it('compares the oldest with nothing', async () => {
    const { body } = await call('GET', 'features/views_1h/versions/0');
    expect(body.changes.map(({ path }: { path: string }) => path)).toEqual(['/name', '/window']);
  });

  it('refuses numbers that are none', async () => {
    expect(await call('GET', 'features/views_1h/versions/x')).toMatchObject({ status: 404 });
    expect(await call('GET', 'features/views_1h/versions/4?against=x')).toMatchObject({
      status: 400,
      body: { code: 'invalid_parameter' },
    });
    expect(await call('GET', 'features/views_1h/versions/4?against=5')).toMatchObject({ status: 404 });
  });
});

describe('POST /v1/definitions/{kind}/{name}/disable and enable', () => {
  let lamp: NamedDefinition = { name: 'lamp' };
  beforeAll(() => {
    const turned = (name: string, on: boolean): NamedDefinition => {
      if (name !== 'lamp') throw new TesseraError('not_found');
      return on ? { name } : { name, enabled: false };
    };
    definitionKinds.set('loyalty', {
      list: () => [lamp],
      editor: {
        check: (name) => ({ name }),
        original: () => undefined,
        put: async (definition) => definition,
        switch: {
          plan: turned,
          turn: async (name, on, author) => {
            lamp = { ...turned(name, on), author };
            return lamp;
          },
        },
      },
    });
  });

  it('switches what can be switched, as the name of the key', async () => {
    expect((await call('POST', 'loyalty/lamp/disable')).body).toEqual({
      ...{ name: 'lamp', enabled: false },
      author: 'operator',
    });
    expect((await call('POST', 'loyalty/lamp/enable')).body).toEqual({ name: 'lamp', author: 'operator' });
  });

  it('only says what it would do with dry_run', async () => {
    expect((await call('POST', 'loyalty/lamp/disable?dry_run=1')).body).toEqual({
      dry_run: true,
      definition: { name: 'lamp', enabled: false },
      changes: [{ path: '/enabled', after: false }],
    });
    expect(lamp.enabled).toBeUndefined();
  });

  it('answers 405 for kinds without a switch, 404 for what there is not', async () => {
    expect(await call('POST', 'features/views_1h/disable')).toMatchObject({
      status: 405,
      body: { code: 'method_not_allowed' },
    });
    expect(await call('POST', 'loyalty/none/enable')).toMatchObject({ status: 404 });
    expect(await call('POST', 'nothing/lamp/enable')).toMatchObject({ status: 404 });
  });

  it('is for keys with the scope define', async () => {
    expect(await call('POST', 'loyalty/lamp/disable', reader)).toMatchObject({ status: 403 });
  });
});
