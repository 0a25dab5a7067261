import type { CatalogItem, StockLevel } from '../../src/model/catalog.ts';
import type { ItemFacts } from '../../src/model/item-facts.ts';
import type { BlendedStrategy, PlacementDefinition } from '../../src/model/placement.ts';
import type { Interaction, RecommendationPerson } from '../../src/model/recommendation.ts';
import type { SessionOracle } from './session-oracle.ts';

/*
 * Recommendations as docs/recommendations.md tells them, with lists and loops over everything there is: every interaction, every
 * item of the catalog. It imports nothing of what it checks but types. Sums have the same order as there, so that equal
 * scores are equal on both sides.
 */

const DAY = 86_400_000;

export interface OracleQuestion {
  readonly placement: PlacementDefinition;
  readonly now: number;
  readonly items: readonly CatalogItem[];
  readonly stock: readonly StockLevel[];
  readonly history: readonly Interaction[];
  /** Has learned the history. */
  readonly sessions: SessionOracle;
  readonly store?: string | undefined;
  readonly item?: string | undefined;
  readonly cart?: readonly string[] | undefined;
  readonly person?: RecommendationPerson | undefined;
  readonly limit?: number | undefined;
}

interface Line {
  readonly item: string;
  readonly score: number;
}

export interface OracleItem extends Line {
  readonly variant: string | undefined;
  readonly strategy: string;
}

export interface OracleAnswer {
  readonly items: readonly OracleItem[];
  readonly filtered: Readonly<Record<string, number>>;
}

const half = (age: number, halfLife: number): number => (age <= 0 ? 1 : 2 ** (-age / halfLife));
const byScore = (a: Line, b: Line): number => b.score - a.score || (a.item < b.item ? -1 : 1);

export function recommendByOracle(question: OracleQuestion): OracleAnswer {
  const { placement, person, now } = question;
  const lists: Record<BlendedStrategy, readonly Line[]> = {
    interest: interests(question),
    bought_together: companions(question.history, basketSources(question), now),
    session: question.sessions
      .rank({ items: sessionItems(question), now, limit: 32, ...(person && { except: person.profile }) })
      .map(({ item, score }) => ({ item, score })),
    similar: similar(question.items, similarSources(question)),
    affinity: affinity(question),
    trending: trending(question),
  };
  const scores = new Map<string, { score: number; shares: [string, number][] }>();
  for (const [strategy, list] of Object.entries(lists)) {
    // Its keys are the strategies.
    const weight = placement.blend[strategy as BlendedStrategy] ?? 0;
    const best = Math.max(0, ...list.map(({ score }) => score));
    for (const { item, score } of list) {
      if (weight === 0 || best === 0 || score <= 0) continue;
      const known = scores.get(item) ?? { score: 0, shares: [] };
      const share = (weight * score) / best;
      scores.set(item, { score: known.score + share, shares: [...known.shares, [strategy, share]] });
    }
  }
  return pick(question, scores);
}

