import { decimalText } from './naive-money.ts';
import type { Click, Invoice } from './real-shop.ts';

/*
 * Reports out of the rows of test/oracle/real-shop.ts, by loops over arrays. A return of the file names no order of its own, so that it
 * is nobody's discount: it counts where money of customers is summed (RFM) at its own day, and nowhere else.
 */
const DAY = 86_400_000;

export interface Stretch {
  readonly from: number;
  readonly to: number;
}

export const gbp = (pence: number): string => decimalText(BigInt(pence), 'GBP');
export const share = (part: number, whole: number): number | null =>
  whole === 0 ? null : Math.round((part / whole) * 1e6) / 1e6;

function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const isSale = ({ kind, member }: Invoice): boolean => kind === 'order' && member !== '';

/** What a person did, in steps of any funnel. */
export interface Deed {
  readonly type: string;
  readonly channel: string;
  readonly at: number;
}

export function deedsOf(invoices: readonly Invoice[], clicks: readonly Click[]): Map<string, Deed[]> {
  const deeds = [
    ...invoices
      .filter(isSale)
      .map(({ member, channel, at }) => ({ person: member, type: 'order_completed', channel, at })),
    ...clicks.map(({ person, at }) => ({ person, type: 'product_viewed', channel: 'web', at })),
  ];
  return groupBy(deeds, ({ person }) => person);
}

export interface Step {
  readonly type: string;
  readonly channels?: readonly string[];
}

/**
 * People at each step or further: every beginning is tried, and after it the earliest event of each next step. Of the same moment
 * that event comes first which can be the earlier step.
 */
export function funnelFigures(
  people: Map<string, Deed[]>,
  steps: readonly Step[],
  { from, to, windowMs }: Stretch & { readonly windowMs: number },
): readonly number[] {
  const counts = steps.map(() => 0);
  for (const deeds of people.values()) {
    const place = (deed: Deed): number => steps.findIndex((step) => isStep(deed, step));
    const own = deeds
      .filter((deed) => deed.at >= from && deed.at < to && place(deed) >= 0)
      .sort((a, b) => a.at - b.at || place(a) - place(b));
    let best = 0;
    own.forEach((first, begin) => {
      if (!isStep(first, steps[0])) return;
      let step = 1;
      for (const deed of own.slice(begin + 1)) {
        if (deed.at - first.at > windowMs || step === steps.length) break;
        if (isStep(deed, steps[step])) step += 1;
      }
      best = Math.max(best, step);
    });
    for (let i = 0; i < best; i += 1) counts[i] = (counts[i] ?? 0) + 1;
  }
  return counts;
}

function isStep({ type, channel }: Deed, step: Step | undefined): boolean {
  return step?.type === type && (step.channels?.includes(channel) ?? true);
}

/** Between two values by their distance. */
function quantile(sorted: readonly number[], level: number): number {
  const place = (sorted.length - 1) * level;
  const low = sorted[Math.floor(place)] ?? 0;
  return low + ((sorted[Math.ceil(place)] ?? 0) - low) * (place - Math.floor(place));
}

