import type { NumberedDefinition } from '../../src/model/definitions.ts';
import type { Event } from '../../src/model/event.ts';
import type { FeatureDefinition, FeatureValue } from '../../src/model/feature.ts';
import type { JsonValue } from '../../src/model/json.ts';
import {
  naiveDecayed,
  naiveHalfLives,
  naiveHistogram,
  naiveInteger,
  naiveQuantile,
  naiveRate,
  naiveVariance,
} from './naive-aggregates.ts';
import { cart } from './naive-cart.ts';
import { type Answer, decimalText, extreme, mean, money, rounded, total } from './naive-money.ts';
import { naivePurchases } from './naive-purchases.ts';
import { holds, pairsOf, valuesOf } from './naive-values.ts';
import {
  inNaiveCalendar,
  inNaiveSession,
  isNaiveCalendar,
  naiveCalendarStart,
  naiveIdle,
} from './naive-windows.ts';

/**
 * What features mean, said as plainly as possible: keep every event, compute everything anew at every reading.
 * It shares no code with the engine (types only), so that a mistake would have to be made twice to stay hidden.
 *
 * The window rule, restated: cut time since the epoch into slices of window ÷ 60 (rounded up to a millisecond).
 * An event counts as long as the slice it falls into ends after the moment `now − window`.
 */
export interface Kept {
  readonly facet: string;
  readonly event: Event;
  /** When its record was appended to the log. */
  readonly appendedAt: number;
}

interface Item {
  readonly time: number;
  readonly source: string;
  readonly id: string;
  readonly currency: string | undefined;
  readonly event: Event;
  readonly values: readonly (string | number | boolean)[];
  /** With `by`: the key of each value. */
  readonly keys: readonly string[];
}

const UNIT: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function milliseconds(window: string): number {
  return Number(window.slice(0, -1)) * (UNIT[window.slice(-1)] ?? Number.NaN);
}

function counts(definition: FeatureDefinition, time: number, now: number): boolean {
  const { window, aggregate } = definition;
  if (window === 'lifetime' || window === 'session' || aggregate === 'purchases') return true;
  if (isNaiveCalendar(window)) return inNaiveCalendar(definition, time, now);
  const length = milliseconds(window);
  const slice = Math.ceil(length / 60);
  return Math.floor(time / slice) * slice + slice > now - length;
}

function readItem(definition: FeatureDefinition, event: Event): Item {
  const pairs = definition.by === undefined ? [] : pairsOf(definition, event);
  const values = definition.by === undefined ? valuesOf(definition, event) : pairs.map(([, value]) => value);
  const { time, source, id, currency } = event;
  return { time, source, id, currency, event, values, keys: pairs.map(([key]) => key) };
}

const byWhen = (a: Item, b: Item): number =>
  a.time - b.time || compareText(a.source, b.source) || compareText(a.id, b.id);

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** One event per order fact: the earliest report; neither order nor refund for one that was cancelled. */
function countingOrders(kept: readonly Kept[]): { event: Event; since: number }[] {
  const reports = kept.filter(({ event }) => event.order?.ledger === true);
  const identity = ({ event: { order } }: Kept): string =>
    JSON.stringify([
      order?.namespace,
      order?.order_id,
      order?.transition,
      order?.transition === 'refunded' && order.refund_id,
    ]);
  const facts = new Map<string, Kept[]>();
  for (const report of reports) facts.set(identity(report), [...(facts.get(identity(report)) ?? []), report]);
  const cancelled = new Set(
    reports
      .filter(({ event }) => event.order?.transition === 'cancelled')
      .map(({ event }) => JSON.stringify([event.order?.namespace, event.order?.order_id])),
  );
  return [...facts.values()].flatMap((same) => {
    const [winner] = same
      .map(({ event }) => event)
      .sort((a, b) => a.time - b.time || compareText(a.source, b.source) || compareText(a.id, b.id));
    if (winner?.order === undefined) return [];
    const { namespace, order_id, transition } = winner.order;
    if (transition !== 'cancelled' && cancelled.has(JSON.stringify([namespace, order_id]))) return [];
    return [{ event: winner, since: Math.min(...same.map((report) => report.appendedAt)) }];
  });
}

interface Past {
  readonly kept: readonly Kept[];
  readonly orders: readonly { event: Event; since: number }[];
}

/** A feature's session is made of the events that say something to it. */
function saysSomething({ aggregate }: FeatureDefinition, { event, values }: Item): boolean {
  if (aggregate !== 'cart') return values.length > 0;
  const { products, cart_id } = event.properties;
  if (event.type === 'cart_viewed') return Array.isArray(products);
  if (event.type === 'product_added' || event.type === 'product_removed') return true;
  return cart_id !== undefined || (Array.isArray(products) && products.length > 0);
}

function inWindow(definition: FeatureDefinition, items: Item[], now: number): Item[] {
  if (definition.window !== 'session') return items;
  const saying = items.filter((item) => saysSomething(definition, item));
  return inNaiveSession(definition, saying, now);
}

