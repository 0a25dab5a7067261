import type { FeatureValue } from '../../../src/model/feature.ts';
import type { ProfileView } from '../../../src/serve/services.ts';
import type { EngineApi } from './engine-api.ts';

/** Minor units of an amount in an answer; for currencies with two decimals. */
export function minorUnits(amount: unknown): number {
  const [, sign, whole, fraction] = /^(-?)(\d+)\.(\d\d)$/.exec(String(amount)) ?? [];
  return whole === undefined ? Number.NaN : Number(`${sign}${whole}${fraction}`);
}

/** A feature as a whole number: a count, or an amount in minor units; nothing counts as zero. */
export function featureValue(feature: FeatureValue | undefined): number {
  if (feature === undefined) return Number.NaN;
  if (feature.value === null) return 0;
  return feature.currency === undefined ? Number(feature.value) : minorUnits(feature.value);
}

/** What a profile says: its identifiers, and its features as whole numbers. */
export interface Reading {
  readonly identifiers: ProfileView['identifiers'];
  readonly values: Readonly<Record<string, number>>;
}

export interface Books {
  readonly people: readonly Reading[];
  /** What nobody can be named for. */
  readonly unattributed: Reading;
  /** By feature: the sum over all people and nobody. */
  readonly sums: Readonly<Record<string, number>>;
}

/** These features of every profile, and their sums. */
export async function readBooks(api: EngineApi, features: readonly string[]): Promise<Books> {
  const readings: Reading[] = [];
  for await (const profile of api.profiles(['identifiers', ...features].join(','))) {
    const values = Object.fromEntries(features.map((name) => [name, featureValue(profile.features[name])]));
    readings.push({ identifiers: profile.identifiers, values });
  }
  const unattributed = readings.pop() ?? { identifiers: {}, values: {} };
  const sums: Record<string, number> = {};
  for (const name of features) {
    sums[name] = [...readings, unattributed].reduce((sum, { values }) => sum + (values[name] ?? 0), 0);
  }
  return { people: readings, unattributed, sums };
}
