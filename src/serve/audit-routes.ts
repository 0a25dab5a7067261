import type { FastifyInstance } from 'fastify';
import { limits } from '../limits.ts';
import { auditActions } from '../model/audit.ts';
import type { JsonValue } from '../model/json.ts';
import type { AuditService, MasterKeyService } from './audit-service.ts';
import { authorOf } from './identity-routes.ts';
import { readJsonObject, refuseUnknownFields } from './json-body.ts';
import { describeRoute } from './openapi.ts';
import {
  integerParameter,
  readParameters,
  TIME_FORMS,
  textParameter,
  timeParameter,
  withoutAbsent,
} from './parameters.ts';
import { bodyBytes } from './server.ts';

const HEAD = 'local:42:q83vEjRWeJCrze8SNFZ4kAq83vEjRWeJCrze8SNFZ4k';

const listParameters = {
  action: textParameter({
    description: `Only these: one of ${auditActions.map((action) => `\`${action}\``).join(', ')}.`,
    charactersMax: 40,
    pattern: new RegExp(`^(${auditActions.join('|')})$`),
  }),
  author: textParameter({ description: 'Only what this key did, by its name.', charactersMax: 128 }),
  subject: textParameter({
    description: 'Only what concerned this profile, by its id.',
    charactersMax: 64,
    pattern: /^[\w-]+$/,
  }),
  since: timeParameter({
    description: `From this moment on: ${TIME_FORMS} or epoch milliseconds.`,
    example: '2026-11-21T10:00:00Z',
  }),
  until: timeParameter({ description: 'Before this moment.', example: '2026-11-22T10:00:00Z' }),
  limit: integerParameter({
    description: 'How many to answer at most.',
    minimum: 1,
    maximum: limits.pageMax,
    fallback: limits.pageDefault,
  }),
  before: textParameter({
    description: '`next` of the previous page.',
    charactersMax: 128,
    pattern: /^\d+-\d+-[\w.-]+$/,
  }),
};

const verifyParameters = {
  heads: textParameter({
    description:
      'Heads that were kept elsewhere, separated by commas: the chains must still hold them. Without one, a log that was set back ' +
      'as a whole to what it once was cannot be told from a younger one.',
    charactersMax: 4_096,
    example: HEAD,
  }),
};

const exampleEntry: JsonValue = {
  chain: 'local',
  n: 42,
  at: 1795255200123,
  action: 'personal_data_read',
  author: 'server',
  subjects: ['019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e'],
  fields: ['identifiers.phone', 'traits.name'],
  target: '',
  via: 'GET /v1/profiles/:id',
  count: 1,
  detail: '',
};

export function registerAuditRoutes(app: FastifyInstance, audit: AuditService): void {
  registerList(app, audit);
  registerHead(app, audit);
  registerVerify(app, audit);
}

function registerList(app: FastifyInstance, audit: AuditService): void {
  const schema = describeRoute({
    tag: 'Privacy',
    summary: 'Who saw and changed what, newest first',
    description:
      'Reads of personal data in clear, definitions, keys, privacy jobs, commands of operators, exports, SQL queries (by the digest ' +
      'of their text), and requests that were refused, counted by the minute. People are named by profile ids, fields by their ' +
      'names; values are never in it. From the copy in history, which is brought up to date first.',
    query: listParameters,
    answers: {
      200: {
        description: 'A page; `next` is absent on the last one.',
        example: { entries: [exampleEntry], next: '1795255200123-42-local' },
      },
    },
  });
  app.get('/v1/audit', { schema, config: { scope: 'admin' } }, async (request) => {
    const { limit, ...filters } = readParameters(listParameters, request.query);
    const page = await audit.list({ limit, ...withoutAbsent(filters) });
    return page.next === undefined ? { entries: page.rows } : { entries: page.rows, next: page.next };
  });
}

function registerHead(app: FastifyInstance, audit: AuditService): void {
  const schema = describeRoute({
    tag: 'Privacy',
    summary: 'How far the audit log has come',
    description:
      'The end of the chain of the node that answers: its name, the number of the last entry, and the authenticator that vouches ' +
      'for all before it. Keep it where nobody who can reach the engine’s data can: `GET /v1/audit/verify` takes it. The log of the ' +
      'process says it too, once a day and at start and stop.',
    answers: { 200: { description: 'The head.', example: { head: HEAD } } },
  });
  app.get('/v1/audit/head', { schema, config: { scope: 'admin' } }, async (request) => {
    readParameters({}, request.query);
    return { head: audit.head() };
  });
}

function registerVerify(app: FastifyInstance, audit: AuditService): void {
  const schema = describeRoute({
    tag: 'Privacy',
    summary: 'Whether the audit log is whole',
    description:
      'Recomputes every chain from its first entry, which takes seconds for a million of them. `findings` says what was changed, is missing ' +
      'or was cut off, and where; `ok` is true while there is nothing. `chains` has the head of each, to be kept for the next time.',
    query: verifyParameters,
    answers: {
      200: {
        description: 'What was found.',
        example: {
          ok: false,
          entries: 42,
          chains: [{ chain: 'local', entries: 42, head: HEAD }],
          findings: [{ chain: 'local', n: 17, kind: 'changed' }],
        },
      },
    },
  });
  app.get('/v1/audit/verify', { schema, config: { scope: 'admin' } }, async (request) => {
    const { heads } = readParameters(verifyParameters, request.query);
    return await audit.verify(heads === undefined ? [] : heads.split(','));
  });
}

export function registerMasterKeyRoutes(app: FastifyInstance, master: MasterKeyService): void {
  const status = describeRoute({
    tag: 'Operate',
    summary: 'Which master key wraps the stored keys',
    description:
      '`id` tells master keys apart and nothing of them. `previous` is the one given as `TESSERA_MASTER_KEY_PREVIOUS`: null once ' +
      'it is no longer set.',
    answers: { 200: { description: 'The keys.', example: { id: '5f1c2b4a', previous: null } } },
  });
  app.get('/v1/master-key', { schema: status, config: { scope: 'admin' } }, async (request) => {
    readParameters({}, request.query);
    return master.status();
  });
  const rotate = describeRoute({
    tag: 'Operate',
    summary: 'Wrap every stored key under the master key of now',
    description:
      'A job, while everything goes on. Once it is done with `unreadable: 0`, the previous master key is not needed any more. All nodes ' +
      'must have been given both keys before.',
    body: [{ type: 'application/json', example: {} }],
    answers: {
      202: {
        description: 'The job; its result counts the keys.',
        example: {
          job: { id: '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e', kind: 'master_rotation', status: 'queued' },
        },
      },
    },
  });
  app.post(
    '/v1/master-key/rotations',
    // Its entry is written when it is done.
    { schema: rotate, config: { scope: 'admin', audit: 'none' } },
    async (request, reply) => {
      const bytes = bodyBytes(request);
      if (bytes.length > 0) refuseUnknownFields(readJsonObject(bytes), []);
      return reply.code(202).send({ job: master.rotate(authorOf(request)) });
    },
  );
}
