import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../src/serve/metrics.ts';
import { mergeMetrics, mergeReadiness } from '../../src/serve/shared-port.ts';

describe('metrics of processes that share a port', () => {
  const textOf = async (process: string, received: number): Promise<string> => {
    const metrics = createMetrics({ processMetrics: false, process });
    metrics.events.received.add(received);
    metrics.route('POST', '/v1/events').observe(202, 0.002);
    metrics.gauge('tessera_odd', 'Help that names # HELP and {braces}.', () => received);
    return metrics.render();
  };

  it('stand in one group for each metric, with the process as a label and nothing added up', async () => {
    const text = mergeMetrics([await textOf('1', 3), await textOf('2', 4)]);
    expect(text).toContain(
      [
        '# HELP tessera_events_received_total Events read from accepted requests.',
        '# TYPE tessera_events_received_total counter',
        'tessera_events_received_total{process="1"} 3',
        'tessera_events_received_total{process="2"} 4',
        '',
      ].join('\n'),
    );
    const bucket = /^tessera_http_request_duration_seconds_bucket\{.*le="0.0025".*process="[12]"\} 1$/gm;
    expect(text.match(bucket)).toHaveLength(2);
    expect(text.match(/^tessera_odd\{process="\d"\}/gm)).toHaveLength(2);
  });

  it('name each metric once, also one that only some of them have', async () => {
    const other = createMetrics({ processMetrics: false, process: '2' });
    other.counter('odd').add(1);
    const text = mergeMetrics([await textOf('1', 1), '', await other.render()]);
    const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(5);
    expect(new Set(names).size).toBe(names.length);
    expect(text).toContain('tessera_engine_total{name="odd",process="2"} 1');
  });

  it('of one process alone are what it renders', async () => {
    const text = await textOf('1', 5);
    expect(mergeMetrics([text])).toBe(text);
  });
});

describe('readiness of processes that share a port', () => {
  const fine = { ok: true, reasons: [], lag: { people: 2, history: 0 } };

  it('adds up what they are behind, and gives each reason once', () => {
    const reason = 'the state cannot be reached';
    const merged = mergeReadiness([
      { process: 1, readiness: { ...fine, reasons: [reason] } },
      { process: 2, readiness: { ...fine, reasons: [reason], lag: { people: 3, history: 1 } } },
    ]);
    expect(merged).toEqual({ ok: true, reasons: [reason], lag: { people: 5, history: 1 } });
  });

  it('is missing where one that is there is not ready, and only degraded where one is away', () => {
    const refusing = { ok: false, reasons: ['the event log is full'], lag: {} };
    expect(
      mergeReadiness([
        { process: 1, readiness: fine },
        { process: 2, readiness: refusing },
      ]),
    ).toMatchObject({
      ok: false,
      reasons: ['the event log is full'],
    });
    expect(
      mergeReadiness([
        { process: 1, readiness: fine },
        { process: 2, readiness: undefined },
      ]),
    ).toMatchObject({
      ok: true,
      reasons: ['process 2 does not answer now'],
    });
  });

  it('is missing where nobody answers', () => {
    expect(mergeReadiness([{ process: 1, readiness: undefined }]).ok).toBe(false);
    expect(mergeReadiness([]).ok).toBe(false);
  });
});
