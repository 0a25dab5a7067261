import type { EpochMs } from '../model/time.ts';
import { NearestSessions, type RankedItem } from './nearest-sessions.ts';
import { type Interaction, RecentSessions, type RecentSessionsOptions } from './recent-sessions.ts';

export interface Click {
  readonly session: string;
  readonly item: string;
  readonly time: EpochMs;
}

export interface NextItemOptions {
  readonly train: readonly Click[];
  readonly test: readonly Click[];
  /** Length of the lists, the 20 of HR@20. */
  readonly limit: number;
  readonly index?: RecentSessionsOptions;
  /** True: the index goes on learning; each click is predicted, then added. */
  readonly learns?: boolean;
}

/** Shares of all predictions, which are one for each click of a test session but its first. */
export interface NextItemResult {
  readonly predictions: number;
  /** The next item was in the list (HR@n, of one relevant item the same as recall). */
  readonly hit_rate: number;
  /** Mean of 1 / rank, 0 where it was not in the list (MRR@n). */
  readonly mean_reciprocal_rank: number;
  /** Share of the known items that were in any list. */
  readonly coverage: number;
  /** Mean popularity of what was in the lists, where the most popular item of the training has 1; and of what came next. */
  readonly popularity: number;
  readonly popularity_of_next: number;
  readonly items: number;
  readonly sessions: number;
  readonly update_us: Percentiles;
  readonly query_us: Percentiles;
}

export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly mean: number;
}

/**
 * Predicts each next item of the test sessions from those before, as session-rec does (Ludewig, Mauro, Latifi, Jannach:
 * Empirical analysis of session-based recommendation algorithms, 2021): the current item may be recommended, and what is
 * unknown to the training counts as missed. The index has learned the training's clicks one by one in the order of their
 * times, as it does live.
 */
export function evaluateNextItems(options: NextItemOptions): NextItemResult {
  const { train, test, limit, learns = false } = options;
  const index = new RecentSessions(options.index);
  const updates = learn(index, train);
  const nearest = new NearestSessions(index);
  const tally = new Tally(train);
  const open = new Map<string, Interaction[]>();
  const { items, sessions } = { items: index.items.size, sessions: index.sessions };
  for (const { session, item, time } of inOrder(test)) {
    const before = open.get(session);
    if (before === undefined) open.set(session, [{ item, weight: 1 }]);
    else {
      const started = performance.now();
      const list = nearest.rank({ items: before, now: time, limit, ...(learns && { except: session }) });
      tally.take(list, item, (performance.now() - started) * 1_000);
      before.push({ item, weight: 1 });
    }
    if (learns) index.add(session, { item, weight: 1 }, time);
  }
  return { ...tally.result(items), items, sessions, update_us: percentilesOf(updates) };
}

/** Adds all in the order of time; answers what each took, in microseconds. */
function learn(index: RecentSessions, clicks: readonly Click[]): readonly number[] {
  return inOrder(clicks).map(({ session, item, time }) => {
    const started = performance.now();
    index.add(session, { item, weight: 1 }, time);
    return (performance.now() - started) * 1_000;
  });
}

function inOrder(clicks: readonly Click[]): readonly Click[] {
  return [...clicks].sort((a, b) => a.time - b.time);
}

class Tally {
  readonly #popularity: ReadonlyMap<string, number>;
  readonly #recommended = new Set<string>();
  readonly #took: number[] = [];
  #hits = 0;
  #reciprocal = 0;
  #popularityOfLists = 0;
  #popularityOfNext = 0;

  constructor(train: readonly Click[]) {
    this.#popularity = popularityOf(train);
  }

  take(list: readonly RankedItem[], next: string, tookUs: number): void {
    this.#took.push(tookUs);
    const place = list.findIndex(({ item }) => item === next);
    if (place >= 0) {
      this.#hits++;
      this.#reciprocal += 1 / (place + 1);
    }
    let popularity = 0;
    for (const { item } of list) {
      this.#recommended.add(item);
      popularity += this.#popularity.get(item) ?? 0;
    }
    if (list.length > 0) this.#popularityOfLists += popularity / list.length;
    this.#popularityOfNext += this.#popularity.get(next) ?? 0;
  }

  result(items: number): Omit<NextItemResult, 'items' | 'sessions' | 'update_us'> {
    const predictions = this.#took.length;
    const share = (sum: number, of: number): number => (of === 0 ? 0 : sum / of);
    return {
      predictions,
      hit_rate: share(this.#hits, predictions),
      mean_reciprocal_rank: share(this.#reciprocal, predictions),
      coverage: share(this.#recommended.size, Math.max(items, this.#recommended.size)),
      popularity: share(this.#popularityOfLists, predictions),
      popularity_of_next: share(this.#popularityOfNext, predictions),
      query_us: percentilesOf(this.#took),
    };
  }
}

function popularityOf(clicks: readonly Click[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { item } of clicks) counts.set(item, (counts.get(item) ?? 0) + 1);
  const most = Math.max(1, ...counts.values());
  return new Map([...counts].map(([item, count]) => [item, count / most]));
}

function percentilesOf(values: readonly number[]): Percentiles {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / Math.max(1, sorted.length);
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), mean };
}
