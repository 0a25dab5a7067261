import { addExact, divideExact, exactFixed, exactMinor, FIXED_POINT_SCALE } from "../exact.js";
import { readMoney } from "../money-reading.js";
import { isLive, mergeRows, pruneRows, putRow, tileOf } from "../tiles.js";
function combine(old, added) {
    return [old[0], old[1], addExact(old[2], added[2]), old[3] + added[3]];
}
/** Sum and count, divided when read; null while there is nothing to divide. */
export function createAverage({ span, money, reportingCurrency }) {
    const exact = money ? exactMinor : exactFixed;
    return {
        empty: () => [],
        add(state, sample, now) {
            const tile = tileOf(span, sample.time);
            if (!isLive(span, tile, now))
                return;
            for (const value of sample.values) {
                if (typeof value === 'number')
                    putRow(state, [tile, sample.currency, exact(value), 1], combine);
            }
            pruneRows(state, span, now);
        },
        merge: (a, b) => mergeRows(a, b, combine),
        read(state, now) {
            const totals = new Map();
            for (const row of state) {
                const total = totals.get(row[1]);
                if (isLive(span, row[0], now))
                    totals.set(row[1], total === undefined ? row : combine(total, row));
            }
            if (!money) {
                const total = totals.get('');
                return { value: total === undefined ? null : Number(total[2]) / (total[3] * FIXED_POINT_SCALE) };
            }
            const averages = new Map();
            for (const [currency, [, , sum, count]] of totals)
                averages.set(currency, divideExact(sum, count));
            return readMoney(averages, reportingCurrency, null);
        },
    };
}
//# sourceMappingURL=average.js.map