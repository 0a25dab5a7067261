import type { JsonValue } from '../model/json.ts';
import type { Answers, ClvModel, ModelAnswer } from '../model/value-model.ts';
import { expectedPurchases, type PurchaseHistory, probabilityAlive } from './bg-nbd.ts';
import { expectedValue } from './gamma-gamma.ts';
import { type PurchaseSummary, purchaseSummaryOf } from './purchase-summary.ts';
import { roundTo } from './round-to.ts';

export const DAYS_PER_WEEK = 7;
const DEFAULT_DAYS = 365;
const DECIMALS = 4;
const CENTS = 2;

/** A customer as the model of purchases sees them: in weeks, and without the first day. */
export function historyOf({
  days,
  sinceFirst,
  sinceLast,
}: Pick<PurchaseSummary, 'days' | 'sinceFirst' | 'sinceLast'>): PurchaseHistory {
  return {
    repeats: days - 1,
    recency: (sinceFirst - sinceLast) / DAYS_PER_WEEK,
    age: sinceFirst / DAYS_PER_WEEK,
  };
}

function daysOf([days = DEFAULT_DAYS]: readonly JsonValue[]): number | undefined {
  return typeof days === 'number' && days >= 0 ? days : undefined;
}

type Say = (summary: PurchaseSummary, days: number) => number | null;

function answer(say: Say, decimals: number): ModelAnswer {
  return ([value], parameters) => {
    const summary = purchaseSummaryOf(value);
    const days = daysOf(parameters);
    if (summary === undefined || days === undefined) return null;
    const said = say(summary, days);
    return said === null ? null : roundTo(said, decimals);
  };
}

/**
 * `alive`: the probability that somebody has not left for good. `orders`: days with a purchase in the next so many days,
 * on average. `value`: what these will be worth, in the reporting currency, not discounted. `order_value`: what one is
 * worth. All null before the first purchase.
 */
export function compileClv({ feature, purchases, spend }: ClvModel): Answers {
  const ordersIn: Say = (summary, days) =>
    expectedPurchases(purchases, historyOf(summary), days / DAYS_PER_WEEK);
  const worthOf: Say = ({ days, repeatValue }) => {
    if (spend === undefined) return null;
    // Values that are not above zero, after returns of other days' purchases, say nothing to the model.
    if (repeatValue === null || repeatValue <= 0) return expectedValue(spend, { purchases: 0, average: 0 });
    return expectedValue(spend, { purchases: days - 1, average: repeatValue });
  };
  const total: Say = (summary, days) => {
    const [orders, value] = [ordersIn(summary, days), worthOf(summary, days)];
    return orders === null || value === null ? null : orders * value;
  };
  return {
    features: [feature],
    outputs: new Map([
      ['alive', answer((summary) => probabilityAlive(purchases, historyOf(summary)), DECIMALS)],
      ['orders', answer(ordersIn, DECIMALS)],
      ['order_value', answer(worthOf, CENTS)],
      ['value', answer(total, CENTS)],
    ]),
  };
}
