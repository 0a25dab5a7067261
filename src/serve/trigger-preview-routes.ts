import type { FastifyInstance } from 'fastify';
import { limits } from '../limits.ts';
import type { PreviewTrigger } from './decision-service.ts';
import { requireReading } from './event-routes.ts';
import { readJsonObject } from './json-body.ts';
import { describeRoute } from './openapi.ts';
import { readParameters } from './parameters.ts';
import { findProfile, NO_FEATURES } from './profile-routes.ts';
import { bodyBytes } from './server.ts';
import type { ProfileReader } from './services.ts';
import { readTrial } from './trial-request.ts';

export interface TriggerPreviewServices {
  readonly profiles: ProfileReader;
  readonly previewTrigger: PreviewTrigger;
}

const examplePreview = {
  profile_id: '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e',
  trigger: 'plus_size_hesitation',
  at: 1_795_255_200_123,
  sentences: [
    { code: 'would', decision: 'fired', channel: 'sms', text: 'complete now, it would fire on sms' },
  ],
  says: [
    'a draft: of what history has of this profile, 14 events are of the types that it looks at, and completed it once, the last time at 2026-11-20T10:20:00.000Z',
    '2 of 3 product_viewed within 30m; the first leaves at 2026-11-21T10:20:00.000Z',
    'complete now, it would fire on sms',
  ],
  pattern: { kind: 'count', progress: [{ have: 2, need: 3, missing: 1 }], pending: [] },
  if_complete_now: { decision: 'fired', channel: 'sms' },
  deferred: [],
  fired: [],
  draft: true,
  past: { events: 14, complete: true, completed: [{ at: 1_795_170_000_123, event_id: 'e-7' }] },
};

/** What a trigger that is not in force yet has to do with somebody. */
export function registerTriggerPreviewRoutes(app: FastifyInstance, services: TriggerPreviewServices): void {
  const { profiles, previewTrigger } = services;
  const schema = describeRoute({
    tag: 'Definitions',
    summary: 'Explain a draft of a trigger for a real profile',
    description:
      'Checks the definition as `PUT` would and answers what `GET /v1/profiles/{id}/explain` answers of a trigger in force: what of ' +
      'its pattern has matched and what is missing, whether its condition holds, what would be decided now and why. ' +
      `What it would remember is found by showing it the newest ${limits.previewEventsMax} events of the profile that history holds; ` +
      '`past` says how many there were (`complete`: all), and when the pattern was complete, whatever conditions and ' +
      'limits said then: a backtest tells that. Stores nothing. The key needs the scopes `define` and `read`.',
    body: [
      {
        type: 'application/json',
        example: {
          profile: 'phone:13900001111',
          definition: {
            name: 'plus_size_hesitation',
            on: { count: 3, of: { event: 'product_viewed' }, within: '30m' },
            action: { channel: 'preferred' },
          },
        },
      },
    ],
    answers: {
      200: { description: 'The explanation.', example: examplePreview },
      400: { description: '`invalid_definition`, with the place, or `invalid_parameter`.' },
      404: { description: '`profile_not_found`.' },
    },
  });
  app.post(
    '/v1/triggers/previews',
    { schema, config: { scope: 'define', audit: 'none' } },
    async (request) => {
      requireReading(request.principal);
      readParameters({}, request.query);
      const { definition, profile } = readTrial(readJsonObject(bodyBytes(request)), 'trigger');
      const { profile_id } = await findProfile(profiles, profile, { reveal: false, features: NO_FEATURES });
      return await previewTrigger(profile_id, definition);
    },
  );
}
