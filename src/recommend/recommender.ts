import { limits } from '../limits.ts';
import { hash53 } from '../model/hash.ts';
import type { Interaction, InteractionKind } from '../model/recommendation.ts';
import { Zones } from '../model/zone.ts';
import { type GatherContext, gatherCandidates, type Learned } from './gather-candidates.ts';
import { NearestSessions } from './nearest-sessions.ts';
import { type KnownItem, viewPerson } from './person-view.ts';
import { limitOf, type Picked, pickItems, strategiesOf } from './pick-items.ts';
import { SizeReader } from './read-sizes.ts';
import { RecentBaskets } from './recent-baskets.ts';
import { RecentSessions, type RecentSessionsOptions } from './recent-sessions.ts';
import type { RecommendationQuery, RecommendedList } from './recommendation-query.ts';
import {
  checkSameSettings,
  type RecommenderParts,
  readRecommender,
  recommenderParts,
} from './recommender-snapshot.ts';
import { SizeFit } from './size-fit.ts';
import { tasteOf } from './taste.ts';
import { TrendingCounters, type TrendingOptions } from './trending-counters.ts';

export interface RecommenderOptions {
  readonly sessions?: RecentSessionsOptions;
  readonly baskets?: RecentSessionsOptions;
  readonly trending?: Partial<TrendingOptions>;
  /** What each kind of interaction counts, beside a view. */
  readonly weights?: Partial<Readonly<Record<InteractionKind, number>>>;
  /** How many items each strategy is asked for at least. */
  readonly candidatesMin?: number;
}

const WEIGHTS: Readonly<Record<InteractionKind, number>> = {
  view: 1,
  cart: 2,
  try: 2,
  favorite: 2,
  inquire: 2,
  order: 4,
};

const DEEPER = 4;

/** No hash. */
const NOBODY = -1;

/**
 * What to offer whom: learns from interactions, one at a time in the order of their times, and answers queries by what it has
 * learned and what the catalog says. It has no clock and no input of its own, and the same interactions in the same order
 * give the same answers. Bounded by the capacity of its two indexes and by `limits.recommendCountersMax`.
 */
export class Recommender {
  readonly #weights: Readonly<Record<InteractionKind, number>>;
  readonly #sessions: RecentSessions;
  readonly #baskets: RecentSessions;
  readonly #learned: Learned;
  /** By the number that an item has among the sessions: which one it likely has among what trends. */
  readonly #hints: Uint32Array;
  readonly #candidatesMin: number;
  readonly #zones = new Zones();
  readonly #sizes = new SizeReader();

