import type { EpochMs } from '../model/time.ts';
import { HOUR_MS } from '../model/time.ts';
import { kthLargest } from './kth-largest.ts';
import { type Interaction, type RecentSessions, ROW_HEAD } from './recent-sessions.ts';
import { ITEM_NUMBERS, type RarityPower, type SessionParameters } from './session-parameters.ts';

export interface RankedItem {
  readonly item: string;
  readonly score: number;
  /** The item of the asking session that led to it first, newest first. */
  readonly because: string;
}

export interface SessionQuery {
  /** Oldest first; the last one is where the session has come to. */
  readonly items: readonly Interaction[];
  readonly now: EpochMs;
  readonly limit: number;
  /** The key of the asking session, which is no neighbor of itself. */
  readonly except?: string;
}

/** Sessions older than this count as if they were so old. */
const AGE_HOURS_MAX = 24 * 120;
const AGE_SECONDS_MAX = AGE_HOURS_MAX * 3_600;
const COUNTED_LOGS = 4_096;
/** What was touched is told by not being 0: no factor may be. */
const WEIGHT_MIN = 1 / 8;
const FACTOR_MIN = 1e-30;

/**
 * Asks a `RecentSessions` what comes next. What a query needs lies in arrays that are made once and left clean, so that a
 * query allocates its answer and nothing else.
 *
 *   near(s)  = sum over shared items q of weight(q) exp(-steps(q) / queryDecay) rarity(q)
 *              × exp(-age(s) / ageDecay) / length(s)^lengthExponent
 *   votes(j) = sum over the k nearest s of near(s) exp(-steps(match) / matchDecay) × place(j - match) × weight(j in s),
 *              times rarity(j), and `current` or `seen` where the asking session has had j
 *
 * where match is the newest item of the query that s has, by its last place in s (or just before its beginning, where s
 * has forgotten it). Of equals, what was found first is first: newest item of the query, newest session, first place.
 *
 * Indexes stay inside their arrays by construction: that is what the casts of this file say.
 */
export class NearestSessions {
  readonly #index: RecentSessions;
  readonly #rows: Uint32Array;
  readonly #sessionItems: number;
  readonly #near: Float64Array;
  readonly #step: Uint8Array;
  readonly #touched: Uint32Array;
  readonly #order: Float64Array;
  readonly #votes: Float64Array;
  readonly #because: Uint8Array;
  readonly #found: Uint32Array;
  readonly #query: Uint32Array;
  readonly #weights: Float64Array;
  readonly #tables: Tables;
  readonly #logs = new Float64Array(COUNTED_LOGS);

  constructor(index: RecentSessions) {
    const { parameters, capacity } = index;
    const touchedMax = Math.min(capacity.sessions, parameters.queryItems * parameters.sessionsPerItem);
    this.#index = index;
    this.#rows = index.rows;
    this.#sessionItems = capacity.sessionItems;
    this.#near = new Float64Array(capacity.sessions);
    this.#step = new Uint8Array(touchedMax);
    this.#touched = new Uint32Array(touchedMax);
    this.#order = new Float64Array(touchedMax);
    this.#votes = new Float64Array(capacity.items);
    this.#because = new Uint8Array(capacity.items);
    this.#found = new Uint32Array(Math.min(capacity.items, parameters.neighbors * capacity.sessionItems));
    this.#query = new Uint32Array(parameters.queryItems);
    this.#weights = new Float64Array(parameters.queryItems);
    this.#tables = tablesOf(parameters, capacity.sessionItems);
    for (let n = 1; n < COUNTED_LOGS; n++) this.#logs[n] = Math.log(n);
  }

  /** The best items, best first; none where nothing of the query is known. */
  rank(query: SessionQuery): readonly RankedItem[] {
    const steps = this.#takeQuery(query.items);
    if (steps === 0 || query.limit < 1) return [];
    const own = query.except === undefined ? -1 : this.#index.slotOf(query.except);
    const touched = this.#match(steps, own);
    this.#weigh(touched, query.now);
    const found = this.#vote(touched);
    this.#settle(steps, query.items.at(-1));
    return this.#best(found, query.limit);
  }

  /** The newest distinct items that are known, newest first, into `#query`; answers how many. */
  #takeQuery(items: readonly Interaction[]): number {
    let steps = 0;
    for (let n = items.length - 1; n >= 0 && steps < this.#query.length; n--) {
      const { item, weight } = items[n] as Interaction;
      const number = this.#index.items.find(item);
      if (number === undefined || this.#stepOf(number, steps) >= 0) continue;
      this.#weights[steps] = Math.max(weight, WEIGHT_MIN);
      this.#query[steps++] = number;
    }
    return steps;
  }

