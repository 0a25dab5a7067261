import { limits } from '../limits.ts';
import type { DurationMs, EpochMs } from '../model/time.ts';
import { BestCounters } from './best-counters.ts';
import { CounterTable } from './counter-table.ts';

export interface CountedInteraction {
  readonly item: string;
  readonly category?: string | undefined;
  readonly store?: string | undefined;
  readonly time: EpochMs;
  readonly weight: number;
}

export interface TrendingOptions {
  readonly halfLifeMs: DurationMs;
  /** Counters of all scopes together. */
  readonly countersMax: number;
  /** How many each scope can name. */
  readonly bestMax: number;
}

/** Where something trends: in a store, or in a category; both absent: everywhere. */
export type ScopeName =
  | { readonly store: string; readonly category?: undefined }
  | { readonly category: string; readonly store?: undefined }
  | { readonly store?: undefined; readonly category?: undefined };

interface Scope {
  readonly number: number;
  readonly best: BestCounters;
  /** Of the newest that was counted. */
  newest: EpochMs;
}

/** Landmarks move before the numbers on their scale leave what a double holds exactly enough. */
const EXPONENT_MAX = 500;
const KEPT_SHARE = 0.75;

/**
 * What is popular by now, overall, per store and per category: decayed counts, by forward decay (Cormode, Shkapenyuk,
 * Srivastava, Xu, ICDE 2009): what comes later counts more, by 2^(time / half-life), so nothing has to be touched as time
 * passes. Bounded by the number of counters: where there is no room, the quarter that counts least is forgotten, of all scopes
 * alike. What a product counts in a category of a store is what it counts in the store.
 */
