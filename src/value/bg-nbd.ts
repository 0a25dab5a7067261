import { hypergeometric } from './hypergeometric.ts';
import { logGamma } from './log-gamma.ts';
import { type Found, minimize } from './nelder-mead.ts';

/**
 * The BG/NBD model: customers buy at a rate of their own (gamma: shape `r`, rate `alpha`, in weeks) and after each
 * purchase leave for good with a probability of their own (beta: `a`, `b`). Fader, Hardie and Lee (2005), "Counting Your
 * Customers the Easy Way: An Alternative to the Pareto/NBD Model", Marketing Science 24(2); numbers of equations are theirs.
 */
export interface BgNbd {
  readonly r: number;
  readonly alpha: number;
  readonly a: number;
  readonly b: number;
}

/** What the model needs to know of a customer; times in weeks. */
export interface PurchaseHistory {
  /** Days with a purchase after the first one. */
  readonly repeats: number;
  /** From the first to the last purchase; 0 without a repeat. */
  readonly recency: number;
  /** From the first purchase until now. */
  readonly age: number;
}

/** Customers whose histories are equal are counted together. */
export interface CountedHistory extends PurchaseHistory {
  readonly customers: number;
}

/** ln of e^first + e^second without overflow. */
function logSum(first: number, second: number): number {
  const greater = Math.max(first, second);
  return greater + Math.log(Math.exp(first - greater) + Math.exp(second - greater));
}

/** What depends on the number of repeats alone: ln A₁ + ln A₂ of the likelihood, without customers' times. */
function logOfRepeats({ r, alpha, a, b }: BgNbd, repeats: number): number {
  return (
    logGamma(r + repeats) -
    logGamma(r) +
    r * Math.log(alpha) +
    logGamma(a + b) +
    logGamma(b + repeats) -
    logGamma(b) -
    logGamma(a + b + repeats)
  );
}

/** Log-likelihood of all customers together (equation 6). */
export function bgNbdLogLikelihood(model: BgNbd, histories: readonly CountedHistory[]): number {
  const { r, alpha, a, b } = model;
  const byRepeats = new Map<number, number>();
  let sum = 0;
  for (const { repeats, recency, age, customers } of histories) {
    let shared = byRepeats.get(repeats);
    if (shared === undefined) {
      shared = logOfRepeats(model, repeats);
      byRepeats.set(repeats, shared);
    }
    let own = -(r + repeats) * Math.log(alpha + age);
    if (repeats > 0) {
      const left = Math.log(a) - Math.log(b + repeats - 1) - (r + repeats) * Math.log(alpha + recency);
      own = logSum(own, left);
    }
    sum += customers * (shared + own);
  }
  return sum;
}

/** Where the search begins, and how far from 1 a parameter may go, as logarithms. */
const START: readonly number[] = Object.freeze([0, 1, 0, 1]);
const LOG_MAX = 15;

function modelAt([r = 0, alpha = 0, a = 0, b = 0]: readonly number[]): BgNbd {
  return { r: Math.exp(r), alpha: Math.exp(alpha), a: Math.exp(a), b: Math.exp(b) };
}

export interface FittedBgNbd extends BgNbd {
  readonly logLikelihood: number;
}

/** The parameters that make the histories most likely. Yields between evaluations; see `minimize`. */
export function* fitBgNbd(histories: readonly CountedHistory[]): Generator<Found, FittedBgNbd> {
  const customers = histories.reduce((sum, each) => sum + each.customers, 0);
  const found = yield* minimize((point) => {
    if (point.some((log) => Math.abs(log) > LOG_MAX)) return Number.POSITIVE_INFINITY;
    return -bgNbdLogLikelihood(modelAt(point), histories) / Math.max(1, customers);
  }, START);
  const model = modelAt(found.point);
  return { ...model, logLikelihood: bgNbdLogLikelihood(model, histories) };
}

/** The odds of having left after the last purchase against being a customer still. */
function oddsOfHavingLeft({ r, alpha, a, b }: BgNbd, { repeats, recency, age }: PurchaseHistory): number {
  if (repeats === 0) return 0;
  const log = (r + repeats) * (Math.log(alpha + age) - Math.log(alpha + recency));
  return (a / (b + repeats - 1)) * Math.exp(log);
}

/**
 * The probability that the customer has not left. Without a repeat it is 1: in this model people leave after a repeat
 * purchase only (Fader, Hardie and Lee 2008, "Computing P(alive) Using the BG/NBD Model").
 */
export function probabilityAlive(model: BgNbd, history: PurchaseHistory): number {
  return 1 / (1 + oddsOfHavingLeft(model, history));
}

/** The general formula has a removable singularity at a = 1. */
const SINGULARITY = 1e-6;

function awayFromOne(a: number): number {
  return Math.abs(a - 1) < SINGULARITY ? 1 + SINGULARITY : a;
}

/** Purchase days that the customer will have in the next weeks, on average (equation 10). */
export function expectedPurchases(model: BgNbd, history: PurchaseHistory, weeks: number): number {
  if (weeks <= 0) return 0;
  const { r, alpha, b } = model;
  const { repeats, age } = history;
  const a = awayFromOne(model.a);
  const c = a + b + repeats - 1;
  const total = alpha + age + weeks;
  const mean = hypergeometric({ a: r + repeats, b: b + repeats, c }, weeks / total);
  const stays = Math.exp((r + repeats) * (Math.log(alpha + age) - Math.log(total)));
  return ((c / (a - 1)) * (1 - stays * mean)) / (1 + oddsOfHavingLeft(model, history));
}

/** Repeat purchase days of a customer of whom nothing is known, in the weeks after the first purchase (equation 9). */
export function expectedRepeats(model: BgNbd, weeks: number): number {
  return expectedPurchases(model, { repeats: 0, recency: 0, age: 0 }, weeks);
}
