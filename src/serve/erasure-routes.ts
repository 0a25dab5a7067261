import type { FastifyInstance } from 'fastify';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import type { ErasureService, ErasureView } from './erasure-service.ts';
import { authorOf } from './identity-routes.ts';
import { invalidField, readJsonObject, refuseUnknownFields } from './json-body.ts';
import { describeRoute } from './openapi.ts';
import { readParameters } from './parameters.ts';
import { PERSON_FIELDS, readPerson } from './person-reference.ts';
import { parseReference } from './profile-reference.ts';
import { bodyBytes } from './server.ts';

const ID = '7a9f2f0e-4d0c-4f57-9a53-3f0f6a0c1b11';
const running: JsonObject = {
  id: ID,
  status: 'running',
  author: 'server',
  requested_at: 1795255200123,
  done_at: null,
  profiles: ['019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e'],
  identifiers: 3,
  note: 'rewrites logs',
};
const { note: _, ...frame } = running;
const receipt: JsonObject = {
  ...frame,
  status: 'done',
  done_at: 1795255212123,
  counts: { data_keys: 4, log_records: 118, history_rows: 131, quarantined: 0 },
};

/** Erasure (GDPR article 17; PIPL article 47): a person is forgotten, wherever something of them was kept. */
export function registerErasureRoutes(app: FastifyInstance, erasures: ErasureService): void {
  registerRequest(app, erasures);
  registerReceipt(app, erasures);
  registerList(app, erasures);
}

function registerRequest(app: FastifyInstance, erasures: ErasureService): void {
  const schema = describeRoute({
    tag: 'Privacy',
    summary: 'Erase people',
    description:
      'Named by `identifier` or `profile_id`, or up to ' +
      `${limits.erasurePeopleMax} of either in \`profiles\`. When this answers, the people are gone from profiles, segments, ` +
      'the identity graph and everything that acts; then their data keys are destroyed, their records are taken out of the logs, ' +
      'their rows out of history, and what that leaves on the disk is overwritten. A crash in between loses nothing: the next start goes on. ' +
      'What arrives later and happened before is refused (`erased`); who comes back afterwards is somebody new. What books need of orders is kept ' +
      'without a name in the table `retained_orders`.',
    body: [
      { type: 'application/json', example: { identifier: 'phone:13900001111' } },
      { type: 'application/json', example: { profiles: ['phone:13900001111', 'user_id:u-7'] } },
    ],
    answers: {
      202: { description: 'They are erased, and the rest is being cleaned.', example: running },
      404: { description: 'Somebody of them is not known: `profile_not_found`. Nobody was erased.' },
      503: { description: 'Something of them is on its way between places: `erasure_busy`. Try again.' },
    },
  });
  app.post('/v1/privacy/erasures', { schema, config: { scope: 'privacy' } }, async (request, reply) => {
    const body = readJsonObject(bodyBytes(request));
    refuseUnknownFields(body, [...PERSON_FIELDS, 'profiles']);
    const people = body.profiles === undefined ? [readPerson(body)] : readPeople(body);
    return reply.code(202).send(await erasures.request(people, authorOf(request)));
  });
}

function readPeople({ profiles, ...others }: JsonObject): readonly string[] {
  if (Object.keys(others).length > 0) throw invalidField('profiles', 'must be given alone');
  const max = limits.erasurePeopleMax;
  if (!Array.isArray(profiles) || profiles.length === 0 || profiles.length > max)
    throw invalidField('profiles', `must be a list of 1 to ${max} profile ids or identifiers`);
  return profiles.map((each: JsonValue, i) => {
    if (typeof each === 'string' && parseReference(each) !== undefined) return each;
    throw invalidField(`profiles/${i}`, 'must be a profile id, or an identifier written type:value');
  });
}

function registerReceipt(app: FastifyInstance, erasures: ErasureService): void {
  const schema = describeRoute({
    tag: 'Privacy',
    summary: 'How far an erasure has come, or its receipt',
    description:
      'The receipt is all that is kept: whose ids they were, when, who asked for it and how much went. `identifiers` is how many they had; of ' +
      'each, 32 bits of a digest stay, so that what arrives late is refused.',
    path: { id: { description: 'The id of the erasure.', example: ID } },
    answers: {
      200: { description: 'The erasure.', example: receipt },
      404: { description: 'There is no erasure of this id: `not_found`.' },
    },
  });
  app.get<{ Params: { id: string } }>(
    '/v1/privacy/erasures/:id',
    { schema, config: { scope: 'privacy' } },
    async (request): Promise<ErasureView> => {
      readParameters({}, request.query);
      const found = await erasures.get(request.params.id);
      if (found === undefined) throw new TesseraError('not_found');
      return found;
    },
  );
}

function registerList(app: FastifyInstance, erasures: ErasureService): void {
  const schema = describeRoute({
    tag: 'Privacy',
    summary: 'All erasures, newest first',
    description: 'Those under way and the receipts of those that are done.',
    answers: { 200: { description: 'The erasures.', example: { erasures: [receipt] } } },
  });
  app.get('/v1/privacy/erasures', { schema, config: { scope: 'privacy' } }, async (request) => {
    readParameters({}, request.query);
    return { erasures: await erasures.list() };
  });
}
