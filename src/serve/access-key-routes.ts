import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { assert } from '../errors.ts';
import { limits } from '../limits.ts';
import { allScopes } from '../model/access-key.ts';
import type { JsonObject } from '../model/json.ts';
import { readGrace, readNewKey, readTerms } from './access-key-fields.ts';
import type { AccessKeyDesk, KeyGiver } from './access-key-service.ts';
import { readJsonObject } from './json-body.ts';
import { describeRoute } from './openapi.ts';
import { readParameters } from './parameters.ts';
import { bodyBytes } from './server.ts';

const config = { scope: 'admin' } as const;
const keyPath = { key: { description: 'The id of the key, or its name.', example: 'till-12' } };
const exampleTerms: JsonObject = {
  scopes: ['ingest', 'read'],
  origins: 'any',
  requests_per_second: 50,
  events_per_second: 500,
  expires_at: 1_826_791_200_000,
};
const exampleKey: JsonObject = {
  id: 'key_5c0e6f0a9d1b4c7e',
  name: 'till-12',
  kind: 'secret',
  from: 'api',
  status: 'live',
  ...exampleTerms,
  secrets: [{ hint: 'Xk3Q', since: 1_795_255_200_123, until: null }],
  author: 'server',
  created_at: 1_795_255_200_123,
};
/** No text that could be taken for a key: whoever tries it out learns that it is none. */
const madeKey: JsonObject = { ...exampleKey, key: 'sk_…' };

const SHOWN_ONCE =
  '`key` is the text of the key. It is shown in this answer and never again: nobody keeps it.';
const TAKES_EFFECT =
  'Nodes learn of it at once, or by looking every second; it is a record of the log with the name of the key as its author.';
const GIVES =
  'Nobody gives more than they may do themselves: the scopes of the key must be among those of the key that asks.';

interface KeyPath {
  readonly Params: { readonly key: string };
}

export function registerAccessKeyRoutes(app: FastifyInstance, accessKeys: AccessKeyDesk): void {
  registerSelf(app);
  registerReading(app, accessKeys);
  registerMaking(app, accessKeys);
  registerChanging(app, accessKeys);
  registerRotation(app, accessKeys);
  registerRevocation(app, accessKeys);
}

function registerReading(app: FastifyInstance, accessKeys: AccessKeyDesk): void {
  const list = describeRoute({
    tag: 'Operate',
    summary: 'All access keys, with what they may do',
    description:
      'Those of the configuration first, then those that the engine has made, live, expired and revoked ' +
      `(of these the last ${limits.revokedKeysKept}). Never their texts; \`hint\` is what a secret ends with.`,
    answers: { 200: { description: 'The keys.', example: { keys: [exampleKey] } } },
  });
  app.get('/v1/keys', { schema: list, config }, (request) => {
    readParameters({}, request.query);
    return { keys: accessKeys.list() };
  });
  const one = describeRoute({
    tag: 'Operate',
    summary: 'One access key that the engine has made',
    path: keyPath,
    answers: { 200: { description: 'The key.', example: exampleKey } },
  });
  app.get<KeyPath>('/v1/keys/:key', { schema: one, config }, (request) => {
    readParameters({}, request.query);
    return accessKeys.show(request.params.key);
  });
}

/** Whoever holds a key may know what it is good for: the console shows what the key may see. */
function registerSelf(app: FastifyInstance): void {
  const schema = describeRoute({
    tag: 'Operate',
    summary: 'What the key that asks may do',
    answers: {
      200: {
        description: 'The key.',
        example: { name: 'till-12', kind: 'secret', scopes: ['ingest', 'read'] },
      },
    },
  });
  app.get('/v1/keys/self', { schema, config: { scope: allScopes } }, (request) => {
    readParameters({}, request.query);
    const { principal } = request;
    assert(principal !== undefined, 'a route with a scope knows who asks');
    const { name, kind, scopes } = principal;
    return { name, kind, scopes: allScopes.filter((scope) => scopes.has(scope)) };
  });
}

