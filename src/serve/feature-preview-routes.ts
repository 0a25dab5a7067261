import type { FastifyInstance } from 'fastify';
import { limits } from '../limits.ts';
import { requireReading } from './event-routes.ts';
import type { PreviewFeature } from './feature-preview-service.ts';
import { readJsonObject } from './json-body.ts';
import { describeRoute } from './openapi.ts';
import { readParameters } from './parameters.ts';
import { findProfile, NO_FEATURES } from './profile-routes.ts';
import { bodyBytes } from './server.ts';
import type { ProfileReader } from './services.ts';
import { readTrial } from './trial-request.ts';

export interface FeaturePreviewServices {
  readonly profiles: ProfileReader;
  readonly previewFeature: PreviewFeature;
}

/** What a feature that is not in force yet would be for somebody. */
export function registerFeaturePreviewRoutes(app: FastifyInstance, services: FeaturePreviewServices): void {
  const { profiles, previewFeature } = services;
  const schema = describeRoute({
    tag: 'Definitions',
    summary: 'Compute a draft of a feature for a real profile',
    description:
      'Checks the definition as `PUT` would and answers what each of its features would be for the profile now, had it been in force ' +
      'from the start: every event that history has of the profile is reduced once more, as if it had been there when it happened. ' +
      '`past` says how many events there were, since when, and how many of them the draft reads (none where it is computed from other ' +
      `features). Stores nothing. Answers 413 \`replay_too_large\` beyond ${limits.courseEventsMax} events. The key needs the scopes ` +
      '`define` and `read`.',
    body: [
      {
        type: 'application/json',
        example: {
          profile: 'phone:13900001111',
          definition: { name: 'views_3d', on: ['product_viewed'], aggregate: 'count', window: '3d' },
        },
      },
    ],
    answers: {
      200: {
        description: 'The values.',
        example: {
          profile_id: '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e',
          draft: true,
          features: { views_3d: { value: 7, as_of: 1_795_255_200_123, partial: false } },
          past: { events: 31, read: 12, from: 1_794_995_000_000 },
        },
      },
      400: { description: '`invalid_definition`, with the place, or `invalid_parameter`.' },
      404: { description: '`profile_not_found`.' },
      503: { description: '`history_behind` or `history_unavailable`.' },
    },
  });
  app.post(
    '/v1/features/previews',
    { schema, config: { scope: 'define', audit: 'none' } },
    async (request) => {
      requireReading(request.principal);
      readParameters({}, request.query);
      const { definition, profile } = readTrial(readJsonObject(bodyBytes(request)), 'feature');
      const { profile_id } = await findProfile(profiles, profile, { reveal: false, features: NO_FEATURES });
      return await previewFeature(profile_id, definition);
    },
  );
}
