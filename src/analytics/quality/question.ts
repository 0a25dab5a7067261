import type { QualityDefinition } from '../../model/quality.ts';
import type { EpochMs } from '../../model/time.ts';
import type { Stretch } from '../analysis.ts';
import { within } from '../sql-pieces.ts';

/** Asked is what was received in [from, to): late events belong to the day on which they came, and the figures of a day stay. */
export interface QualityQuestion extends Stretch {
  readonly rules: QualityDefinition;
  /** Hours that end later may not have come to history as a whole. */
  readonly settled: EpochMs;
  /** By whose clock hours and days of promotions go. */
  readonly zone: string;
  /** By type: the properties that its schema names. Other types are unknown. */
  readonly known: ReadonlyMap<string, readonly string[]>;
  /** Within so many days an answerer buys what they like. */
  readonly preferenceDays: number;
  /** Types of identifiers. */
  readonly identifiers: readonly string[];
  /** Of more events so many are read in full, picked by their ids. */
  readonly eventsReadMax: number;
  /** So many of them with one question. */
  readonly eventsAtOnce: number;
  /** Rows of a list that are told. */
  readonly rowsMax: number;
  /** Names of sources, channels and types that are told apart. */
  readonly namesMax: number;
}

export function received(stretch: Stretch): string {
  return within(stretch, 'received_at');
}

/** Events that came in from outside: what the engine itself adds is nobody's data. */
export const FROM_OUTSIDE = "source NOT IN ('engine', 'operator')";

/** By name, the largest first. */
export function bySize<Row extends { readonly events: number }>(rows: readonly Row[]): readonly Row[] {
  return [...rows].sort((a, b) => b.events - a.events);
}
