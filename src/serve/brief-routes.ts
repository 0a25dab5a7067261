import type { FastifyInstance } from 'fastify';
import { TesseraError } from '../errors.ts';
import type { JsonValue } from '../model/json.ts';
import { revealTo } from './disclosure.ts';
import { describeRoute } from './openapi.ts';
import { readParameters, withoutAbsent } from './parameters.ts';
import { findProfile, NO_FEATURES, profilePath } from './profile-routes.ts';
import { exampleRecommendation, localeParameter, storeParameter } from './recommendation-routes.ts';
import type { RecommendationService } from './recommendation-service.ts';
import type { ProfileReader } from './services.ts';

export interface BriefRouteServices {
  readonly recommendations: Pick<RecommendationService, 'brief'>;
  readonly profiles: ProfileReader;
}

const parameters = { store: storeParameter, locale: localeParameter };

const exampleBrief: JsonValue = {
  profile_id: '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e',
  name: '张*',
  kind: 'customer',
  identifiers: { phone: ['139****1111'] },
  lifecycle: 'active',
  segments: ['active'],
  tags: ['vip'],
  points: 183,
  tier: 'silver',
  first_seen: 1795255100000,
  last_seen: 1795255200123,
  personalized: true,
  store: 'SH-001',
  in_fitting_room: [],
  looked_at: [{ item_id: 'spu-3301', name: 'Yoga leggings', at: 1795255200123, channel: 'web', in_store: 3 }],
  in_cart: [],
  favorites: [],
  bought: [
    { item_id: 'spu-77', name: 'Shirt', size: 'L', at: 1794255200123, channel: 'pos', store: 'SH-001' },
  ],
  brought_back: [],
  sizes: { stated: [], bought: [{ size: 'L', items: 2 }] },
  open_tickets: [],
  avoid: [],
  offer: exampleRecommendation.items ?? [],
  recommendation: { id: '0e9f5a6c-7d42-4d0c-9a34-5c1f6a1be2b7', placement: 'store', strategy: 'interest' },
};

export function registerBriefRoutes(
  app: FastifyInstance,
  { recommendations, profiles }: BriefRouteServices,
): void {
  const schema = describeRoute({
    tag: 'Recommendations',
    summary: 'What an associate should know of who stands before them',
    description:
      'Who it is, what they looked at online lately, what is in their cart and in the fitting room, what they bought and ' +
      'brought back, what fits, cases that are open, what to offer (the placement `store`, with reasons) and what better not to ' +
      'mention (`avoid`). With `store`, items tell how many of them are there (`in_store`). Without consent to personalization ' +
      'nothing of what they did is shown, and the offers are what anybody would get; while a complaint is open there are none. ' +
      'Names and identifiers are masked unless the key holds the scope `pii`.',
    path: profilePath,
    query: parameters,
    answers: { 200: { description: 'The brief; lists have the newest first.', example: exampleBrief } },
  });
  app.get<{ Params: { id: string } }>(
    '/v1/profiles/:id/brief',
    { schema, config: { scope: 'read' } },
    async (request) => {
      const asked = readParameters(parameters, request.query);
      const found = await findProfile(profiles, request.params.id, { reveal: false, features: NO_FEATURES });
      const brief = await recommendations.brief(found.profile_id, {
        ...withoutAbsent(asked),
        ...revealTo(request),
      });
      if (brief === undefined) throw new TesseraError('profile_not_found');
      return brief;
    },
  );
}
