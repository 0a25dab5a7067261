import type { FastifyInstance, FastifyRequest } from 'fastify';
import { TesseraError } from '../errors.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import { answerCommand } from './command-answer.ts';
import { invalidField, readJsonObject, refuseUnknownFields } from './json-body.ts';
import { describeRoute } from './openapi.ts';
import { readParameters } from './parameters.ts';
import { parseReference } from './profile-reference.ts';
import { profilePath, readOptions } from './profile-routes.ts';
import { bodyBytes } from './server.ts';
import type {
  FindIdentifier,
  IdentityCommands,
  IdentityReader,
  IdentityView,
  ReadOptions,
} from './services.ts';

export interface IdentityRouteServices {
  readonly identity: IdentityReader;
  readonly findIdentifier: FindIdentifier;
  readonly commands: IdentityCommands;
}

const ID = '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e';
const OTHER_ID = '019ab3d2-9f00-7c11-a2b3-5d6e7f8a9b0c';

const exampleGraph: JsonValue = {
  profile_id: ID,
  identifiers: [
    {
      identifier: 'phone:q83vEjRWeJCrze8SNFZ4kA',
      type: 'phone',
      value: '139****1111',
      verified: true,
      valid_from: 1795255100000,
      alias: false,
      shared: false,
      blocked: false,
      evidence: [
        {
          with: 'user_id:AAECAwQFBgcICQoLDA0ODw',
          rule: 'verified',
          source: 'server',
          event_id: 'e-1',
          at: 1795255100000,
        },
      ],
      past: [],
    },
  ],
  facets: [
    {
      facet_id: 'mZb0cEJ2c3Rk0N6vJx1yQg',
      identifiers: ['phone:q83vEjRWeJCrze8SNFZ4kA'],
      closed: false,
      events: 12,
    },
  ],
  merged: [OTHER_ID],
  apart: [],
  shared_with_others: [],
  split_limited: false,
};

export function registerIdentityRoutes(app: FastifyInstance, services: IdentityRouteServices): void {
  registerGraph(app, services.identity);
  registerMerges(app, services);
  registerUnmerges(app, services);
}

function registerGraph(app: FastifyInstance, identity: IdentityReader): void {
  const schema = describeRoute({
    tag: 'Profiles',
    summary: "A profile's identity: its identifiers, and why each belongs to it",
    description:
      'Identifiers are named `type:hash`, as in history, and shown masked unless the key holds the scope `pii`. ' +
      '`evidence` lists the events that carried an identifier together with another one: the edges of the graph. ' +
      '`past` says who held it before. `split_limited` is true where old facets were folded into one: that part ' +
      'can no longer be taken apart.',
    path: profilePath,
    answers: { 200: { description: 'The graph.', example: exampleGraph } },
  });
  app.get<{ Params: { id: string } }>(
    '/v1/profiles/:id/identity',
    { schema, config: { scope: 'read' } },
    async (request) => {
      readParameters({}, request.query);
      const view = await lookUp(identity, request.params.id, readOptions(request));
      if (view === undefined) throw new TesseraError('profile_not_found');
      return view;
    },
  );
}

async function lookUp(
  identity: IdentityReader,
  text: string,
  options: ReadOptions,
): Promise<IdentityView | undefined> {
  const reference = parseReference(text);
  if (reference === undefined) return undefined;
  if (reference.kind === 'id') return identity.byId(reference.id, options);
  return identity.byIdentifier(reference.type, reference.value, options);
}

function registerMerges(app: FastifyInstance, services: IdentityRouteServices): void {
  const schema = describeRoute({
    tag: 'Operate',
    summary: 'Make the holders of two identifiers one person',
    description:
      'Whatever limits say: an operator knows better. Identifiers are written `type:value` or `type@issuer:value`. ' +
      'Answers the profile that remains and those that were merged into it; `already` when they were one before.',
    body: [{ type: 'application/json', example: { identifiers: ['phone:13900001111', 'member_id:M-0042'] } }],
    answers: {
      200: { description: 'They are one person.', example: { profile_id: ID, merged: [OTHER_ID] } },
    },
  });
  app.post('/v1/identity/merges', { schema, config: { scope: 'admin' } }, async (request) => {
    const body = readJsonObject(bodyBytes(request));
    refuseUnknownFields(body, ['identifiers']);
    const { identifiers } = body;
    if (!Array.isArray(identifiers) || identifiers.length !== 2) {
      throw invalidField('identifiers', 'must be a list of two identifiers');
    }
    const first = readIdentifier(services.findIdentifier, identifiers[0], 'identifiers/0');
    const second = readIdentifier(services.findIdentifier, identifiers[1], 'identifiers/1');
    if (first === second) throw invalidField('identifiers', 'names the same identifier twice');
    const command = { type: 'merge', identifiers: [first, second] } as const;
    return await answerCommand(services.commands, authorOf(request), command);
  });
}

function registerUnmerges(app: FastifyInstance, services: IdentityRouteServices): void {
  const schema = describeRoute({
    tag: 'Operate',
    summary: 'Take an identifier out of its person, as if it had never been linked',
    description:
      'It leaves for a new profile, with everything that hung on the person through it alone: identifiers, events, ' +
      'features, traits and consents. What remains is the part that holds `from`, or else the strongest other ' +
      'identifier. The two are never joined again by events.',
    body: [{ type: 'application/json', example: { identifier: 'anonymous_id:a-1' } }],
    answers: {
      200: {
        description: 'What remains, and what left: `identifiers` and `facets` count what went along.',
        example: { profile_id: ID, new_profile_id: OTHER_ID, identifiers: 1, facets: 2 },
      },
    },
  });
  app.post('/v1/identity/unmerges', { schema, config: { scope: 'admin' } }, async (request) => {
    const body = readJsonObject(bodyBytes(request));
    refuseUnknownFields(body, ['identifier', 'from']);
    const identifier = readIdentifier(services.findIdentifier, body.identifier, 'identifier');
    const from =
      body.from === undefined ? undefined : readIdentifier(services.findIdentifier, body.from, 'from');
    if (identifier === from)
      throw invalidField('from', 'must be another identifier than the one that leaves');
    const command = { type: 'split', identifier, ...(from === undefined ? {} : { from }) } as const;
    return await answerCommand(services.commands, authorOf(request), command);
  });
}

/** `type:hash` of an identifier as people write it; the reason where it is none. */
function readIdentifier(find: FindIdentifier, value: JsonObject[string], name: string): string {
  const reference = typeof value === 'string' ? parseReference(value) : undefined;
  if (reference === undefined || reference.kind === 'id') {
    throw invalidField(name, 'must be an identifier, written type:value or type@issuer:value');
  }
  const found = find(reference.type, reference.value);
  if ('code' in found) {
    const why = found.message.replace(/\.$/, '');
    throw invalidField(name, `is no usable identifier (${found.code}): ${why}`);
  }
  return `${found.type}:${found.hash}`;
}

/** Who asks; routes of commands need a key, so there always is one. */
export function authorOf(request: FastifyRequest): string {
  return request.principal?.name ?? '';
}