function pick(
  question: OracleQuestion,
  scores: ReadonlyMap<string, { readonly score: number; readonly shares: readonly [string, number][] }>,
): OracleAnswer {
  const { placement, items, now, person, store } = question;
  const limit = Math.min(question.limit ?? placement.limit ?? 10, 100);
  const filtered: Record<string, number> = {};
  const count = (rule: string): void => {
    filtered[rule] = (filtered[rule] ?? 0) + 1;
  };
  const offered: OracleItem[] = [];
  const chosen: (CatalogItem | undefined)[] = [];
  const seen = new Set<string>();
  for (const pin of placement.pins ?? []) {
    if (
      offered.length >= limit ||
      (pin.stores && !(store && pin.stores.includes(store))) ||
      seen.has(pin.item)
    )
      continue;
    seen.add(pin.item);
    const verdict = judge(pin.item, question);
    if ('rule' in verdict) count(verdict.rule);
    else {
      const score = Math.round((scores.get(pin.item)?.score ?? 0) * 1e6) / 1e6;
      offered.push({ item: pin.item, variant: verdict.variant, score, strategy: 'pinned' });
      chosen.push(items.find(({ item_id }) => item_id === pin.item));
    }
  }
  const ranked = [...scores].map(([item, { score }]) => {
    const goods = items.find(({ item_id }) => item_id === item);
    const boosts = (goods?.boosts ?? []).filter(
      ({ from = now, until = Infinity }) => from <= now && now < until,
    );
    const boost = boosts.reduce((product, { factor }) => product * factor, 1);
    const shownAt = person?.shown.get(item);
    const factor = placement.shown?.factor ?? 0.5;
    const shown = shownAt === undefined ? 1 : 1 - (1 - factor) * half(now - shownAt, DAY);
    return { item, goods, score: score * boost * shown };
  });
  for (const { item, goods, score } of ranked.sort(byScore)) {
    if (score <= 0 || seen.has(item)) continue;
    const verdict = judge(item, question);
    if ('rule' in verdict) {
      count(verdict.rule);
      continue;
    }
    if (offered.length >= limit) continue;
    const like = (field: 'category' | 'brand'): number =>
      goods?.[field] === undefined ? 0 : chosen.filter((each) => each?.[field] === goods[field]).length;
    if (goods?.category !== undefined && like('category') >= (placement.per_category ?? Infinity))
      count('category_limit');
    else if (goods?.brand !== undefined && like('brand') >= (placement.per_brand ?? Infinity))
      count('brand_limit');
    else {
      const shares = scores.get(item)?.shares ?? [];
      const most = Math.max(...shares.map(([, share]) => share));
      const strategy = shares.find(([, share]) => share === most)?.[0] ?? '';
      offered.push({ item, variant: verdict.variant, score: Math.round(score * 1e6) / 1e6, strategy });
      chosen.push(goods);
    }
  }
  return { items: offered, filtered };
}

type Verdict = { readonly rule: string } | { readonly variant: string | undefined };

function within(time: number | undefined, text: string | undefined, usual: number, now: number): boolean {
  if (time === undefined || text === 'never') return false;
  return now - time < (text === undefined ? usual : Number(text.slice(0, -1))) * DAY;
}

function judge(id: string, question: OracleQuestion): Verdict {
  const { placement, items, now, person } = question;
  const found = items.find(({ item_id }) => item_id === id);
  if (id === question.item) return { rule: 'asked' };
  if (question.cart?.includes(id)) return { rule: 'in_cart' };
  if (found === undefined && items.length > 0) return { rule: 'not_in_catalog' };
  const goods = found ?? { item_id: id };
  if (isExcluded(goods, question)) return { rule: 'excluded' };
  if (!placement.before_launch && (goods.launch_at ?? 0) > now) return { rule: 'not_launched' };
  const mine = person?.items.find(({ item }) => item === id);
  if (mine && !goods.consumable && within(owned(mine), placement.bought_within, 180, now))
    return { rule: 'bought' };
  if (within(mine?.deeds.returned?.time, placement.returned_within, 365, now)) return { rule: 'returned' };
  const { min = 0, max = Infinity, currency, factor } = placement.price ?? {};
  const price = major(goods);
  const usual = usualPrice(question);
  const isMeant = currency === undefined || goods.currency === currency;
  if (price !== undefined && isMeant && (price < min || price > max)) return { rule: 'price' };
  if (price !== undefined && usual !== undefined && factor !== undefined && goods.currency === usual.currency)
    if (price > usual.amount * factor || price * factor < usual.amount) return { rule: 'price' };
  return variantOf(goods, question);
}

function isExcluded(goods: CatalogItem, { placement, items }: OracleQuestion): boolean {
  const { items: names = [], categories = [], brands = [], where } = placement.exclude ?? {};
  const means = (name: string): string =>
    items.some(({ item_id }) => item_id === name)
      ? name
      : (items.find(({ variants = [] }) => variants.some(({ variant_id }) => variant_id === name))?.item_id ??
        name);
  if (names.map(means).includes(goods.item_id)) return true;
  if (categories.some((path) => `${goods.category}/`.startsWith(`${path}/`))) return true;
  if (goods.brand !== undefined && brands.includes(goods.brand)) return true;
  // The two conditions of the generated worlds.
  if (where === undefined) return false;
  if ('price' in (where as object)) return (major(goods) ?? 0) > 150;
  return goods.brand === 'Lotus' || goods.category === undefined;
}

