import { purchasesSql } from '../../analytics/purchases-sql.ts';
import { readHistoryRows } from '../../desks/past-events.ts';
import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { JsonObject } from '../../model/json.ts';
import type { EpochMs } from '../../model/time.ts';
import type { ClvModel } from '../../model/value-model.ts';
import { type CountedHistory, type FittedBgNbd, fitBgNbd } from '../../value/bg-nbd.ts';
import { historyOf } from '../../value/clv-model.ts';
import { type FittedGammaGamma, fitGammaGamma, type SpendHistory } from '../../value/gamma-gamma.ts';
import type { Found } from '../../value/nelder-mead.ts';
import { roundTo } from '../../value/round-to.ts';
import { customerShare } from './customer-share.ts';
import type { FitRun } from './fit-parts.ts';
import { askedFeature } from './purchases-question.ts';
import { findStrangers } from './strangers.ts';

export interface ClvRequest {
  readonly name: string;
  readonly feature: string;
  readonly asOf: EpochMs;
  /** The last day that counts, as days since 1970-01-01; that of `asOf` by the feature's clock where absent. */
  readonly day?: number;
  readonly options: JsonObject;
}

/** Digits that a parameter keeps: more than the search can tell apart. */
const DIGITS = 8;

/** Lets the search take as much of the thread as background work may. */
async function paced<Result>(search: Generator<Found, Result>, { pace }: FitRun): Promise<Result> {
  for (;;) {
    const step = search.next();
    if (step.done === true) return step.value;
    if (pace.isDue()) await pace.rest();
    else pace.check();
  }
}

function shortened(value: number): number {
  return Number(value.toPrecision(DIGITS));
}

/** BG/NBD and Gamma-Gamma by maximum likelihood, out of history; of very many customers a share. */
export async function fitClv(request: ClvRequest, run: FitRun): Promise<ClvModel> {
  const { parts, report } = run;
  const { name, feature, asOf, options } = request;
  const { definition, question } = askedFeature(request, parts);
  if (definition.window !== 'lifetime')
    throw new TesseraError('fit_impossible', `The feature ${feature} must be over a lifetime.`);
  report({ done: 0, total: 0, note: 'reading history' });
  await parts.reach.now();
  const without = await findStrangers(run);
  const ask = async (sql: string) => await readHistoryRows(parts.history, sql);
  const share = await customerShare(parts);
  const source = purchasesSql({ ...question, without, share });
  const histories = countedHistories(
    await ask(
      `SELECT days, since_first, since_last, count() AS customers FROM ${source} GROUP BY days, since_first, since_last`,
    ),
  );
  const spends = spendsIn(
    await ask(`SELECT days, repeat_value FROM ${source} WHERE days > 1 AND repeat_value > 0`),
  );
  checkEnough(histories);
  report({ done: 0, total: 0, note: 'how often: BG/NBD' });
  const purchases = await paced(fitBgNbd(histories), run);
  report({ done: 0, total: 0, note: 'for how much: Gamma-Gamma' });
  const spend = spends.length < limits.fitCustomersMin ? undefined : await paced(fitGammaGamma(spends), run);
  const { fitted, without_repeat } = tally(histories);
  return {
    name,
    type: 'clv',
    fit: {
      as_of: asOf,
      customers: fitted,
      options,
      report: {
        without_repeat,
        log_likelihood: roundTo(purchases.logLikelihood, 2),
        ...(spend === undefined
          ? {}
          : { spend_customers: spends.length, spend_log_likelihood: roundTo(spend.logLikelihood, 2) }),
      },
    },
    feature,
    ...parametersOf(purchases, spend),
  };
}

function parametersOf(
  { r, alpha, a, b }: FittedBgNbd,
  spend: FittedGammaGamma | undefined,
): Pick<ClvModel, 'purchases' | 'spend'> {
  return {
    purchases: { r: shortened(r), alpha: shortened(alpha), a: shortened(a), b: shortened(b) },
    ...(spend === undefined
      ? {}
      : { spend: { p: shortened(spend.p), q: shortened(spend.q), gamma: shortened(spend.gamma) } }),
  };
}

function tally(histories: readonly CountedHistory[]): {
  readonly fitted: number;
  readonly without_repeat: number;
} {
  let [fitted, without] = [0, 0];
  for (const { customers, repeats } of histories) {
    fitted += customers;
    if (repeats === 0) without += customers;
  }
  return { fitted, without_repeat: without };
}

/** Four parameters out of a handful of people would say more about chance than about customers. */
function checkEnough(histories: readonly CountedHistory[]): void {
  const { fitted, without_repeat } = tally(histories);
  const least = limits.fitCustomersMin;
  if (fitted - without_repeat >= least) return;
  throw new TesseraError(
    'fit_impossible',
    `${fitted - without_repeat} customers have bought again; a fit needs at least ${least}.`,
  );
}

function countedHistories(rows: readonly JsonObject[]): readonly CountedHistory[] {
  return rows.map(({ days, since_first, since_last, customers }) => ({
    ...historyOf({ days: Number(days), sinceFirst: Number(since_first), sinceLast: Number(since_last) }),
    customers: Number(customers),
  }));
}

function spendsIn(rows: readonly JsonObject[]): readonly SpendHistory[] {
  return rows.map(({ days, repeat_value }) => ({
    purchases: Number(days) - 1,
    average: Number(repeat_value),
  }));
}
