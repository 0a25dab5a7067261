import type { FastifyInstance } from 'fastify';
import { limits } from '../limits.ts';
import type { JsonObject } from '../model/json.ts';
import { describeRoute } from './openapi.ts';
import { invalidParameter, readParameters, TIME_FORMS, timeParameter, withoutAbsent } from './parameters.ts';
import { placementParameter } from './recommendation-routes.ts';
import type { RecommendationService } from './recommendation-service.ts';

const parameters = {
  from: timeParameter({
    description: `From when on: ${TIME_FORMS}; ${limits.recommendationReportDays} days before the end where absent.`,
    example: '2026-11-01',
  }),
  to: timeParameter({ description: 'Until when; now where absent.', example: '2026-11-22' }),
  placement: placementParameter,
};

const exampleReport: JsonObject = {
  from: 1792576800000,
  to: 1795255200123,
  days: 7,
  placements: [
    {
      placement: 'store',
      personalized: 800,
      served: 1200,
      shown: 1000,
      clicked: 120,
      ordered: 40,
      click_rate: 0.12,
      order_rate: 0.04,
      strategies: [
        {
          strategy: 'interest',
          served: 2100,
          shown: 1800,
          clicked: 90,
          ordered: 33,
          click_rate: 0.05,
          order_rate: 0.018333,
        },
      ],
    },
  ],
};

export function registerRecommendationReportRoutes(
  app: FastifyInstance,
  recommendations: Pick<RecommendationService, 'report'>,
): void {
  const schema = describeRoute({
    tag: 'Recommendations',
    summary: 'What came of recommendations, per placement and strategy',
    description:
      'Lists per placement, and their items per strategy, out of history: served, and of these shown, clicked (an event names the ' +
      'list, and the item) and ordered by whom they were for within `days` days. Orders and rates are of what was shown, or of what ' +
      'was served where nobody says what was shown.',
    query: parameters,
    answers: { 200: { description: 'Ascending by placement and strategy.', example: exampleReport } },
  });
  app.get('/v1/recommendations/report', { schema, config: { scope: 'read' } }, async (request) => {
    const asked = readParameters(parameters, request.query);
    const { from, to } = asked;
    if (from !== undefined && to !== undefined && from >= to)
      throw invalidParameter('to', 'must be later than from');
    return await recommendations.report(withoutAbsent(asked));
  });
}
