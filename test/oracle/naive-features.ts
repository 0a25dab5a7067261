import type { NumberedDefinition } from '../../src/model/definitions.ts';
import type { Event } from '../../src/model/event.ts';
import type { FeatureDefinition, FeatureValue } from '../../src/model/feature.ts';
import type { JsonValue } from '../../src/model/json.ts';

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
}

type Answer = Omit<FeatureValue, 'as_of' | 'partial'>;

const UNIT: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function milliseconds(window: string): number {
  return Number(window.slice(0, -1)) * (UNIT[window.slice(-1)] ?? Number.NaN);
}

function counts(window: string, time: number, now: number): boolean {
  if (window === 'lifetime') return true;
  const length = milliseconds(window);
  const slice = Math.ceil(length / 60);
  return Math.floor(time / slice) * slice + slice > now - length;
}

function follow(values: readonly unknown[], steps: readonly string[]): unknown[] {
  let found = [...values];
  for (const step of steps) {
    const name = step.replace('[]', '');
    found = found.map((value) => Object.getOwnPropertyDescriptor(Object(value), name)?.value);
    if (step.endsWith('[]')) found = found.flatMap((value) => (Array.isArray(value) ? value : []));
  }
  return found.filter((value) => value !== undefined);
}

function isPlain(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

function valuesOf(definition: FeatureDefinition, event: Event): (string | number | boolean)[] {
  if (definition.aggregate === 'cart') return [];
  if (definition.of === undefined) return [1];
  return follow([event], definition.of.split('.'))
    .flatMap((value) => (Array.isArray(value) ? value : [value]))
    .filter(isPlain)
    .map((value) => (typeof value === 'string' ? value.slice(0, 256) : value));
}

const TESTS: Record<string, (value: unknown, operand: unknown) => boolean> = {
  equals: (value, operand) => value === operand,
  in: (value, operand) => (operand as unknown[]).includes(value),
  starts_with: (value, operand) => typeof value === 'string' && value.startsWith(String(operand)),
  exists: (value, operand) => (value !== undefined && value !== null) === operand,
  gt: (value, operand) => typeof value === 'number' && value > Number(operand),
  gte: (value, operand) => typeof value === 'number' && value >= Number(operand),
  lt: (value, operand) => typeof value === 'number' && value < Number(operand),
};

function holds(condition: unknown, event: Event): boolean {
  return Object.entries(condition as Record<string, unknown>).every(([key, operand]) => {
    if (key === 'all') return (operand as unknown[]).every((part) => holds(part, event));
    if (key === 'any') return (operand as unknown[]).some((part) => holds(part, event));
    if (key === 'not') return !holds(operand, event);
    const found = follow([event], key.split('.'));
    const candidates = found.length === 0 ? [undefined] : found;
    const tests = Object.entries(operand as Record<string, unknown>);
    return candidates.some((value) => tests.every(([name, wanted]) => TESTS[name]?.(value, wanted) === true));
  });
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

/** The events that a feature counts, oldest first. */
function itemsOf(numbered: NumberedDefinition, { kept, orders }: Past, now: number): Item[] {
  const { definition, createdAt, origin } = numbered;
  const plain = kept
    .filter(({ event }) => definition.aggregate === 'cart' || event.order === undefined)
    .map(({ event, appendedAt }) => ({ event, since: appendedAt }));
  return [...plain, ...(definition.aggregate === 'cart' ? [] : orders)]
    .filter(({ event, since }) => definition.on.includes(event.type) && (origin || since >= createdAt))
    .map(({ event }) => event)
    .filter((event) => definition.where === undefined || holds(definition.where, event))
    .filter((event) => counts(definition.window, event.time, now))
    .map((event) => ({ ...event, event, currency: event.currency, values: valuesOf(definition, event) }))
    .sort(byWhen);
}

function decimalText(minor: bigint, currency: string): string {
  if (currency === 'JPY') return minor.toString();
  const digits = (minor < 0n ? -minor : minor).toString().padStart(3, '0');
  return `${minor < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

function minorOf(value: number): bigint {
  return BigInt(value < 0 ? -Math.round(-value) : Math.round(value));
}

function fixedOf(value: number): bigint {
  return minorOf(value * 10_000);
}

/** `fold` of the amounts of each currency; only the reporting one is the value. */
function money(items: readonly Item[], currency: string, fold: (amounts: bigint[]) => bigint | null): Answer {
  const amounts = new Map<string, bigint[]>();
  for (const item of items) {
    for (const value of item.values) {
      if (typeof value !== 'number' || item.currency === undefined) continue;
      amounts.set(item.currency, [...(amounts.get(item.currency) ?? []), minorOf(value)]);
    }
  }
  const text = (code: string): string | null => {
    const folded = fold(amounts.get(code) ?? []);
    return folded === null ? null : decimalText(folded, code);
  };
  const others = [...amounts.keys()].filter((code) => code !== currency).sort();
  const unconverted = Object.fromEntries(others.map((code) => [code, text(code) ?? '']));
  return { value: text(currency), currency, ...(others.length === 0 ? {} : { unconverted }) };
}

function total(amounts: readonly bigint[]): bigint {
  return amounts.reduce((sum, amount) => sum + amount, 0n);
}

function mean(amounts: readonly bigint[]): bigint | null {
  if (amounts.length === 0) return null;
  const sum = total(amounts);
  const n = BigInt(amounts.length);
  const doubled = 2n * (sum < 0n ? -sum : sum) + n;
  return (sum < 0n ? -1n : 1n) * (doubled / (2n * n));
}

function extreme(amounts: readonly bigint[], larger: boolean): bigint | null {
  return amounts.reduce<bigint | null>(
    (best, amount) => (best === null || (larger ? amount > best : amount < best) ? amount : best),
    null,
  );
}

function top(values: readonly unknown[], limit: number): JsonValue {
  const counted = new Map<string, number>();
  for (const value of values)
    if (value !== '') counted.set(String(value), (counted.get(String(value)) ?? 0) + 1);
  return [...counted]
    .sort(([a, m], [b, n]) => n - m || compareText(a, b))
    .slice(0, limit)
    .map(([key, count]) => ({ key, count }));
}

interface Line {
  cart: unknown;
  item: unknown;
  variant: unknown;
  quantity: number;
}

function linesOf(event: Event): readonly Record<string, unknown>[] {
  const { products } = event.properties;
  return (Array.isArray(products) ? products : [event.properties]) as Record<string, unknown>[];
}

/** By item where both name one, else by variant. */
function sameProduct(line: Line, other: { item: unknown; variant: unknown }): boolean {
  if (line.item !== undefined && other.item !== undefined) return line.item === other.item;
  return line.variant !== undefined && line.variant === other.variant;
}

function cart(items: readonly Item[]): JsonValue {
  let lines: Line[] = [];
  for (const { event } of items) {
    const { cart_id, products } = event.properties;
    if (event.type === 'cart_viewed' && !Array.isArray(products)) continue;
    if (event.type === 'cart_viewed') lines = lines.filter((line) => line.cart !== cart_id);
    if (event.type === 'product_added' || event.type === 'cart_viewed') {
      for (const { item_id: item, variant_id: variant, quantity } of linesOf(event)) {
        const same = lines.find(
          (line) => line.cart === cart_id && line.item === item && line.variant === variant,
        );
        const added = typeof quantity === 'number' ? quantity : 1;
        if (same === undefined) lines.push({ cart: cart_id, item, variant, quantity: added });
        else same.quantity += added;
      }
    } else if (event.type === 'product_removed') {
      for (const { item_id: item, variant_id: variant, quantity } of linesOf(event)) {
        let left = typeof quantity === 'number' ? quantity : Number.POSITIVE_INFINITY;
        for (const line of lines) {
          const meant =
            sameProduct(line, { item, variant }) && (variant === undefined || line.variant === variant);
          if (!meant || (cart_id !== undefined && line.cart !== cart_id)) continue;
          const taken = Math.min(left, line.quantity);
          line.quantity -= taken;
          left -= taken;
        }
      }
    } else {
      const bought = Array.isArray(products) ? linesOf(event) : [];
      const closes = (line: Line): boolean =>
        (cart_id !== undefined && line.cart === cart_id) ||
        bought.some(({ item_id: item, variant_id: variant }) => sameProduct(line, { item, variant }));
      lines = lines.filter((line) => !closes(line));
    }
    lines = lines.filter((line) => line.quantity > 0);
  }
  return lines.map(({ cart: cart_id, item, variant, quantity }) =>
    JSON.parse(JSON.stringify({ item_id: item, variant_id: variant, quantity, cart_id })),
  );
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

function answer(
  definition: FeatureDefinition,
  items: readonly Item[],
  at: { now: number; currency: string },
): Answer {
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
    const { definition, createdAt, origin } = numbered;
    const covered = definition.window !== 'lifetime' && at.now - createdAt >= milliseconds(definition.window);
    const items = itemsOf(numbered, past, at.now);
    values[definition.name] = {
      ...answer(definition, items, at),
      as_of: at.now,
      partial: !origin && !covered,
    };
  }
  return values;
}
