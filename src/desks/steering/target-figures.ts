import type { AnalysisName, Questions } from '../../analytics/analyses.ts';
import type { Finding, Stretch } from '../../analytics/analysis.ts';
import { limits } from '../../limits.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import type { QualityDefinition } from '../../model/quality.ts';
import { DAY_MS } from '../../model/time.ts';
import type { TargetName } from '../../serve/target-service.ts';

/** What is known of a figure: its value, and of how many that is. */
export interface Measured {
  readonly value: number | null;
  readonly cases: number;
}

export interface MeasureOptions {
  readonly find: <Name extends AnalysisName>(name: Name, question: Questions[Name]) => Promise<Finding>;
  /** What came of recommendations. */
  readonly recommended: (stretch: Stretch) => Promise<JsonObject>;
  readonly completeness: (stretch: Stretch) => Promise<Measured>;
  /** The number of the day that a moment lies in, by the clock of the messaging definition. */
  readonly dayOf: (at: number) => number;
}

interface TargetFigure {
  readonly wanted: 'at_least' | 'at_most';
  readonly goal: (quality: QualityDefinition) => number;
  readonly casesMin: (quality: QualityDefinition) => number;
  readonly measure: (asked: Asked, options: MeasureOptions) => Promise<Measured>;
}

interface Asked extends Stretch {
  readonly currency: string;
  readonly quality: QualityDefinition;
}

/** The figures that have a target, and how each is found. */
export const targetFigures: Readonly<Record<TargetName, TargetFigure>> = {
  completeness: {
    wanted: 'at_least',
    goal: ({ targets }) => targets.completeness,
    casesMin: ({ targets }) => targets.events,
    measure: async ({ from, to }, { completeness }) => await completeness({ from, to }),
  },
  recommendation_conversion: {
    wanted: 'at_least',
    goal: ({ figures }) => figures.recommendation_conversion,
    casesMin: ({ figures }) => figures.cases,
    // Of lists of the last days nobody knows yet whether they will be ordered from.
    measure: async ({ from, to }, { recommended }) =>
      conversionOf(await recommended({ from, to: to - limits.recommendationOrderDays * DAY_MS })),
  },
  compliance_complaints: {
    wanted: 'at_most',
    goal: ({ figures }) => figures.compliance_complaints,
    casesMin: ({ figures }) => figures.cases,
    measure: async ({ from, to }, { find }) => {
      const { answer } = await find('complaints', { from, to, rowsMax: 1 });
      const compliance = isJsonObject(answer.compliance) ? answer.compliance : {};
      return measured(compliance.rate, compliance.people_contacted);
    },
  },
  campaign_return: {
    wanted: 'at_least',
    goal: ({ figures }) => figures.campaign_return,
    casesMin: ({ figures }) => figures.cases,
    measure: async ({ from, to, currency, quality }, { find, dayOf }) => {
      const days = limits.backtestFollowDays;
      const { answer } = await find('returns', {
        ...{ from, to: to - days * DAY_MS, days, currency },
        ...{ firstDay: dayText(dayOf(from)), lastDay: dayText(dayOf(to - days * DAY_MS)) },
        ...{ campaignsMax: limits.analyticsRowsMax, marginRate: quality.figures.margin_rate ?? null },
      });
      return measured(answer.return, answer.judged_people);
    },
  },
  preference_conversion: {
    wanted: 'at_least',
    goal: ({ figures }) => figures.preference_conversion,
    casesMin: ({ figures }) => figures.answers,
    measure: async ({ from, to, quality: { figures } }, { find }) => {
      const { answer } = await find('preferences', {
        ...{ from, to, asOf: to, days: limits.preferenceDays, rowsMax: 1 },
        ...{ goal: figures.preference_conversion, answersMin: figures.answers },
      });
      return measured(answer.rate, answer.answerers);
    },
  },
};

function measured(value: unknown, cases: unknown): Measured {
  return { value: typeof value === 'number' ? value : null, cases: Number(cases ?? 0) };
}

function dayText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** Over all placements: what was ordered, of what was shown, or served where nobody says what was shown. */
function conversionOf({ placements }: JsonObject): Measured {
  let [ordered, lists] = [0, 0];
  for (const each of Array.isArray(placements) ? placements : []) {
    if (!isJsonObject(each)) continue;
    const of = Number(each.shown) > 0 ? Number(each.shown) : Number(each.served);
    lists += of;
    ordered += Number(each.order_rate ?? 0) * of;
  }
  return { value: lists === 0 ? null : Math.round((ordered / lists) * 1e6) / 1e6, cases: lists };
}