  #stepOf(item: number, steps: number): number {
    for (let step = 0; step < steps; step++) if (this.#query[step] === item) return step;
    return -1;
  }

  /** Sums up what sessions share with the query; answers how many share anything. */
  #match(steps: number, own: number): number {
    const { sessionsPerItem, queryRarity } = this.#index.parameters;
    let touched = 0;
    for (let step = 0; step < steps; step++) {
      const item = this.#query[step] as number;
      const decay = (this.#tables.query[step] as number) * (this.#weights[step] as number);
      const worth = decay * this.#rarity(item, queryRarity);
      const length = Math.min(this.#index.postings.lengthOf(item), sessionsPerItem);
      touched = this.#touch({ item, step, length, worth, own }, touched);
    }
    return touched;
  }

  /** The sessions with one item of the query, newest first. */
  #touch(
    { item, step, length, worth, own }: Record<'item' | 'step' | 'length' | 'worth' | 'own', number>,
    alreadyTouched: number,
  ): number {
    const { next, sessions, slotMask, postings } = this.#index;
    const near = this.#near;
    const { cells } = postings;
    const { block, last, mask } = postings.placeOf(item);
    let touched = alreadyTouched;
    for (let n = 0; n < length; n++) {
      const session = cells[block + ((last - n) & mask)] as number;
      const slot = session & slotMask;
      if ((next - session) >>> 0 > sessions || slot === own) continue;
      const known = near[slot] as number;
      if (known === 0) {
        this.#step[touched] = step;
        this.#touched[touched++] = slot;
      }
      near[slot] = known + worth;
    }
    return touched;
  }

