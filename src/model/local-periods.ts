import { localDayOf, momentShowing } from './local-time.ts';
import { DAY_MS, type EpochMs } from './time.ts';
import type { Zone } from './zone.ts';

export const PERIODS = ['daily', 'weekly'] as const;
export type Period = (typeof PERIODS)[number];

const DAYS_PER_WEEK = 7;

/** 1 January 1970 was a Thursday: three days after a Monday. */
const DAYS_SINCE_MONDAY = 3;

/** Days or weeks (from Monday) on a wall clock of a zone. Asked for every event, so the one that was asked for last is remembered. */
export class LocalPeriods {
  readonly #zone: Zone;
  readonly #period: Period;
  #from = Number.POSITIVE_INFINITY;
  #to = Number.NEGATIVE_INFINITY;

  constructor(zone: Zone, period: Period) {
    this.#zone = zone;
    this.#period = period;
  }

  /** When the period ends that the moment is in: the first moment of the next one. */
  endOf(at: EpochMs): EpochMs {
    if (at >= this.#from && at < this.#to) return this.#to;
    const day = localDayOf(this.#zone, at);
    const left = this.#period === 'daily' ? 1 : DAYS_PER_WEEK - ((day + DAYS_SINCE_MONDAY) % DAYS_PER_WEEK);
    this.#from = at;
    this.#to = momentShowing(this.#zone, (day + left) * DAY_MS, at) ?? at + left * DAY_MS;
    return this.#to;
  }

  /** The last day before the moment, `YYYY-MM-DD`. */
  dayBefore(at: EpochMs): string {
    const day = localDayOf(this.#zone, at - 1);
    return new Date(day * DAY_MS).toISOString().slice(0, 'YYYY-MM-DD'.length);
  }
}
