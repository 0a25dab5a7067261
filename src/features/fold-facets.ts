import type { Facet } from '../model/profile.ts';
import type { EpochMs } from '../model/time.ts';
import type { FeatureSet } from './compile.ts';
import { uniteOrders } from './orders.ts';
import { stateOf } from './target.ts';

/**
 * Takes the features of one facet into another for good: what a profile does with its oldest facets when it has
 * too many. Readings stay as they were, since a reading is the merge anyway; that part can no longer be split.
 */
export function foldFeatures(set: FeatureSet, into: Facet, from: Facet, now: EpochMs): void {
  for (const feature of set.features) {
    const theirs = stateOf(from, feature);
    if (theirs === undefined) continue;
    const ours = stateOf(into, feature) ?? feature.operation.empty();
    const merged = feature.operation.merge(ours, theirs);
    feature.operation.bound?.(merged, now);
    into.aggregates.set(feature.number, merged);
  }
  uniteOrders({ set, facet: into, now }, from);
}
