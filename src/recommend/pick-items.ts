import { limits } from '../limits.ts';
import type { CatalogBoost } from '../model/catalog.ts';
import type { BlendedStrategy } from '../model/placement.ts';
import type { RecommendedItem, Strategy } from '../model/recommendation.ts';
import type { EpochMs } from '../model/time.ts';
import type { Candidate, Candidates } from './candidates.ts';
import type { CompiledPin } from './compile-placements.ts';
import { decayOf, findItem } from './person-view.ts';
import { isBefore } from './recent-baskets.ts';
import { checkItem, Diversity, type RuleCode } from './rules.ts';
import type { Choice } from './stock-choice.ts';
import { pinnedReason, type ReasonContext, type Reasoned, writeReasons } from './write-reasons.ts';

export interface Picked {
  readonly items: readonly RecommendedItem[];
  readonly filtered: Readonly<Partial<Record<RuleCode, number>>>;
}

const SCORE_DECIMALS = 1e6;

/** What is pinned, then the best of the candidates that every rule lets pass, by score and id. */
export function pickItems(candidates: Candidates, context: ReasonContext, limit: number): Picked {
  const list = new List(context, limit);
  for (const pin of context.query.placement.pins) list.pin(pin, candidates);
  const queue = new Queue(rank(candidates, context));
  for (let next = queue.take(); next !== undefined; next = queue.take()) {
    if (list.isFull && context.query.explain !== true) break;
    list.offer(next);
  }
  return { items: list.items, filtered: list.filtered };
}

interface Ranked {
  readonly item: string;
  readonly score: number;
  readonly candidate: Candidate;
}

/** Boosts of the catalog multiply, and what was shown lately counts less. */
function rank(candidates: Candidates, { query }: ReasonContext): Ranked[] {
  const { placement, now, person, catalog } = query;
  const { factor, halfLifeMs } = placement.shown;
  const ranked: Ranked[] = [];
  for (const candidate of candidates.all()) {
    const { name } = candidate;
    const shownAt = person?.shown.get(name);
    const shown = shownAt === undefined ? 1 : 1 - (1 - factor) * decayOf(now - shownAt, halfLifeMs);
    const boosts = catalog.boostsOf(name);
    const boost = boosts === undefined ? 1 : boostAt(boosts, now);
    const score = candidate.score * boost * shown;
    if (score > 0) ranked.push({ item: name, score, candidate });
  }
  return ranked;
}

function boostAt(boosts: readonly CatalogBoost[], now: EpochMs): number {
  let boost = 1;
  for (const { factor, from = now, until } of boosts)
    if (from <= now && (until === undefined || now < until)) boost *= factor;
  return boost;
}

class List {
  readonly items: RecommendedItem[] = [];
  readonly filtered: Partial<Record<RuleCode, number>> = {};
  readonly #context: ReasonContext;
  readonly #limit: number;
  readonly #diversity: Diversity;
  readonly #seen = new Set<string>();

  constructor(context: ReasonContext, limit: number) {
    this.#context = context;
    this.#limit = limit;
    this.#diversity = new Diversity(context.query.placement);
  }

  get isFull(): boolean {
    return this.items.length >= this.#limit;
  }

