import type { JsonObject } from '../../src/model/json.ts';

/** Made by the analyses themselves. */
export function rowsIn(value: unknown): readonly JsonObject[] {
  return value as readonly JsonObject[];
}

export function byName(rows: readonly JsonObject[], names: readonly string[]): Map<string, JsonObject> {
  return new Map(
    rows.map((row) => [
      names.map((name) => String(row[name])).join(' '),
      Object.fromEntries(Object.entries(row).filter(([name]) => !names.includes(name))),
    ]),
  );
}

export function money(minor: number): string {
  return (minor / 100).toFixed(2);
}

export function dayText(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

export function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

export function hundredths(ms: number | null, unit: number): number | null {
  return ms === null ? null : Math.round((Math.round(ms) / unit) * 100) / 100;
}
