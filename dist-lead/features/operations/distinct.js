import { limits } from "../../limits.js";
import { HASH_RANGE, hash53 } from "../hash.js";
import { isLive, tileOf } from "../tiles.js";
/** One more than the largest exact count, so that a full sketch is told from an exact one. */
const KEPT_MAX = limits.distinctExactMax + 1;
/** Index of the hash, or of where it belongs. */
function search(state, hash) {
    let low = 0;
    let high = state.length / 2;
    while (low < high) {
        const middle = (low + high) >>> 1;
        if (state[2 * middle] < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return 2 * low;
}
/** True where the pairs before `end` (the smaller hashes) hold KEPT_MAX that are as new as the tile. */
function isDominated(state, end, tile) {
    if (end < 2 * KEPT_MAX)
        return false;
    let newer = 0;
    for (let index = 0; index < end; index += 2)
        if (state[index + 1] >= tile)
            newer += 1;
    return newer >= KEPT_MAX;
}
/** Answers whether the state changed: most values of people who see very many do not change it. */
function put(state, hash, tile) {
    const index = search(state, hash);
    if (state[index] !== hash) {
        if (isDominated(state, index, tile))
            return false;
        state.splice(index, 0, hash, tile);
        return true;
    }
    if (state[index + 1] >= tile)
        return false;
    state[index + 1] = tile;
    return true;
}
/** Remembers the KEPT_MAX newest tiles seen so far, ascending. */
function noteTile(newest, tile) {
    if (newest.length === KEPT_MAX && newest[0] >= tile)
        return;
    let index = newest.length;
    while (index > 0 && newest[index - 1] > tile)
        index -= 1;
    newest.splice(index, 0, tile);
    if (newest.length > KEPT_MAX)
        newest.shift();
}
/** Drops the pairs that no window can need any more. */
function reduce(state) {
    if (state.length <= 2 * KEPT_MAX)
        return;
    const newest = [];
    let kept = 0;
    for (let index = 0; index < state.length; index += 2) {
        const tile = state[index + 1];
        if (newest.length === KEPT_MAX && newest[0] >= tile)
            continue;
        noteTile(newest, tile);
        state[kept] = state[index];
        state[kept + 1] = tile;
        kept += 2;
    }
    state.length = kept;
}
function prune(state, span, now) {
    let kept = 0;
    for (let index = 0; index < state.length; index += 2) {
        if (!isLive(span, state[index + 1], now))
            continue;
        state[kept] = state[index];
        state[kept + 1] = state[index + 1];
        kept += 2;
    }
    state.length = kept;
}
/** Values are compared as text: `7` and `"7"` are the same item. */
function hashOf(value) {
    return hash53(typeof value === 'string' ? value : String(value));
}
export function createDistinct({ span }) {
    return {
        empty: () => [],
        add(state, sample, now) {
            const tile = tileOf(span, sample.time);
            if (!isLive(span, tile, now))
                return;
            let changed = false;
            for (const value of sample.values)
                if (put(state, hashOf(value), tile))
                    changed = true;
            if (!changed)
                return;
            if (span.tileMs > 0)
                prune(state, span, now);
            reduce(state);
        },
        merge(a, b) {
            const merged = a.slice();
            for (let index = 0; index < b.length; index += 2)
                put(merged, b[index], b[index + 1]);
            reduce(merged);
            return merged;
        },
        read(state, now) {
            let count = 0;
            for (let index = 0; index < state.length; index += 2) {
                if (!isLive(span, state[index + 1], now))
                    continue;
                count += 1;
                if (count < KEPT_MAX)
                    continue;
                // The K-th smallest of n evenly spread hashes lies near K ÷ n of the range.
                return { value: Math.round(((KEPT_MAX - 1) * HASH_RANGE) / state[index]), approximate: true };
            }
            return { value: count };
        },
    };
}
//# sourceMappingURL=distinct.js.map