export class TrendingCounters {
  readonly options: TrendingOptions;
  readonly #numbers = new Map<string, number>();
  readonly #names: string[] = [];
  /** By kind, then by name: names that are put together for every event would have to be hashed for every event. */
  readonly #scopes = {
    overall: new Map<string, Scope>(),
    category: new Map<string, Scope>(),
    store: new Map<string, Scope>(),
  };
  #lastScope = 0;
  readonly #table: CounterTable;
  #landmark: EpochMs | undefined;

  constructor(options: Partial<TrendingOptions> = {}) {
    this.options = {
      halfLifeMs: limits.recommendTrendingHalfLifeMs,
      countersMax: limits.recommendCountersMax,
      bestMax: limits.recommendTrendingBestMax,
      ...options,
    };
    // One interaction may add three beyond the bound before some are forgotten.
    this.#table = new CounterTable(this.options.countersMax + 3);
  }

  get counters(): number {
    return this.#table.size;
  }

  add({ item, category, store, time, weight }: CountedInteraction): void {
    if (weight <= 0) return;
    const amount = weight * this.#scaleOf(time);
    // So long before everything else that it counts nothing.
    if (amount === 0) return;
    const number = this.#numberOf(item);
    this.#count(this.#scopeOf('overall', '', time), number, amount);
    if (category !== undefined) this.#count(this.#scopeOf('category', category, time), number, amount);
    if (store !== undefined) this.#count(this.#scopeOf('store', store, time), number, amount);
    if (this.#table.size > this.options.countersMax) this.#forget();
  }

  /** When something was counted there last; undefined where nothing is known of it. */
  newest(name: ScopeName): EpochMs | undefined {
    return this.#find(name)?.newest;
  }

  /** What counts most there, best first, of equals by their ids. The scores of all scopes are of one scale. */
  best(name: ScopeName, limit: number): readonly { readonly item: string; readonly score: number }[] {
    const best = this.#find(name)?.best;
    if (best === undefined) return [];
    const found: { readonly item: string; readonly score: number }[] = [];
    for (let n = 0; n < best.items.length && n < limit; n++) {
      const item = this.#names[best.items[n] as number] as string;
      found.push({ item, score: best.scores[n] as number });
    }
    return found;
  }

  scoreOf(name: ScopeName, item: string): number {
    const scope = this.#find(name);
    const number = this.#numbers.get(item);
    return scope === undefined || number === undefined ? 0 : this.#table.get(scope.number, number);
  }

  /** What a snapshot keeps: of each scope its items and what they count. */
  write(): TrendingState {
    const scopes = new Map<number, ScopeState & { items: string[]; scores: number[] }>();
    for (const kind of SCOPE_KINDS)
      for (const [name, { number, newest }] of this.#scopes[kind])
        scopes.set(number, { kind, name, newest, items: [], scores: [] });
    for (const [scope, item, score] of this.#table.all()) {
      const found = scopes.get(scope);
      found?.items.push(this.#names[item] as string);
      found?.scores.push(score);
    }
    return { landmark: this.#landmark ?? null, scopes: [...scopes.values()] };
  }

  /** Takes what `write` gave; this must be empty. */
  read({ landmark, scopes }: TrendingState): void {
    this.#landmark = landmark ?? undefined;
    for (const { kind, name, newest, items, scores } of scopes) {
      if (items.length === 0) continue;
      const scope = this.#scopeOf(kind, name, newest);
      for (const [n, item] of items.entries()) this.#count(scope, this.#numberOf(item), scores[n] ?? 0);
    }
    if (this.#table.size > this.options.countersMax) this.#forget();
  }

  #find({ store, category }: ScopeName): Scope | undefined {
    if (store !== undefined) return this.#scopes.store.get(store);
    return category === undefined ? this.#scopes.overall.get('') : this.#scopes.category.get(category);
  }

  #numberOf(item: string): number {
    const known = this.#numbers.get(item);
    if (known !== undefined) return known;
    const number = this.#names.length;
    this.#names.push(item);
    this.#numbers.set(item, number);
    return number;
  }

  #scopeOf(kind: ScopeKind, name: string, time: EpochMs): Scope {
    let scope = this.#scopes[kind].get(name);
    if (scope === undefined) {
      const best = new BestCounters(this.options.bestMax, (item) => this.#names[item] as string);
      scope = { number: ++this.#lastScope, best, newest: time };
      this.#scopes[kind].set(name, scope);
    }
    if (time > scope.newest) scope.newest = time;
    return scope;
  }

  #count({ number: scope, best }: Scope, item: number, amount: number): void {
    const before = this.#table.add(scope, item, amount);
    best.grow(item, before, before + amount);
  }

  /** All that a scope loses counts less than all that it keeps. */
  #forget(): void {
    const state = this.write();
    const sorted = Float64Array.from(state.scopes.flatMap(({ scores }) => scores)).sort();
    this.#replace(state, sorted[Math.floor(sorted.length * (1 - KEPT_SHARE))] ?? 0);
  }

  /** Everything anew, without what counts no more than that. */
  #replace({ landmark, scopes }: TrendingState, least: number): void {
    this.#table.clear();
    this.#numbers.clear();
    this.#names.length = 0;
    for (const kind of SCOPE_KINDS) this.#scopes[kind].clear();
    this.#lastScope = 0;
    this.read({ landmark, scopes: scopes.map((scope) => without(scope, least)) });
  }

  /** What an interaction of that time counts, beside one at the landmark. */
  #scaleOf(time: EpochMs): number {
    this.#landmark ??= time;
    const exponent = (time - this.#landmark) / this.options.halfLifeMs;
    if (exponent <= EXPONENT_MAX) return 2 ** exponent;
    const { scopes } = this.write();
    const scaled = scopes.map((scope) => ({
      ...scope,
      scores: scope.scores.map((score) => score * 2 ** -exponent),
    }));
    this.#replace({ landmark: time, scopes: scaled }, 0);
    return 1;
  }
}

const SCOPE_KINDS = ['overall', 'category', 'store'] as const;
type ScopeKind = (typeof SCOPE_KINDS)[number];

export interface TrendingState {
  readonly landmark: EpochMs | null;
  readonly scopes: readonly ScopeState[];
}

interface ScopeState {
  readonly kind: ScopeKind;
  readonly name: string;
  readonly newest: EpochMs;
  readonly items: readonly string[];
  readonly scores: readonly number[];
}

/** What counts no more than that goes. */
function without(scope: ScopeState, least: number): ScopeState {
  const kept = scope.scores.flatMap((score, n) => (score > least ? [n] : []));
  return {
    ...scope,
    items: kept.map((n) => scope.items[n] as string),
    scores: kept.map((n) => scope.scores[n] as number),
  };
}