  /**
   * Age and length of what was touched; `#order` is what the nearest are chosen by. Reads the head of each row, so that
   * most of the row is at hand when it votes.
   */
  #weigh(touched: number, now: EpochMs): void {
    const { ages, lengths } = this.#tables;
    const rows = this.#rows;
    const near = this.#near;
    const order = this.#order;
    const sessionItems = this.#sessionItems;
    const stride = ROW_HEAD + sessionItems;
    const seconds = Math.floor(now / 1_000);
    for (let n = 0; n < touched; n++) {
      const slot = this.#touched[n] as number;
      const row = slot * stride;
      const hours = Math.max(0, Math.min(seconds - (rows[row + 1] as number), AGE_SECONDS_MAX)) / 3_600;
      const length = lengths[Math.min(rows[row] as number, sessionItems)] as number;
      const weighed = (near[slot] as number) * (ages[hours | 0] as number) * length;
      near[slot] = weighed;
      order[n] = weighed;
    }
  }

  /** The k nearest vote; answers how many items were found. Leaves `#near` clean. */
  #vote(touched: number): number {
    const near = this.#near;
    const keeps = this.#nearest(touched);
    let found = 0;
    for (let n = 0; n < touched; n++) {
      const slot = this.#touched[n] as number;
      const worth = near[slot] as number;
      near[slot] = 0;
      if (worth > keeps.above || (worth === keeps.above && keeps.equals-- > 0))
        found = this.#voteOf(n, worth, found);
    }
    return found;
  }

  /** Who is nearer than that votes; of those who are just as near, the first so many. */
  #nearest(touched: number): { above: number; equals: number } {
    const { neighbors } = this.#index.parameters;
    if (touched <= neighbors) return { above: 0, equals: 0 };
    const above = kthLargest(this.#order, touched, neighbors);
    let equals = neighbors;
    for (let n = 0; n < touched; n++) if ((this.#order[n] as number) > above) equals--;
    return { above, equals };
  }

  /** What the n-th of those touched says of its items; answers how many items are found by then. */
  #voteOf(n: number, worth: number, alreadyFound: number): number {
    const slot = this.#touched[n] as number;
    const step = this.#step[n] as number;
    const rows = this.#rows;
    const votes = this.#votes;
    const places = this.#tables.places;
    const sessionItems = this.#sessionItems;
    const row = slot * (ROW_HEAD + sessionItems);
    const count = rows[row] as number;
    const length = Math.min(count, sessionItems);
    const start = row + ROW_HEAD;
    const end = start + length;
    // The oldest cell; where a row is a ring, its end is followed by its start.
    const oldest = count > sessionItems ? start + (count % sessionItems) : start;
    const match = this.#matchIn({ start, end, oldest }, this.#query[step] as number);
    // Weights lie in the cells in eighths.
    const vote = worth * (this.#tables.match[step] as number) * 0.125;
    let place = sessionItems - match;
    let found = alreadyFound;
    for (let left = length, at = oldest; left > 0; left--) {
      const cell = rows[at] as number;
      const item = cell & ITEM_NUMBERS;
      const before = votes[item] as number;
      if (before === 0) {
        this.#found[found++] = item;
        this.#because[item] = step;
      }
      votes[item] = before + vote * (places[place++] as number) * (cell >>> 24);
      if (++at === end) at = start;
    }
    return found;
  }

  /** The last place of an item in a row, counted from its oldest cell; -1 where the row has forgotten it. */
  #matchIn({ start, end, oldest }: Record<'start' | 'end' | 'oldest', number>, item: number): number {
    const rows = this.#rows;
    let at = oldest;
    for (let n = end - start - 1; n >= 0; n--) {
      if (at === start) at = end;
      if (((rows[--at] as number) & ITEM_NUMBERS) === item) return n;
    }
    return -1;
  }

  /** What the asking session has had counts by its own factors. */
  #settle(steps: number, last: Interaction | undefined): void {
    const { current, seen } = this.#index.parameters;
    const currentNumber = last && this.#index.items.find(last.item);
    for (let step = 0; step < steps; step++) {
      const item = this.#query[step] as number;
      this.#votes[item] = (this.#votes[item] as number) * (item === currentNumber ? current : seen);
    }
  }

  /** The best of what was found, what is rare counting more, by insertion into a short list. Leaves `#votes` clean. */
  #best(found: number, limit: number): readonly RankedItem[] {
    const { items, parameters } = this.#index;
    const best: number[] = [];
    const scores: number[] = [];
    for (let n = 0; n < found; n++) {
      const item = this.#found[n] as number;
      const score = (this.#votes[item] as number) * this.#rarity(item, parameters.voteRarity);
      this.#votes[item] = 0;
      const full = best.length === limit;
      if (score === 0 || (full && score <= (scores[limit - 1] as number))) continue;
      let place = full ? limit - 1 : best.length;
      for (; place > 0 && (scores[place - 1] as number) < score; place--) {
        scores[place] = scores[place - 1] as number;
        best[place] = best[place - 1] as number;
      }
      scores[place] = score;
      best[place] = item;
    }
    return best.map((item, n) => ({
      item: items.nameOf(item),
      score: scores[n] as number,
      because: items.nameOf(this.#query[this.#because[item] as number] as number),
    }));
  }

  /** ln(sessions / sessions with the item) to a power; of an item that all have, the one of all but one. */
  #rarity(item: number, power: RarityPower): number {
    if (power === 0) return 1;
    const count = this.#index.sessionsWith[item] as number;
    const sessions = Math.max(this.#index.sessions, count + 1);
    const rarity = this.#logOf(sessions) - this.#logOf(count);
    return power === 1 ? rarity : Math.sqrt(rarity);
  }

  #logOf(count: number): number {
    return count < COUNTED_LOGS ? (this.#logs[count] as number) : Math.log(count);
  }
}

/** Functions of small integers, computed once. */
interface Tables {
  readonly query: Float64Array;
  readonly match: Float64Array;
  readonly ages: Float64Array;
  readonly lengths: Float64Array;
  /** By distance from the match, the longest backward one first. */
  readonly places: Float64Array;
}

function tablesOf(parameters: SessionParameters, sessionItems: number): Tables {
  const { queryItems, queryDecaySteps, matchDecaySteps, ageDecayMs, lengthExponent } = parameters;
  const tabulate = (length: number, of: (n: number) => number): Float64Array =>
    Float64Array.from({ length }, (_, n) => Math.max(of(n), FACTOR_MIN));
  return {
    query: tabulate(queryItems, (step) => Math.exp(-step / queryDecaySteps)),
    match: tabulate(queryItems, (step) => Math.exp(-step / matchDecaySteps)),
    ages: tabulate(AGE_HOURS_MAX + 1, (hours) => Math.exp((-hours * HOUR_MS) / ageDecayMs)),
    lengths: tabulate(sessionItems + 1, (length) => Math.max(length, 1) ** -lengthExponent),
    places: tabulate(2 * sessionItems + 1, (n) => placeWorth(n - sessionItems, parameters)),
  };
}

function placeWorth(distance: number, parameters: SessionParameters): number {
  const { itself, forwardExponent, backward, backwardExponent } = parameters;
  if (distance === 0) return itself;
  return distance > 0 ? distance ** -forwardExponent : backward * (-distance) ** -backwardExponent;
}
