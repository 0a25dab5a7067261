/** Figures of a shop out of a list of what was told, by loops alone: the other account of src/analytics. */
const DAY = 86_400_000;

export interface Told {
  readonly id: string;
  /** Whoever it is in the end, after all merges. */
  readonly person: string;
  readonly type: string;
  readonly time: number;
  readonly channel: string;
  readonly source: string;
  readonly order?: {
    readonly id: string;
    readonly transition: 'completed' | 'refunded' | 'cancelled';
    readonly refundId: string;
    readonly spend: number;
    readonly ledger: boolean;
    readonly items: readonly string[];
  };
}

export interface NaiveOrder {
  readonly person: string;
  readonly at: number;
  readonly channel: string;
  readonly net: number;
  readonly items: readonly string[];
}

/** The report that counts of several of one fact: the earliest, then by source and id. */
function firstOf(reports: readonly Told[]): Told | undefined {
  return [...reports].sort(
    (a, b) => a.time - b.time || compare(a.source, b.source) || compare(a.id, b.id),
  )[0];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Orders that stand, as of a moment. */
export function naiveOrders(told: readonly Told[], to: number): readonly NaiveOrder[] {
  const facts = told.filter(({ order, time }) => order?.ledger === true && time < to);
  const ids = new Set(facts.map(({ order }) => order?.id ?? ''));
  const orders: NaiveOrder[] = [];
  for (const id of ids) {
    const own = facts.filter(({ order }) => order?.id === id);
    const placed = firstOf(own.filter(({ order }) => order?.transition === 'completed'));
    if (placed?.order === undefined || own.some(({ order }) => order?.transition === 'cancelled')) continue;
    const backs = new Set(
      own.filter(({ order }) => order?.transition === 'refunded').map(({ order }) => order?.refundId ?? ''),
    );
    let net = placed.order.spend;
    for (const back of backs)
      net +=
        firstOf(own.filter(({ order }) => order?.transition === 'refunded' && order.refundId === back))?.order
          ?.spend ?? 0;
    const { person, time: at, channel } = placed;
    orders.push({ person, at, channel, net, items: [...new Set(placed.order.items)] });
  }
  return orders;
}

export interface NaiveStep {
  readonly type: string;
  readonly takes: (channel: string) => boolean;
}

/**
 * Tries every beginning: how many steps somebody came at best. Each event is one step; of the same moment that one comes first which
 * can be the earliest step, then that which can be fewer.
 */
export function naiveFunnel(
  told: readonly Told[],
  steps: readonly NaiveStep[],
  { from, to, windowMs }: { readonly from: number; readonly to: number; readonly windowMs: number },
): readonly number[] {
  const counts = steps.map(() => 0);
  const placesOf = (each: Told): readonly number[] =>
    steps.flatMap((step, i) =>
      step.type === each.type &&
      step.takes(each.channel) &&
      (each.type !== 'order_completed' || each.order?.ledger === true)
        ? [i]
        : [],
    );
  const rankOf = (places: readonly number[]): number => places.reduce((sum, place) => sum + 2 ** place, 0);
  for (const person of new Set(told.map((each) => each.person))) {
    const own = told
      .filter((each) => each.person === person && each.time >= from && each.time < to)
      .map((each) => ({ time: each.time, places: placesOf(each) }))
      .filter(({ places }) => places.length > 0)
      .sort(
        (a, b) =>
          a.time - b.time || (a.places[0] ?? 0) - (b.places[0] ?? 0) || rankOf(a.places) - rankOf(b.places),
      );
    let best = 0;
    own.forEach((first, begin) => {
      if (!first.places.includes(0)) return;
      let step = 1;
      // The earliest next one leaves the most for those after it.
      for (const { time, places } of own.slice(begin + 1))
        if (time <= first.time + windowMs && places.includes(step)) step += 1;
      best = Math.max(best, step);
    });
    for (let i = 0; i < best; i += 1) counts[i] = (counts[i] ?? 0) + 1;
  }
  return counts;
}

/** Months since year 0 by the clock of UTC. */
export function monthOf(at: number): number {
  const date = new Date(at);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

/** By cohort (month of the first time): how many did it again in each later month. */
export function naiveRetention(
  deeds: readonly { readonly person: string; readonly at: number }[],
  { from, to }: { readonly from: number; readonly to: number },
): Readonly<Record<string, readonly number[]>> {
  const people = new Map<string, Set<number>>();
  for (const { person, at } of deeds) {
    if (at >= to) continue;
    people.set(person, (people.get(person) ?? new Set()).add(monthOf(at)));
  }
  const cohorts: Record<string, number[]> = {};
  for (const months of people.values()) {
    const first = Math.min(...months);
    if (first < monthOf(from)) continue;
    const name = new Date(Date.UTC(Math.floor(first / 12), first % 12, 1)).toISOString().slice(0, 10);
    cohorts[name] ??= Array.from({ length: monthOf(to - 1) - first + 1 }, () => 0);
    for (const month of months) cohorts[name][month - first] = (cohorts[name][month - first] ?? 0) + 1;
  }
  return cohorts;
}

/** Research → purchase: orders of each pair of channels, and those without any research. */
export function naiveChannels(
  told: readonly Told[],
  { from, to, days, interest }: { from: number; to: number; days: number; interest: ReadonlySet<string> },
): Readonly<Record<string, number>> {
  const ways: Record<string, number> = {};
  const seconds = (at: number): number => Math.floor(at / 1_000);
  for (const { person, at, channel } of naiveOrders(told, to)) {
    if (at < from) continue;
    const seen = new Set(
      told
        .filter(
          (each) =>
            each.person === person &&
            interest.has(each.type) &&
            seconds(each.time) <= seconds(at) &&
            seconds(each.time) + (days * DAY) / 1_000 >= seconds(at) &&
            each.time >= from - days * DAY,
        )
        .map((each) => each.channel),
    );
    for (const research of seen.size === 0 ? ['none'] : seen)
      ways[`${research}>${channel}`] = (ways[`${research}>${channel}`] ?? 0) + 1;
  }
  return ways;
}

/** Orders with both, by pair in the order of the alphabet, and orders with each. */
export function naiveBasket(orders: readonly NaiveOrder[]): {
  readonly both: Readonly<Record<string, number>>;
  readonly each: Readonly<Record<string, number>>;
} {
  const both: Record<string, number> = {};
  const each: Record<string, number> = {};
  for (const { items } of orders) {
    const sorted = [...items].sort(compare);
    sorted.forEach((a, i) => {
      each[a] = (each[a] ?? 0) + 1;
      for (const b of sorted.slice(i + 1)) both[`${a}+${b}`] = (both[`${a}+${b}`] ?? 0) + 1;
    });
  }
  return { both, each };
}
