import { createAnalyticsDesk } from '../desks/analytics-desk.ts';
import { knownProperties } from '../desks/known-properties.ts';
import { QualityDesk } from '../desks/quality-desk.ts';
import { recommendationReport } from '../desks/recommend/recommendation-report.ts';
import { createCostDesk } from '../desks/steering/cost-desk.ts';
import { createExpectedDesk } from '../desks/steering/expected-desk.ts';
import { TargetWatch } from '../desks/steering/target-watch.ts';
import type { HttpParts } from '../http-role.ts';
import type { LiveSchemas } from '../ingest/own-schemas/live-schemas.ts';
import type { Analytics } from '../serve/analytics-service.ts';
import { type createLogger, describeError } from '../serve/logger.ts';
import type { ProfileReader, ReadServices } from '../serve/services.ts';
import { strangersFor } from './past-services.ts';

export interface FigureSurroundings {
  readonly schemas: LiveSchemas;
  readonly profiles: ProfileReader;
  readonly logger: ReturnType<typeof createLogger>;
}

export interface FigureServices extends Pick<ReadServices, 'analytics' | 'dataQuality' | 'steering'> {
  /** Some of them look by themselves now and then. */
  startFigures(): void;
  stopFigures(): Promise<void>;
}

/** Figures out of history, what data is worth, and what retailers steer by. */
export function createFigureServices(parts: HttpParts, surroundings: FigureSurroundings): FigureServices {
  const { schemas, profiles, logger } = surroundings;
  const analytics = createAnalyticsDesk({ ...parts, strangers: () => strangersFor(parts) });
  const onError = (what: string) => (error: unknown) => logger.warn({ error: describeError(error) }, what);
  const dataQuality = new QualityDesk({
    ...parts,
    known: () => knownProperties(schemas),
    profiles,
    onError: onError('the quality of data was not looked at'),
  });
  const targets = createTargetWatch(parts, {
    analytics,
    dataQuality,
    onError: onError('targets were not looked at'),
  });
  const expecting = createExpectedDesk({ ...parts, profiles, historyLag: () => parts.status.historyLag() });
  return {
    analytics,
    dataQuality,
    steering: { targets, costs: createCostDesk(parts), expecting },
    startFigures() {
      dataQuality.start();
      targets.start();
    },
    async stopFigures() {
      await dataQuality.stop();
      await targets.stop();
    },
  };
}

interface Watching extends Pick<FigureServices, 'dataQuality'> {
  readonly analytics: Analytics;
  readonly onError: (error: unknown) => void;
}

function createTargetWatch(parts: HttpParts, { analytics, dataQuality, onError }: Watching): TargetWatch {
  return new TargetWatch({
    ...parts,
    find: (name, question) => analytics.find(name, question),
    recommended: ({ from, to }) => recommendationReport({ from, to }, parts),
    completeness: (stretch) => dataQuality.completeness(stretch),
    dayOf(at) {
      const { dayOf, zone } = analytics.defaults();
      return dayOf(at, zone) ?? 0;
    },
    onError,
  });
}
