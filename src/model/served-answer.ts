import type { HistoryRow } from './effect.ts';
import { position, type RowCause } from './history-rows.ts';
import type { RecommendedItem } from './recommendation.ts';
import { sqlTime } from './sql-time.ts';
import type { EpochMs } from './time.ts';

/** An answer to somebody who asked for recommendations, as history keeps it. */
export interface ServedAnswer {
  /** What clients say was shown and followed, as `recommendation_id`. */
  readonly id: string;
  readonly at: EpochMs;
  /** Empty where nobody is known. */
  readonly profile: string;
  readonly placement: string;
  /** Empty where none was named. */
  readonly store: string;
  readonly strategy: string;
  readonly personalized: boolean;
  readonly items: readonly Pick<RecommendedItem, 'item_id' | 'strategy'>[];
}

export function servedRow(answer: ServedAnswer, cause: RowCause): HistoryRow {
  const { id, at, profile, placement, store, strategy, personalized, items } = answer;
  return {
    table: 'recommendations',
    values: [
      ...position(cause),
      id,
      profile,
      placement,
      strategy,
      store,
      personalized,
      items.map(({ item_id: item }) => item),
      items.map(({ strategy: of }) => of),
      sqlTime(at),
    ],
  };
}