/** As of the end of a day, its number counted from 1970: boundaries, and people and money of each cell. */
export function rfmFigures(invoices: readonly Invoice[], today: number) {
  const customers = [
    ...groupBy(
      invoices.filter(({ member, kind }) => member !== '' && kind !== 'correction'),
      ({ member }) => member,
    ).values(),
  ]
    .map((own) => {
      const orders = own.filter(({ kind }) => kind === 'order');
      return {
        since: today - Math.floor(Math.max(...orders.map(({ local }) => local)) / DAY),
        orders: orders.length,
        pence: own.reduce((sum, { goods }) => sum + goods, 0),
      };
    })
    .filter(({ orders }) => orders > 0);
  const cuts = (values: readonly number[]): readonly number[] => {
    const sorted = [...values].sort((a, b) => a - b);
    return [0.2, 0.4, 0.6, 0.8].map((level) => quantile(sorted, level));
  };
  const [recency, frequency, monetary] = [
    cuts(customers.map(({ since }) => since)),
    cuts(customers.map(({ orders }) => orders)),
    cuts(customers.map(({ pence }) => pence)),
  ];
  const fifth = (value: number, bounds: readonly number[] = []): number =>
    1 + bounds.filter((bound) => value > bound).length;
  const cells = groupBy(
    customers,
    ({ since, orders, pence }) =>
      `${6 - fifth(since, recency)}${fifth(orders, frequency)}${fifth(pence, monetary)}`,
  );
  const round = (value: number): number => Math.round(value * 1e6) / 1e6;
  return {
    customers: customers.length,
    boundaries: {
      recency_days: recency,
      frequency,
      monetary: monetary?.map((pence) => round(pence / 100)),
    },
    cells: [...cells]
      .sort(([a], [b]) => compare(a, b))
      .map(([cell, own]) => ({
        ...{ recency: Number(cell[0]), frequency: Number(cell[1]), monetary: Number(cell[2]) },
        people: own.length,
        net: gbp(own.reduce((sum, { pence }) => sum + pence, 0)),
      })),
  };
}

export type Numbered = (local: number) => number;
export const monthNumber: Numbered = (local) =>
  new Date(local).getUTCFullYear() * 12 + new Date(local).getUTCMonth();
/** 1970-01-01 was a Thursday. */
export const weekNumber: Numbered = (local) => Math.floor((Math.floor(local / DAY) + 3) / 7);
export const nameOfMonth = (n: number): string =>
  new Date(Date.UTC(Math.floor(n / 12), n % 12, 1)).toISOString().slice(0, 10);
export const nameOfWeek = (n: number): string => new Date((n * 7 - 3) * DAY).toISOString().slice(0, 10);

export interface Cohorts {
  readonly number: Numbered;
  readonly name: (n: number) => string;
  readonly last: number;
  readonly periodsMax: number;
}

/** Who comes back, and what they have been worth, by the period of their first order. */
export function cohortFigures(invoices: readonly Invoice[], { number, name, last, periodsMax }: Cohorts) {
  const customers = [...groupBy(invoices.filter(isSale), ({ member }) => member).values()].map((own) =>
    own.sort((a, b) => a.at - b.at),
  );
  const cohorts = groupBy(customers, ([first]) => number(first?.local ?? 0));
  return [...cohorts]
    .sort(([a], [b]) => a - b)
    .map(([begin, own]) => {
      const periods = Array.from({ length: Math.min(periodsMax, last - begin) + 1 }, (_, i) => begin + i);
      const inPeriod = (n: number) => own.map((orders) => orders.filter(({ local }) => number(local) === n));
      const active = periods.map((n) => inPeriod(n).filter(({ length }) => length > 0).length);
      const orders = periods.map((n) => inPeriod(n).flat());
      const pence = orders.map((each) => each.reduce((sum, { goods }) => sum + goods, 0));
      const upTo = pence.map((_, i) => pence.slice(0, i + 1).reduce((sum, each) => sum + each, 0));
      const repeat = (days: number) => {
        const again = own.filter(
          ([first, second]) => second !== undefined && second.at - (first?.at ?? 0) <= days * DAY,
        ).length;
        return { days, people: again, rate: share(again, own.length) };
      };
      return {
        retention: {
          ...{ cohort: name(begin), people: own.length, active },
          rates: active.map((count) => share(count, own.length)),
        },
        repeat: {
          ...{ cohort: name(begin), people: own.length },
          within: [30, 60, 90, 180, 365].map(repeat),
        },
        clv: {
          ...{ cohort: name(begin), people: own.length, orders: orders.map(({ length }) => length) },
          net: pence.map(gbp),
          value_per_customer: upTo.map((sum) => gbp(Math.round(sum / own.length))),
        },
      };
    });
}

