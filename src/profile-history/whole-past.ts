import type { Definitions } from '../definitions.ts';
import { compileFeatures, type FeatureSet } from '../features/compile.ts';
import type { ReducerDefinitions } from '../reduce-event.ts';

/** The definitions in force as if they had been there from the start; compiled once for each change of them. */
export class WholePast {
  readonly #inForce: Definitions;
  #of: FeatureSet | undefined;
  #whole: FeatureSet | undefined;

  constructor(inForce: Definitions) {
    this.#inForce = inForce;
  }

  definitions(): ReducerDefinitions {
    const { features, entry, identity, reportingCurrency } = this.#inForce;
    if (this.#of !== features || this.#whole === undefined) {
      const numbered = entry.features.map((each) => ({ ...each, origin: true }));
      this.#whole = compileFeatures(numbered, { reportingCurrency });
      this.#of = features;
    }
    return { features: this.#whole, identity };
  }
}
