import { limits } from "../limits.js";
import { hash53 } from "./hash.js";
import { boundedText } from "./scalar.js";
import { addSample } from "./target.js";
const SEPARATOR = '\0';
/** Ids come from outside and may be long; what is cut off lives on in a hash. */
function boundedId(id) {
    return id.length <= limits.featureStringCharactersMax ? id : `${boundedText(id)}#${hash53(id)}`;
}
function keyOfFact(order, transition) {
    const refund = transition === 'refunded' ? order.refund_id : '';
    return [boundedId(order.namespace), boundedId(order.order_id), transition, boundedId(refund)].join(SEPARATOR);
}
/** The earlier report wins, then the smaller (source, event id). */
function isBetter(a, b) {
    return a.time !== b.time ? a.time < b.time : a.tie < b.tie;
}
/** Two reports of one fact become the winner's, known since the first of them. */
function combine(a, b) {
    const winner = isBetter(b, a) ? b : a;
    const since = Math.min(a.since, b.since);
    return winner.since === since ? winner : { ...winner, since };
}
function extractValues(set, event) {
    const values = new Map();
    for (const extractor of set.byType.get(event.type) ?? []) {
        if (extractor.cart)
            continue;
        const extracted = extractor.extract(event);
        if (extracted === undefined)
            continue;
        values.set(extractor.number, [extractor.money ? (event.currency ?? '') : '', ...extracted]);
    }
    return values;
}
/** Keeps what the event says about its order; behavior sources say nothing that counts. */
export function putOrderFact(target, event) {
    const { set, facet, now } = target;
    const { order } = event;
    if (order === undefined || !order.ledger)
        return;
    const key = keyOfFact(order, order.transition);
    const tie = `${event.source}${SEPARATOR}${event.id}`;
    const reported = { key, time: event.time, tie, since: now, values: extractValues(set, event) };
    const known = facet.orders.get(key);
    facet.orders.set(key, known === undefined ? reported : combine(known, reported));
    foldOldFacts(target);
}
/** A fact counts for a feature when it was first reported while the definition was in force. */
function concerns(feature, fact) {
    return feature.origin || fact.since >= feature.createdAt;
}
/** What the fact says to the feature; undefined where it says nothing. */
export function sampleOf(feature, fact) {
    // Written by extractValues above, or read back by encode.ts, which checks the shape.
    const extracted = fact.values.get(feature.extractor);
    if (extracted === undefined || !concerns(feature, fact))
        return undefined;
    const [currency, ...values] = extracted;
    return { time: fact.time, tie: fact.tie, currency, values };
}
/** Cancelling reverses count and spend, so neither the order nor the money given back for it counts. */
function isCancelled(facts, fact) {
    const cancellation = cancellationOf(fact.key);
    return cancellation !== undefined && facts.has(cancellation);
}
function cancellationOf(key) {
    const [namespace, order, transition] = key.split(SEPARATOR);
    return transition === 'cancelled' ? undefined : [namespace, order, 'cancelled', ''].join(SEPARATOR);
}
/** Takes over another facet's facts for good, and folds what is too old or too much. */
export function uniteOrders(target, from) {
    const { facet } = target;
    for (const [key, fact] of from.orders) {
        const known = facet.orders.get(key);
        facet.orders.set(key, known === undefined ? fact : combine(known, fact));
    }
    foldOldFacts(target);
}
/** The facts of a profile that count: one per key over its facets, without orders that were cancelled. */
export function winningFacts(facets) {
    const [first] = facets;
    if (first === undefined)
        return [];
    let facts = first.orders;
    if (facets.length > 1) {
        const union = new Map();
        for (const facet of facets) {
            for (const [key, fact] of facet.orders) {
                const known = union.get(key);
                union.set(key, known === undefined ? fact : combine(known, fact));
            }
        }
        facts = union;
    }
    const counting = [];
    for (const fact of facts.values())
        if (!isCancelled(facts, fact))
            counting.push(fact);
    return counting;
}
function foldFact(target, fact) {
    const { set, facet } = target;
    // Once its cancellation is folded the order and its refunds must not come back, so all go together.
    for (const key of [...facet.orders.keys()])
        if (cancellationOf(key) === fact.key)
            facet.orders.delete(key);
    const counts = !isCancelled(facet.orders, fact);
    facet.orders.delete(fact.key);
    if (!counts)
        return;
    for (const number of fact.values.keys()) {
        for (const feature of set.extractors.get(number)?.features ?? []) {
            const sample = sampleOf(feature, fact);
            if (sample !== undefined)
                addSample(target, feature, sample);
        }
    }
}
function byAge(a, b) {
    return a.time - b.time || (a.key < b.key ? -1 : 1);
}
function foldOldFacts(target) {
    const { facet, now } = target;
    const expired = now - limits.orderFactMs;
    for (const fact of facet.orders.values()) {
        if (fact.since < expired)
            foldFact(target, fact);
    }
    if (facet.orders.size <= limits.orderFactsPerFacetMax)
        return;
    const oldest = [...facet.orders.values()].sort(byAge);
    for (const fact of oldest) {
        if (facet.orders.size <= limits.orderFactsPerFacetMax)
            return;
        if (facet.orders.has(fact.key))
            foldFact(target, fact);
    }
}
//# sourceMappingURL=orders.js.map