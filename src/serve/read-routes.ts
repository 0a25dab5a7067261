import type { FastifyInstance } from 'fastify';
import { registerAccessKeyRoutes } from './access-key-routes.ts';
import { registerAnalyticsRoutes } from './analytics-routes.ts';
import { registerAuditRoutes, registerMasterKeyRoutes } from './audit-routes.ts';
import { registerBackfillRoutes } from './backfill-routes.ts';
import { registerBacktestRoutes } from './backtest-routes.ts';
import { registerBackupRoutes } from './backup-routes.ts';
import { registerBriefRoutes } from './brief-routes.ts';
import { registerCatalogRoutes } from './catalog-routes.ts';
import { registerConsentRoutes } from './consent-routes.ts';
import { registerConservationRoutes } from './conservation-routes.ts';
import type { ConsoleFiles } from './console-routes.ts';
import { registerCouponRoutes } from './coupon-routes.ts';
import { registerDecisionRoutes } from './decision-routes.ts';
import { registerDefinitionRoutes } from './definition-routes.ts';
import { registerDefinitionVersionRoutes } from './definition-version-routes.ts';
import { registerDocsRoutes } from './docs-routes.ts';
import { registerErasureRoutes } from './erasure-routes.ts';
import { registerEventTraceRoutes } from './event-trace-routes.ts';
import { registerEventsOfProfileRoutes } from './events-of-profile-routes.ts';
import { registerExportRoutes } from './export-routes.ts';
import { registerFeatureCourseRoutes } from './feature-course-routes.ts';
import { registerFeaturePreviewRoutes } from './feature-preview-routes.ts';
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
import { registerRestrictionRoutes } from './restriction-routes.ts';
import { registerRetentionRoutes } from './retention-routes.ts';
import { registerReviewRoutes } from './review-routes.ts';
import { registerSchemaRoutes } from './schema-routes.ts';
import { registerSdkRoutes } from './sdk-routes.ts';
import { registerSegmentRoutes } from './segment-routes.ts';
import type { ReadServices } from './services.ts';
import { registerSharingRoutes } from './sharing-routes.ts';
import { registerSimulationRoutes } from './simulation-routes.ts';
import { registerSqlRoutes } from './sql-routes.ts';
import { registerSteeringRoutes } from './steering-routes.ts';
import { registerStreamRoutes } from './stream-routes.ts';
import { registerTagRoutes } from './tag-routes.ts';
import { registerTriggerPreviewRoutes } from './trigger-preview-routes.ts';
import { registerTriggerResultsRoutes } from './trigger-results-routes.ts';
import { registerWebhookRoutes } from './webhook-routes.ts';

export interface ReadRouteOptions {
  readonly metrics: Metrics;
  /** What `/metrics` answers. */
  readonly scrape: () => Promise<string>;
  readonly version: string;
  readonly metricsPublic: boolean;
  /** The console that was built; absent: there is none. */
  readonly consoleFiles?: ConsoleFiles;
}

/** All routes that answer from what the engine knows; ingest registers its own on the same server. */
export function registerReadRoutes(
  app: FastifyInstance,
  services: ReadServices,
  options: ReadRouteOptions,
): void {
  const { metrics, version } = options;
  registerProfileRoutes(app, services);
  registerEventsOfProfileRoutes(app, services.eventsOfProfile);
  registerEventTraceRoutes(app, services.eventTraces);
  registerDecisionRoutes(app, services);
  registerFeatureCourseRoutes(app, services);
  registerIdentityRoutes(app, services);
  registerReviewRoutes(app, services);
  registerSimulationRoutes(app, services);
  registerBacktestRoutes(app, services.backtests);
  registerTriggerPreviewRoutes(app, services);
  registerFeaturePreviewRoutes(app, services);
  registerTriggerResultsRoutes(app, services.triggerResults);
  registerAnalyticsRoutes(app, services.analytics);
  registerSteeringRoutes(app, services, metrics);
  registerJobRoutes(app, services.jobs);
  registerQualityRoutes(app, services, metrics);
  registerParityRoutes(app, services, metrics);
  registerConservationRoutes(app, services, metrics);
  registerQuarantineRoutes(app, services.quarantine, services.quarantineReplays);
  registerSqlRoutes(app, services.sql);
  registerPointsRoutes(app, services.points);
  registerDefinitionRoutes(app, services.definitions);
  registerDefinitionVersionRoutes(app, services);
  registerSchemaRoutes(app, services.schemas);
  registerAccessKeyRoutes(app, services.accessKeys);
  registerAuditRoutes(app, services.audit);
  registerMasterKeyRoutes(app, services.masterKey);
  registerBackupRoutes(app, services.backups);
  registerSegmentRoutes(app, services);
  registerTagRoutes(app, services.tags);
  registerConsentRoutes(app, services.consents);
  registerSharingRoutes(app, services.sharing);
  registerErasureRoutes(app, services.erasures);
  registerRestrictionRoutes(app, services.restrictions);
  registerExportRoutes(app, services.exports);
  registerRetentionRoutes(app, services.retention);
  registerCatalogRoutes(app, services.catalog);
  registerRecommendationRoutes(app, services);
  registerBriefRoutes(app, services);
  registerRecommendationReportRoutes(app, services.recommendations);
  registerWebhookRoutes(app, services.webhooks);
  registerCouponRoutes(app, services.coupons);
  registerBackfillRoutes(app, services.backfills);
  registerFitRoutes(app, services.fits);
  registerOperateRoutes(app, { ...options, health: services.health, state: services.state });
  registerDocsRoutes(app, version, options.consoleFiles ?? new Map());
  registerSdkRoutes(app, { version });
  const clients = registerStreamRoutes(app, services);
  metrics.gauge('tessera_stream_clients', 'Clients that listen to streams.', () => clients.size);
  metrics.gauge(
    'tessera_stream_clients_cut',
    'Stream clients that were cut for being too slow.',
    () => clients.cut,
  );
}
