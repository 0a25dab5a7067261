import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../src/serve/metrics.ts';

describe('createMetrics', () => {
  it('writes the conservation counters, zero from the start', async () => {
    const metrics = createMetrics({ processMetrics: false });
    metrics.events.received.add(3);
    metrics.events.applied.add(2);
    const text = await metrics.render();
    expect(text).toContain('\ntessera_events_received_total 3\n');
    expect(text).toContain('\ntessera_events_applied_total 2\n');
    for (const name of ['duplicate', 'quarantined', 'refused']) {
      expect(text).toContain(`\ntessera_events_${name}_total 0\n`);
    }
    expect(await metrics.render()).toBe(text);
  });

  it('counts facets by their size when they are stored', async () => {
    const metrics = createMetrics({ processMetrics: false });
    for (const bytes of [200, 300, 5_000]) metrics.facetBytes.observe(bytes);
    metrics.profileBytes.observe(5_300);
    const text = await metrics.render();
    expect(text).toContain('tessera_facet_bytes_bucket{le="512"} 2');
    expect(text).toContain('tessera_facet_bytes_sum 5500');
    expect(text).toContain('tessera_facet_bytes_count 3');
    expect(text).toContain('tessera_profile_bytes_sum 5300');
  });

  it('counts requests by route and status, and observes their durations in cumulative buckets', async () => {
    const metrics = createMetrics({ processMetrics: false });
    const meter = metrics.route('GET', '/v1/profiles/:id');
    for (const seconds of [0.0004, 0.002, 0.002, 60]) meter.observe(200, seconds);
    meter.count(429);
    const text = await metrics.render();
    const route = 'method="GET",route="/v1/profiles/:id"';
    expect(text).toContain(`tessera_http_requests_total{${route},status="200"} 4`);
    expect(text).toContain(`tessera_http_requests_total{${route},status="429"} 1`);
    expect(text).toContain(`tessera_http_request_duration_seconds_bucket{${route},le="0.0005"} 1`);
    expect(text).toContain(`tessera_http_request_duration_seconds_bucket{${route},le="0.0025"} 3`);
    expect(text).toContain(`tessera_http_request_duration_seconds_bucket{${route},le="10"} 3`);
    expect(text).toContain(`tessera_http_request_duration_seconds_bucket{${route},le="+Inf"} 4`);
    expect(text).toContain(`tessera_http_request_duration_seconds_count{${route}} 4`);
    expect(text).toMatch(/tessera_http_request_duration_seconds_sum\{[^}]*\} 60\.004/);
  });

  it('puts a value on a bound into the bucket of that bound', async () => {
    const metrics = createMetrics({ processMetrics: false });
    metrics.route('GET', '/').observe(200, 0.001);
    expect(await metrics.render()).toContain('route="/",le="0.001"} 1');
  });

  it('reads gauges when scraped', async () => {
    const metrics = createMetrics({ processMetrics: false });
    let lag = 7;
    metrics.observe({
      readerLag: () => ({ people: lag }),
      logBytes: () => 4096,
      spoolBytes: () => 12,
      cacheEntries: () => ({ state: 5 }),
    });
    metrics.gauge('tessera_test', 'A gauge.', () => 1);
    expect(await metrics.render()).toContain('tessera_reader_lag{reader="people"} 7');
    lag = 0;
    const text = await metrics.render();
    expect(text).toContain('tessera_reader_lag{reader="people"} 0');
    expect(text).toContain('tessera_log_bytes 4096');
    expect(text).toContain('tessera_cache_entries{cache="state"} 5');
  });

  it('keeps one tally per name, for stages and happenings alike', async () => {
    const metrics = createMetrics({ processMetrics: false });
    metrics.counter('dedup_full').add(1);
    metrics.counter('dedup_full').add(2);
    const stage = metrics.stage('people');
    stage.records.add(10);
    stage.seconds.observe(0.003);
    const text = await metrics.render();
    expect(text).toContain('tessera_engine_total{name="dedup_full"} 3');
    expect(text).toContain('tessera_stage_records_total{stage="people"} 10');
    expect(text).toContain('tessera_stage_batch_seconds_count{stage="people"} 1');
  });

  it('shows the process where asked to', async () => {
    const text = await createMetrics({ processMetrics: true }).render();
    expect(text).toContain('process_resident_memory_bytes');
    expect(text).toContain('nodejs_eventloop_lag_seconds');
  });
});