function registerMaking(app: FastifyInstance, accessKeys: AccessKeyDesk): void {
  const { scopes, origins, requests_per_second, events_per_second } = exampleTerms;
  const schema = describeRoute({
    tag: 'Operate',
    summary: 'Make an access key',
    description:
      '`kind` is `write` for pages and apps, whose keys anybody can read: they may only ingest, and what they state ' +
      'verifies nothing; or `secret` for servers. `name` is the source of what is sent with it and the author of what is done ' +
      `with it. \`origins\` are those of the pages that may use it. Rates are per node; what is above gets 429 and says when to ` +
      `come back. ${SHOWN_ONCE} ${GIVES} ${TAKES_EFFECT}`,
    body: [
      {
        type: 'application/json',
        example: {
          ...{ name: 'till-12', kind: 'secret', scopes: scopes ?? [], origins: origins ?? 'any' },
          requests_per_second: requests_per_second ?? null,
          events_per_second: events_per_second ?? null,
          expires_at: '2027-11-21T10:00:00Z',
        },
      },
    ],
    answers: { 201: { description: 'The key with its text.', example: madeKey } },
  });
  app.post('/v1/keys', { schema, config }, async (request, reply) => {
    const wanted = readNewKey(readJsonObject(bodyBytes(request)));
    const made = noted(request, await accessKeys.create(wanted, giverOf(request)));
    return once(reply).code(201).send(made);
  });
}

function registerChanging(app: FastifyInstance, accessKeys: AccessKeyDesk): void {
  const schema = describeRoute({
    tag: 'Operate',
    summary: 'Change what a key may do, and until when',
    description: `What is not named stays as it is; its text goes on. ${GIVES} ${TAKES_EFFECT}`,
    path: keyPath,
    body: [{ type: 'application/json', example: { origins: ['https://shop.example'], expires_at: null } }],
    answers: { 200: { description: 'The key.', example: exampleKey } },
  });
  app.put<KeyPath>('/v1/keys/:key', { schema, config }, async (request) => {
    const terms = readTerms(readJsonObject(bodyBytes(request)));
    return noted(request, await accessKeys.change(request.params.key, terms, giverOf(request)));
  });
}

function registerRotation(app: FastifyInstance, accessKeys: AccessKeyDesk): void {
  const schema = describeRoute({
    tag: 'Operate',
    summary: 'Give a key another secret',
    description:
      'Name, scopes and all else stay. The secret before is good for `grace` more (default 24h), so that everything that uses ' +
      'the key can be moved over; "0" ends every secret before at once, as after a leak. While two are good, only "0" is ' +
      `taken. ${SHOWN_ONCE} ${GIVES}`,
    path: keyPath,
    body: [{ type: 'application/json', example: { grace: '24h' } }],
    answers: { 200: { description: 'The key with the text of its new secret.', example: madeKey } },
  });
  app.post<KeyPath>('/v1/keys/:key/rotations', { schema, config }, async (request, reply) => {
    const bytes = bodyBytes(request);
    const graceMs = readGrace(bytes.length === 0 ? {} : readJsonObject(bytes));
    const turned = await accessKeys.rotate(request.params.key, graceMs, giverOf(request));
    return once(reply).send(noted(request, turned));
  });
}

function registerRevocation(app: FastifyInstance, accessKeys: AccessKeyDesk): void {
  const schema = describeRoute({
    tag: 'Operate',
    summary: 'Revoke a key',
    description:
      'No node takes it after five seconds, streams that were opened with it end, and it stays revoked. Keys of the ' +
      'configuration are removed there.',
    path: keyPath,
    answers: {
      200: {
        description: 'The key.',
        example: {
          ...exampleKey,
          ...{ status: 'revoked', secrets: [], revoked_at: 1_795_255_300_000, revoked_by: 'server' },
        },
      },
    },
  });
  app.delete<KeyPath>('/v1/keys/:key', { schema, config }, async (request) => {
    readParameters({}, request.query);
    return noted(request, await accessKeys.revoke(request.params.key, giverOf(request)));
  });
}

function giverOf({ principal }: FastifyRequest): KeyGiver {
  assert(principal !== undefined, 'a route with a scope knows who asks');
  return { author: principal.name, scopes: principal.scopes };
}

/** For the audit log, whose entry knows the route and who asked: which key it was, whatever name the path had for it. */
function noted(request: FastifyRequest, key: JsonObject): JsonObject {
  request.auditDetail = `${key.id} ${key.name}`;
  return key;
}

/** No cache on the way keeps the text of a key. */
function once(reply: FastifyReply): FastifyReply {
  return reply.header('cache-control', 'no-store');
}
