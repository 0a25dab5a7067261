import type { Definitions } from '../../definitions/definitions.ts';
import { compileFeatures, type FeatureSet } from '../../features/compile.ts';
import type { CompiledPrivacy } from '../../model/compile-privacy.ts';
import type { ReducerDefinitions } from '../../pipeline/reduce-event.ts';
import type { SegmentSet } from '../../segments/compile.ts';

export interface PastDefinitions extends ReducerDefinitions {
  readonly segments: SegmentSet;
  readonly privacy: CompiledPrivacy;
}

/** The definitions in force as if they had been there from the start; compiled once for each change of them. */
export class WholePast {
  readonly #inForce: Definitions;
  #of: FeatureSet | undefined;
  #whole: FeatureSet | undefined;

  constructor(inForce: Definitions) {
    this.#inForce = inForce;
  }

  definitions(): PastDefinitions {
    const { features, entry, identity, segments, privacy, models, reportingCurrency } = this.#inForce;
    if (this.#of !== features || this.#whole === undefined) {
      const numbered = entry.features.map((each) => ({ ...each, origin: true }));
      this.#whole = compileFeatures(numbered, { reportingCurrency, models });
      this.#of = features;
    }
    return { features: this.#whole, identity, segments, privacy };
  }
}
