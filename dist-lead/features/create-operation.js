import { unreachable } from "../errors.js";
import { limits } from "../limits.js";
import { createAverage } from "./operations/average.js";
import { createCart } from "./operations/cart.js";
import { createCount } from "./operations/count.js";
import { createDistinct } from "./operations/distinct.js";
import { createFirst } from "./operations/first.js";
import { createLast } from "./operations/last.js";
import { createListLastN } from "./operations/list-last-n.js";
import { createMaximum } from "./operations/maximum.js";
import { createMinimum } from "./operations/minimum.js";
import { createSum } from "./operations/sum.js";
import { createTimeSince } from "./operations/time-since.js";
import { createTopKeys } from "./operations/top-keys.js";
import { compileSpan } from "./tiles.js";
function optionsOf(definition, reportingCurrency) {
    return {
        span: compileSpan(definition.window),
        money: definition.money ?? false,
        limit: definition.limit ?? limits.featureEntriesDefault,
        distinct: definition.distinct ?? false,
        unit: definition.unit ?? 'days',
        reportingCurrency,
    };
}
/** The operation that computes a (checked) definition. */
export function createOperation(definition, reportingCurrency) {
    const options = optionsOf(definition, reportingCurrency);
    const { aggregate } = definition;
    switch (aggregate) {
        case 'count':
            return createCount(options);
        case 'sum':
            return createSum(options);
        case 'average':
            return createAverage(options);
        case 'minimum':
            return createMinimum(options);
        case 'maximum':
            return createMaximum(options);
        case 'first':
            return createFirst(options);
        case 'last':
            return createLast(options);
        case 'distinct':
            return createDistinct(options);
        case 'top_k':
            return createTopKeys(options);
        case 'list_last_n':
            return createListLastN(options);
        case 'time_since':
            return createTimeSince(options);
        case 'cart':
            return createCart(options);
        default:
            return unreachable(aggregate);
    }
}
//# sourceMappingURL=create-operation.js.map