import { DAY_MS, HOUR_MS, SECOND_MS } from "../../model/time.js";
import { isLive, tileOf } from "../tiles.js";
const UNIT_MS = { seconds: SECOND_MS, hours: HOUR_MS, days: DAY_MS };
/** Whole units from the newest event to the time of reading, never below 0; null when there was none. */
export function createTimeSince({ span, unit }) {
    const unitMs = UNIT_MS[unit];
    return {
        empty: () => [],
        add(state, sample, now) {
            if (!isLive(span, tileOf(span, sample.time), now))
                return;
            state[0] = Math.max(state[0] ?? sample.time, sample.time);
        },
        merge(a, b) {
            const [left] = a;
            const [right] = b;
            return left === undefined || right === undefined ? [...a, ...b] : [Math.max(left, right)];
        },
        read(state, now) {
            const [time] = state;
            if (time === undefined || !isLive(span, tileOf(span, time), now))
                return { value: null };
            return { value: Math.max(0, Math.floor((now - time) / unitMs)) };
        },
    };
}
//# sourceMappingURL=time-since.js.map