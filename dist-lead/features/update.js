import { putOrderFact } from "./orders.js";
import { addSample } from "./target.js";
function addExtracted(target, extractor, event) {
    const values = extractor.extract(event);
    if (values === undefined)
        return;
    const sample = {
        time: event.time,
        tie: `${event.source}\0${event.id}`,
        currency: extractor.money ? (event.currency ?? '') : '',
        values,
    };
    for (const feature of extractor.features)
        addSample(target, feature, sample);
}
/**
 * Reduces one event, already deduplicated, into its facet. `now` is the append time of its record, the only
 * moment that pruning depends on. What an order event says goes into the facet's order facts; carts read it here.
 */
export function addEvent(set, facet, event, now) {
    const extractors = set.byType.get(event.type);
    if (extractors === undefined && event.order === undefined)
        return;
    const target = { set, facet, now };
    if (extractors !== undefined) {
        for (const extractor of extractors) {
            if (event.order === undefined || extractor.cart)
                addExtracted(target, extractor, event);
        }
    }
    if (event.order !== undefined)
        putOrderFact(target, event);
}
//# sourceMappingURL=update.js.map