import type { JsonObject, JsonValue } from '../model/json.ts';
import type { DataQuality } from './data-quality-service.ts';
import type { Metrics } from './metrics.ts';
import type { IdentifierQuality, Quality } from './quality-service.ts';

/** What was found last, in the background: nothing is asked of history because somebody scrapes. */
export function registerQualityMetrics(quality: Quality, data: DataQuality, metrics: Metrics): void {
  registerIdentifiers(quality, metrics);
  registerShares(data, metrics);
  registerFindings(data, metrics);
}

function registerIdentifiers(quality: Quality, metrics: Metrics): void {
  const gauge = (name: string, help: string, read: (each: IdentifierQuality) => number): void =>
    metrics.gauges(`tessera_identifier_${name}`, help, {
      label: 'type',
      read: () => Object.fromEntries(quality.latest.identifiers.map((each) => [each.type, read(each)])),
    });
  gauge('values', 'Identifiers known, by type.', ({ values }) => values);
  gauge('profiles', 'Profiles that hold an identifier of the type.', ({ profiles }) => profiles);
  gauge('shared', 'Identifiers that several people use: they link nobody.', ({ shared }) => shared);
  gauge('blocked', 'Identifiers that too many people claim: they identify nobody.', ({ blocked }) => blocked);
  for (const rank of ['p50', 'p99', 'max'] as const) {
    const which = { p50: 'median', p99: '99th percentile', max: 'largest' }[rank];
    gauge(
      `values_per_profile_${rank}`,
      `Identifiers of the type that one profile holds, ${which}.`,
      ({ values_per_profile: spread }) => spread[rank],
    );
    gauge(
      `profiles_per_value_${rank}`,
      `People that one identifier was seen with, ${which}.`,
      ({ profiles_per_value: spread }) => spread[rank],
    );
  }
  metrics.gauge(
    'tessera_identifier_lint_time_seconds',
    'When identifiers were last looked over, in seconds since 1970; 0: not yet.',
    () => (quality.latest.as_of ?? 0) / 1_000,
  );
}

function registerShares(data: DataQuality, metrics: Metrics): void {
  const shares = (
    name: string,
    help: string,
    series: { label: string; read: () => readonly JsonObject[] },
  ): void =>
    metrics.gauges(`tessera_quality_${name}_ratio`, help, {
      label: series.label,
      read: () => byLabel(series.read(), series.label),
    });
  const listOf = (part: string, list: string) => (): readonly JsonObject[] =>
    rowsIn(partOf(data, part)[list]);
  shares('completeness', 'Share of the fields expected of events of a type that are there.', {
    label: 'type',
    read: () => rowsIn(partOf(data, 'completeness').types),
  });
  shares('duplicates', 'Share of events received that had been applied before, by source.', {
    label: 'source',
    read: listOf('duplicates', 'sources'),
  });
  shares('late', 'Share of events over the lateness budget of their channel.', {
    label: 'channel',
    read: listOf('lateness', 'channels'),
  });
  shares('skewed', 'Share of events from senders whose clock is off by a minute or more, by source.', {
    label: 'source',
    read: listOf('skew', 'by_source'),
  });
  shares('found', 'Shares of all events: of unknown types, with unknown properties, conflicts of identity.', {
    label: 'what',
    read: () => [
      { what: 'unknown_types', rate: partOf(data, 'unknown', 'types').rate ?? null },
      { what: 'unknown_properties', rate: partOf(data, 'unknown', 'properties').rate ?? null },
      { what: 'conflicts', rate: partOf(data, 'conflicts').rate ?? null },
    ],
  });
}

function registerFindings(data: DataQuality, metrics: Metrics): void {
  metrics.gauges('tessera_quality_alerts', 'What somebody should look at, by code.', {
    label: 'code',
    read: () => countsBy(data.latest?.alerts ?? [], 'code'),
  });
  metrics.gauge(
    'tessera_quality_volume_anomalies',
    'Hours of the last day in which unusually much or little came.',
    () => rowsIn(partOf(data, 'volume').anomalies).length,
  );
  metrics.gauge('tessera_quality_flags_open', 'Flags of the last day that nobody has settled.', () =>
    Number(partOf(data, 'flags').open ?? 0),
  );
  metrics.gauge(
    'tessera_quality_report_time_seconds',
    'When the quality of data was last looked at, in seconds since 1970; 0: not yet, or by another node.',
    () => data.latestAt / 1_000,
  );
}

/** A part of the newest report; empty before there is one. */
function partOf({ latest }: DataQuality, ...path: readonly string[]): JsonObject {
  let part: JsonValue | undefined = latest ?? {};
  // Parts are objects; which ones there are is known where the report is made.
  for (const name of path) part = (part as JsonObject)[name] ?? {};
  return part as JsonObject;
}

function rowsIn(value: JsonValue | undefined): readonly JsonObject[] {
  // Lists of a report hold objects.
  return (value ?? []) as readonly JsonObject[];
}

function byLabel(rows: readonly JsonObject[], label: string): Readonly<Record<string, number>> {
  return Object.fromEntries(
    rows.flatMap((row) => (typeof row.rate === 'number' ? [[String(row[label]), row.rate] as const] : [])),
  );
}

function countsBy(rows: readonly JsonObject[], name: string): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const row of rows) counts[String(row[name])] = (counts[String(row[name])] ?? 0) + 1;
  return counts;
}
