import { limits } from '../limits.ts';
import type { BlendedStrategy } from '../model/placement.ts';
import { DAY_MS } from '../model/time.ts';
import { Candidates, type Scored } from './candidates.ts';
import { BLENDED_STRATEGIES } from './compile-placements.ts';
import type { NearestSessions } from './nearest-sessions.ts';
import { decayOf, INTEREST_WEIGHTS, type KnownItem } from './person-view.ts';
import { type BasketSource, isBefore, type RecentBaskets } from './recent-baskets.ts';
import type { Interaction } from './recent-sessions.ts';
import { rankAffinity } from './strategies/affinity.ts';
import { rankSimilar, type SimilarSource } from './strategies/similar-items.ts';
import { rankTrending } from './strategies/trending.ts';
import type { Taste } from './taste.ts';
import type { TrendingCounters } from './trending-counters.ts';
import type { ReasonContext } from './write-reasons.ts';

/** What has been learned from everybody. */
export interface Learned {
  readonly sessions: NearestSessions;
  readonly baskets: RecentBaskets;
  readonly trending: TrendingCounters;
}

export interface GatherContext extends ReasonContext {
  readonly taste: Taste | undefined;
  /** What somebody has had to do with, by the last time that they did, newest first. */
  readonly recent: readonly KnownItem[];
}

/** What a placement's strategies have to offer, each at most `depth` items; catalog and counters, which always have more, half. */
export function gatherCandidates(learned: Learned, context: GatherContext, depth: number): Candidates {
  const { placement } = context.query;
  const candidates = new Candidates();
  for (const strategy of BLENDED_STRATEGIES) {
    const weight = placement.weights[strategy];
    if (weight > 0) candidates.add(strategy, weight, STRATEGIES[strategy](learned, context, depth));
  }
  return candidates;
}

type Rank = (learned: Learned, context: GatherContext, depth: number) => readonly Scored[];

const STRATEGIES: Readonly<Record<BlendedStrategy, Rank>> = {
  interest: (_, { recent }, depth) =>
    recent
      .filter(({ interest }) => interest > 0)
      .map(({ id, item, interest }) => ({ item: id, score: interest, goods: item }))
      .sort((a, b) => (isBefore(a, b) ? -1 : 1))
      .slice(0, depth),
  session: ({ sessions }, context, depth) =>
    sessions.rank({
      items: sessionOf(context),
      now: context.query.now,
      limit: depth,
      ...(context.query.person && { except: context.query.person.profile }),
    }),
  bought_together: ({ baskets }, context, depth) =>
    baskets.rank(basketSources(context), context.query.now, depth),
  similar: (_, context, depth) => rankSimilar(similarSources(context), context.query.catalog, depth / 2),
  affinity: (_, { taste, query }, depth) =>
    taste === undefined ? [] : rankAffinity(taste, query.catalog, depth / 2),
  trending: ({ trending }, { asked, query, store }, depth) => {
    const category = asked === undefined ? undefined : query.catalog.itemOf(asked)?.category;
    return rankTrending(trending, { store, category, now: query.now, limit: depth / 2 });
  },
};

const SESSION_ITEMS_MAX = 8;

/** Oldest first: what the person had to do with lately, what is in the cart, what is looked at. */
function sessionOf({ recent, cart, asked }: GatherContext): readonly Interaction[] {
  const items: Interaction[] = [];
  for (const { id, deed } of recent.slice(0, SESSION_ITEMS_MAX))
    items.push({ item: id, weight: deed === undefined ? 1 : INTEREST_WEIGHTS[deed] });
  items.reverse();
  for (const item of cart) items.push({ item, weight: INTEREST_WEIGHTS.carted });
  if (asked !== undefined) items.push({ item: asked, weight: 1 });
  return items;
}

const OWNED_HALF_LIFE_MS = 30 * DAY_MS;
const OWNED_WEIGHT = 0.6;

/** What is looked at, what is in the cart, then what was bought, the newest first. */
function basketSources({ asked, cart, recent, query }: GatherContext): readonly BasketSource[] {
  const sources: BasketSource[] = asked === undefined ? [] : [{ item: asked, weight: 1 }];
  for (const item of cart) sources.push({ item, weight: 1 });
  for (const { id, ownedAt } of recent) {
    if (ownedAt === undefined || id === asked || cart.has(id)) continue;
    sources.push({ item: id, weight: OWNED_WEIGHT * decayOf(query.now - ownedAt, OWNED_HALF_LIFE_MS) });
  }
  return sources.slice(0, limits.recommendSourcesMax);
}

/** What is looked at, the newest of the cart, or else what somebody is interested in most. */
function similarSources({ asked, cart, recent, query }: GatherContext): readonly SimilarSource[] {
  const best = recent.reduce<KnownItem | undefined>(
    (most, each) => (each.interest > (most?.interest ?? 0) ? each : most),
    undefined,
  );
  const wanted: readonly (readonly [string | undefined, number])[] = [
    [asked, 1],
    [[...cart].at(-1), 0.75],
    [best?.id, 0.5],
  ];
  return wanted
    .flatMap(([id, weight]) => {
      const item = id === undefined ? undefined : query.catalog.itemOf(id);
      return item === undefined ? [] : [{ item, weight }];
    })
    .slice(0, 2);
}
