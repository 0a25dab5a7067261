import { describe, expect, it } from 'vitest';
import { type HistoryLag, registerHistoryLag } from '../../src/serve/history-lag.ts';
import { createMetrics } from '../../src/serve/metrics.ts';

describe('the lag of history', () => {
  it('is shown per partition in rows, bytes and seconds, as it is when somebody asks', async () => {
    const metrics = createMetrics({ processMetrics: false });
    const lags = new Map<string, HistoryLag>();
    registerHistoryLag(metrics, () => lags);
    lags.set('p0', { rowsWaiting: 3, bytesWaiting: 400, secondsWaiting: 1.5 });
    lags.set('identity', { rowsWaiting: 0, bytesWaiting: 0, secondsWaiting: 0 });
    const text = await metrics.render();
    expect(text).toContain('tessera_history_lag_rows{partition="p0"} 3');
    expect(text).toContain('tessera_history_lag_bytes{partition="p0"} 400');
    expect(text).toContain('tessera_history_lag_seconds{partition="p0"} 1.5');
    expect(text).toContain('tessera_history_lag_seconds{partition="identity"} 0');
  });
});
