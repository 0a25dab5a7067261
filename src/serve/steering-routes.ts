import type { FastifyInstance } from 'fastify';
import type { Analytics } from './analytics-service.ts';
import { registerCostRoutes } from './cost-routes.ts';
import { registerExpectedRoutes } from './expected-routes.ts';
import type { Metrics } from './metrics.ts';
import type { Steering } from './steering-service.ts';
import { registerTargetRoutes } from './target-routes.ts';

/** What retailers steer by: costs brought in, targets looked at, customers expected. */
export function registerSteeringRoutes(
  app: FastifyInstance,
  { steering, analytics }: { readonly steering: Steering; readonly analytics: Pick<Analytics, 'defaults'> },
  metrics: Metrics,
): void {
  registerCostRoutes(app, steering.costs, () => analytics.defaults().currency);
  registerTargetRoutes(app, steering.targets, metrics);
  registerExpectedRoutes(app, steering.expecting);
}
