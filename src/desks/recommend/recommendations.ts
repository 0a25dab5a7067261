import type { RecommendationService } from '../../serve/recommendation-service.ts';
import { type BriefOptions, customerBrief } from './customer-brief.ts';
import { type ReportSources, recommendationReport } from './recommendation-report.ts';

export type RecommendationsOptions = BriefOptions & ReportSources;

/** What `serve` asks for of recommendations. */
export function createRecommendations(options: RecommendationsOptions): RecommendationService {
  const { desk } = options;
  return {
    knows: (placement) => desk.check(placement),
    async recommend({ profile, identifiers, ...question }) {
      const customer = await desk.customerOf(profile, identifiers);
      const { items, candidates, filtered, ...answer } = desk.answer({ ...question, customer });
      return {
        ...answer,
        items: items.map((item) => desk.shown(item)),
        ...(question.explain === true ? { explain: { candidates, filtered: { ...filtered } } } : {}),
      };
    },
    brief: (profile, question) => customerBrief(profile, question, options),
    report: (request) => recommendationReport(request, options),
  };
}
