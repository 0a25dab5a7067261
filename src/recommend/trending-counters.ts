import { limits } from '../limits.ts';
import type { DurationMs, EpochMs } from '../model/time.ts';
import { BestCounters } from './best-counters.ts';
import { CounterTable } from './counter-table.ts';
import { kthLargest } from './kth-largest.ts';
import { jsonPart, malformed, type PartReader, textParts, wordParts } from './snapshot-parts.ts';

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

  /** One interaction. */
  add({ item, category, store, time, weight }: CountedInteraction): void {
    const amount = this.worthOf(time, weight);
    if (amount > 0) this.addItem(item, NO_HINT, { category, store, time, amount });
  }

  /** What an interaction counts on the scale of the counters; 0 where it is so old, beside others, that it counts nothing. */
  worthOf(time: EpochMs, weight: number): number {
    return weight <= 0 ? 0 : weight * this.#scaleOf(time);
  }

  /**
   * One item of an interaction. The answer is its number here, for the next time: whoever has that at hand, and names the item by
   * the very same string, saves the search for it. Numbers change when counters are forgotten, so a hint may be wrong.
   */
  addItem(item: string, hint: number, { category, store, time, amount }: CountedItem): number {
    const number = this.#names[hint] === item ? hint : this.#numberOf(item);
    this.#count(this.#scopeOf('overall', '', time), number, amount);
    if (category !== undefined) this.#count(this.#scopeOf('category', category, time), number, amount);
    if (store !== undefined) this.#count(this.#scopeOf('store', store, time), number, amount);
    if (this.#table.size > this.options.countersMax) this.#forget();
    return number;
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

  /** All of it for `read`, part by part; nothing may be counted between the first one and the last. */
  *parts(): Iterable<Uint8Array> {
    const scopes = this.#namedScopes().map(({ kind, name, scope }) => [
      kind,
      name,
      scope.number,
      scope.newest,
    ]);
    yield jsonPart({ landmark: this.#landmark ?? null, lastScope: this.#lastScope, scopes });
    yield* textParts(this.#names);
    yield* wordParts(this.#table.size * COUNTER_WORDS, this.#counterWords());
  }

  /** Takes what `parts` gave; this must be empty. Throws `data_format` for anything else. */
  read(reader: PartReader): void {
    // Written by `parts`, or refused by the version of what it is part of.
    const head = reader.json() as TrendingHead;
    for (const name of reader.texts()) this.#numberOf(name);
    const words = reader.words();
    if (!Array.isArray(head.scopes) || words.length % COUNTER_WORDS !== 0) throw malformed();
    const byNumber = new Map<number, Scope>();
    for (const [kind, name, number, newest] of head.scopes)
      byNumber.set(number, this.#newScope(kind, name, { number, newest }));
    this.#lastScope = head.lastScope;
    this.#landmark = head.landmark ?? undefined;
    const scores = new Float64Array(words.buffer);
    for (let at = 0; at < words.length; at += COUNTER_WORDS) {
      const scope = byNumber.get(words[at] as number);
      const item = words[at + 1] as number;
      if (scope === undefined || item >= this.#names.length) throw malformed();
      this.#count(scope, item, scores[at / 2 + 1] as number);
    }
    if (this.#table.size > this.options.countersMax) this.#forget();
  }

  /** Scope, item and score of each counter, as the table has them, in arrays of some thousand. */
  *#counterWords(): Iterable<Uint32Array> {
    let buffer = new ArrayBuffer(WRITTEN_AT_ONCE * 4 * COUNTER_WORDS);
    let [words, doubles, place] = [new Uint32Array(buffer), new Float64Array(buffer), 0];
    for (const [scope, item, score] of this.#table.all()) {
      if (place === WRITTEN_AT_ONCE) {
        yield words;
        buffer = new ArrayBuffer(WRITTEN_AT_ONCE * 4 * COUNTER_WORDS);
        [words, doubles, place] = [new Uint32Array(buffer), new Float64Array(buffer), 0];
      }
      words[COUNTER_WORDS * place] = scope;
      words[COUNTER_WORDS * place + 1] = item;
      doubles[2 * place + 1] = score;
      place++;
    }
    yield words.subarray(0, place * COUNTER_WORDS);
  }

  #namedScopes(): readonly { readonly kind: ScopeKind; readonly name: string; readonly scope: Scope }[] {
    return SCOPE_KINDS.flatMap((kind) =>
      [...this.#scopes[kind]].map(([name, scope]) => ({ kind, name, scope })),
    );
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
    scope ??= this.#newScope(kind, name, { number: ++this.#lastScope, newest: time });
    if (time > scope.newest) scope.newest = time;
    return scope;
  }

  #newScope(kind: ScopeKind, name: string, { number, newest }: Omit<Scope, 'best'>): Scope {
    const best = new BestCounters(this.options.bestMax, (item) => this.#names[item] as string);
    const scope = { number, best, newest };
    this.#scopes[kind].set(name, scope);
    return scope;
  }

  #count({ number: scope, best }: Scope, item: number, amount: number): void {
    const before = this.#table.add(scope, item, amount);
    best.grow(item, before, before + amount);
  }

  /** All that a scope loses counts less than all that it keeps. */
  #forget(): void {
    const scores = new Float64Array(this.#table.size);
    let n = 0;
    for (const [, , score] of this.#table.all()) scores[n++] = score;
    const least = kthLargest(scores, n, Math.max(1, Math.floor(n * KEPT_SHARE)));
    this.#rebuild((score) => (score > least ? score : 0));
  }

  /** Everything anew by what it counts from here on; what counts nothing goes. */
  #rebuild(scoreOf: (score: number) => number): void {
    const scopes = new Map(this.#namedScopes().map((each) => [each.scope.number, each]));
    const names = [...this.#names];
    const counters = [...this.#table.all()];
    this.#table.clear();
    this.#numbers.clear();
    this.#names.length = 0;
    for (const kind of SCOPE_KINDS) this.#scopes[kind].clear();
    this.#lastScope = 0;
    for (const [number, item, before] of counters) {
      const score = scoreOf(before);
      const found = scopes.get(number);
      if (score === 0 || found === undefined) continue;
      const { kind, name, scope } = found;
      this.#count(this.#scopeOf(kind, name, scope.newest), this.#numberOf(names[item] as string), score);
    }
  }

  /** What an interaction of that time counts, beside one at the landmark. */
  #scaleOf(time: EpochMs): number {
    this.#landmark ??= time;
    const exponent = (time - this.#landmark) / this.options.halfLifeMs;
    if (exponent <= EXPONENT_MAX) return 2 ** exponent;
    this.#landmark = time;
    this.#rebuild((score) => score * 2 ** -exponent);
    return 1;
  }
}

const SCOPE_KINDS = ['overall', 'category', 'store'] as const;
type ScopeKind = (typeof SCOPE_KINDS)[number];

/** Words of a counter in a snapshot: scope, item and, as a double, what it counts. */
const COUNTER_WORDS = 4;
const WRITTEN_AT_ONCE = 2 ** 14;
/** As good as any: it is looked at whether it is right. */
const NO_HINT = 0;

interface CountedItem extends Pick<CountedInteraction, 'category' | 'store' | 'time'> {
  /** By `worthOf`. */
  readonly amount: number;
}

interface TrendingHead {
  readonly landmark: EpochMs | null;
  readonly lastScope: number;
  readonly scopes: readonly (readonly [kind: ScopeKind, name: string, number: number, newest: EpochMs])[];
}
