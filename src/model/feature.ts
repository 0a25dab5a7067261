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
  | 'cart';

/** One feature as its author writes it (schemas/definitions/feature.json), after expansion of `windows`. */
export interface FeatureDefinition {
  readonly name: string;
  readonly description?: string;
  /** Event types that the feature reads. */
  readonly on: readonly string[];
  readonly where?: Condition;
  readonly aggregate: Aggregate;
  /** Path of the value, e.g. `properties.brand`, `properties.products[].category`, `order.spend`. */
  readonly of?: string;
  /** `lifetime`, or a duration (1m to 730d) for a tiled sliding window. */
  readonly window: string;
  /** The value is an amount in minor units, summed per currency and answered as a decimal string. */
  readonly money?: boolean;
  /** How many entries top_k and list_last_n answer (default 10). */
  readonly limit?: number;
  /** list_last_n only: keep the newest occurrence of each value. */
  readonly distinct?: boolean;
  /** time_since only: `seconds`, `hours` or `days` (default `days`), rounded down. */
  readonly unit?: 'seconds' | 'hours' | 'days';
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
