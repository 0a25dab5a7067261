import { Counter, Gauge, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { checkHealth } from '../../src/console/insight/health-checks.ts';
import { readMetrics } from '../../src/console/insight/read-metrics.ts';

const AWKWARD = 'a "b" \\ c\nd';

/** As the library of the engine writes them: of two processes, with labels that have to be escaped. */
async function scrape(): Promise<string> {
  const texts = await Promise.all(
    ['1', '2'].map(async (process) => {
      const registers = [new Registry()];
      registers[0]?.setDefaultLabels({ process });
      const lag = new Gauge({
        name: 'tessera_history_lag_seconds',
        help: 'x',
        labelNames: ['partition'],
        registers,
      });
      lag.set({ partition: `p${process}` }, process === '1' ? 3 : 90);
      const errors = new Counter({
        name: 'tessera_stage_errors_total',
        help: 'x',
        labelNames: ['stage'],
        registers,
      });
      errors.inc({ stage: AWKWARD }, 0);
      const segments = new Gauge({
        name: 'tessera_segment_members',
        help: 'x',
        labelNames: ['segment'],
        registers,
      });
      segments.set({ segment: AWKWARD }, 5);
      return (await registers[0]?.metrics()) ?? '';
    }),
  );
  return texts.join('');
}

describe('what metrics say', () => {
  it('is added up over processes, and labels are read as they were written', async () => {
    const metrics = readMetrics(await scrape());
    expect(metrics.sum('tessera_history_lag_seconds')).toBe(93);
    expect(metrics.max('tessera_history_lag_seconds')).toBe(90);
    expect(metrics.min('tessera_history_lag_seconds')).toBe(3);
    expect(metrics.sum('tessera_nothing')).toBeUndefined();
    expect([...metrics.by('tessera_segment_members', 'segment')]).toEqual([[AWKWARD, 10]]);
    expect(metrics.label('tessera_segment_members', 'segment')).toBe(AWKWARD);
  });

  it('is well or not by its bound, and left out where the engine does not measure it', async () => {
    const checks = checkHealth(readMetrics(await scrape()));
    expect(checks).toEqual([
      { name: 'historyAge', value: 90, unit: 'seconds', well: false },
      { name: 'errors', value: 0, unit: 'count', well: true },
    ]);
  });

  it('counts every kind of difference to history', () => {
    const text = ['mismatches', 'missing', 'extra']
      .map((name, n) => `tessera_parity_${name}_total ${n}`)
      .join('\n');
    expect(checkHealth(readMetrics(text))).toEqual([
      { name: 'parity', value: 3, unit: 'count', well: false },
    ]);
  });
});
