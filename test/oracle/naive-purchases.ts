import type { Event } from '../../src/model/event.ts';
import type { FeatureDefinition } from '../../src/model/feature.ts';
import type { JsonValue } from '../../src/model/json.ts';
import { localDate } from './naive-dates.ts';

const DAY_MS = 86_400_000;

function dayIn(zone: string, time: number): number {
  return Date.parse(`${localDate(zone, time)}T00:00:00Z`) / DAY_MS;
}

interface Bought {
  readonly day: number;
  readonly orders: number;
  readonly minor: number;
  readonly own: boolean;
}

/** Every order with what was given back for it, on its own day; a refund without its order on its own. */
function boughtOn(events: readonly Event[], zone: string, currency: string): readonly Bought[] {
  const nameOf = ({ order }: Event): string => JSON.stringify([order?.namespace, order?.order_id]);
  const isOrder = ({ order }: Event): boolean => order?.transition === 'completed';
  const orders = events.filter(isOrder);
  const found = orders.map((event): Bought => {
    const backs = events.filter(
      (each) => !isOrder(each) && nameOf(each) === nameOf(event) && each.currency === event.currency,
    );
    const back = backs.reduce((sum, { order }) => sum + (order?.spend ?? 0), 0);
    const minor = (event.order?.spend ?? 0) + back;
    const own = event.currency === currency;
    return { day: dayIn(zone, event.time), orders: back !== 0 && minor <= 0 ? 0 : 1, minor, own };
  });
  const alone = events.filter(
    (each) =>
      !isOrder(each) &&
      !orders.some((order) => nameOf(order) === nameOf(each) && order.currency === each.currency),
  );
  const refunds = alone.map(
    ({ time, order, currency: code }): Bought => ({
      day: dayIn(zone, time),
      orders: 0,
      minor: order?.spend ?? 0,
      own: code === currency,
    }),
  );
  return [...found, ...refunds];
}

export interface At {
  readonly now: number;
  readonly currency: string;
}

/** Purchases of these events, said as plainly as possible; types only, like the rest of the oracle. */
export function naivePurchases(
  { zone = 'UTC', window }: FeatureDefinition,
  events: readonly Event[],
  { now, currency }: At,
): JsonValue {
  const today = dayIn(zone, now);
  const since = window === 'lifetime' ? Number.NEGATIVE_INFINITY : today - Number.parseInt(window, 10);
  const bought = boughtOn(events, zone, currency).filter(({ day }) => day > since);
  const days = [...new Set(bought.filter(({ orders }) => orders > 0).map(({ day }) => day))].sort(
    (a, b) => a - b,
  );
  const [first] = days;
  const sum = (some: readonly Bought[]): number =>
    some.filter(({ own }) => own).reduce((total, { minor }) => total + minor, 0) / 100;
  const later = bought.filter(({ day }) => first !== undefined && day > first);
  const valued = new Set(later.filter(({ own, orders }) => own && orders > 0).map(({ day }) => day)).size;
  return {
    days: days.length,
    orders: bought.reduce((total, { orders }) => total + orders, 0),
    since_first: first === undefined ? null : today - first,
    since_last: first === undefined ? null : today - (days.at(-1) ?? first),
    net: sum(bought),
    repeat_value: valued === 0 ? null : sum(later) / valued,
  };
}
