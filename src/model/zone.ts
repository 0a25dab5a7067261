import { limits } from '../limits.ts';
import type { DurationMs, EpochMs } from './time.ts';
import { DAY_MS } from './time.ts';

/**
 * Offsets of time zones, cheap enough for every event. `Intl` knows them and takes microseconds per question, so
 * it is asked once per zone and UTC day: two equal answers hold for the whole day, between two that differ lies
 * the change, found to the millisecond. In the steady state an offset is two comparisons.
 */
export class Zone {
  readonly name: string;
  readonly #format: Intl.DateTimeFormat;
  readonly #days = new Map<number, Day>();
  #latest: Day = NO_DAY;

  constructor(name: string, format: Intl.DateTimeFormat) {
    this.name = name;
    this.#format = format;
  }

  /** What a wall clock of the zone is ahead of UTC at this moment. */
  offsetAt(time: EpochMs): DurationMs {
    const latest = this.#latest;
    const day = time >= latest.start && time < latest.end ? latest : this.#dayOf(time);
    return time < day.changeAt ? day.before : day.after;
  }

  /** The wall clock's reading, as milliseconds since its own 1970-01-01T00:00. */
  localAt(time: EpochMs): number {
    return time + this.offsetAt(time);
  }

  #dayOf(time: EpochMs): Day {
    const number = Math.floor(time / DAY_MS);
    let day = this.#days.get(number);
    if (day === undefined) {
      day = this.#ask(number * DAY_MS);
      if (this.#days.size >= limits.zoneDaysMax) this.#days.clear();
      this.#days.set(number, day);
    }
    this.#latest = day;
    return day;
  }

  #ask(start: EpochMs): Day {
    const end = start + DAY_MS;
    const before = offsetFrom(this.#format, start);
    const after = offsetFrom(this.#format, end);
    if (before === after) return { start, end, changeAt: end, before, after };
    let earlier = start;
    let later = end;
    while (later - earlier > 1) {
      const middle = Math.floor((earlier + later) / 2);
      if (offsetFrom(this.#format, middle) === before) earlier = middle;
      else later = middle;
    }
    return { start, end, changeAt: later, before, after };
  }
}

/** One UTC day of a zone: the offset before a change and from it on. */
interface Day {
  readonly start: EpochMs;
  readonly end: EpochMs;
  readonly changeAt: EpochMs;
  readonly before: DurationMs;
  readonly after: DurationMs;
}

const NO_DAY: Day = Object.freeze({ start: 0, end: 0, changeAt: 0, before: 0, after: 0 });

function offsetFrom(format: Intl.DateTimeFormat, time: EpochMs): DurationMs {
  const fields: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(time)) fields[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = fields;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(time / 1_000) * 1_000;
}

function formatOf(name: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    // A RangeError is how Intl says that there is no such zone; callers say what that means to them.
    return undefined;
  }
}

/** IANA names only: some versions of Intl also take offsets such as +08:00, which others refuse. */
const NAME = /^[A-Za-z][A-Za-z0-9_+\-/]{0,63}$/;

/** The zones in use, so that features share what is known of one. Names may come from events, hence the bound. */
export class Zones {
  readonly #zones = new Map<string, Zone | undefined>();

  /** Undefined where there is no zone of this name. */
  find(name: string): Zone | undefined {
    if (this.#zones.has(name)) return this.#zones.get(name);
    const format = NAME.test(name) ? formatOf(name) : undefined;
    const zone = format === undefined ? undefined : new Zone(name, format);
    if (this.#zones.size >= limits.zonesMax) this.#zones.clear();
    this.#zones.set(name, zone);
    return zone;
  }
}
