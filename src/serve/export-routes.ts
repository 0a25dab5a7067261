import type { FastifyInstance } from 'fastify';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import type { Exports } from './export-service.ts';
import { authorOf } from './identity-routes.ts';
import { exampleJob } from './job-routes.ts';
import { invalidField, readJsonObject, refuseUnknownFields } from './json-body.ts';
import { describeRoute } from './openapi.ts';
import { readParameters, textParameter } from './parameters.ts';
import { PERSON_FIELDS, readPerson } from './person-reference.ts';
import { bodyBytes } from './server.ts';

const ID = 'x-0b9a4f6e-93a4-4c0f-8f0e-6a6f3c1d2e5b';

const idPath = { id: { description: 'The id of the export.', example: ID } };

const example: JsonObject = {
  id: ID,
  profile_id: '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e',
  job: 'j-mi8x3k2q-1',
  status: 'ready',
  created_at: 1795255200123,
  expires_at: 1795341600123,
  bytes: 48213,
  link: `/v1/privacy/exports/${ID}/file?token=5m2j…`,
};

const TOKEN_CHARACTERS_MAX = 64;

const fileParameters = {
  token: textParameter({
    description: 'What the link has.',
    charactersMax: TOKEN_CHARACTERS_MAX,
    pattern: /^[\w-]+$/,
  }),
};

/** What is held of a person, for the person (GDPR articles 15 and 20; PIPL article 45). */
export function registerExportRoutes(app: FastifyInstance, exports: Exports): void {
  registerStart(app, exports);
  registerView(app, exports);
  registerFile(app, exports);
}

function registerStart(app: FastifyInstance, exports: Exports): void {
  const schema = describeRoute({
    tag: 'Privacy',
    summary: 'Write down everything that is held of a person',
    description:
      'One JSON in the terms of the person, nothing masked and nothing about others: identifiers, traits, consents with ' +
      'their history, events, features with what they mean, segments, points, coupons, decisions about them with why, ' +
      'messages, recommendations, merges, each with its source. A job writes it to a file that is encrypted under a key ' +
      'of its own; the key is in the link and in the memory of this node alone. The file can be read once, within ' +
      `\`hours\` (1 to ${limits.exportHoursMax}, default ${limits.exportHoursDefault}); a restart of the node ends it.`,
    body: [{ type: 'application/json', example: { identifier: 'phone:13900001111' } }],
    answers: {
      202: {
        description: 'The job, and the export that it writes: see `GET /v1/privacy/exports/{id}`.',
        example: {
          job: exampleJob,
          export: { ...example, status: 'writing', expires_at: null, bytes: 0, link: undefined },
        } as JsonValue,
      },
      404: { description: 'Nobody is known by this: `profile_not_found`.' },
    },
  });
  app.post('/v1/privacy/exports', { schema, config: { scope: 'privacy' } }, async (request, reply) => {
    const body = readJsonObject(bodyBytes(request));
    refuseUnknownFields(body, [...PERSON_FIELDS, 'hours']);
    const started = await exports.start(readPerson(body), authorOf(request), readHours(body.hours));
    reply.code(202).header('location', `/v1/privacy/exports/${started.export.id}`);
    return started;
  });
}

function readHours(value: JsonValue = limits.exportHoursDefault): number {
  const fits =
    typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= limits.exportHoursMax;
  if (!fits) throw invalidField('hours', `must be an integer from 1 to ${limits.exportHoursMax}`);
  return value;
}

function registerView(app: FastifyInstance, exports: Exports): void {
  const schema = describeRoute({
    tag: 'Privacy',
    summary: 'How far an export has come, and where it can be read',
    description:
      'Only the node that was asked for it knows it. `status` is `writing`, `ready`, `taken` or `failed`.',
    path: idPath,
    answers: { 200: { description: 'With the `link` while it is ready.', example } },
  });
  app.get<{ Params: { id: string } }>(
    '/v1/privacy/exports/:id',
    { schema, config: { scope: 'privacy' } },
    async (request, reply) => {
      readParameters({}, request.query);
      reply.header('cache-control', 'no-store');
      return exports.view(request.params.id);
    },
  );
}

function registerFile(app: FastifyInstance, exports: Exports): void {
  const schema = describeRoute({
    tag: 'Privacy',
    summary: 'Read an export, once',
    description:
      'The address is the `link` of the export. Read to its end it is gone; a reading that breaks off may be repeated.',
    path: idPath,
    query: fileParameters,
    answers: {
      200: { description: 'The file.', example: { format: 'tessera.export', version: 1 } },
      404: { description: 'There is no such export, its time is over, or the token is another one.' },
      409: { description: 'It is not written yet, or somebody is reading it: `export_not_ready`.' },
      410: { description: 'It was read already: `export_taken`.' },
    },
  });
  app.get<{ Params: { id: string } }>(
    '/v1/privacy/exports/:id/file',
    { schema, config: { scope: 'privacy' } },
    async (request, reply) => {
      const { token } = readParameters(fileParameters, request.query);
      if (token === undefined) throw new TesseraError('export_not_found');
      const { text, profile } = await exports.open(request.params.id, token, authorOf(request));
      return reply
        .header('cache-control', 'no-store')
        .header('content-disposition', `attachment; filename="${profile}.json"`)
        .type('application/json; charset=utf-8')
        .send(text);
    },
  );
}