const DIGITS: Readonly<Record<string, number>> = { CNY: 2, JPY: 0 };

function major({ price, currency = '' }: Pick<CatalogItem, 'price' | 'currency'>): number | undefined {
  return price === undefined ? undefined : price / 10 ** (DIGITS[currency] ?? 0);
}

/** Of what is asked about, or of what the person likes; it says something of prices in its own currency only. */
function usualPrice(
  question: OracleQuestion,
): { readonly amount: number; readonly currency: string | undefined } | undefined {
  const asked = question.items.find(({ item_id }) => item_id === question.item);
  const like = asked ?? taste(question).price;
  const amount = major(like);
  return amount === undefined ? undefined : { amount, currency: like.currency };
}

function variantOf(goods: CatalogItem, question: OracleQuestion): Verdict {
  const { placement, stock, store, person } = question;
  const { where = 'deliverable', strict = false } = placement.stock ?? {};
  const ids = goods.variants?.map(({ variant_id }) => variant_id) ?? [goods.item_id];
  const levels = stock.filter(({ variant_id }) => ids.includes(variant_id));
  const has = ({ quantity, reserved, safety }: StockLevel): boolean => quantity - reserved - safety > 0;
  const available = ids.filter((id) => {
    if (where === 'any') return true;
    const own = levels.filter(({ variant_id }) => variant_id === id);
    const here = own.filter((level) => level.store === store);
    if (here.some(has)) return true;
    if (store !== undefined && !strict && !levels.some((level) => level.store === store)) return true;
    if (store !== undefined && where === 'store') return false;
    return levels.length === 0 ? !strict : own.some(has);
  });
  if (available.length === 0) return { rule: 'out_of_stock' };
  if (goods.variants === undefined) return { variant: undefined };
  const fits = (id: string): boolean | undefined =>
    placement.fit_size === false ? undefined : fitsSize(goods, sizeText(goods, id), question);
  const fitting = available.filter((id) => fits(id) !== false);
  if (fitting.length === 0) return { rule: 'size' };
  const mine = person?.items.find(({ item }) => item === goods.item_id);
  const looked = mine && best(mine, question).variant;
  if (looked !== undefined && fitting.includes(looked)) return { variant: looked };
  return { variant: fitting.find((id) => fits(id) === true) ?? fitting[0] };
}

function sizeText(goods: CatalogItem, variant: string): string {
  return goods.variants?.find(({ variant_id }) => variant_id === variant)?.size ?? '';
}

/** The generated worlds have letters, EU numbers, and what has one size. */
function systemOf(size: string | undefined): string | undefined {
  if (size === undefined || size === '' || size === 'one') return undefined;
  return /^\d+$/.test(size) ? 'number' : 'letters';
}

/** Group and wearer of the generated categories. */
const GROUPS: Readonly<Record<string, string>> = {
  'women/tops': 'tops of women',
  'women/tops/tees': 'tops of women',
  'women/shoes': 'shoes of women',
  'men/tops': 'tops of men',
  home: 'home',
  'a/b/c/d/e/f/g': 'a',
};

function fitsSize(goods: CatalogItem, size: string, { person, items }: OracleQuestion): boolean | undefined {
  const system = systemOf(size);
  if (system === undefined) return undefined;
  const stated = (person?.sizes ?? []).filter((each) => systemOf(each) === system);
  if (stated.length > 0) return stated.includes(size);
  const kept = (person?.items ?? []).flatMap((facts): string[] => {
    const own = items.find(({ item_id }) => item_id === facts.item);
    const { ordered } = facts.deeds;
    if (owned(facts) === undefined) return [];
    const worn =
      own?.variants?.find(({ variant_id }) => variant_id === ordered?.variant)?.size ?? ordered?.size;
    const isAlike = GROUPS[own?.category ?? facts.category ?? ''] === GROUPS[goods.category ?? ''];
    return worn !== undefined && systemOf(worn) === system && isAlike ? [worn] : [];
  });
  if (kept.length < 2) return undefined;
  const often = (of: string): number => kept.filter((each) => each === of).length;
  return often(size) > 0 && often(size) >= Math.max(...kept.map(often)) / 2;
}

