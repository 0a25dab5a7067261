import type { FastifyInstance } from 'fastify';
import { assert } from '../errors.ts';
import { requireReading, results } from './event-routes.ts';
import type { EventsOfProfile } from './events-of-profile-service.ts';
import { readJsonObject } from './json-body.ts';
import { describeRoute } from './openapi.ts';
import { readParameters } from './parameters.ts';
import { profilePath } from './profile-routes.ts';
import { bodyBytes } from './server.ts';

/** What a system says of somebody whom it knows by profile alone, as a tablet in a store does. */
export function registerEventsOfProfileRoutes(app: FastifyInstance, events: EventsOfProfile): void {
  const schema = describeRoute({
    tag: 'Profiles',
    summary: 'Say that something happened with somebody whose identifiers are not known',
    description:
      'An event as `POST /v1/events` takes it, without `identifiers`: it is one of the profile in the path, under an identifier ' +
      'that the profile keeps. For tablets and desks that were told a profile id, masked. Answers when it is applied. The key ' +
      'needs the scopes `ingest` and `read`.',
    path: profilePath,
    body: [
      {
        type: 'application/json',
        example: {
          type: 'product_tried',
          channel: 'store_device',
          properties: { item_id: 'spu-1', mode: 'fitting_room', outcome: 'other_size' },
          context: { store: 'SH-001', associate_id: 'A7' },
        },
      },
    ],
    answers: {
      200: {
        description: 'What became of it; `rejected` where it was not valid.',
        example: {
          results: [
            {
              id: 'a1b2c3',
              status: 'applied',
              profile_id: '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e',
              triggers: [],
              timings_us: { validate: 31, log: 410, apply: 880 },
            },
          ],
          rejected: [],
        },
      },
      404: {
        description: '`profile_not_found`, or `identifier_not_found`: nothing identifies them any more.',
      },
    },
  });
  app.post<{ Params: { id: string } }>(
    '/v1/profiles/:id/events',
    { schema, config: { scope: 'ingest' } },
    async (request) => {
      readParameters({}, request.query);
      const { principal } = request;
      requireReading(principal);
      assert(principal !== undefined, 'a route with a scope knows who asks');
      principal.meter?.takeEvents(1);
      return results(await events.add(request.params.id, readJsonObject(bodyBytes(request)), principal.name));
    },
  );
}
