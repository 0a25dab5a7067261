import type { FeatureValue } from '../../../src/model/feature.ts';
import type { ProfileView } from '../../../src/serve/services.ts';
import type { EngineApi } from './engine-api.ts';

/** Minor units of an amount in an answer; for currencies with two decimals. */
export function minorUnits(amount: unknown): number {
  const [, sign, whole, fraction] = /^(-?)(\d+)\.(\d\d)$/.exec(String(amount)) ?? [];
  return whole === undefined ? Number.NaN : Number(`${sign}${whole}${fraction}`);
}

/** A feature as a whole number: a count, or an amount in minor units; nothing counts as zero. */
export function valueOf(feature: FeatureValue | undefined): number {
  if (feature === undefined) return Number.NaN;
  if (feature.value === null) return 0;
  return feature.currency === undefined ? Number(feature.value) : minorUnits(feature.value);
}

export interface Totals {
  /** Profiles of people, without the one of nobody. */
  readonly people: number;
  /** By feature: the sum over all people and nobody. */
  readonly sums: Readonly<Record<string, number>>;
  /** By feature: what nobody can be named for. */
  readonly unattributed: Readonly<Record<string, number>>;
}

/** Sums of features over every profile. */
export async function totalsOf(api: EngineApi, features: readonly string[]): Promise<Totals> {
  const sums: Record<string, number> = {};
  let last: ProfileView | undefined;
  let profiles = 0;
  for await (const profile of api.profiles(features.join(','))) {
    profiles += 1;
    last = profile;
    for (const name of features) sums[name] = (sums[name] ?? 0) + valueOf(profile.features[name]);
  }
  const unattributed = Object.fromEntries(features.map((name) => [name, valueOf(last?.features[name])]));
  return { people: profiles - 1, sums, unattributed };
}
