import type { Words } from '../words/en.ts';
import type { Metrics } from './read-metrics.ts';

export interface HealthCheck {
  readonly name: keyof Words['insight']['checkNames'];
  readonly value: number;
  readonly unit: 'count' | 'seconds' | 'share';
  readonly well: boolean;
}

/** Up to here a figure is no reason to look: what is waiting under load is not stuck. */
const LAG_MOST = 10_000;
const HISTORY_ROWS_MOST = 100_000;
const HISTORY_SECONDS_MOST = 60;
const LOOP_SECONDS_MOST = 0.25;
const PRESSURE_MOST = 1;

/** What one would look at first, out of what the engine measures anyway; what this engine does not measure is left out. */
export function checkHealth(metrics: Metrics): readonly HealthCheck[] {
  const { sum, max } = metrics;
  const checks: HealthCheck[] = [];
  const check = (
    name: HealthCheck['name'],
    value: number | undefined,
    { most = 0, unit = 'count' }: { readonly most?: number; readonly unit?: HealthCheck['unit'] } = {},
  ): void => {
    if (value !== undefined) checks.push({ name, value, unit, well: value <= most });
  };
  check('lag', metrics.by('tessera_reader_lag', 'reader').get('people'), { most: LAG_MOST });
  check('history', sum('tessera_history_lag_rows'), { most: HISTORY_ROWS_MOST });
  check('historyAge', max('tessera_history_lag_seconds'), { most: HISTORY_SECONDS_MOST, unit: 'seconds' });
  check('unexplained', max('tessera_conservation_unexplained'));
  check('parity', mismatches(metrics));
  check('errors', sum('tessera_stage_errors_total'));
  check('loop', max('nodejs_eventloop_lag_p99_seconds'), { most: LOOP_SECONDS_MOST, unit: 'seconds' });
  check('pressure', max('tessera_pressure'), { most: PRESSURE_MOST });
  check('shed', sum('tessera_requests_shed'));
  check('restarts', sum('tessera_process_restarts_total'));
  check('streams', sum('tessera_stream_clients_cut'));
  check('dead', sum('tessera_webhook_dead'));
  return checks;
}

/** Features that are not in the state what history says they must be. */
function mismatches({ sum }: Metrics): number | undefined {
  const counts = ['mismatches', 'missing', 'extra'].map((name) => sum(`tessera_parity_${name}_total`));
  return counts.some((count) => count === undefined)
    ? undefined
    : counts.reduce<number>((all, count) => all + (count ?? 0), 0);
}
