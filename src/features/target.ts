import type { Facet } from '../model/profile.ts';
import type { EpochMs } from '../model/time.ts';
import type { Feature, FeatureSet } from './compile.ts';
import type { Sample } from './operation.ts';

/** Where samples go: a facet, under the definitions in force, at the append time of the record being folded. */
export interface Target {
  readonly set: FeatureSet;
  readonly facet: Facet;
  readonly now: EpochMs;
}

/** The state of a feature in a facet; undefined while it is empty. */
export function stateOf(facet: Facet, feature: Feature): unknown[] | undefined {
  // The map is keyed by feature number, and a number's state is only ever made by that feature's operation.
  return facet.aggregates.get(feature.number) as unknown[] | undefined;
}

export function addSample({ facet, now }: Target, feature: Feature, sample: Sample): void {
  const { operation } = feature;
  const known = stateOf(facet, feature);
  if (known !== undefined) {
    operation.add(known, sample, now);
    return;
  }
  const state = operation.empty();
  operation.add(state, sample, now);
  if (state.length > 0) facet.aggregates.set(feature.number, state);
}
