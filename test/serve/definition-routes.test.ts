import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TesseraError } from '../../src/errors.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { DefinitionEditor, NamedDefinition } from '../../src/serve/services.ts';
import { definitionKinds, reader, secret, type TestServer, testServer, WRITE_KEY } from './fakes.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.app.close());

/** A kind of things with a size, kept in memory. */
const original: NamedDefinition = { name: 'box', size: 1 };
let inForce: NamedDefinition = original;
const editor: DefinitionEditor = {
  check(name, body) {
    if (body.size === 0)
      throw new TesseraError('invalid_definition', '/size: must be larger', { path: '/size' });
    return { name, size: 3, ...body };
  },
  original: () => original,
  async put(definition, author) {
    inForce = { ...definition, version: 'v2', author, since: 7 };
    return inForce;
  },
};
beforeEach(() => {
  inForce = { ...original, version: 'v1', author: 'somebody', since: 1 };
  definitionKinds.set('identity', { list: () => [inForce], editor });
});

interface Call {
  readonly body?: JsonObject | string;
  readonly headers?: Record<string, string>;
}

async function call(method: 'GET' | 'PUT' | 'DELETE', url: string, { body, headers = secret }: Call = {}) {
  const payload = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await server.app.inject({
    method,
    url: `/v1/definitions/${url}`,
    headers,
    ...(body === undefined ? {} : { payload }),
  });
  return { status: answer.statusCode, body: answer.json(), allow: answer.headers.allow };
}

describe('PUT /v1/definitions/{kind}/{name}', () => {
  it('puts the definition in force, as the name of the key', async () => {
    const expected = { name: 'box', size: 9, version: 'v2', author: 'operator', since: 7 };
    expect(await call('PUT', 'identity/box', { body: { size: 9 } })).toMatchObject({
      status: 200,
      body: expected,
    });
    expect((await call('GET', 'identity/box')).body).toEqual(expected);
    expect((await call('GET', 'identity')).body).toEqual({ definitions: [expected] });
  });

  it('takes back an answer that was edited', async () => {
    const { body } = await call('GET', 'identity/box');
    const answer = await call('PUT', 'identity/box', { body: { ...body, size: 4 } });
    expect(answer.body).toMatchObject({ size: 4, version: 'v2', author: 'operator' });
  });

  it('with dry_run answers the definition and what it would change, and changes nothing', async () => {
    const answer = await call('PUT', 'identity/box?dry_run=1', { body: { shape: 'round' } });
    expect(answer.body).toEqual({
      dry_run: true,
      definition: { name: 'box', size: 3, shape: 'round' },
      changes: [
        { path: '/size', before: 1, after: 3 },
        { path: '/shape', after: 'round' },
      ],
    });
    expect(inForce.version).toBe('v1');
    expect((await call('PUT', 'identity/box?dry_run=1', { body: { size: 1 } })).body.changes).toEqual([]);
  });

  it.each<[string, string, Call, number, string]>([
    ['a definition that is not valid', 'identity/box', { body: { size: 0 } }, 400, 'invalid_definition'],
    [
      'one that is not valid in a dry run',
      'identity/box?dry_run=1',
      { body: { size: 0 } },
      400,
      'invalid_definition',
    ],
    ['a body that is no JSON', 'identity/box', { body: '{' }, 400, 'unreadable_body'],
    ['a body that is no object', 'identity/box', { body: '[]' }, 400, 'unreadable_body'],
    ['no body', 'identity/box', {}, 400, 'unreadable_body'],
    ['a key that comes twice', 'identity/box', { body: '{"size":9,"size":8}' }, 400, 'duplicate_key'],
    ['an unknown parameter', 'identity/box?dryrun=1', { body: { size: 9 } }, 400, 'invalid_parameter'],
    ['an unknown kind', 'nonsense/box', { body: { size: 9 } }, 404, 'not_found'],
    ['a kind without an editor', 'features/views_1h', { body: { size: 9 } }, 405, 'method_not_allowed'],
    ['a key without the scope', 'identity/box', { body: { size: 9 }, headers: reader }, 403, 'forbidden'],
    [
      'a public key',
      'identity/box',
      { body: { size: 9 }, headers: { 'x-write-key': WRITE_KEY } },
      403,
      'forbidden',
    ],
    ['no key', 'identity/box', { body: { size: 9 }, headers: {} }, 401, 'unauthorized'],
  ])('refuses %s and changes nothing', async (_what, url, request, status, code) => {
    expect(await call('PUT', url, request)).toMatchObject({ status, body: { code } });
    expect(inForce.version).toBe('v1');
  });

  it('says where a definition is wrong, and which methods a kind without an editor has', async () => {
    const { body } = await call('PUT', 'identity/box', { body: { size: 0 } });
    expect(body.errors).toMatchObject([{ path: '/size', code: 'invalid_definition' }]);
    expect((await call('PUT', 'features/views_1h', { body: {} })).allow).toBe('GET, HEAD');
    expect((await call('DELETE', 'features/views_1h')).allow).toBe('GET, HEAD');
  });
});

describe('DELETE /v1/definitions/{kind}/{name}', () => {
  it('puts the definition of the directory in force again', async () => {
    await call('PUT', 'identity/box', { body: { size: 9 } });
    expect(await call('DELETE', 'identity/box')).toMatchObject({
      status: 200,
      body: { ...original, author: 'operator' },
    });
    expect(inForce.size).toBe(1);
  });

  it('with dry_run answers what it would change', async () => {
    await call('PUT', 'identity/box', { body: { size: 9 } });
    const { body } = await call('DELETE', 'identity/box?dry_run=1');
    expect(body).toMatchObject({ dry_run: true, changes: [{ path: '/size', before: 9, after: 1 }] });
    expect(inForce.size).toBe(9);
  });
});
