import type { JsonObject } from '../../model/json.ts';
import type { SkippedFeature, SkipReason } from '../../serve/parity-report.ts';

/** In how many profiles which feature was not compared, and why: at most the features in force, times the reasons. */
export class SkippedFeatures {
  readonly #profiles = new Map<SkipReason, Map<string, number>>();

  add(skipped: readonly SkippedFeature[]): void {
    for (const { feature, reason } of skipped) {
      const profiles = this.#profiles.get(reason) ?? new Map<string, number>();
      this.#profiles.set(reason, profiles);
      profiles.set(feature, (profiles.get(feature) ?? 0) + 1);
    }
  }

  /** How many by reason, as the report has it. */
  get byReason(): JsonObject {
    const sums: Partial<Record<SkipReason, number>> = {};
    for (const [reason, profiles] of this.#profiles)
      sums[reason] = [...profiles.values()].reduce((sum, n) => sum + n, 0);
    return sums;
  }

  /** Those of most profiles first, of equals in the order of their names. */
  get byFeature(): readonly JsonObject[] {
    const rows = [...this.#profiles].flatMap(([reason, profiles]) =>
      [...profiles].map(([feature, n]) => ({ feature, reason, profiles: n })),
    );
    return rows.sort((a, b) => b.profiles - a.profiles || (a.feature < b.feature ? -1 : 1));
  }
}
