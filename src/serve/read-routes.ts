import type { FastifyInstance } from 'fastify';
import { registerBackfillRoutes } from './backfill-routes.ts';
import { registerBacktestRoutes } from './backtest-routes.ts';
import { registerBriefRoutes } from './brief-routes.ts';
import { registerCatalogRoutes } from './catalog-routes.ts';
import { registerCouponRoutes } from './coupon-routes.ts';
import { registerDecisionRoutes } from './decision-routes.ts';
import { registerDefinitionRoutes } from './definition-routes.ts';
import { registerDocsRoutes } from './docs-routes.ts';
import { registerFitRoutes } from './fit-routes.ts';
import { registerIdentityRoutes } from './identity-routes.ts';
import { registerJobRoutes } from './job-routes.ts';
import type { Metrics } from './metrics.ts';
import { registerOperateRoutes } from './operate-routes.ts';
import { registerParityRoutes } from './parity-routes.ts';
import { registerPointsRoutes } from './points-routes.ts';
import { registerProfileRoutes } from './profile-routes.ts';
import { registerQualityRoutes } from './quality-routes.ts';
import { registerQuarantineRoutes } from './quarantine-routes.ts';
import { registerRecommendationReportRoutes } from './recommendation-report-routes.ts';
import { registerRecommendationRoutes } from './recommendation-routes.ts';
import { registerReviewRoutes } from './review-routes.ts';
import { registerSdkRoutes } from './sdk-routes.ts';
import { registerSegmentRoutes } from './segment-routes.ts';
import type { ReadServices } from './services.ts';
import { registerSimulationRoutes } from './simulation-routes.ts';
import { registerSqlRoutes } from './sql-routes.ts';
import { registerStreamRoutes } from './stream-routes.ts';
import { registerTagRoutes } from './tag-routes.ts';
import { registerTriggerResultsRoutes } from './trigger-results-routes.ts';
import { registerWebhookRoutes } from './webhook-routes.ts';

export interface ReadRouteOptions {
  readonly metrics: Metrics;
  /** What `/metrics` answers. */
  readonly scrape: () => Promise<string>;
  readonly version: string;
  readonly metricsPublic: boolean;
}

/** All routes that answer from what the engine knows; ingest registers its own on the same server. */
export function registerReadRoutes(
  app: FastifyInstance,
  services: ReadServices,
  options: ReadRouteOptions,
): void {
  const { metrics, version } = options;
  registerProfileRoutes(app, services);
  registerDecisionRoutes(app, services);
  registerIdentityRoutes(app, services);
  registerReviewRoutes(app, services);
  registerSimulationRoutes(app, services);
  registerBacktestRoutes(app, services.backtests);
  registerTriggerResultsRoutes(app, services.triggerResults);
  registerJobRoutes(app, services.jobs);
  registerQualityRoutes(app, services, metrics);
  registerParityRoutes(app, services, metrics);
  registerQuarantineRoutes(app, services.history, services.quarantine);
  registerSqlRoutes(app, services.sql);
  registerPointsRoutes(app, services.points);
  registerDefinitionRoutes(app, services.definitions);
  registerSegmentRoutes(app, services);
  registerTagRoutes(app, services.tags);
  registerCatalogRoutes(app, services.catalog);
  registerRecommendationRoutes(app, services);
  registerBriefRoutes(app, services);
  registerRecommendationReportRoutes(app, services.recommendations);
  registerWebhookRoutes(app, services.webhooks);
  registerCouponRoutes(app, services.coupons);
  registerBackfillRoutes(app, services.backfills);
  registerFitRoutes(app, services.fits);
  registerOperateRoutes(app, { ...options, health: services.health, state: services.state });
  registerDocsRoutes(app, version);
  registerSdkRoutes(app, { version });
  const clients = registerStreamRoutes(app, services);
  metrics.gauge('tessera_stream_clients', 'Clients that listen to streams.', () => clients.size);
  metrics.gauge(
    'tessera_stream_clients_cut',
    'Stream clients that were cut for being too slow.',
    () => clients.cut,
  );
}
