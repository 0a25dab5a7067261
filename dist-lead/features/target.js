/** The state of a feature in a facet; undefined while it is empty. */
export function stateOf(facet, feature) {
    // The map is keyed by feature number, and a number's state is only ever made by that feature's operation.
    return facet.aggregates.get(feature.number);
}
export function addSample({ facet, now }, feature, sample) {
    const { operation } = feature;
    const known = stateOf(facet, feature);
    if (known !== undefined) {
        operation.add(known, sample, now);
        return;
    }
    const state = operation.empty();
    operation.add(state, sample, now);
    if (state.length > 0)
        facet.aggregates.set(feature.number, state);
}
//# sourceMappingURL=target.js.map