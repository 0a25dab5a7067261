import { compareNewest, insertNewest } from "../newest.js";
import { isLive, tileOf } from "../tiles.js";
/** The newest value; of an event with several values, its last. One entry is enough for any window. */
export function createLast({ span }) {
    return {
        empty: () => [],
        add(state, sample, now) {
            const ordinal = sample.values.length - 1;
            const value = sample.values[ordinal];
            if (value === undefined || !isLive(span, tileOf(span, sample.time), now))
                return;
            insertNewest(state, [sample.time, sample.tie, ordinal, value], 1);
        },
        merge(a, b) {
            const [left] = a;
            const [right] = b;
            if (left === undefined || right === undefined)
                return [...a, ...b];
            return [compareNewest(left, right) <= 0 ? left : right];
        },
        read(state, now) {
            const [entry] = state;
            return { value: entry !== undefined && isLive(span, tileOf(span, entry[0]), now) ? entry[3] : null };
        },
    };
}
//# sourceMappingURL=last.js.map