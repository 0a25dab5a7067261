import { useEffect, useState } from 'preact/hooks';
import { Card } from '../parts/card.tsx';
import { Fact } from '../parts/fact.tsx';
import { LoadedView } from '../parts/loaded-view.tsx';
import { useLoad } from '../parts/use-load.ts';
import { ask } from '../session.ts';
import { formatMoment, formatNumber, words } from '../words/words.ts';
import { ConservationCard } from './conservation-card.tsx';
import { checkHealth, type HealthCheck } from './health-checks.ts';
import { HistoryLagTable } from './history-lag-table.tsx';
import { type Metrics, readMetrics } from './read-metrics.ts';

const LOOK_EVERY_MS = 5000;

/** Whether the engine does well: looked at every few seconds, since that is when somebody looks here. */
export function Health() {
  const texts = words.value.insight;
  const [look, setLook] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setLook((n) => n + 1), LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  const readiness = useLoad(readReadiness, [], [look]);
  const metrics = useLoad(
    async (signal) => readMetrics(await ask<string>('GET /metrics', { signal })),
    [],
    [look],
  );
  return (
    <div class="grid">
      <Card title={texts.health} wide>
        <LoadedView of={readiness}>{(found) => <Verdict found={found} />}</LoadedView>
      </Card>
      <Card title={texts.checks}>
        <LoadedView of={metrics}>{(found) => <Checks checks={checkHealth(found)} />}</LoadedView>
      </Card>
      <Card title={texts.sizes}>
        <LoadedView of={metrics}>{(found) => <Sizes metrics={found} />}</LoadedView>
      </Card>
      <Card title={texts.historyByPartition}>
        <LoadedView of={metrics}>{(found) => <HistoryLagTable metrics={found} />}</LoadedView>
      </Card>
      <ConservationCard />
    </div>
  );
}

interface Readiness {
  readonly status: 'ready' | 'degraded' | 'not_ready';
  readonly reasons: readonly string[];
}

/** An engine that is not ready answers 503 and says why: an answer, here, and no failure. */
async function readReadiness(signal: AbortSignal): Promise<Readiness> {
  const response = await fetch('/readyz', { signal });
  return (await response.json()) as Readiness;
}

const LOOKS = { ready: 'good', degraded: 'warn', not_ready: 'bad' } as const;

function Verdict({ found: { status, reasons } }: { readonly found: Readiness }) {
  const { ready, degraded, notReady } = words.value.insight;
  return (
    <>
      <p role="status" class={LOOKS[status]}>
        {{ ready, degraded, not_ready: notReady }[status]}
      </p>
      {reasons.length > 0 && (
        <ul>
          {reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
    </>
  );
}

function Checks({ checks }: { readonly checks: readonly HealthCheck[] }) {
  const { checks: label, checkNames, well, severities } = words.value.insight;
  return (
    <ul class="alerts plain" aria-label={label}>
      {checks.map((check) => (
        <li key={check.name} class={check.well ? 'good' : 'warn'}>
          <span class={`badge ${check.well ? 'good' : 'warn'}`}>{check.well ? well : severities.warn}</span>
          <span>{checkNames[check.name]}</span>
          <span class="number">{describe(check)}</span>
        </li>
      ))}
    </ul>
  );
}

function describe({ value, unit }: HealthCheck): string {
  return unit === 'seconds' ? `${formatNumber(value)} s` : formatNumber(value);
}

function Sizes({ metrics }: { readonly metrics: Metrics }) {
  const names = words.value.insight.sizeNames;
  const version = useLoad(
    async (signal) => await ask<{ readonly version: string }>('GET /version', { signal }),
    [],
  ).loaded;
  const { sum, min, label, by } = metrics;
  const facts: readonly (readonly [string, string | undefined])[] = [
    [names.version, version.state === 'ready' ? version.value.version : undefined],
    [names.node, label('nodejs_version_info', 'version')],
    [names.up, said(min('process_start_time_seconds'), (seconds) => formatMoment(seconds * 1000))],
    [names.processes, said(sum('nodejs_version_info'), formatNumber)],
    [names.memory, said(sum('process_resident_memory_bytes'), formatBytes)],
    [names.heap, said(sum('nodejs_heap_size_used_bytes'), formatBytes)],
    [names.log, said(sum('tessera_log_bytes'), formatBytes)],
    [names.spool, said(sum('tessera_spool_bytes'), formatBytes)],
    [names.cache, said(by('tessera_cache_entries', 'cache').get('state'), formatNumber)],
    [names.segments, said(sum('tessera_segment_members'), formatNumber)],
    [names.clients, said(sum('tessera_stream_clients'), formatNumber)],
  ];
  return (
    <dl class="facts">
      {facts.map(([name, value]) => value !== undefined && <Fact key={name} name={name} value={value} />)}
    </dl>
  );
}

function said(value: number | undefined, format: (value: number) => string): string | undefined {
  return value === undefined ? undefined : format(value);
}

const MEBIBYTE = 2 ** 20;

function formatBytes(bytes: number): string {
  return `${formatNumber(bytes / MEBIBYTE)} MiB`;
}
