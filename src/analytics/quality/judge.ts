import type { JsonObject } from '../../model/json.ts';

/** What is wrong enough that somebody should look. */
export type QualityAlertCode =
  | 'completeness_low'
  | 'duplicates_high'
  | 'late_high'
  | 'clock_skew'
  | 'unknown_types'
  | 'unknown_properties'
  | 'conflicts_high'
  | 'volume_low'
  | 'volume_high'
  | 'source_silent'
  | 'price_outlier'
  | 'impossible_quantity'
  | 'unlikely_buyer'
  | 'preferences_low'
  | 'complaints_high';

export const qualityAlertCodes: readonly QualityAlertCode[] = [
  'completeness_low',
  'duplicates_high',
  'late_high',
  'clock_skew',
  'unknown_types',
  'unknown_properties',
  'conflicts_high',
  'volume_low',
  'volume_high',
  'source_silent',
  'price_outlier',
  'impossible_quantity',
  'unlikely_buyer',
  'preferences_low',
  'complaints_high',
];

export interface QualityAlert extends JsonObject {
  readonly code: QualityAlertCode;
  /** Of what: a field, a source, a type; empty where it is of all. */
  readonly subject: string;
  readonly value: number;
  /** What it should be at least or at most. */
  readonly target: number;
}

/** A part of the report, and what in it is worth an alert. */
export interface QualityPart<Found extends JsonObject = JsonObject> {
  readonly found: Found;
  readonly alerts: readonly QualityAlert[];
  /** The same for sheets. */
  readonly rows: readonly QualityRow[];
}

export interface QualityRow extends JsonObject {
  readonly part: string;
  readonly subject: string;
  readonly events?: number | null;
  readonly value?: number | null;
  readonly rate?: number | null;
  readonly target?: number | null;
}

export function alert(
  code: QualityAlertCode,
  subject: string,
  [value, target]: [number, number],
): QualityAlert {
  return { code, subject, value, target };
}

/** An alert for each row whose share is over the target, of rows that are many enough to have one. */
export function overTarget<Row extends { readonly rate: number | null }>(
  rows: readonly Row[],
  {
    code,
    target,
    subject,
    enough,
  }: {
    readonly code: QualityAlertCode;
    readonly target: number;
    readonly subject: (row: Row) => string;
    readonly enough: (row: Row) => boolean;
  },
): readonly QualityAlert[] {
  return rows
    .filter((row) => enough(row) && row.rate !== null && row.rate > target)
    .map((row) => alert(code, subject(row), [row.rate ?? 0, target]));
}