function owned({ deeds: { ordered, returned } }: ItemFacts): number | undefined {
  return ordered === undefined || (returned && returned.time >= ordered.time) ? undefined : ordered.time;
}

const WORTH = [
  ['carted', 3],
  ['tried', 2],
  ['favorited', 2],
  ['inquired', 2],
  ['viewed', 1],
  ['clicked', 0.5],
] as const;

interface Interest {
  readonly sum: number;
  readonly weight: number;
  readonly variant: string | undefined;
}

function best({ deeds }: ItemFacts, { now, placement, person }: OracleQuestion): Interest {
  const closings = (person?.items ?? []).flatMap(({ deeds: { carted, ordered } }) =>
    carted && ordered && carted.time <= ordered.time ? [ordered.time] : [],
  );
  const closed = placement.remind_closed_carts ? -Infinity : Math.max(-Infinity, ...closings);
  let sum = 0;
  let most = 0;
  let found: Interest = { sum: 0, weight: 0, variant: undefined };
  for (const [deed, weight] of WORTH) {
    const moment = deeds[deed];
    if (!moment || moment.time <= (deeds.ordered?.time ?? -Infinity)) continue;
    if (deed === 'carted' && moment.time <= Math.max(closed, deeds.uncarted?.time ?? -Infinity)) continue;
    const worth = weight * half(now - moment.time, 7 * DAY);
    sum += worth;
    if (worth > most) found = { sum: 0, weight, variant: moment.variant };
    most = Math.max(most, worth);
  }
  return { ...found, sum };
}

function lastAt({ deeds }: ItemFacts): number {
  return Math.max(0, deeds.ordered?.time ?? 0, ...WORTH.map(([deed]) => deeds[deed]?.time ?? 0));
}

/** What somebody wants or has, newest first. */
function recent(question: OracleQuestion): readonly ItemFacts[] {
  return (question.person?.items ?? [])
    .filter((facts) => best(facts, question).sum > 0 || owned(facts) !== undefined)
    .sort((a, b) => lastAt(b) - lastAt(a) || (a.item < b.item ? -1 : 1));
}

function interests(question: OracleQuestion): readonly Line[] {
  return (question.person?.items ?? []).map((facts) => ({
    item: facts.item,
    score: best(facts, question).sum,
  }));
}

function sessionItems(
  question: OracleQuestion,
): readonly { readonly item: string; readonly weight: number }[] {
  const { cart = [], item } = question;
  return [
    ...recent(question)
      .slice(0, 8)
      .map((facts) => ({ item: facts.item, weight: best(facts, question).weight || 1 }))
      .reverse(),
    ...cart.map((each) => ({ item: each, weight: 3 })),
    ...(item === undefined ? [] : [{ item, weight: 1 }]),
  ];
}

export interface Source {
  readonly item: string;
  readonly weight: number;
}

function basketSources(question: OracleQuestion): readonly Source[] {
  const { cart = [], item, now } = question;
  const bought = recent(question).flatMap((facts): Source[] => {
    const at = owned(facts);
    if (at === undefined || facts.item === item || cart.includes(facts.item)) return [];
    return [{ item: facts.item, weight: 0.6 * half(now - at, 30 * DAY) }];
  });
  const own = cart.map((each) => ({ item: each, weight: 1 }));
  return [...(item === undefined ? [] : [{ item, weight: 1 }]), ...own, ...bought].slice(0, 5);
}

