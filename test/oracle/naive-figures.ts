import type { JsonObject, JsonValue } from '../../src/model/json.ts';

/** The figures that retailers steer by, out of a list of what was told, by loops alone: the other account of src/analytics. */
const DAY = 86_400_000;

export interface ToldFact {
  readonly id: string;
  /** Whoever it is in the end, after everybody became one or two; empty for nobody. */
  readonly person: string;
  readonly type: string;
  readonly time: number;
  readonly channel: string;
  readonly source: string;
  readonly store: string;
  readonly properties: JsonObject;
  /** An order of a source that does not keep the books. */
  readonly copy: boolean;
}

interface Stretch {
  readonly from: number;
  readonly to: number;
}

interface Line {
  readonly item: string;
  readonly variant: string;
  readonly quantity: number;
  readonly names: ReadonlySet<string>;
}

export interface StandingOrder {
  readonly id: string;
  readonly person: string;
  readonly at: number;
  readonly store: string;
  readonly lines: readonly Line[];
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** In the order in which of several the earliest, or the last, counts. */
function inOrder(facts: readonly ToldFact[]): readonly ToldFact[] {
  return [...facts].sort((a, b) => a.time - b.time || compare(a.source, b.source) || compare(a.id, b.id));
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function objects(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly JsonObject[]) : [];
}

export function standingOrders(told: readonly ToldFact[], { from, to }: Stretch): readonly StandingOrder[] {
  const books = told.filter(({ copy, time }) => !copy && time < to);
  const gone = new Set(
    books.filter(({ type }) => type === 'order_cancelled').map(({ properties }) => properties.order_id),
  );
  const seen = new Map<JsonValue | undefined, StandingOrder>();
  for (const fact of inOrder(books.filter(({ type }) => type === 'order_completed'))) {
    const { properties, person, time: at, store } = fact;
    if (seen.has(properties.order_id)) continue;
    const lines = objects(properties.products)
      .filter(({ kind = 'goods' }) => kind === 'goods')
      .map(
        (line): Line => ({
          item: text(line.item_id),
          variant: text(line.variant_id),
          quantity: Number(line.quantity),
          names: namesOf(line),
        }),
      );
    seen.set(properties.order_id, {
      ...{ id: text(properties.order_id), person, at, lines },
      store: text(properties.sold_in) || store,
    });
  }
  return [...seen.values()].filter(({ id, at }) => !gone.has(id) && at >= from);
}

function namesOf({ item_id, variant_id, brand, category, color, size }: JsonObject): ReadonlySet<string> {
  const names = [item_id, variant_id, brand, category, color, size, ...text(category).split('/')];
  return new Set(names.map((name) => text(name).trim().toLowerCase()).filter((name) => name !== ''));
}

export interface NaiveStay {
  readonly person: string;
  readonly stage: number;
  readonly at: number;
  readonly next: number | undefined;
}

interface Stages extends Stretch {
  readonly aware: readonly string[];
  readonly interested: readonly string[];
  readonly recommends: readonly string[];
}

/** Each person's way: stages from 0 to 4, when each began and when the next did. */
export function naiveJourney(told: readonly ToldFact[], stages: Stages): readonly NaiveStay[] {
  const orders = standingOrders(told, { from: Number.NEGATIVE_INFINITY, to: stages.to });
  const stays: NaiveStay[] = [];
  for (const person of new Set(told.map((each) => each.person))) {
    if (person === '') continue;
    const own = told.filter((each) => each.person === person && each.time < stages.to);
    const bought = orders.filter((each) => each.person === person).map(({ at }) => at);
    bought.sort((a, b) => a - b);
    const first = (facts: readonly ToldFact[]): number | undefined => inOrder(facts)[0]?.time;
    const recommends = own.filter(
      (each) =>
        (stages.recommends.includes(each.type) || isGoodReview(each)) && each.time >= (bought[0] ?? Infinity),
    );
    const begun = [
      first(own.filter(({ type }) => stages.aware.includes(type))),
      first(own.filter(({ type }) => stages.interested.includes(type))),
      bought[0],
      bought[1],
      first(recommends),
    ];
    for (const [stage, at] of begun.entries()) {
      const later = begun.slice(stage + 1).filter((each) => each !== undefined);
      if (at === undefined || later.some((each) => each <= at)) continue;
      stays.push({ person, stage, at, next: later.length === 0 ? undefined : Math.min(...later) });
    }
  }
  return stays;
}

function isGoodReview({ type, properties }: ToldFact): boolean {
  const { rating, rating_max } = properties;
  return type === 'product_reviewed' && Number(rating) >= 0.8 * Number(rating_max ?? 5);
}

/** Answerers whose days are over, who of them bought, and the others, by whatever answers are put together by. */
export function naivePreferences(
  told: readonly ToldFact[],
  { days, asOf, by, ...stretch }: Stretch & { days: number; asOf: number; by: (fact: ToldFact) => string },
): Readonly<Record<string, { answerers: number; bought: number; waiting: number }>> {
  const orders = standingOrders(told, { from: stretch.from, to: stretch.to + days * DAY });
  const groups = new Map<string, Map<string, { ripe: boolean; bought: boolean }>>();
  for (const fact of told) {
    const { type, time, person } = fact;
    if (type !== 'survey_answered' || person === '' || time < stretch.from || time >= stretch.to) continue;
    const wanted = wantedIn(fact.properties);
    if (wanted.length === 0) continue;
    const people = groups.get(by(fact)) ?? new Map();
    groups.set(by(fact), people);
    const before = people.get(person) ?? { ripe: false, bought: false };
    const ripe = time + days * DAY <= asOf;
    const bought = orders.some(
      (order) =>
        order.person === person &&
        order.at > time &&
        order.at <= time + days * DAY &&
        order.lines.some(({ names }) => wanted.some((wish) => names.has(wish))),
    );
    people.set(person, { ripe: before.ripe || ripe, bought: before.bought || (ripe && bought) });
  }
  return Object.fromEntries(
    [...groups].map(([group, people]) => {
      const all = [...people.values()];
      const ripe = all.filter((each) => each.ripe);
      const bought = ripe.filter((each) => each.bought).length;
      return [group, { answerers: ripe.length, bought, waiting: all.length - ripe.length }];
    }),
  );
}

function wantedIn({ answer, answers }: JsonObject): readonly string[] {
  const given = [answer, ...objects(answers).map((each) => each.answer)].flat();
  return given
    .map((each) =>
      text(each as JsonValue)
        .trim()
        .toLowerCase(),
    )
    .filter((wish) => wish !== '');
}

export interface NaiveCase {
  readonly opened: number;
  readonly closed: number | undefined;
  readonly theme: string;
  readonly item: string;
  readonly complaint: boolean;
}

export function naiveCases(told: readonly ToldFact[], { from, to }: Stretch): readonly NaiveCase[] {
  const cases = new Map<string, ToldFact[]>();
  for (const fact of told.filter(({ type, time }) => type.startsWith('ticket_') && time < to)) {
    const name = text(fact.properties.ticket_id);
    cases.set(name, [...(cases.get(name) ?? []), fact]);
  }
  return [...cases]
    .map(([name, facts]): NaiveCase => {
      const own = inOrder(facts);
      const opening = own.find(({ type }) => type === 'ticket_opened') ?? own[0];
      const last = (property: string): string =>
        own.map(({ properties }) => text(properties[property])).findLast((each) => each !== '') ?? '';
      const theme = last('theme')
        .toLowerCase()
        .replace(/[\s-]+/g, '_');
      const ends = told.filter(
        ({ type, time, properties }) =>
          time < to &&
          ((type === 'ticket_closed' && properties.ticket_id === name) ||
            (type === 'issue_resolved' && (properties.ticket_ids as readonly string[]).includes(name))),
      );
      return {
        opened: opening?.time ?? 0,
        closed: ends.length === 0 ? undefined : Math.min(...ends.map(({ time }) => time)),
        theme,
        item: last('item_id'),
        complaint:
          ['privacy', 'unwanted_contact'].includes(theme) ||
          own.some(({ properties }) => properties.complaint === true),
      };
    })
    .filter(({ opened }) => opened >= from);
}

/** What became of each try of somebody known; `nobody` of the others. */
export function naiveTries(
  told: readonly ToldFact[],
  { days, from, to }: Stretch & { days: number },
): readonly { readonly key: string; readonly person: string; readonly fate: string }[] {
  const orders = standingOrders(told, { from, to: to + days * DAY });
  return told
    .filter(({ type, time }) => type === 'product_tried' && time >= from && time < to)
    .map(({ person, store, time, properties }) => {
      const { item_id, size, outcome } = properties;
      const variant = text(properties.variant_id);
      const key = `${store} ${text(item_id)} ${text(size)}`;
      if (person === '') return { key, person, fate: 'nobody' };
      const lines = orders
        .filter((order) => order.person === person && order.at >= time && order.at <= time + days * DAY)
        .flatMap((order) => order.lines)
        .filter(({ item }) => item === item_id);
      const exact = lines.some((line) => variant === '' || line.variant === '' || line.variant === variant);
      return {
        key,
        person,
        fate: outcome === 'bought' || exact ? 'bought' : lines.length > 0 ? 'other' : 'none',
      };
    });
}

/** Visitors by person and day of a zone of a store, and who of them tried and bought there on that day. */
export function naiveVisits(
  told: readonly ToldFact[],
  { from, to, dayOf }: Stretch & { dayOf: (at: number) => number },
): readonly {
  readonly key: string;
  readonly person: string;
  readonly tried: boolean;
  readonly bought: boolean;
}[] {
  const inside = told.filter(({ time }) => time >= from && time < to);
  const orders = standingOrders(told, { from, to });
  const visits = new Map<string, ReturnType<typeof naiveVisits>[number]>();
  for (const { type, person, store, properties, time } of inside) {
    if (type !== 'zone_dwelled' || person === '') continue;
    const day = dayOf(time);
    const key = `${store} ${text(properties.zone)}`;
    visits.set(`${key} ${person} ${day}`, {
      ...{ key, person },
      tried: inside.some(
        (each) =>
          each.type === 'product_tried' &&
          each.person === person &&
          each.store === store &&
          dayOf(each.time) === day,
      ),
      bought: orders.some((each) => each.person === person && each.store === store && dayOf(each.at) === day),
    });
  }
  return [...visits.values()];
}

/** What was asked for, by item and store; by variant too where `variants`. */
export function naiveDemand(
  told: readonly ToldFact[],
  { from, to, variants }: Stretch & { variants: boolean },
): Readonly<Record<string, Readonly<Record<string, number>>>> {
  const rows: Record<string, Record<string, number>> = {};
  const add = (
    item: string,
    variant: string,
    store: string,
    counts: Readonly<Record<string, number>>,
  ): void => {
    const key = variants ? `${item}|${variant}|${store}` : `${item}|${store}`;
    rows[key] ??= { views: 0, tries: 0, carts: 0, orders: 0, inquiries: 0, stock_outs: 0, units: 0 };
    for (const [name, n] of Object.entries(counts)) rows[key][name] = (rows[key][name] ?? 0) + n;
  };
  const names: Readonly<Record<string, string>> = {
    ...{ product_viewed: 'views', product_tried: 'tries', product_added: 'carts' },
  };
  for (const { type, time, store, properties } of told) {
    if (time < from || time >= to) continue;
    const [item, variant] = [text(properties.item_id), text(properties.variant_id)];
    const name = names[type];
    if (name !== undefined) add(item, variant, store, { [name]: 1 });
    if (type === 'stock_inquired')
      add(item, variant, store, { inquiries: 1, stock_outs: properties.available === false ? 1 : 0 });
  }
  for (const { lines, store } of standingOrders(told, { from, to })) {
    const keys = new Set<string>();
    for (const { item, variant, quantity } of lines) {
      const key = variants ? `${item}|${variant}` : item;
      add(item, variant, store, { units: quantity, orders: keys.has(key) ? 0 : 1 });
      keys.add(key);
    }
  }
  return rows;
}

/** Between two values by their distance. */
export function quantile(values: readonly number[], level: number): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * level;
  const below = sorted[Math.floor(at)] ?? 0;
  return below + ((sorted[Math.ceil(at)] ?? 0) - below) * (at - Math.floor(at));
}
