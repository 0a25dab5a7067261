import { limits } from '../../limits.ts';
import type { Event } from '../../model/event.ts';
import type { JsonObject } from '../../model/json.ts';
import { DAY_MS, type EpochMs } from '../../model/time.ts';
import type { Firing } from '../../model/trigger.ts';

/*
 * Did people order after a firing, and would they have anyway? Each firing is compared with people of the same UTC day who had
 * ordered as often before and for whom nothing fired: those who did something that the pattern asks for, or, where there were
 * none, whoever was active. That is no experiment: who completes a pattern differs from who nearly does, and a holdout tells
 * more (direct standardization over strata of day and earlier orders; Rothman, Greenland and Lash, Modern Epidemiology, 3rd ed., ch. 15).
 */
export interface FollowingOptions {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly days: number;
  /** Types of the events that the pattern asks for; empty where it goes by something else. */
  readonly types: ReadonlySet<string>;
}

/** One family: whoever is one with somebody at some time counts as one person. */
export interface Followed {
  readonly events: readonly Event[];
  readonly firings: readonly Firing[];
}

interface Group {
  people: number;
  ordered: number;
}

interface Stratum {
  readonly fired: Group;
  readonly near: Group;
  readonly active: Group;
}

export class FollowedOrders {
  readonly #options: FollowingOptions;
  readonly #strata = new Map<string, Stratum>();

  constructor(options: FollowingOptions) {
    this.#options = options;
  }

  add({ events, firings }: Followed): void {
    const { from, to, types } = this.#options;
    const orders = orderTimes(events);
    const fired = firstOfDays(firings.map(({ at }) => at));
    const within = events.filter(({ time }) => time >= from && time < to);
    const active = firstOfDays(within.map(({ time }) => time));
    const near = firstOfDays(within.filter(({ type }) => types.has(type)).map(({ time }) => time));
    for (const [day, at] of fired) this.#count('fired', { day, at, orders });
    for (const [day, at] of active) {
      if (fired.has(day)) continue;
      this.#count('active', { day, at, orders });
      const nearly = near.get(day);
      if (nearly !== undefined) this.#count('near', { day, at: nearly, orders });
    }
  }

  describe(): JsonObject {
    const fired = { people: 0, ordered: 0 };
    const compared = { firings: 0, ordered: 0, expected: 0 };
    let near = 0;
    for (const stratum of this.#strata.values()) {
      fired.people += stratum.fired.people;
      fired.ordered += stratum.fired.ordered;
      const baseline = stratum.near.people > 0 ? stratum.near : stratum.active;
      if (baseline.people === 0 || stratum.fired.people === 0) continue;
      if (baseline === stratum.near) near += stratum.fired.people;
      compared.firings += stratum.fired.people;
      compared.ordered += stratum.fired.ordered;
      compared.expected += (stratum.fired.people * baseline.ordered) / baseline.people;
    }
    const { firings } = compared;
    return {
      days: this.#options.days,
      /** People and days with a firing. */
      firings: fired.people,
      ordered: fired.ordered,
      order_rate: rate(fired.ordered, fired.people),
      baseline: {
        matched: firings,
        matched_with_nearly: near,
        order_rate_fired: rate(compared.ordered, firings),
        order_rate: rate(compared.expected, firings),
        difference: firings === 0 ? null : rounded((compared.ordered - compared.expected) / firings),
      },
    };
  }

  #count(
    group: keyof Stratum,
    { day, at, orders }: { readonly day: number; readonly at: EpochMs; readonly orders: readonly EpochMs[] },
  ): void {
    const before = orders.filter((time) => time < at).length;
    const name = `${day} ${Math.min(before, limits.backtestOrdersTold)}`;
    const stratum = this.#strata.get(name) ?? { fired: empty(), near: empty(), active: empty() };
    this.#strata.set(name, stratum);
    stratum[group].people += 1;
    const until = at + this.#options.days * DAY_MS;
    if (orders.some((time) => time > at && time <= until)) stratum[group].ordered += 1;
  }
}

function empty(): Group {
  return { people: 0, ordered: 0 };
}

function rate(part: number, whole: number): number | null {
  return whole === 0 ? null : rounded(part / whole);
}

/** Four digits behind the point are more than any of this is worth. */
function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

/** Each order once, however often it was reported. */
function orderTimes(events: readonly Event[]): readonly EpochMs[] {
  const times = new Map<string, EpochMs>();
  for (const { order, time } of events) {
    if (order?.ledger !== true || order.transition !== 'completed') continue;
    const name = `${order.namespace}\0${order.order_id}`;
    times.set(name, Math.min(time, times.get(name) ?? time));
  }
  return [...times.values()];
}

/** The first moment of each UTC day. */
function firstOfDays(times: readonly EpochMs[]): ReadonlyMap<number, EpochMs> {
  const first = new Map<number, EpochMs>();
  for (const time of times) {
    const day = Math.floor(time / DAY_MS);
    first.set(day, Math.min(time, first.get(day) ?? time));
  }
  return first;
}
