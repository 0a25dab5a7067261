import type { LedgerFact } from '../model/loyalty.ts';
import { DAY_MS, type EpochMs } from '../model/time.ts';
import { startOfYear, yearOf } from './expiry.ts';
import type { CompiledProgram, CompiledTiers } from './program.ts';

/** What an order, or reported points, are worth towards a tier from a moment on. The latest of a key counts. */
export interface Qualification {
  readonly at: EpochMs;
  readonly key: string;
  /** Of the order: returns count where the order does. */
  readonly time: EpochMs;
  readonly worth: number;
}

export interface TierChange {
  readonly at: EpochMs;
  readonly from: string;
  readonly to: string;
  readonly up: boolean;
}

export interface TierState {
  readonly name: string;
  /** When it was reached; undefined for the base that everybody has. */
  readonly since: EpochMs | undefined;
  /** End of its term; undefined for the base. */
  readonly until: EpochMs | undefined;
  /** What counts in the window now. */
  readonly worth: number;
  readonly changes: readonly TierChange[];
  /** When time alone decides next. */
  readonly nextAt: EpochMs | undefined;
}

const YEAR_MS = 365 * DAY_MS;

interface TierInput {
  readonly program: CompiledProgram;
  readonly tiers: CompiledTiers;
  /** In order of `at`. */
  readonly qualifications: readonly Qualification[];
  /** What settled facts had made of the tier, in order of time. */
  readonly marks: readonly LedgerFact[];
  readonly now: EpochMs;
}

/**
 * Upgrades come at once. A term ends a year later (rolling), or with the year after (calendar); who qualifies then, or
 * within the grace after it, has another term, and everybody else falls to what they qualify for.
 */
export function replayTiers(input: TierInput): TierState {
  const climb = new Climb(input);
  const { qualifications, marks, now } = input;
  let [q, m] = [0, 0];
  for (;;) {
    const [counted, mark] = [qualifications[q], marks[m]];
    if (mark !== undefined && (counted === undefined || mark.time < counted.at)) {
      climb.timeTo(mark.time);
      climb.setAtLeast(mark);
      m++;
    } else if (counted !== undefined) {
      climb.timeTo(counted.at);
      climb.count(counted);
      q++;
    } else break;
  }
  climb.timeTo(now);
  return climb.state(now);
}

class Climb {
  readonly #program: CompiledProgram;
  readonly #tiers: CompiledTiers;
  readonly #worths = new Worths();
  readonly #changes: TierChange[] = [];
  /** −1 is the base. */
  #level = -1;
  #since: EpochMs | undefined;
  #until: EpochMs | undefined;

  constructor({ program, tiers }: TierInput) {
    this.#program = program;
    this.#tiers = tiers;
  }

