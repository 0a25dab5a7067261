import type { JsonValue } from '../model/json.ts';
import type { Answers, ModelAnswer, Quintiles, RfmGroup, RfmModel } from '../model/value-model.ts';
import { type PurchaseSummary, purchaseSummaryOf } from './purchase-summary.ts';
import { classicGroups } from './rfm-groups.ts';
import { roundTo } from './round-to.ts';

/** Scores from 1 to 5; 5 is always the best. */
export interface RfmScores {
  readonly recency: number;
  readonly frequency: number;
  readonly monetary: number;
}

const BEST = 5;

/** In which fifth a value is, from 1: one more than there are boundaries below it. */
export function fifthOf(value: number, quintiles: Quintiles): number {
  let fifth = 1;
  for (const boundary of quintiles) if (value > boundary) fifth += 1;
  return fifth;
}

/** Who bought lately scores high, so that recency counts backwards. */
export function scoresOf(summary: PurchaseSummary, quintiles: RfmModel['quintiles']): RfmScores {
  return {
    recency: BEST + 1 - fifthOf(summary.sinceLast, quintiles.recency),
    frequency: fifthOf(summary.orders, quintiles.frequency),
    monetary: fifthOf(summary.net, quintiles.monetary),
  };
}

function isWithin(score: number, range: readonly [number, number] | undefined): boolean {
  return range === undefined || (score >= range[0] && score <= range[1]);
}

export function groupOf(scores: RfmScores, groups: readonly RfmGroup[]): string | null {
  const found = groups.find(
    ({ recency, frequency, monetary }) =>
      isWithin(scores.recency, recency) &&
      isWithin(scores.frequency, frequency) &&
      isWithin(scores.monetary, monetary),
  );
  return found?.name ?? null;
}

type Score = readonly [name: string, score: number];

/** The weighted mean of scores, from 1 to 5; what has no weight does not count, and weighs 1 where nothing has any. */
export function extendedScore(scores: readonly Score[], weights: RfmModel['weights']): number | null {
  let [sum, weight] = [0, 0];
  for (const [name, score] of scores) {
    const own = weights === undefined ? 1 : (weights[name] ?? 0);
    sum += own * score;
    weight += own;
  }
  return weight > 0 ? roundTo(sum / weight, 2) : null;
}

/**
 * `recency`, `frequency`, `monetary`: scores from 1 to 5. `score`: the three as digits, such as 545. `group`: the named
 * group. `extended`: the weighted mean with the other parts, of which each is an output of its own name. All null before
 * the first purchase, except for the parts: a missing value counts as 0.
 */
export function compileRfm(model: RfmModel): Answers {
  const { feature, quintiles, groups = classicGroups, weights } = model;
  const parts = Object.entries(model.parts ?? {});
  const partScores = (values: readonly JsonValue[]): readonly Score[] =>
    parts.map(([name, part], i) => {
      const value = values[i + 1];
      return [name, fifthOf(typeof value === 'number' ? value : 0, part.quintiles)];
    });
  const of = (say: (scores: RfmScores, values: readonly JsonValue[]) => JsonValue): ModelAnswer => {
    return (values) => {
      const summary = purchaseSummaryOf(values[0]);
      return summary === undefined ? null : say(scoresOf(summary, quintiles), values);
    };
  };
  const outputs = new Map<string, ModelAnswer>([
    ['recency', of(({ recency }) => recency)],
    ['frequency', of(({ frequency }) => frequency)],
    ['monetary', of(({ monetary }) => monetary)],
    ['score', of(({ recency, frequency, monetary }) => `${recency}${frequency}${monetary}`)],
    ['group', of((scores) => groupOf(scores, groups))],
    [
      'extended',
      of((scores, values) => extendedScore([...Object.entries(scores), ...partScores(values)], weights)),
    ],
  ]);
  parts.forEach(([name], i) => {
    if (!outputs.has(name)) outputs.set(name, (values) => partScores(values)[i]?.[1] ?? null);
  });
  return { features: [feature, ...parts.map(([, part]) => part.feature)], outputs };
}