/** What was bought together with the sources, by all orders there are. */
export function companions(
  history: readonly Interaction[],
  sources: readonly Source[],
  now: number,
): readonly Line[] {
  const orders = new Map<string, Interaction>();
  for (const each of history) {
    const key = each.order ?? each.event;
    if (each.kind === 'order' && !orders.has(key)) orders.set(key, each);
  }
  const all = [...orders.values()].map(({ time, items }) => ({ time, names: items.map(({ item }) => item) }));
  const names = new Set(all.flatMap((order) => order.names));
  return [...names].map((item) => {
    let votes = 0;
    for (const { item: source, weight } of sources) {
      const shared = all.filter(
        (order) => order.names.includes(source) && order.names.includes(item) && item !== source,
      );
      votes += weight * shared.reduce((sum, { time }) => sum + half(Math.floor((now - time) / DAY), 90), 0);
    }
    return { item, score: votes / Math.sqrt(all.filter((order) => order.names.includes(item)).length) };
  });
}

export interface GoodsSource {
  readonly item: CatalogItem;
  readonly weight: number;
}

function similarSources(question: OracleQuestion): readonly GoodsSource[] {
  const { cart = [], item, items } = question;
  const wanted = recent(question)
    .map((facts) => ({ item: facts.item, sum: best(facts, question).sum }))
    .filter(({ sum }) => sum > 0);
  const most = wanted.find(({ sum }) => sum === Math.max(...wanted.map((each) => each.sum)));
  const all: readonly (readonly [string | undefined, number])[] = [
    [item, 1],
    [cart.at(-1), 0.75],
    [most?.item, 0.5],
  ];
  return all
    .flatMap(([id, weight]) =>
      items.filter(({ item_id }) => item_id === id).map((goods) => ({ item: goods, weight })),
    )
    .slice(0, 2);
}

const closeness = (
  a: Pick<CatalogItem, 'price' | 'currency'>,
  b: Pick<CatalogItem, 'price' | 'currency'>,
): number =>
  a.price === undefined || b.price === undefined || a.currency !== b.currency
    ? 0
    : Math.min(a.price, b.price) / Math.max(a.price, b.price);

/** What is like the sources, of everything there is. */
export function similar(items: readonly CatalogItem[], sources: readonly GoodsSource[]): readonly Line[] {
  return items.flatMap((other) => {
    const scores = sources.flatMap(({ item, weight }): number[] => {
      const path = item.category?.split('/').slice(0, 5) ?? [];
      const theirs = other.category?.split('/') ?? [];
      const differs = path.findIndex((step, n) => step !== theirs[n]);
      const steps = differs < 0 ? path.length : differs;
      const isOneBrand = item.brand !== undefined && item.brand === other.brand;
      const isOneLook = (item.looks ?? []).some((look) => other.looks?.includes(look));
      if (item.item_id === other.item_id || (steps === 0 && !isOneBrand && !isOneLook)) return [];
      const sum = 3 * steps + (isOneBrand ? 1.5 : 0) + closeness(item, other) + (isOneLook ? 3 : 0);
      return [weight * (sum / (3 * path.length + 1.5 + 1))];
    });
    return scores.length === 0 ? [] : [{ item: other.item_id, score: Math.max(...scores) }];
  });
}

export interface OracleTaste {
  readonly categories: readonly (readonly [string, number])[];
  readonly brands: readonly (readonly [string, number])[];
  readonly price: { readonly price?: number; readonly currency?: string };
}

function taste(question: OracleQuestion): OracleTaste {
  const known = recent(question)
    .slice(0, 24)
    .map((facts) => {
      const goods = question.items.find(({ item_id }) => item_id === facts.item);
      const worth = owned(facts) === undefined ? best(facts, question).weight : 3;
      const weight = worth * half(question.now - lastAt(facts), 60 * DAY);
      const isBack = owned(facts) === undefined && facts.deeds.returned !== undefined;
      return { goods, facts, weight: isBack ? 0 : weight };
    })
    .filter(({ weight }) => weight > 0);
  const most = (field: 'category' | 'brand', limit: number): readonly (readonly [string, number])[] => {
    const sums = new Map<string, number>();
    for (const { goods, facts, weight } of known) {
      const name = goods === undefined ? facts[field] : goods[field];
      const path = name
        ?.split('/')
        .slice(0, field === 'category' ? 5 : undefined)
        .join('/');
      if (path !== undefined) sums.set(path, (sums.get(path) ?? 0) + weight);
    }
    const sorted = [...sums].sort(([a, first], [b, second]) => second - first || (a < b ? -1 : 1));
    return sorted.slice(0, limit).map(([name, sum]) => [name, sum / (sorted[0]?.[1] ?? 1)]);
  };
  const prices = new Map<string, [weight: number, logs: number]>();
  for (const { goods, weight } of known) {
    if (goods?.price === undefined || goods.currency === undefined) continue;
    const [sum, logs] = prices.get(goods.currency) ?? [0, 0];
    prices.set(goods.currency, [sum + weight, logs + weight * Math.log(goods.price)]);
  }
  const [usual] = [...prices].sort(([a, [first]], [b, [second]]) => second - first || (a < b ? -1 : 1));
  return {
    categories: most('category', 3),
    brands: most('brand', 2),
    price: usual === undefined ? {} : { currency: usual[0], price: Math.exp(usual[1][1] / usual[1][0]) },
  };
}

