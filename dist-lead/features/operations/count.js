import { addToTile, isLive, mergeCounts, pruneCounts, sumLive, tileOf } from "../tiles.js";
/** Events, or values where the definition says `of` what. */
export function createCount({ span }) {
    return {
        empty: () => [],
        add(state, sample, now) {
            const tile = tileOf(span, sample.time);
            if (!isLive(span, tile, now))
                return;
            if (addToTile(state, tile, sample.values.length))
                pruneCounts(state, span, now);
        },
        merge: mergeCounts,
        read: (state, now) => ({ value: sumLive(state, span, now) }),
    };
}
//# sourceMappingURL=count.js.map