  /** Everything that time alone decides up to and at this moment. */
  timeTo(now: EpochMs): void {
    while (this.#until !== undefined && this.#until <= now) {
      const until = this.#until;
      // What counts is what the term saw, and during the grace what came since.
      if (this.#levelOf(this.#lastOf(until), until) >= this.#level) this.#until = this.#termAfter(until);
      else if (until + this.#tiers.graceMs <= now) this.#endOf(until);
      else return;
    }
  }

  #endOf(until: EpochMs): void {
    const at = until + this.#tiers.graceMs;
    const level = Math.min(this.#level, this.#levelOf(this.#lastOf(until), at));
    if (level === this.#level) this.#until = this.#termAfter(until);
    else this.#change(level, at);
  }

  count(qualification: Qualification): void {
    this.#worths.put(qualification);
    const { at } = qualification;
    const level = this.#reachedBy(this.#worths.since(this.#windowStart(at)));
    if (level > this.#level) this.#change(level, at);
    else if (
      this.#until !== undefined &&
      this.#until <= at &&
      this.#levelOf(this.#lastOf(this.#until), at) >= this.#level
    )
      this.#until = this.#termAfter(this.#until);
  }

  setAtLeast({ by, time, since, expiresAt }: LedgerFact): void {
    const level = this.#tiers.levels.findIndex(({ name }) => name === by);
    if (level < 0 || level < this.#level) return;
    this.#level = level;
    this.#since = since;
    this.#until = expiresAt ?? this.#termAfter(time);
  }

  state(now: EpochMs): TierState {
    const until = this.#until;
    const inGrace = until !== undefined && until <= now;
    return {
      name: this.#nameOf(this.#level),
      since: this.#since,
      until,
      worth: this.#worthIn(now, now),
      changes: this.#changes,
      nextAt: inGrace ? until + this.#tiers.graceMs : until,
    };
  }

  #change(level: number, at: EpochMs): void {
    const [from, to] = [this.#nameOf(this.#level), this.#nameOf(level)];
    this.#changes.push({ at, from, to, up: level > this.#level });
    this.#level = level;
    this.#since = level < 0 ? undefined : at;
    this.#until = level < 0 ? undefined : this.#termAfter(at);
  }

  #nameOf(level: number): string {
    return this.#tiers.levels[level]?.name ?? this.#tiers.rules.base;
  }

  /**
   * The moment whose window a term that ends here is judged by. A rolling one begins after the moment at which the term
   * began, so that what led to one term does not lead to the next.
   */
  #lastOf(until: EpochMs): EpochMs {
    return this.#tiers.rules.window === 'rolling_year' ? until : until - 1;
  }

  /** The end of a term that begins at this moment. */
  #termAfter(at: EpochMs): EpochMs {
    if (this.#tiers.rules.window === 'rolling_year') return at + YEAR_MS;
    const { zone } = this.#program;
    // A term that follows another begins with the first moment of a year, and is that year's.
    const begins = yearOf(at - 1, zone) < yearOf(at, zone) ? at - 1 : at;
    return startOfYear(yearOf(begins, zone) + 2, zone);
  }

  #levelOf(windowOf: EpochMs, upTo: EpochMs): number {
    return this.#reachedBy(this.#worthIn(windowOf, upTo));
  }

  #reachedBy(worth: number): number {
    return this.#tiers.levels.findLastIndex(({ from }) => worth >= from);
  }

  /** The worth of what lies in the window that ends at, or holds, one moment, up to another one. */
  #worthIn(windowOf: EpochMs, upTo: EpochMs): number {
    return this.#worths.between(this.#windowStart(windowOf), upTo);
  }

  #windowStart(windowOf: EpochMs): EpochMs {
    const { zone } = this.#program;
    if (this.#tiers.rules.window === 'rolling_year') return windowOf - YEAR_MS + 1;
    return startOfYear(yearOf(windowOf, zone), zone);
  }
}

/** What counts, in order of time; the sum over a window that only moves forward is kept, so that an order costs no scan. */
class Worths {
  readonly #list: { readonly time: EpochMs; worth: number }[] = [];
  readonly #places = new Map<string, number>();
  #start = 0;
  #sum = 0;

  /** What is new is the latest so far. */
  put({ key, time, worth }: Qualification): void {
    const place = this.#places.get(key);
    const known = place === undefined ? undefined : this.#list[place];
    if (place === undefined || known === undefined) {
      this.#places.set(key, this.#list.length);
      this.#list.push({ time, worth });
      this.#sum += worth;
      return;
    }
    if (place >= this.#start) this.#sum += worth - known.worth;
    known.worth = worth;
  }

  /** Of everything from a moment on, which is not before the one of the last question. */
  since(from: EpochMs): number {
    for (let next = this.#list[this.#start]; next !== undefined && next.time < from; ) {
      this.#sum -= next.worth;
      this.#start++;
      next = this.#list[this.#start];
    }
    return this.#sum;
  }

  between(from: EpochMs, to: EpochMs): number {
    let sum = 0;
    for (const { time, worth } of this.#list) if (time >= from && time <= to) sum += worth;
    return sum;
  }
}