/** Whether everything that the window holds was seen since the definition was created. */
function isCovered({ definition, createdAt }: NumberedDefinition, items: Item[], now: number): boolean {
  const { window } = definition;
  if (window === 'lifetime') return false;
  if (isNaiveCalendar(window)) return createdAt <= naiveCalendarStart(definition, now);
  // An event before the first one that was seen might have belonged to its session.
  if (window === 'session') return createdAt <= (items[0]?.time ?? now) - naiveIdle(definition);
  return now - createdAt >= milliseconds(window);
}

/** The events that a feature counts, oldest first. */
function itemsOf(numbered: NumberedDefinition, { kept, orders }: Past, now: number): Item[] {
  const { definition, createdAt, origin } = numbered;
  const plain = kept
    .filter(({ event }) => definition.aggregate === 'cart' || event.order === undefined)
    .map(({ event, appendedAt }) => ({ event, since: appendedAt }));
  const items = [...plain, ...(definition.aggregate === 'cart' ? [] : orders)]
    .filter(({ event, since }) => definition.on.includes(event.type) && (origin || since >= createdAt))
    .map(({ event }) => event)
    .filter((event) => counts(definition, event.time, now))
    .filter((event) => definition.where === undefined || holds(definition.where, event))
    .map((event) => readItem(definition, event))
    .sort(byWhen);
  return inWindow(definition, items, now);
}

function fixedOf(value: number): bigint {
  return naiveInteger(value * 10_000);
}

/** How long the window of a rate is. */
function lengthOf(definition: FeatureDefinition, items: readonly Item[], now: number): number {
  const { window, unit = 'day' } = definition;
  const least = UNIT[unit.charAt(0)] ?? Number.NaN;
  if (isNaiveCalendar(window)) {
    const from = naiveCalendarStart(definition, now);
    const previous = definition.previous ?? 0;
    const to = previous === 0 ? now : naiveCalendarStart({ ...definition, previous: previous - 1 }, now);
    return Math.max(least, to - from);
  }
  if (window === 'lifetime' || window === 'session') return Math.max(least, now - (items[0]?.time ?? now));
  return milliseconds(window);
}

/** One answer per key, of those that have one. */
function byKey(definition: FeatureDefinition, items: readonly Item[], at: At): Answer {
  const { by: _by, order = definition.aggregate === 'last' ? 'recency' : 'value', ...plain } = definition;
  const numeric = !['count', 'last'].includes(definition.aggregate);
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    for (const key of new Set(item.keys)) {
      const values = item.values.filter(
        (value, index) => item.keys[index] === key && isWanted(value, numeric),
      );
      if (values.length === 0) continue;
      groups.set(key, [...(groups.get(key) ?? []), { ...item, values }]);
    }
  }
  const found = [...groups]
    .map(([key, group]) => ({ key, used: group.at(-1)?.time ?? 0, ...answer(plain, group, at) }))
    .filter(({ value, unconverted }) => {
      const empty = ['count', 'sum'].includes(definition.aggregate) && Number(value) === 0;
      return unconverted !== undefined || (value !== null && !empty);
    })
    .sort(
      (a, b) =>
        (order === 'value' ? sizeOf(b.value) - sizeOf(a.value) : 0) ||
        b.used - a.used ||
        compareText(a.key, b.key),
    )
    .slice(0, definition.limit ?? 10);
  const value = Object.fromEntries(found.map((each) => [each.key, each.value]));
  if (!definition.money || found.length === 0) return { value };
  const others = found.flatMap(({ key, unconverted = {} }) =>
    Object.entries(unconverted).map(([code, text]) => [`${code} ${key}`, text]),
  );
  const unconverted = others.length === 0 ? {} : { unconverted: Object.fromEntries(others) };
  return { value, currency: at.currency, ...unconverted };
}

/** What has no size comes last. */
function sizeOf(value: JsonValue): number {
  return value === null || Number.isNaN(Number(value)) ? -Number.MAX_VALUE : Number(value);
}

function isWanted(value: unknown, numeric: boolean): boolean {
  return !numeric || typeof value === 'number';
}

function top(values: readonly unknown[], limit: number): JsonValue {
  const counted = new Map<string, number>();
  for (const value of values) counted.set(String(value), (counted.get(String(value)) ?? 0) + 1);
  return [...counted]
    .sort(([a, m], [b, n]) => n - m || compareText(a, b))
    .slice(0, limit)
    .map(([key, count]) => ({ key, count }));
}

function list(items: readonly Item[], definition: FeatureDefinition): JsonValue {
  const newestFirst = items.toReversed().flatMap((item) => item.values);
  const chosen = definition.distinct
    ? newestFirst.filter(
        (value, index) => newestFirst.findIndex((other) => String(other) === String(value)) === index,
      )
    : newestFirst;
  return chosen.slice(0, definition.limit ?? 10);
}

function since(items: readonly Item[], definition: FeatureDefinition, now: number): number | null {
  const newest = items.at(-1);
  const unit = UNIT[(definition.unit ?? 'days').charAt(0)] ?? Number.NaN;
  return newest === undefined ? null : Math.max(0, Math.floor((now - newest.time) / unit));
}

interface At {
  readonly now: number;
  readonly currency: string;
}

