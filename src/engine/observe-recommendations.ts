import type { Metrics } from '../serve/metrics.ts';
import type { NodeRecommendations } from './recommendations.ts';

/** What this node has learned, and what history still has to tell. Nothing where it learns nothing. */
export function observeRecommendations(
  metrics: Pick<Metrics, 'gauge' | 'total'>,
  { recommender, served }: NodeRecommendations,
): void {
  if (recommender === undefined || served === undefined) return;
  metrics.total(
    'tessera_recommender_learned_total',
    'Interactions that this process has learned from since its start, those of a snapshot not counted.',
    () => recommender.status().learned,
  );
  metrics.gauge(
    'tessera_recommender_rows_left',
    'Rows of history that are still to be learned from; at a start, how far that has come.',
    () => recommender.status().left,
  );
  metrics.gauge(
    'tessera_recommender_gaps',
    'Stretches of logs that were missed and wait for history to tell them.',
    () => recommender.status().gaps,
  );
  metrics.gauge('tessera_recommender_ready', '1 once what happened before the start is known.', () =>
    recommender.ready ? 1 : 0,
  );
  metrics.total(
    'tessera_recommendations_kept_total',
    'Answers that a log has taken on their way to history.',
    () => served.counts.kept,
  );
  metrics.total(
    'tessera_recommendations_dropped_total',
    'Answers that history will not have, because there were too many or no log took them.',
    () => served.counts.dropped,
  );
}
