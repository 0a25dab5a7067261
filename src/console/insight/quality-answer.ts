import type { Words } from '../words/en.ts';

/** `GET /v1/analytics/quality`, as far as the page shows it. */
export interface QualityAnswer {
  readonly identifiers: readonly IdentifierFinding[];
  /** Null before the first look. */
  readonly report: QualityReport | null;
}

export interface IdentifierFinding {
  readonly type: string;
  readonly values: number;
  readonly profiles: number;
  readonly shared: number;
  readonly blocked: number;
  readonly verdict: keyof Words['insight']['verdicts'];
}

export interface QualityAlert {
  readonly code: keyof Words['insight']['alerts'];
  readonly subject: string;
  readonly value: number | null;
  readonly target: number | null;
}

/** A share that has a target; null where there is too little to say. */
interface Measured {
  readonly rate: number | null;
  readonly target: number;
}

export interface VolumeHour {
  readonly day: string;
  readonly hour: number;
  readonly events: number;
  readonly usual: number | null;
}

export interface QualityReport {
  readonly from: number;
  readonly to: number;
  readonly events: number;
  readonly completeness: Measured & { readonly fields: readonly MissingField[] };
  readonly unknown: {
    readonly types: Measured & { readonly names: readonly object[] };
    readonly properties: Measured & { readonly names: readonly object[] };
  };
  readonly duplicates: Measured & { readonly sources: readonly object[] };
  readonly lateness: Measured & { readonly channels: readonly object[] };
  readonly skew: Measured & { readonly sources: readonly object[] };
  readonly conflicts: Measured & { readonly reasons: readonly object[] };
  readonly volume: { readonly hours: readonly VolumeHour[]; readonly anomalies: readonly object[] };
  readonly quarantine: readonly object[];
  readonly preferences: Measured;
  readonly complaints: Measured;
  readonly alerts: readonly QualityAlert[];
}

export interface MissingField {
  readonly rate: number;
  readonly expected: boolean;
}

export interface Measure {
  readonly name: keyof Words['insight']['measureNames'];
  readonly rate: number | null;
  readonly target: number;
  /** Which side of the target is the good one. */
  readonly wanted: 'more' | 'less';
}

/** Everything that has a target, in the order in which one looks at it. */
export function measuresOf(report: QualityReport): readonly Measure[] {
  const { completeness, unknown, duplicates, lateness, skew, conflicts, preferences, complaints } = report;
  const of = (name: Measure['name'], { rate, target }: Measured, wanted: Measure['wanted']): Measure => ({
    ...{ name, rate, target, wanted },
  });
  return [
    of('completeness', completeness, 'more'),
    of('types', unknown.types, 'less'),
    of('properties', unknown.properties, 'less'),
    of('duplicates', duplicates, 'less'),
    of('lateness', lateness, 'less'),
    of('skew', skew, 'less'),
    of('conflicts', conflicts, 'less'),
    of('preferences', preferences, 'more'),
    of('complaints', complaints, 'less'),
  ];
}

export function isMet({ rate, target, wanted }: Measure): boolean {
  return rate === null || (wanted === 'more' ? rate >= target : rate <= target);
}

export type Severity = 'bad' | 'warn';

/** As the rules of alerting have it: a source that says nothing is serious, the rest waits until somebody has time. */
export function severityOf({ code }: Pick<QualityAlert, 'code'>): Severity {
  return code === 'source_silent' ? 'bad' : 'warn';
}

/** Serious ones first; among equals as the engine tells them. */
export function bySeverity(alerts: readonly QualityAlert[]): readonly QualityAlert[] {
  const rank = (alert: QualityAlert): number => (severityOf(alert) === 'bad' ? 0 : 1);
  return alerts.toSorted((a, b) => rank(a) - rank(b));
}
