import type { Condition } from './condition.ts';
import type { JsonValue } from './json.ts';
import type { EpochMs } from './time.ts';

export type Aggregate =
  | 'count'
  | 'sum'
  | 'average'
  | 'minimum'
  | 'maximum'
  | 'first'
  | 'last'
  | 'distinct'
  | 'top_k'
  | 'list_last_n'
  | 'time_since'
  | 'cart'
  | 'variance'
  | 'standard_deviation'
  | 'decayed_sum'
  | 'rate'
  | 'quantile'
  | 'histogram'
  | 'purchases'
  | 'derived';

export type TimeSinceUnit = 'seconds' | 'hours' | 'days';
export type RateUnit = 'second' | 'minute' | 'hour' | 'day';

/** One feature as its author writes it (schemas/definitions/feature.json), after expansion of `windows`. */
export interface FeatureDefinition {
  readonly name: string;
  readonly description?: string;
  /** Event types that the feature reads. */
  readonly on: readonly string[];
  readonly where?: Condition;
  readonly aggregate: Aggregate;
  /** `hour` or `weekday` for a histogram; else the path of the value, e.g. `properties.brand`, `properties.products[].category`, `order.spend`. */
  readonly of?: string;
  /**
   * `lifetime`; a duration (1m to 730d) for a tiled sliding window; `day`, `week` or `month` for the calendar unit
   * that holds the moment of reading; `session` for the one that is open then.
   */
  readonly window: string;
  /** Calendar windows only: 1 to 12 for the whole unit so many units ago (default 0, the current one). */
  readonly previous?: number;
  /** IANA name of the time zone in which calendar units begin and histograms count (default `UTC`). */
  readonly zone?: string;
  /** Sessions only: how long nothing may happen before the session is over, 1s to 4h (default 2m in an app, else 30m). */
  readonly idle?: string;
  /** The value is an amount in minor units, summed per currency and answered as a decimal string. */
  readonly money?: boolean;
  /** How many entries top_k, list_last_n and `by` answer (default 10). */
  readonly limit?: number;
  /** list_last_n only: keep the newest occurrence of each value. */
  readonly distinct?: boolean;
  /**
   * time_since: `seconds`, `hours` or `days` (default `days`), rounded down. rate: `second`, `minute`, `hour` or
   * `day` (default `day`).
   */
  readonly unit?: TimeSinceUnit | RateUnit;
  /** decayed_sum only: the age at which a value counts half, a duration such as 7d. */
  readonly half_life?: string;
  /** quantile only: from 0 to 1 (default 0.5), or a list, which answers an object. */
  readonly q?: number | readonly number[];
  /**
   * count, sum, average, minimum, maximum and last: the path of a key. The value is then an object with one value
   * per key, of at most `limit` keys; the keys of a list's entries go with the values of the same entries.
   */
  readonly by?: string;
  /** With `by`: the keys with the largest values (default), or those used last (default of `last`). */
  readonly order?: 'value' | 'recency';
  /** derived only: what is computed from other features when a profile is read. */
  readonly expression?: string;
}

export interface FeatureValue {
  readonly value: JsonValue;
  readonly as_of: EpochMs;
  /** True until the window has been covered since the definition was created or backfilled. */
  readonly partial: boolean;
  /** Present and true where a bounded structure overflowed, so that the value is an estimate. */
  readonly approximate?: true;
  readonly currency?: string;
  /** Amounts in currencies without a rate to the reporting currency: shown, never summed. */
  readonly unconverted?: Readonly<Record<string, string>>;
}