  /** What is pinned is held against all rules but the limits per category and brand. */
  pin({ item: name, from, until, stores }: CompiledPin, candidates: Candidates): void {
    const { query, store } = this.#context;
    const { catalog, now, locale } = query;
    if (now < from || now >= until || this.isFull) return;
    if (stores !== undefined && !stores.some((each) => catalog.store(each) === store)) return;
    const { id, item } = findItem(name, catalog);
    const candidate = candidates.find(id);
    const offered: Reasoned = { id, item, parts: candidate?.parts ?? [] };
    const choice = this.#checked(offered);
    if (choice === undefined) return;
    this.#diversity.add(item ?? {});
    const reasons = [pinnedReason(locale), ...writeReasons(offered, choice, this.#context)];
    const score = candidate?.score ?? 0;
    this.items.push(shown(offered, choice, { score, strategy: 'pinned', reasons }));
  }

  offer({ score, candidate }: Ranked): void {
    const { name, goods, parts } = candidate;
    const { id, item } =
      goods === undefined ? findItem(name, this.#context.query.catalog) : { id: name, item: goods };
    const offered: Reasoned = { id, item, parts };
    const choice = this.#checked(offered);
    if (choice === undefined || this.isFull) return;
    const excess = this.#diversity.take(item ?? NOTHING_KNOWN);
    if (excess !== undefined) {
      this.#count(excess);
      return;
    }
    const reasons = writeReasons(offered, choice, this.#context);
    this.items.push(shown(offered, choice, { score, strategy: strategyOf(candidate), reasons }));
  }

  /** Each item once: one that is known under two names is offered by the better one. */
  #checked({ id, item }: Pick<Reasoned, 'id' | 'item'>): Choice | undefined {
    if (this.#seen.has(id)) return undefined;
    this.#seen.add(id);
    const verdict = checkItem(id, item, this.#context);
    if (typeof verdict !== 'string') return verdict;
    this.#count(verdict);
    return undefined;
  }

  #count(rule: RuleCode): void {
    this.filtered[rule] = (this.filtered[rule] ?? 0) + 1;
  }
}

const NOTHING_KNOWN = Object.freeze({});

function shown(
  { id, item }: Reasoned,
  { variant }: Choice,
  { score, strategy, reasons }: Pick<RecommendedItem, 'score' | 'strategy' | 'reasons'>,
): RecommendedItem {
  const rounded = Math.round(score * SCORE_DECIMALS) / SCORE_DECIMALS;
  const [variantId, name] = [variant?.variant_id, item?.name];
  // What nearly all have; spreads take longer than the rules.
  if (variantId !== undefined && name !== undefined)
    return { item_id: id, variant_id: variantId, name, score: rounded, strategy, reasons };
  return {
    item_id: id,
    ...(variantId === undefined ? {} : { variant_id: variantId }),
    ...(name === undefined ? {} : { name }),
    score: rounded,
    strategy,
    reasons,
  };
}

/** What counted most, of equals what was asked first. */
function strategyOf({ parts }: Pick<Candidate, 'parts'>): BlendedStrategy {
  let best = parts[0];
  for (const part of parts) if (best === undefined || part.share > best.share) best = part;
  return best?.strategy ?? 'trending';
}

/** The strategies that gave items, the one that gave most first, of equals the one that came first. */
export function strategiesOf(items: readonly { readonly strategy: Strategy }[]): string {
  const counts = new Map<Strategy, number>();
  for (const { strategy } of items) counts.set(strategy, (counts.get(strategy) ?? 0) + 1);
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  return sorted.length === 0 ? 'none' : sorted.map(([strategy]) => strategy).join('+');
}

/** A heap: mostly a few of some hundred are taken, so that sorting all of them would be in vain. */
class Queue {
  readonly #heap: Ranked[];

  constructor(heap: Ranked[]) {
    this.#heap = heap;
    for (let place = (heap.length >>> 1) - 1; place >= 0; place--) this.#sink(place);
  }

  take(): Ranked | undefined {
    const [best] = this.#heap;
    const last = this.#heap.pop();
    if (best === undefined || last === undefined) return undefined;
    if (this.#heap.length > 0) {
      this.#heap[0] = last;
      this.#sink(0);
    }
    return best;
  }

  #sink(from: number): void {
    const heap = this.#heap;
    for (let place = from; ; ) {
      const left = 2 * place + 1;
      // What is looked at lies in the heap.
      const sinking = heap[place] as Ranked;
      let best = sinking;
      let bestPlace = place;
      for (let child = left; child <= left + 1 && child < heap.length; child++) {
        const below = heap[child] as Ranked;
        if (!isBefore(below, best)) continue;
        best = below;
        bestPlace = child;
      }
      if (bestPlace === place) return;
      heap[place] = best;
      heap[bestPlace] = sinking;
      place = bestPlace;
    }
  }
}

/** The bound of a list, whoever asks. */
export function limitOf(wanted: number | undefined, usual: number): number {
  return Math.max(0, Math.min(Math.floor(wanted ?? usual), limits.recommendItemsMax));
}
