import { formatExact } from "./exact.js";
/**
 * Amounts by currency as an answer: the reporting currency's is the value, the others are shown beside it and
 * never added, because no rate is known here.
 */
export function readMoney(amounts, currency, ifNone) {
    const own = amounts.get(currency);
    const value = own === undefined ? ifNone : formatExact(own, currency);
    const others = [...amounts.keys()].filter((code) => code !== currency).sort();
    if (others.length === 0)
        return { value, currency };
    const unconverted = {};
    for (const code of others)
        unconverted[code] = formatExact(amounts.get(code) ?? 0, code);
    return { value, currency, unconverted };
}
//# sourceMappingURL=money-reading.js.map