function affinity(question: OracleQuestion): readonly Line[] {
  return question.person === undefined ? [] : affinityOf(question.items, taste(question));
}

/** What goes with a taste, of everything there is. */
export function affinityOf(
  items: readonly CatalogItem[],
  { categories, brands, price }: OracleTaste,
): readonly Line[] {
  return items.flatMap((item) => {
    const inside = categories.filter(([path]) => `${item.category}/`.startsWith(`${path}/`));
    const category = Math.max(0, ...inside.map(([, share]) => share));
    const brand = brands.find(([name]) => name === item.brand)?.[1] ?? 0;
    if (category === 0 && brand === 0) return [];
    return [{ item: item.item_id, score: category + brand + 0.5 * closeness(item, price) }];
  });
}

const WEIGHTS = { view: 1, cart: 2, try: 2, favorite: 2, inquire: 2, order: 4 } as const;
const TRENDING_HALF_LIFE = 3 * DAY;

function trending({ history, now, store, item, items }: OracleQuestion): readonly Line[] {
  const category = items.find(({ item_id }) => item_id === item)?.category;
  return trendingOf(history, { now, store, category });
}

interface Count {
  readonly item: string;
  readonly category: string | undefined;
  readonly store: string | undefined;
  readonly time: number;
  readonly score: number;
}

/** What trends, by all interactions there are. */
export function trendingOf(
  history: readonly Interaction[],
  {
    now,
    store,
    category,
  }: { readonly now: number; readonly store?: string | undefined; readonly category?: string | undefined },
): readonly Line[] {
  const orders = new Set<string>();
  const counts = history.flatMap((each): Count[] => {
    const key = each.order ?? each.event;
    if (each.kind === 'order' && orders.has(key)) return [];
    if (each.kind === 'order') orders.add(key);
    const score = WEIGHTS[each.kind] * 2 ** ((each.time - now) / TRENDING_HALF_LIFE);
    return each.items.map((line) => ({
      item: line.item,
      category: line.category,
      store: each.store,
      time: each.time,
      score,
    }));
  });
  const sums = new Map<string, number>();
  const add = (counted: readonly Count[], weight: number, newest: number): void => {
    const scope = new Map<string, number>();
    for (const { item, score } of counted) scope.set(item, (scope.get(item) ?? 0) + score);
    const most = Math.max(0, ...scope.values());
    const worth = (weight * half(now - newest, TRENDING_HALF_LIFE)) / most;
    for (const [item, score] of scope) sums.set(item, (sums.get(item) ?? 0) + worth * score);
  };
  const newestOf = (counted: readonly Count[]): number =>
    Math.max(-Infinity, ...counted.map(({ time }) => time));
  const here = counts.filter((each) => store !== undefined && each.store === store);
  const alike = counts.filter((each) => category !== undefined && each.category === category);
  const names = new Set(alike.map(({ item }) => item));
  add(
    here.filter(({ item }) => names.has(item)),
    1,
    newestOf(here),
  );
  add(here, 0.75, newestOf(here));
  add(alike, 0.5, newestOf(alike));
  add(counts, 0.25, newestOf(counts));
  return [...sums].map(([item, score]) => ({ item, score }));
}
