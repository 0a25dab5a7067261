/** Milliseconds since 1970-01-01T00:00Z. The optional brand documents the unit and costs nothing at run time. */
export type EpochMs = number & { readonly unit?: 'epoch-ms' };
/** A length of time in milliseconds. */
export type DurationMs = number & { readonly unit?: 'ms' };

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

const UNITS: Readonly<Record<string, number>> = { s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS };

/** Parses `90s`, `30m`, `24h`, `7d`; undefined when the text is not a duration. */
export function parseDuration(text: string): DurationMs | undefined {
  const match = /^([1-9]\d{0,6})([smhd])$/.exec(text);
  const unit = match?.[2] === undefined ? undefined : UNITS[match[2]];
  return match?.[1] === undefined || unit === undefined ? undefined : Number(match[1]) * unit;
}

/** The UTC day number of a moment: fields of deduplication ids are named after it. */
export function dayOf(at: EpochMs): number {
  return Math.floor(at / DAY_MS);
}
