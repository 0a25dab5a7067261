import type { FastifyInstance } from 'fastify';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { JsonValue } from '../model/json.ts';
import { describeRoute } from './openapi.ts';
import { integerParameter, readParameters, textParameter } from './parameters.ts';
import type { PastProfiles } from './past-profiles.ts';
import { findProfile, NO_FEATURES, profilePath } from './profile-routes.ts';
import type { ProfileReader } from './services.ts';

export interface FeatureCourseServices {
  readonly profiles: ProfileReader;
  readonly past: Pick<PastProfiles, 'course'>;
}

const parameters = {
  days: integerParameter({
    description: 'How many moments, a day apart, the last one being now.',
    minimum: 2,
    maximum: limits.courseDaysMax,
    fallback: limits.courseDays,
  }),
  features: textParameter({
    description: 'Only these, separated by commas.',
    charactersMax: 4_096,
    pattern: /^[a-z][a-z0-9_]*(,[a-z][a-z0-9_]*)*$/,
    example: 'views_7d,orders_30d',
  }),
};

const example: JsonValue = {
  profile_id: '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e',
  at: [1795082400123, 1795168800123, 1795255200123],
  features: { views_7d: [null, 2, 5], spend_30d: [null, 0, 399] },
};

/** How features of a profile came to what they are. */
export function registerFeatureCourseRoutes(
  app: FastifyInstance,
  { profiles, past }: FeatureCourseServices,
): void {
  const schema = describeRoute({
    tag: 'Profiles',
    summary: "A profile's features over the last days",
    description:
      'Those that are numbers, read at moments a day apart: out of all events that are the profile’s now, as if each had been there ' +
      'when it happened (with `at`, `GET /v1/profiles/{id}` goes by when events were applied), under the definitions in force now. ' +
      'null: there was no value yet. Amounts are numbers in the reporting currency. Answers 503 `history_behind` where history does ' +
      `not follow, and 413 \`replay_too_large\` beyond ${limits.courseEventsMax} events.`,
    path: profilePath,
    query: parameters,
    answers: { 200: { description: 'A value for each moment of `at`, by feature.', example } },
  });
  app.get<{ Params: { id: string } }>(
    '/v1/profiles/:id/features/days',
    { schema, config: { scope: 'read' } },
    async (request) => {
      const { days, features } = readParameters(parameters, request.query);
      const found = await findProfile(profiles, request.params.id, { reveal: false, features: NO_FEATURES });
      const names = features === undefined ? {} : { features: new Set(features.split(',')) };
      const course = await past.course(found.profile_id, { days, ...names });
      if (course === undefined) throw new TesseraError('profile_not_found');
      return course;
    },
  );
}
