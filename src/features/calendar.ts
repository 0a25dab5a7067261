import { unreachable } from '../errors.ts';
import type { DurationMs, EpochMs } from '../model/time.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../model/time.ts';
import type { Zone } from '../model/zone.ts';
import type { Stretch } from './operation.ts';

export type CalendarUnit = 'day' | 'week' | 'month';

/** ISO weeks start on Monday; the epoch was a Thursday. */
const DAYS_FROM_MONDAY_TO_EPOCH = 3;
const DAYS_PER_WEEK = 7;
const MONTHS_PER_YEAR = 12;

/**
 * Where clocks that go back take the date along (in some zones they did so at one minute past midnight), a unit
 * that had begun is left once more. What is pruned is decided this much earlier.
 */
const STEP_BACK_MS: DurationMs = 3 * HOUR_MS;

/** The longest that a unit lasts, the hour of a clock that goes back included. */
const LONGEST_MS: Readonly<Record<CalendarUnit, DurationMs>> = {
  day: DAY_MS + STEP_BACK_MS,
  week: DAYS_PER_WEEK * DAY_MS + STEP_BACK_MS,
  month: 31 * DAY_MS + STEP_BACK_MS,
};

/**
 * The units of a calendar in one time zone, numbered. An event belongs to the unit that holds its local date, so
 * days of 23 and 25 hours, changes at midnight and half-hour offsets need no rule of their own.
 */
export class Calendar {
  readonly unit: CalendarUnit;
  readonly previous: number;
  /** How far back a reading reaches at most. */
  readonly reachMs: DurationMs;
  readonly #zone: Zone;
  #latest: { readonly unit: number; readonly stretch: Stretch } | undefined;
  #ending: { readonly unit: number; readonly at: EpochMs } | undefined;
  #month: LocalMonth = NO_MONTH;

  constructor({ unit, previous, zone }: { unit: CalendarUnit; previous: number; zone: Zone }) {
    this.unit = unit;
    this.previous = previous;
    this.reachMs = (previous + 1) * LONGEST_MS[unit];
    this.#zone = zone;
  }

  /** The number of the unit that holds this moment. */
  unitOf(time: EpochMs): number {
    const local = this.#zone.localAt(time);
    switch (this.unit) {
      case 'day':
        return Math.floor(local / DAY_MS);
      case 'week':
        return Math.floor((Math.floor(local / DAY_MS) + DAYS_FROM_MONDAY_TO_EPOCH) / DAYS_PER_WEEK);
      case 'month':
        return this.#monthAt(local);
      default:
        return unreachable(this.unit);
    }
  }

  /** The unit that a reading at `now` is about. */
  unitRead(now: EpochMs): number {
    return this.unitOf(now) - this.previous;
  }

  /** The oldest unit that a reading at `now` or later may be about. */
  oldestUnit(now: EpochMs): number {
    return this.unitOf(now - STEP_BACK_MS) - this.previous;
  }

  /** From when to when a unit lasts. What a zone left out of its calendar lasts no time. */
  stretchOf(unit: number): Stretch {
    if (this.#latest?.unit !== unit) {
      this.#latest = { unit, stretch: { from: this.#findStart(unit), to: this.#findStart(unit + 1) } };
    }
    return this.#latest.stretch;
  }

  /** A moment after `now` until which the unit at hand stays the same. */
  nextChange(now: EpochMs): EpochMs {
    // Near a clock that goes back a unit may come again: then the next minute is as far as it is worth to look.
    if (this.#zone.offsetAt(now - STEP_BACK_MS) !== this.#zone.offsetAt(now + STEP_BACK_MS))
      return now + MINUTE_MS;
    const unit = this.unitOf(now);
    if (this.#ending?.unit !== unit) this.#ending = { unit, at: this.#findStart(unit + 1) };
    // A clock that changes before the end of the unit is looked at again on its day.
    const { at } = this.#ending;
    return at > now ? at : now + MINUTE_MS;
  }

  /** Nearly every event asks for the month of the one before it; a date takes 100 ns to be taken apart. */
  #monthAt(local: number): number {
    if (local < this.#month.from || local >= this.#month.to) this.#month = monthOf(local);
    return this.#month.number;
  }

  #findStart(unit: number): EpochMs {
    const local = localStart(this.unit, unit);
    // No zone is a whole day away from UTC, so the start lies between the two.
    let before = local - DAY_MS;
    let from = local + DAY_MS;
    while (from - before > 1) {
      const middle = Math.floor((before + from) / 2);
      if (this.unitOf(middle) < unit) before = middle;
      else from = middle;
    }
    // Where a clock goes back behind midnight there are two, of which the search may have met the second.
    const first = local - this.#zone.offsetAt(local - DAY_MS);
    return first < from && this.unitOf(first) >= unit ? first : from;
  }
}

/** A month on the wall clock, which knows no changes of offset. */
interface LocalMonth {
  readonly number: number;
  readonly from: number;
  readonly to: number;
}

const NO_MONTH: LocalMonth = Object.freeze({ number: 0, from: 0, to: 0 });

function monthOf(local: number): LocalMonth {
  const date = new Date(local);
  const number = date.getUTCFullYear() * MONTHS_PER_YEAR + date.getUTCMonth();
  return { number, from: localStart('month', number), to: localStart('month', number + 1) };
}

function localStart(unit: CalendarUnit, number: number): number {
  switch (unit) {
    case 'day':
      return number * DAY_MS;
    case 'week':
      return (number * DAYS_PER_WEEK - DAYS_FROM_MONDAY_TO_EPOCH) * DAY_MS;
    case 'month':
      return Date.UTC(Math.floor(number / MONTHS_PER_YEAR), number % MONTHS_PER_YEAR, 1);
    default:
      return unreachable(unit);
  }
}
