import { type AnalysesOptions, createAnalyses } from '../analytics/analyses.ts';
import type { Definitions } from '../definitions/definitions.ts';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import { QUALITY_BEFORE_ANY } from '../model/quality.ts';
import { DAY_MS } from '../model/time.ts';
import { Zones } from '../model/zone.ts';
import type { Clock } from '../ports/clock.ts';
import type { History } from '../ports/history.ts';
import type { Analytics } from '../serve/analytics-service.ts';
import { readHistoryRows } from './past-events.ts';

export interface AnalyticsDeskOptions extends AnalysesOptions {
  readonly history: Pick<History, 'query'>;
  readonly clock: Clock;
  readonly definitions: Definitions;
}

/** Analyses under what is in force: its currency, its zone, its channels of stores. */
export function createAnalyticsDesk(options: AnalyticsDeskOptions): Analytics {
  const { history, clock, definitions, strangers } = options;
  const analyses = createAnalyses({ strangers });
  const zones = new Zones();
  return {
    defaults: () => ({
      now: clock.now(),
      currency: definitions.reportingCurrency,
      zone: definitions.entry.messaging?.definition?.zone ?? 'UTC',
      figures: (definitions.entry.quality?.definition ?? QUALITY_BEFORE_ANY).figures,
      offlineChannels: definitions.entry.identity.definition.traits.offline_channels,
      dayOf(at, name) {
        const zone = zones.find(name);
        return zone === undefined ? undefined : Math.floor(zone.localAt(at) / DAY_MS);
      },
    }),
    async find(name, question) {
      const until = clock.now() + limits.analyticsSecondsMax * 1_000;
      return await analyses[name](question, async (sql) => {
        // Each query has a bound of its own, but an answer may take dozens of them.
        if (clock.now() > until) throw new TesseraError('sql_error', TOO_LONG);
        return await readHistoryRows(history, sql);
      });
    },
  };
}

const TOO_LONG = `The answer took longer than ${limits.analyticsSecondsMax} seconds: ask for a shorter time, or for less at once.`;