  /** `parts` come from a snapshot. */
  constructor(options: RecommenderOptions = {}, parts?: RecommenderParts) {
    this.#weights = { ...WEIGHTS, ...options.weights };
    this.#candidatesMin = options.candidatesMin ?? limits.recommendCandidatesMin;
    this.#sessions = indexOf(sessionOptions(options.sessions), parts?.sessions);
    this.#baskets = indexOf(basketOptions(options.baskets), parts?.baskets);
    this.#learned = {
      sessions: new NearestSessions(this.#sessions),
      baskets: new RecentBaskets(this.#baskets),
      trending: parts?.trending ?? new TrendingCounters(options.trending),
    };
    this.#hints = new Uint32Array(this.#sessions.capacity.items);
  }

  /** Goes on from what `parts` gave. Throws `data_format` where another version, or another setting, has written it. */
  static read(bytes: Uint8Array, options: RecommenderOptions = {}): Recommender {
    return new Recommender(options, readRecommender(bytes, new TrendingCounters(options.trending)));
  }

  /** How much is known. */
  get size(): Readonly<Record<'sessions' | 'orders' | 'items' | 'counters', number>> {
    return {
      sessions: this.#sessions.sessions,
      orders: this.#baskets.sessions,
      items: this.#sessions.items.size,
      counters: this.#learned.trending.counters,
    };
  }

  /** An order that was learned from already teaches nothing. Whoever is nobody (`''`) counts for what trends alone. */
  learn({ profile, time, kind, store, order, event, items }: Interaction): void {
    const weight = this.#weights[kind];
    if (kind === 'order' && !this.#learnOrder(order ?? event, items, time)) return;
    const { trending } = this.#learned;
    const amount = trending.worthOf(time, weight);
    const key = profile === '' ? NOBODY : hash53(profile);
    for (const { item, category } of items) {
      if (key === NOBODY) {
        if (amount > 0) trending.addItem(item, 0, { category, store, time, amount });
        continue;
      }
      const number = this.#sessions.addTo(key, { item, weight }, time);
      if (amount === 0) continue;
      const counted = { category, store, time, amount };
      this.#hints[number] = trending.addItem(
        this.#sessions.items.nameOf(number),
        this.#hints[number] as number,
        counted,
      );
    }
  }

  /** Nothing that whoever has this profile id did leads to anybody any more; what many did together stays counted. */
  forget(profile: string): void {
    this.#sessions.forget(profile);
  }

  /** A list for a placement: empty where nothing is known, never an error. */
  recommend(query: RecommendationQuery): RecommendedList {
    const context = this.#contextOf(query);
    const limit = limitOf(query.limit, query.placement.limit);
    let depth = Math.max(
      this.#candidatesMin,
      Math.min(limit * limits.recommendCandidatesPerItem, limits.recommendCandidates),
    );
    let candidates = gatherCandidates(this.#learned, context, depth);
    let picked: Picked = pickItems(candidates, context, limit);
    // What the rules have left out may have been all of the best: then there is more to look at, where any strategy had more to
    // give; those that always have more give half.
    while (
      picked.items.length < limit &&
      candidates.size >= depth / 2 &&
      depth < limits.recommendCandidatesMax
    ) {
      depth = Math.min(depth * DEEPER, limits.recommendCandidatesMax);
      candidates = gatherCandidates(this.#learned, context, depth);
      picked = pickItems(candidates, context, limit);
    }
    const { person, placement } = query;
    return {
      placement: placement.name,
      ...(person && { profile_id: person.profile }),
      items: picked.items,
      strategy: strategiesOf(picked.items),
      personalized: person !== undefined,
      candidates: candidates.size,
      filtered: picked.filtered,
    };
  }

  /** Everything that was learned, for `read`, part by part: nothing may be learned or forgotten between the first and the last. */
  parts(): Iterable<Uint8Array> {
    const { trending } = this.#learned;
    return recommenderParts({ sessions: this.#sessions, baskets: this.#baskets, trending });
  }

  #learnOrder(name: string, items: Interaction['items'], time: number): boolean {
    const key = hash53(name);
    if (this.#baskets.keys.find(key) >= 0) return false;
    const { sessionItems } = this.#baskets.capacity;
    for (const { item } of items.slice(0, sessionItems)) this.#baskets.addTo(key, { item, weight: 1 }, time);
    return true;
  }

  #contextOf(query: RecommendationQuery): GatherContext {
    const { catalog, placement, now, person } = query;
    const nameOf = (name: string): string => catalog.item(name)?.item ?? name;
    const store = query.store === undefined ? undefined : catalog.store(query.store);
    const asked = query.item === undefined ? undefined : nameOf(query.item);
    const cart = new Set((query.cart ?? []).slice(-limits.recommendCartMax).map(nameOf));
    const zoneName = (store === undefined ? undefined : catalog.storeOf(store)?.zone) ?? query.zone;
    const known: ReadonlyMap<string, KnownItem> =
      person === undefined
        ? new Map()
        : viewPerson(person, { catalog, now, remindClosedCarts: placement.remindClosedCarts });
    const recent = recentFirst(known.values());
    const needsTaste = placement.weights.affinity > 0 || placement.price.factor !== undefined;
    const taste =
      person === undefined || !needsTaste
        ? undefined
        : tasteOf(recent.slice(0, limits.recommendTasteItems), now);
    const asking = asked === undefined ? undefined : catalog.itemOf(asked);
    const price = asking ?? (taste === undefined ? undefined : definite(taste.price));
    return {
      query,
      store,
      asked,
      cart,
      excluded: new Set(placement.excludedItems.map(nameOf)),
      known,
      recent,
      taste,
      sizes: person === undefined ? undefined : new SizeFit(known.values(), person.sizes ?? [], this.#sizes),
      usualPrice: price,
      zone: zoneName === undefined ? undefined : this.#zones.find(zoneName),
    };
  }
}

/** The one of the snapshot, where it was made by the same settings; throws `data_format` where it was not. */
function indexOf(options: RecentSessionsOptions, read: RecentSessions | undefined): RecentSessions {
  if (read === undefined) return new RecentSessions(options);
  checkSameSettings(read, options);
  return read;
}

function definite({
  price,
  currency,
}: {
  readonly price?: number | undefined;
  readonly currency?: string | undefined;
}): {
  price?: number;
  currency?: string;
} {
  return { ...(price !== undefined && { price }), ...(currency !== undefined && { currency }) };
}

function recentFirst(known: Iterable<KnownItem>): readonly KnownItem[] {
  return [...known]
    .filter(({ interest, ownedAt }) => interest > 0 || ownedAt !== undefined)
    .sort((a, b) => b.lastAt - a.lastAt || (a.id < b.id ? -1 : 1));
}

/** What the asking person has had to do with is up to `interest`: their sessions tell what else there is. */
function sessionOptions({ parameters, capacity }: RecentSessionsOptions = {}): RecentSessionsOptions {
  return {
    parameters: { current: 0, seen: 0, ...parameters },
    capacity: { idleMs: limits.recommendSessionIdleMs, ...capacity },
  };
}

function basketOptions({ parameters, capacity }: RecentSessionsOptions = {}): RecentSessionsOptions {
  return {
    parameters: { sessionsPerItem: limits.recommendBasketsPerItem, ...parameters },
    capacity: {
      sessions: limits.recommendBasketsMax,
      sessionItems: limits.recommendBasketItemsMax,
      postings: limits.recommendBasketPostingsMax,
      idleMs: Number.MAX_SAFE_INTEGER,
      ...capacity,
    },
  };
}