function quantiles({ q = 0.5 }: FeatureDefinition, numbers: readonly number[]): JsonValue {
  if (typeof q === 'number') return naiveQuantile(numbers, q);
  return Object.fromEntries(q.map((each) => [String(each), naiveQuantile(numbers, each)]));
}

function root(variance: number | null): number | null {
  return variance === null ? null : Math.sqrt(variance);
}

/** What is left of amounts, each currency for itself. */
function decayedMoney(definition: FeatureDefinition, items: readonly Item[], at: At): Answer {
  const { half_life: halfLife = '' } = definition;
  const currencies = [...new Set([at.currency, ...items.map(({ currency = '' }) => currency)])];
  const left = new Map(
    currencies.map((code) => {
      const own = items.filter(({ currency }) => currency === code);
      return [code, naiveInteger(naiveDecayed(own, halfLife, at.now) / 10_000)];
    }),
  );
  const remembered = items.filter(({ time }) => naiveHalfLives(time, halfLife, at.now) <= 32);
  const { unconverted } = money(remembered, at.currency, total);
  const value = decimalText(left.get(at.currency) ?? 0n, at.currency);
  if (unconverted === undefined) return { value, currency: at.currency };
  const codes = Object.keys(unconverted);
  const others = codes.map((code) => [code, decimalText(left.get(code) ?? 0n, code)]);
  return { value, currency: at.currency, unconverted: Object.fromEntries(others) };
}

function answer(definition: FeatureDefinition, items: readonly Item[], at: At): Answer {
  if (definition.by !== undefined) return byKey(definition, items, at);
  const said = items.filter((item) => item.values.length > 0);
  const values = said.flatMap((item) => item.values);
  const numbers = values.filter((value) => typeof value === 'number');
  switch (definition.aggregate) {
    case 'count':
      return { value: values.length };
    case 'sum':
      if (definition.money) return money(items, at.currency, total);
      return { value: Number(total(numbers.map(fixedOf))) / 10_000 };
    case 'average':
      if (definition.money) return money(items, at.currency, mean);
      return {
        value: numbers.length === 0 ? null : Number(total(numbers.map(fixedOf))) / (numbers.length * 10_000),
      };
    case 'minimum':
      if (definition.money) return money(items, at.currency, (amounts) => extreme(amounts, false));
      return { value: numbers.length === 0 ? null : Math.min(...numbers) };
    case 'maximum':
      if (definition.money) return money(items, at.currency, (amounts) => extreme(amounts, true));
      return { value: numbers.length === 0 ? null : Math.max(...numbers) };
    case 'first':
      return { value: said[0]?.values[0] ?? null };
    case 'last':
      return { value: said.at(-1)?.values.at(-1) ?? null };
    case 'distinct':
      return { value: new Set(values.map(String)).size };
    case 'top_k':
      return { value: top(values, definition.limit ?? 10) };
    case 'list_last_n':
      return { value: list(said, definition) };
    case 'time_since':
      return { value: since(items, definition, at.now) };
    case 'cart':
      return { value: cart(items) };
    case 'purchases':
      return {
        value: naivePurchases(
          definition,
          items.map(({ event }) => event),
          at,
        ),
      };
    case 'variance': {
      const variance = naiveVariance(numbers.map(fixedOf));
      return { value: variance === null ? null : variance / 100_000_000 };
    }
    case 'standard_deviation': {
      if (definition.money)
        return money(items, at.currency, (amounts) => rounded(root(naiveVariance(amounts))));
      const deviation = root(naiveVariance(numbers.map(fixedOf)));
      return { value: deviation === null ? null : deviation / 10_000 };
    }
    case 'decayed_sum':
      if (definition.money) return decayedMoney(definition, items, at);
      return { value: naiveDecayed(items, definition.half_life ?? '', at.now) / 10_000 };
    case 'rate':
      return { value: naiveRate(items, definition.unit ?? 'day', lengthOf(definition, said, at.now)) };
    case 'quantile':
      if (definition.money)
        return money(items, at.currency, (amounts) =>
          rounded(naiveQuantile(amounts.map(Number), Number(definition.q ?? 0.5))),
        );
      return { value: quantiles(definition, numbers) };
    case 'histogram': {
      const moments = items.map(({ time, event }) => ({ time, timezone: event.context?.timezone }));
      return { value: naiveHistogram(moments, definition) };
    }
    case 'derived':
      // Not from events: test/features/derived has an oracle of its own.
      return { value: null };
  }
}

/** Every feature of the person to whom the kept events belong, at `now`. */
export function naiveFeatures(
  definitions: readonly NumberedDefinition[],
  kept: readonly Kept[],
  at: { readonly now: number; readonly currency: string },
): Record<string, FeatureValue> {
  const values: Record<string, FeatureValue> = {};
  const past: Past = { kept, orders: countingOrders(kept) };
  for (const numbered of definitions) {
    const { definition, origin } = numbered;
    const items = itemsOf(numbered, past, at.now);
    values[definition.name] = {
      ...answer(definition, items, at),
      as_of: at.now,
      partial: !origin && !isCovered(numbered, items, at.now),
    };
  }
  return values;
}
