import { limits } from "../limits.js";
import { keys } from "../model/keys.js";
import { isLiveDay } from "./dedup.js";
import { emptyFacet } from "./facets.js";
import { uniteRegisters } from "./registers.js";
/** The facet that holds what was folded; unique per profile, so that merged people keep theirs apart. */
export function foldedFacetId(profile) {
    return `z-${profile}`;
}
export function isCrowded(header, facet) {
    return (header !== undefined &&
        header.facets.length >= limits.facetsPerProfileMax &&
        !header.facets.includes(facet));
}
/** All facets are looked at when one too many arrives. */
export function crowdedNeeds(header) {
    return [...header.facets, foldedFacetId(header.id)].map((id) => keys.facet(header.id, id));
}
/** Folds the older half of what may be folded; false when every facet is still needed as it is. */
export function foldOldest(header, context, fold) {
    const { view, now } = context;
    const target = foldedFacetId(header.id);
    const foldable = facetsOf(header, view)
        .filter((facet) => facet.id !== target && !facet.dedupDays.some((day) => isLiveDay(day, now)))
        .sort((a, b) => a.last - b.last || (a.id < b.id ? -1 : 1));
    const chosen = foldable.slice(0, Math.ceil(foldable.length / 2));
    if (chosen.length === 0)
        return false;
    const into = view.get(keys.facet(header.id, target)) ?? emptyFacet(target);
    for (const facet of chosen) {
        into.events += facet.events;
        into.first = Math.min(into.first, facet.first);
        into.last = Math.max(into.last, facet.last);
        uniteRegisters(into, facet);
        fold(into, facet, now);
        for (const day of facet.dedupDays)
            view.remove(keys.dedup(day, header.id, facet.id));
        view.remove(keys.facet(header.id, facet.id));
    }
    const gone = new Set(chosen.map((facet) => facet.id));
    header.facets = [...header.facets.filter((id) => id !== target && !gone.has(id)), target];
    view.put(keys.facet(header.id, target), into);
    view.put(keys.header(header.id), header);
    return true;
}
function facetsOf(header, view) {
    return header.facets
        .map((id) => view.get(keys.facet(header.id, id)))
        .filter((facet) => facet !== undefined);
}
//# sourceMappingURL=fold-facets.js.map