import { isJsonObject, type JsonValue } from '../model/json.ts';

/** What the aggregate `purchases` answers, and what history says of a customer; days and major units. */
export interface PurchaseSummary {
  /** Days with a purchase. */
  readonly days: number;
  readonly orders: number;
  readonly sinceFirst: number;
  readonly sinceLast: number;
  readonly net: number;
  /** What a day after the first is worth on average. */
  readonly repeatValue: number | null;
}

function numberOf(value: JsonValue | undefined): number {
  return typeof value === 'number' ? value : Number.NaN;
}

/** Undefined for somebody who has not bought anything, and for what is no answer of that aggregate. */
export function purchaseSummaryOf(value: JsonValue | undefined): PurchaseSummary | undefined {
  if (value === undefined || !isJsonObject(value)) return undefined;
  const summary = {
    days: numberOf(value.days),
    orders: numberOf(value.orders),
    sinceFirst: numberOf(value.since_first),
    sinceLast: numberOf(value.since_last),
    net: numberOf(value.net),
  };
  if (!Object.values(summary).every(Number.isFinite) || summary.days < 1) return undefined;
  return { ...summary, repeatValue: typeof value.repeat_value === 'number' ? value.repeat_value : null };
}
