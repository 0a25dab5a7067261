import { limits } from "../limits.js";
import { keys } from "../model/keys.js";
import { DAY_MS } from "../model/time.js";
const YEAR_MS = 365 * DAY_MS;
export function judge(event, context, policy) {
    const { view, now } = context;
    const dropped = [];
    let used = [];
    for (const claim of event.claims) {
        if (linkOf(view, claim)?.sharedAs === undefined)
            used.push(claim);
        else
            dropped.push({ claim, reason: 'shared' });
    }
    used = dropStrangers(used, view, policy, dropped);
    for (;;) {
        const { people, yielding } = ownersOf(used, view, policy);
        const weakest = used[0];
        if (weakest === undefined || used.length === 1 || fits({ used, people, yielding, view, policy, now })) {
            return { used, dropped, people, yielding };
        }
        dropped.push({ claim: weakest, reason: 'limit' });
        used = used.slice(1);
    }
}
/** Stated strong claims that belong to somebody else than the people already named leave the event. */
function dropStrangers(claims, view, policy, dropped) {
    const isStated = (claim) => !claim.verified && policy.of(claim.type).strong;
    const known = new Set();
    for (const claim of claims) {
        const owner = isStated(claim) ? undefined : personOf(view, claim);
        if (owner !== undefined && isKnown(owner, policy))
            known.add(owner.id);
    }
    // Strongest stated claims choose first: a user id outranks a typed phone.
    const kept = new Set();
    for (const claim of [...claims].reverse()) {
        const owner = isStated(claim) ? personOf(view, claim) : undefined;
        if (owner === undefined || known.has(owner.id))
            kept.add(claim);
        else if (known.size === 0) {
            if (isKnown(owner, policy))
                known.add(owner.id);
            kept.add(claim);
        }
        else
            dropped.push({ claim, reason: 'stated' });
    }
    return claims.filter((claim) => kept.has(claim));
}
function ownersOf(used, view, policy) {
    const people = new Map();
    const stated = [];
    for (const claim of used) {
        const link = linkOf(view, claim);
        const person = link && personOf(view, claim);
        if (link === undefined || person === undefined)
            continue;
        if (claim.verified && !link.verified)
            stated.push({ link, person });
        else
            people.set(person.id, person);
    }
    const someoneKnown = [...people.values()].some((person) => isKnown(person, policy));
    const yielding = [];
    for (const { link, person } of stated) {
        const knownOtherwise = person.links.some((key) => key !== `${link.type}:${link.hash}` && policy.of(typeOf(key)).strong);
        if (!people.has(person.id) && someoneKnown && knownOtherwise)
            yielding.push(link);
        else
            people.set(person.id, person);
    }
    return { people: [...people.values()], yielding };
}
/** Would the union of these people and claims stay within every limit? */
function fits({ used, people, yielding, view, policy, now }) {
    const values = new Set();
    for (const person of people)
        for (const key of person.links)
            values.add(key);
    for (const link of yielding)
        values.add(`${link.type}:${link.hash}`);
    for (const claim of used)
        values.add(`${claim.type}:${claim.hash}`);
    if (values.size > limits.identifiersPerProfileMax)
        return false;
    if (people.reduce((sum, person) => sum + person.merged.length + 1, -1) > limits.mergesPerProfileMax)
        return false;
    const counts = new Map();
    for (const key of values) {
        const type = typeOf(key);
        const rule = policy.of(type);
        if (rule.period === 'year' && (view.get(`i/${key}`)?.since ?? now) <= now - YEAR_MS)
            continue;
        const count = (counts.get(type) ?? 0) + 1;
        if (count > rule.limit)
            return false;
        counts.set(type, count);
    }
    return true;
}
export function linkOf(view, claim) {
    return view.get(keys.link(claim.type, claim.hash));
}
export function personOf(view, claim) {
    const owner = linkOf(view, claim)?.owner;
    return owner === undefined ? undefined : view.get(keys.person(owner));
}
/** A known person has a strong identifier; others are traces of a device or a browser. */
export function isKnown(person, policy) {
    return person.links.some((key) => policy.of(typeOf(key)).strong);
}
export function typeOf(linkKey) {
    return linkKey.slice(0, linkKey.lastIndexOf(':'));
}
//# sourceMappingURL=judge.js.map