import type { FastifyInstance } from 'fastify';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import { authorOf } from './identity-routes.ts';
import { invalidField, readJsonObject, refuseUnknownFields } from './json-body.ts';
import { describeRoute } from './openapi.ts';
import { readParameters } from './parameters.ts';
import type { SchemaCheckQuestion, SchemaService } from './schema-service.ts';
import { bodyBytes } from './server.ts';

const eventPath = { event: { description: 'The event type.', example: 'fitting_guide_opened' } };
const exampleType: JsonObject = {
  event: 'fitting_guide_opened',
  title: 'Fitting guide opened',
  description: 'Somebody asked the app which size to take.',
  shipped: null,
  defined: 'fitting_guide_opened@0b9d3f0e7a51c2d4',
};
const exampleSchema: JsonObject = {
  type: 'object',
  properties: { step: { type: 'integer', minimum: 1, maximum: 9 } },
  required: ['step'],
};
const exampleCheck: JsonObject = {
  id: 'j-mi8x3k2q-6',
  kind: 'schema_check',
  author: 'server',
  status: 'running',
  progress: { done: 12_000, total: 48_000, note: 'fitting_guide_opened: 31 would be refused' },
  created_at: 1_795_255_200_123,
  started_at: 1_795_255_200_124,
  finished_at: null,
};

/** Which event types are known, and what a changed schema would mean for the events that history holds. */
export function registerSchemaRoutes(app: FastifyInstance, schemas: SchemaService): void {
  registerTypes(app, schemas);
  registerChecks(app, schemas);
}

function registerTypes(app: FastifyInstance, schemas: SchemaService): void {
  const config = { scope: ['read', 'define'] } as const;
  const list = describeRoute({
    tag: 'Definitions',
    summary: 'All event types that are known',
    description:
      'Those of the taxonomy, and those that a definition of the kind `schemas` is about. `shipped` and `defined` are what ' +
      'quarantine calls the schemas (`schema_version`).',
    answers: { 200: { description: 'In order of their names.', example: { types: [exampleType] } } },
  });
  app.get('/v1/schemas', { schema: list, config }, async (request) => {
    readParameters({}, request.query);
    return { types: schemas.types() };
  });
  const one = describeRoute({
    tag: 'Definitions',
    summary: 'One event type with its schemas',
    description:
      'The shipped schema as it is written, which may refer to what several types have in common, and the schema of the definition beside it.',
    path: eventPath,
    answers: {
      200: {
        description: 'The type.',
        example: { ...exampleType, shipped_schema: null, schema: exampleSchema },
      },
      404: { description: 'No schema knows the type.' },
    },
  });
  app.get<{ Params: { event: string } }>('/v1/schemas/:event', { schema: one, config }, async (request) => {
    readParameters({}, request.query);
    const found = schemas.type(request.params.event);
    if (found === undefined) throw new TesseraError('not_found', 'No schema knows this event type.');
    return found;
  });
}

function registerChecks(app: FastifyInstance, schemas: SchemaService): void {
  const schema = describeRoute({
    tag: 'Definitions',
    summary: 'Which stored events a schema would refuse',
    description:
      'Holds the events of the type that history has received within `days` against the schema in `definition` (as for ' +
      '`PUT /v1/definitions/schemas/{event}`), or the one in force. The result counts what would be refused by code and path, with ' +
      'examples; says what the change means from the schemas alone (`compatibility`: compatible, incompatible or unclear, with ' +
      '`changes`); and names the fields that could not be looked at (`skipped`): personal ones stay sealed, and of a converted ' +
      'value nobody knows whether it was sent as a number or as text. Changes nothing. Answers a job: see `GET /v1/jobs/{id}`.',
    path: eventPath,
    body: [
      {
        type: 'application/json',
        example: { days: limits.schemaCheckDays, definition: { schema: exampleSchema } },
      },
    ],
    answers: {
      202: { description: 'The job has been created.', example: { job: exampleCheck } },
      400: { description: '`invalid_definition` with the place, or `invalid_parameter`.' },
      404: { description: '`not_found`: there is no definition of this name, and none was given.' },
    },
  });
  app.post<{ Params: { event: string } }>(
    '/v1/schemas/:event/checks',
    { schema, config: { scope: 'define' } },
    async (request, reply) => {
      readParameters({}, request.query);
      const question = readQuestion(readJsonObject(bodyBytes(request)));
      const job = schemas.check({ ...question, event: request.params.event, author: authorOf(request) });
      reply.code(202).header('location', `/v1/jobs/${job.id}`);
      return { job };
    },
  );
}

function readQuestion(body: JsonObject): Pick<SchemaCheckQuestion, 'days' | 'definition'> {
  refuseUnknownFields(body, ['days', 'definition']);
  const { days, definition } = body;
  if (definition !== undefined && !isJsonObject(definition))
    throw invalidField('definition', 'must be the definition of a schema');
  const given = definition === undefined ? {} : { definition };
  if (days === undefined) return given;
  if (typeof days === 'number' && Number.isInteger(days) && days >= 1 && days <= limits.schemaCheckDaysMax)
    return { ...given, days };
  throw invalidField('days', `must be a whole number from 1 to ${limits.schemaCheckDaysMax}`);
}
