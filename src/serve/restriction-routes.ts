import type { FastifyInstance } from 'fastify';
import { limits } from '../limits.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import { authorOf } from './identity-routes.ts';
import { invalidField, readJsonObject, refuseUnknownFields } from './json-body.ts';
import { describeRoute } from './openapi.ts';
import { readParameters, textParameter } from './parameters.ts';
import { PERSON_FIELDS, readPerson } from './person-reference.ts';
import { profilePath } from './profile-routes.ts';
import type { Restrictions } from './restriction-service.ts';
import { bodyBytes } from './server.ts';

const example: JsonObject = {
  profile_id: '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e',
  restricted: true,
  since: 1795255200123,
  reason: 'asked for on 2026-11-20',
  author: 'server',
};

const liftParameters = {
  reason: textParameter({
    description: 'Why, for the record.',
    charactersMax: limits.tagReasonCharactersMax,
  }),
};

/** Restriction of processing (GDPR article 18; PIPL article 44): everything is kept, and nothing acts on it. */
export function registerRestrictionRoutes(app: FastifyInstance, restrictions: Restrictions): void {
  registerRestriction(app, restrictions);
  registerReading(app, restrictions);
  registerLifting(app, restrictions);
}

function registerRestriction(app: FastifyInstance, restrictions: Restrictions): void {
  const schema = describeRoute({
    tag: 'Privacy',
    summary: "Restrict the processing of a person's data to storing it",
    description:
      'Events are still taken and features kept, but every trigger is suppressed with the reason `restricted` (those of ' +
      'the purpose `service` too), recommendations are those for somebody unknown, briefs offer nothing, and lists of ' +
      'segments leave the person out. It is in force when this answers, from the next decision on; what had been decided ' +
      'before is still delivered. The restriction is tied to the identifiers of the person, so it stays with both when ' +
      'they are taken apart, and holds for whoever they are merged with.',
    body: [
      { type: 'application/json', example: { identifier: 'phone:13900001111', reason: 'asked by letter' } },
    ],
    answers: {
      200: { description: 'The restriction in force.', example },
      404: { description: 'Nobody is known by this: `profile_not_found`.' },
    },
  });
  app.post('/v1/privacy/restrictions', { schema, config: { scope: 'privacy' } }, async (request) => {
    const body = readJsonObject(bodyBytes(request));
    refuseUnknownFields(body, [...PERSON_FIELDS, 'reason']);
    return await restrictions.restrict(readPerson(body), readReason(body.reason), authorOf(request));
  });
}

function readReason(value: JsonValue | undefined): string {
  if (value === undefined) return '';
  if (typeof value !== 'string' || value.length > limits.tagReasonCharactersMax)
    throw invalidField('reason', `must be a text of at most ${limits.tagReasonCharactersMax} characters`);
  return value;
}

function registerReading(app: FastifyInstance, restrictions: Restrictions): void {
  const schema = describeRoute({
    tag: 'Privacy',
    summary: "Whether the processing of a person's data is restricted",
    path: profilePath,
    answers: { 200: { description: 'With who asked for it, when and why.', example } },
  });
  app.get<{ Params: { id: string } }>(
    '/v1/privacy/restrictions/:id',
    { schema, config: { scope: 'privacy' } },
    async (request) => {
      readParameters({}, request.query);
      return await restrictions.read(request.params.id);
    },
  );
}

function registerLifting(app: FastifyInstance, restrictions: Restrictions): void {
  const schema = describeRoute({
    tag: 'Privacy',
    summary: "Lift the restriction of a person's data",
    description:
      'Takes back everything that restricts the profile as it is now. Who is not restricted stays so.',
    path: profilePath,
    query: liftParameters,
    answers: {
      200: {
        description: 'What holds now.',
        example: { profile_id: '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e', restricted: false },
      },
    },
  });
  app.delete<{ Params: { id: string } }>(
    '/v1/privacy/restrictions/:id',
    { schema, config: { scope: 'privacy' } },
    async (request) => {
      const { reason = '' } = readParameters(liftParameters, request.query);
      return await restrictions.lift(request.params.id, reason, authorOf(request));
    },
  );
}
