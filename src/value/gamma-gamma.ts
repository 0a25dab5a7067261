import { logGamma } from './log-gamma.ts';
import { type Found, minimize } from './nelder-mead.ts';

/**
 * The Gamma-Gamma model of what a purchase is worth: values vary around a mean of each customer's own (gamma: shape `p`),
 * and these means vary over customers (`q`, `gamma`). How much somebody spends is taken not to depend on how often. Fader
 * and Hardie (2013), "The Gamma-Gamma Model of Monetary Value"; numbers of equations are theirs.
 */
export interface GammaGamma {
  readonly p: number;
  readonly q: number;
  readonly gamma: number;
}

/** Purchases of a customer that have a value, and what they are worth on average, in major units. */
export interface SpendHistory {
  readonly purchases: number;
  /** Above 0. */
  readonly average: number;
}

/** Log-likelihood of all customers together (equation 1a); each has at least one purchase. */
export function gammaGammaLogLikelihood(
  { p, q, gamma }: GammaGamma,
  histories: readonly SpendHistory[],
): number {
  const constant = q * Math.log(gamma) - logGamma(q);
  let sum = 0;
  for (const { purchases, average } of histories) {
    const px = p * purchases;
    sum +=
      constant +
      logGamma(px + q) -
      logGamma(px) +
      (px - 1) * Math.log(average) +
      px * Math.log(purchases) -
      (px + q) * Math.log(gamma + purchases * average);
  }
  return sum;
}

const LOG_MAX = 15;

function modelAt([p = 0, q = 0, gamma = 0]: readonly number[]): GammaGamma {
  return { p: Math.exp(p), q: Math.exp(q), gamma: Math.exp(gamma) };
}

export interface FittedGammaGamma extends GammaGamma {
  readonly logLikelihood: number;
}

/** The parameters that make the values most likely. Yields between evaluations; see `minimize`. */
export function* fitGammaGamma(histories: readonly SpendHistory[]): Generator<Found, FittedGammaGamma> {
  const count = Math.max(1, histories.length);
  const mean = histories.reduce((sum, { average }) => sum + average, 0) / count;
  const start = [1, 1, Math.log(Math.max(mean, Number.MIN_VALUE))];
  const found = yield* minimize((point) => {
    if (point.some((log) => Math.abs(log) > LOG_MAX)) return Number.POSITIVE_INFINITY;
    return -gammaGammaLogLikelihood(modelAt(point), histories) / count;
  }, start);
  const model = modelAt(found.point);
  return { ...model, logLikelihood: gammaGammaLogLikelihood(model, histories) };
}

/**
 * What the customer's purchases are worth on average, given those seen (equation 5): between their own mean and that of
 * all. Null where the model has no mean (q ≤ 1 without any purchase seen).
 */
export function expectedValue(
  { p, q, gamma }: GammaGamma,
  { purchases, average }: SpendHistory,
): number | null {
  const weight = p * purchases + q - 1;
  return weight > 0 ? (p * (gamma + purchases * average)) / weight : null;
}
