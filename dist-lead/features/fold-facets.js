import { uniteOrders } from "./orders.js";
import { stateOf } from "./target.js";
/**
 * Takes the features of one facet into another for good: what a profile does with its oldest facets when it has
 * too many. Readings stay as they were, since a reading is the merge anyway; that part can no longer be split.
 */
export function foldFeatures(set, into, from, now) {
    for (const feature of set.byName.values()) {
        const theirs = stateOf(from, feature);
        if (theirs === undefined)
            continue;
        const ours = stateOf(into, feature) ?? feature.operation.empty();
        const merged = feature.operation.merge(ours, theirs);
        feature.operation.bound?.(merged, now);
        into.aggregates.set(feature.number, merged);
    }
    uniteOrders({ set, facet: into, now }, from);
}
//# sourceMappingURL=fold-facets.js.map