import type { EpochMs } from '../../model/time.ts';
import type { Scored } from '../candidates.ts';
import { decayOf } from '../person-view.ts';
import type { ScopeName, TrendingCounters } from '../trending-counters.ts';

export type TrendingPlace = 'store' | 'category' | 'overall';

export interface TrendingQuestion {
  readonly store?: string | undefined;
  readonly category?: string | undefined;
  readonly now: EpochMs;
  readonly limit: number;
}

const STORE_WEIGHT = 0.75;
const CATEGORY_WEIGHT = 0.5;
const OVERALL_WEIGHT = 0.25;

/**
 * What trends where the question comes from:
 *
 *   score(j) = sum over scopes of weight × 2^(-silence / half-life) × count(j) / best count of the scope
 *
 * over the best of each scope, where silence is how long nothing has happened there. Where a store and a category are asked
 * for, the best of the category that the store has counted, by what the store counts, are a scope of weight 1.
 */
export function rankTrending(counters: TrendingCounters, question: TrendingQuestion): readonly Scored[] {
  const { store, category, limit } = question;
  const sums = new Sums(counters, question);
  const inCategory = category === undefined ? [] : counters.best({ category }, limit);
  if (store !== undefined && inCategory.length > 0) {
    const here = inCategory
      .map(({ item }) => ({ item, score: counters.scoreOf({ store }, item) }))
      .filter(({ score }) => score > 0);
    sums.add({ store }, here, { weight: 1, place: 'store' });
  }
  if (store !== undefined)
    sums.add({ store }, counters.best({ store }, limit), { weight: STORE_WEIGHT, place: 'store' });
  if (category !== undefined)
    sums.add({ category }, inCategory, { weight: CATEGORY_WEIGHT, place: 'category' });
  sums.add({}, counters.best({}, limit), { weight: OVERALL_WEIGHT, place: 'overall' });
  return sums.list();
}

interface Sum {
  readonly item: string;
  score: number;
  most: number;
  because: TrendingPlace;
}

class Sums {
  readonly #counters: TrendingCounters;
  readonly #now: EpochMs;
  readonly #found = new Map<string, Sum>();

  constructor(counters: TrendingCounters, { now }: TrendingQuestion) {
    this.#counters = counters;
    this.#now = now;
  }

  add(
    name: ScopeName,
    list: readonly { readonly item: string; readonly score: number }[],
    { weight, place }: { readonly weight: number; readonly place: TrendingPlace },
  ): void {
    let best = 0;
    for (const { score } of list) best = Math.max(best, score);
    const silence = this.#now - (this.#counters.newest(name) ?? this.#now);
    const worth = (weight * decayOf(silence, this.#counters.options.halfLifeMs)) / best;
    for (const { item, score } of list) {
      const share = worth * score;
      const known = this.#found.get(item);
      if (known === undefined) this.#found.set(item, { item, score: share, most: share, because: place });
      else {
        known.score += share;
        if (share > known.most) {
          known.most = share;
          known.because = place;
        }
      }
    }
  }

  list(): readonly Scored[] {
    return [...this.#found.values()];
  }
}
