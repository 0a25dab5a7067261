import type { FastifyInstance, InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBodyReader } from '../../src/ingest/body.ts';
import { allDialects } from '../../src/ingest/dialects/all-dialects.ts';
import { allScopes } from '../../src/model/access-key.ts';
import { isJsonObject, type JsonObject } from '../../src/model/json.ts';
import { registerEventRoutes } from '../../src/serve/event-routes.ts';
import { FoldedKeys } from '../support/folded-keys.ts';
import { testServer } from './fakes.ts';
import { type Access, routeScopes } from './route-scopes.ts';

const giver = { author: 'operator', scopes: new Set(allScopes) };
const open = { origins: 'any', requestsPerSecond: 0, eventsPerSecond: 0, expiresAt: 0 } as const;

/** A key of each scope, and some that are good for nothing any more. */
async function makeKeys(keys: FoldedKeys) {
  const make = async (name: string, terms: object, kind: 'write' | 'secret' = 'secret'): Promise<string> => {
    const wanted = { name, kind, terms: { ...open, scopes: ['ingest'] as const, ...terms } };
    return String((await keys.desk.create(wanted, giver)).key);
  };
  const ofScope = new Map<string, string>();
  for (const scope of allScopes) ofScope.set(scope, await make(scope, { scopes: [scope] }));
  const write = await make('page', {}, 'write');
  const expired = await make('expired', { scopes: allScopes, expiresAt: keys.now + 1 });
  const revoked = await make('revoked', { scopes: allScopes });
  await keys.desk.revoke('revoked', giver);
  const rotated = await make('rotated', { scopes: allScopes });
  await keys.desk.rotate('rotated', 0, giver);
  keys.now += 1;
  const unknown = String((await new FoldedKeys([], 'elsewhere').desk.create(UNKNOWN, giver)).key);
  return { ofScope, write, dead: { expired, revoked, rotated, unknown, none: undefined } };
}

const UNKNOWN = { name: 'elsewhere', kind: 'secret', terms: { ...open, scopes: allScopes } } as const;

let app: FastifyInstance;
let keys: Awaited<ReturnType<typeof makeKeys>>;
/** What got past the keys to the events. */
let admitted = 0;

/** The server with every route; a request that its key lets in is answered with 204, whatever it asks for. */
beforeAll(async () => {
  const folded = new FoldedKeys();
  keys = await makeKeys(folded);
  const { authenticator } = folded.access;
  const ingest = {
    dialects: allDialects,
    bodies: createBodyReader(),
    admit: async () => {
      admitted++;
      return { accepted: [], rejected: [], timings: { validate_us: 0, log_us: 0, apply_us: 0 } };
    },
    authenticator,
    clock: { now: () => folded.now },
    awaitedItems: { complete: async () => undefined },
  };
  ({ app } = await testServer({
    authenticator,
    extend: (server) => {
      // Of what routes in ask of profiles and recommendations, none gets so far.
      registerEventRoutes(server, ingest as unknown as Parameters<typeof registerEventRoutes>[1]);
      server.addHook('preHandler', (request, reply, done) => {
        const needsNone = request.routeOptions.config.scope === 'public';
        if (request.principal === undefined && !needsNone) return done();
        reply.code(204).send();
      });
    },
  }));
});

afterAll(() => app.close());

function rowOf(method: string, pattern: string): string {
  return `${method === 'HEAD' ? 'GET' : method} ${pattern}`;
}

/** `GET /v1/profiles/:id` as somebody would ask it. */
async function ask(row: string, key: string | undefined, method?: string): Promise<JsonObject> {
  const [verb = '', pattern = ''] = row.split(' ');
  const url = pattern.replace(/:\w+/g, 'x').replace('*', 'x');
  const request = {
    method: method ?? verb,
    url,
    ...(key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } }),
  } as InjectOptions;
  const answer = await app.inject(request);
  return { status: answer.statusCode, code: answer.statusCode < 400 ? '' : codeIn(answer.body) };
}

function codeIn(body: string): string {
  try {
    return String(JSON.parse(body).code);
  } catch {
    return body;
  }
}

function rowsOf(wanted: (access: Access) => boolean): readonly string[] {
  return Object.entries(routeScopes).flatMap(([row, access]) => (wanted(access) ? [row] : []));
}

const guarded = rowsOf((access) => Array.isArray(access));

describe('the table of routes and scopes', () => {
  it('holds every route that the server has, and no other', () => {
    const routes = app.routeTable.routes.filter(({ method }) => method !== 'OPTIONS');
    const served = new Set(routes.map(({ method, pattern }) => rowOf(method, pattern)));
    expect([...served].sort()).toEqual(Object.keys(routeScopes).sort());
  });

  it('says what the document of the API says', () => {
    const document: unknown = JSON.parse(JSON.stringify(app.swagger()));
    const paths = isJsonObject(document) && isJsonObject(document.paths) ? document.paths : {};
    const told: Record<string, unknown> = {};
    for (const [path, operations] of Object.entries(paths)) {
      if (!isJsonObject(operations)) continue;
      for (const [method, operation] of Object.entries(operations)) {
        if (!isJsonObject(operation) || method === 'head') continue;
        const row = rowOf(method.toUpperCase(), path.replace(/\{(\w+)\}/g, ':$1'));
        told[row] = operation['x-scopes'] ?? 'public';
      }
    }
    const expected = Object.fromEntries(Object.keys(told).map((row) => [row, routeScopes[row]]));
    expect(told).toEqual(expected);
    expect(Object.keys(told).length).toBeGreaterThan(80);
  });
});

describe('a route with scopes', () => {
  it.each(guarded)('%s answers keys that have one of them, and no other', async (row) => {
    const scopes = routeScopes[row] as readonly string[];
    for (const scope of allScopes) {
      const answer = await ask(row, keys.ofScope.get(scope));
      const wanted = scopes.includes(scope) ? { status: 204, code: '' } : { status: 403, code: 'forbidden' };
      // Some protocols want to be told of failures in a form of their own, and all of them ingest.
      if (scopes.includes('ingest') && !scopes.includes(scope)) expect([401, 403]).toContain(answer.status);
      else expect({ [scope]: answer }).toEqual({ [scope]: wanted });
    }
  });

  it.each(guarded)('%s answers write keys only to ingest', async (row) => {
    const { status } = await ask(row, keys.write);
    expect(status).toBe(routeScopes[row]?.includes('ingest') === true ? 204 : 403);
  });

  it.each(guarded)('%s answers nobody without a key, or with one that is good no more', async (row) => {
    for (const [name, key] of Object.entries(keys.dead)) {
      const { status, code } = await ask(row, key);
      // Where a protocol has its key in the body, an empty one is what is wrong first.
      if (key === undefined && routeScopes[row]?.includes('ingest') === true)
        expect([400, 401]).toContain(status);
      else if (routeScopes[row]?.includes('ingest') === true)
        expect({ [name]: status }).toEqual({ [name]: 401 });
      else expect({ [name]: { status, code } }).toEqual({ [name]: { status: 401, code: 'unauthorized' } });
    }
    expect(admitted).toBe(0);
  });
});

describe('a route without scopes', () => {
  it.each(rowsOf((access) => access === 'public'))('%s answers everybody', async (row) => {
    expect(await ask(row, undefined)).toMatchObject({ status: 204 });
  });
});
