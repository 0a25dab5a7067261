import { purchasesSql } from '../../analytics/purchases-sql.ts';
import { readHistoryRows } from '../../desks/past-events.ts';
import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import type { EpochMs } from '../../model/time.ts';
import type { Quintiles, RfmModel, RfmPart } from '../../model/value-model.ts';
import { purchaseSummaryOf } from '../../value/purchase-summary.ts';
import { roundTo } from '../../value/round-to.ts';
import { customerShare } from './customer-share.ts';
import type { FitRun } from './fit-parts.ts';
import { askedFeature } from './purchases-question.ts';
import { sampleCustomers } from './sample-customers.ts';
import { findStrangers } from './strangers.ts';

export interface RfmRequest {
  readonly name: string;
  readonly feature: string;
  readonly asOf: EpochMs;
  /** The last day that counts, as days since 1970-01-01; that of `asOf` by the feature's clock where absent. */
  readonly day?: number;
  /** Features of the parts, by the names of the parts. */
  readonly parts: Readonly<Record<string, string>>;
  readonly weights?: RfmModel['weights'];
  readonly groups?: RfmModel['groups'];
  readonly options: JsonObject;
}

const LEVELS = Object.freeze([0.2, 0.4, 0.6, 0.8] as const);
/** Of boundaries, which lie between two values of customers. */
const DECIMALS = 6;

/**
 * The boundaries of fifths: of recency, frequency and value as quantiles of history (between two values by their distance,
 * which is Hyndman and Fan's type 7), of the parts among sampled profiles.
 */
export async function fitRfm(request: RfmRequest, run: FitRun): Promise<RfmModel> {
  const { parts: from, report } = run;
  const { name, feature, asOf, parts, weights, groups, options } = request;
  const { question } = askedFeature(request, from);
  report({ done: 0, total: 0, note: 'reading history' });
  await from.reach.now();
  const without = await findStrangers(run);
  const source = purchasesSql({ ...question, without, share: await customerShare(from) });
  const quantiles = (column: string): string =>
    `quantilesExactInclusive(${LEVELS.join(', ')})(toFloat64(${column}))`;
  const [row] = await readHistoryRows(
    from.history,
    `SELECT count() AS customers, ${quantiles('since_last')} AS recency, ${quantiles('orders')} AS frequency, ` +
      `${quantiles('net')} AS monetary FROM ${source}`,
  );
  const customers = Number(row?.customers ?? 0);
  if (row === undefined || customers < limits.fitCustomersMin)
    throw new TesseraError(
      'fit_impossible',
      `${customers} customers have bought; a fit needs at least ${limits.fitCustomersMin}.`,
    );
  const names = Object.keys(parts);
  return {
    name,
    type: 'rfm',
    fit: { as_of: asOf, customers, options },
    feature,
    quintiles: {
      recency: quintilesIn(row.recency),
      frequency: quintilesIn(row.frequency),
      monetary: quintilesIn(row.monetary),
    },
    ...(groups === undefined ? {} : { groups }),
    ...(names.length === 0 ? {} : { parts: await fitParts(request, run) }),
    ...(weights === undefined ? {} : { weights }),
  };
}

function quintilesIn(value: JsonValue | undefined): Quintiles {
  const [first, second, third, fourth] = Array.isArray(value) ? value.map(Number) : [];
  return [rounded(first), rounded(second), rounded(third), rounded(fourth)];
}

function rounded(value: number | undefined): number {
  const found = value === undefined ? null : roundTo(value, DECIMALS);
  if (found === null) throw new TesseraError('fit_impossible', 'History has no answer for a boundary.');
  return found;
}

/** Any feature may be a part, so that profiles are asked and not history. */
async function fitParts(
  { feature: purchases, parts }: Pick<RfmRequest, 'feature' | 'parts'>,
  run: FitRun,
): Promise<Readonly<Record<string, RfmPart>>> {
  const entries = Object.entries(parts);
  const features = entries.map(([, feature]) => feature);
  const all = await sampleCustomers([purchases, ...features], run);
  const sampled = all.filter(([bought]) => purchaseSummaryOf(bought) !== undefined);
  const found = entries.map(([name, feature], i) => {
    const values = sampled
      .map((values) => values[i + 1])
      .map((value) => (typeof value === 'number' ? value : 0))
      .sort((a, b) => a - b);
    const [first, second, third, fourth] = LEVELS.map((level) => rounded(quantile(values, level)));
    return [name, { feature, quintiles: [first, second, third, fourth] }];
  });
  // The levels are four, and so are the boundaries.
  return Object.fromEntries(found) as Readonly<Record<string, RfmPart>>;
}

/** Of sorted values, between two of them by distance. */
function quantile(sorted: readonly number[], level: number): number | undefined {
  const at = (sorted.length - 1) * level;
  const [below, above] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return below === undefined || above === undefined
    ? undefined
    : below + (above - below) * (at - Math.floor(at));
}