/** Orders of customers by channel, and by the channel on which the same person had looked at something within so many days before. */
export function channelFigures(
  invoices: readonly Invoice[],
  clicks: readonly Click[],
  { from, to, days }: Stretch & { readonly days: number },
) {
  const seen = groupBy(clicks, ({ person }) => person);
  const second = (at: number): number => Math.floor(at / 1_000);
  const orders = invoices
    .filter((each) => isSale(each) && each.at >= from && each.at < to)
    .map((order) => {
      const looked = (seen.get(order.member) ?? []).some(
        ({ at }) =>
          at >= from - days * DAY &&
          second(at) <= second(order.at) &&
          second(at) + days * 86_400 >= second(order.at),
      );
      return { ...order, research: looked ? 'web' : 'none' };
    });
  const sum = (own: readonly Invoice[]) => ({
    orders: own.length,
    people: new Set(own.map(({ member }) => member)).size,
    net: gbp(own.reduce((total, { goods }) => total + goods, 0)),
  });
  const purchases = [...groupBy(orders, ({ channel }) => channel)].map(([channel, own]) => {
    const elsewhere = own.filter(({ research }) => research === 'web' && channel !== 'web').length;
    return {
      ...{ channel, ...sum(own), researched_elsewhere: elsewhere },
      researched_elsewhere_rate: share(elsewhere, own.length),
    };
  });
  const ways = [...groupBy(orders, ({ research, channel }) => `${research} ${channel}`)].map(([way, own]) => {
    const [research = '', purchase = ''] = way.split(' ');
    const all = orders.filter(({ channel }) => channel === purchase).length;
    return { research, purchase, share: share(own.length, all), ...sum(own) };
  });
  return { purchases, ways };
}

/** Pairs of the items in most orders, of nobody's orders too. */
export function basketFigures(
  invoices: readonly Invoice[],
  { from, to, itemsMax, ordersMin }: Stretch & { readonly itemsMax: number; readonly ordersMin: number },
) {
  const baskets = invoices.filter(
    ({ kind, at, items }) => kind === 'order' && at >= from && at < to && items.length > 0,
  );
  const each = new Map<string, number>();
  for (const { items } of baskets) for (const item of items) each.set(item, (each.get(item) ?? 0) + 1);
  const often = [...each]
    .filter(([, orders]) => orders >= ordersMin)
    .sort(([a, n], [b, m]) => m - n || compare(a, b))
    .slice(0, itemsMax)
    .map(([item]) => item);
  const looked = new Set(often);
  const both = new Map<string, number>();
  for (const { items } of baskets) {
    const known = items.filter((item) => looked.has(item)).sort(compare);
    known.forEach((x, i) => {
      for (const y of known.slice(i + 1)) both.set(`${x} ${y}`, (both.get(`${x} ${y}`) ?? 0) + 1);
    });
  }
  const count = (item: string): number => each.get(item) ?? 0;
  const pairs = [...both]
    .filter(([, orders]) => orders >= ordersMin)
    .map(([pair, orders]) => {
      const [x = '', y = ''] = pair.split(' ');
      const [a, b] = count(x) >= count(y) ? [x, y] : [y, x];
      return {
        ...{ a, b, orders, orders_a: count(a), orders_b: count(b) },
        support: share(orders, baskets.length),
        confidence: share(orders, count(a)),
        lift: share(orders * baskets.length, count(a) * count(b)),
      };
    });
  return { orders: baskets.length, pairs };
}

/** By weekday (1 is Monday) and hour in London. */
export function timeFigures(invoices: readonly Invoice[]): Readonly<Record<string, number>> {
  const cells: Record<string, number> = {};
  for (const { kind, local } of invoices) {
    if (kind !== 'order') continue;
    const at = new Date(local);
    const cell = `${at.getUTCDay() === 0 ? 7 : at.getUTCDay()} ${at.getUTCHours()}`;
    cells[cell] = (cells[cell] ?? 0) + 1;
  }
  return cells;
}
