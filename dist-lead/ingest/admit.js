import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { limits } from "../limits.js";
import { combinationKey, facetKey, pseudoFacetOf } from "./facet-key.js";
import { reject } from "./rejection.js";
export function createAdmit(options) {
    const introduced = new LRUCache({ max: limits.facetKeyCacheEntries });
    const sealing = { keyring: options.keyring, sealer: options.sealer, introduced };
    const facetOf = createFacetCache();
    // Ids of events without one must differ between requests of the same millisecond.
    let requests = 0;
    return async (request) => {
        const started = performance.now();
        const context = { ...request.context, index: requests++ * limits.batchEventsMax };
        const { drafts, rejected } = draft(request, { request, context, options, facetOf });
        const events = await sealAll(drafts, sealing);
        const validated = performance.now();
        if (request.dryRun) {
            const accepted = events.map((event, i) => acceptedItem(drafts[i], event));
            return { accepted, rejected: rejected.map(withoutQuarantine), timings: timingsOf(started, validated) };
        }
        options.tally.received.add(request.items.length);
        const kept = rejected.filter(isKept);
        options.tally.refused.add(rejected.length - kept.length);
        const quarantined = new Map(kept.map((entry) => [entry, quarantineRecord(entry, context, options)]));
        const records = events.map(options.encodeEvent);
        for (const record of quarantined.values())
            records.push(options.encodeQuarantine(record));
        const appended = await appendAll({ records, accepted: events.length, wait: request.wait }, options);
        for (const { combination } of drafts)
            introduced.set(combination, true);
        return {
            accepted: events.map((event, i) => acceptedItem(drafts[i], event, appended.outcomes?.[i])),
            rejected: rejected.map((entry) => {
                const id = quarantined.get(entry)?.id;
                return { ...withoutQuarantine(entry), ...(id === undefined ? {} : { quarantine_id: id }) };
            }),
            timings: timingsOf(started, validated, appended),
        };
    };
}
/** What exceeds the size of an event is refused, whatever else is wrong: quarantine is bounded as everything is. */
function isKept({ rejection, text }) {
    return rejection.code !== 'event_too_large' && text.length <= limits.eventBytesMax;
}
function draft(request, input) {
    const drafts = [];
    const rejected = [];
    for (let index = 0; index < request.items.length; index++) {
        const item = request.items[index];
        if (!item.ok) {
            rejected.push({
                index,
                ...(item.id === undefined ? {} : { id: item.id }),
                rejection: item,
                text: item.text,
            });
            continue;
        }
        const decoded = request.decode(item.value);
        const made = decoded.ok ? draftOne(decoded, index, input) : decoded;
        if ('code' in made) {
            const sent = decoded.ok ? decoded.event.id : undefined;
            const id = typeof sent === 'string' ? sent.slice(0, limits.eventIdCharactersMax) : undefined;
            rejected.push({ index, ...(id === undefined ? {} : { id }), rejection: made, text: item.text });
        }
        else
            drafts.push(made);
    }
    return { drafts, rejected };
}
function draftOne({ event: wire, sentAt }, index, input) {
    const { request, context, options } = input;
    context.index++;
    const normalized = options.normalize(sentAt === undefined ? wire : { ...wire, sentAt }, context);
    if (!normalized.ok)
        return normalized;
    const read = options.identifiers.read(normalized.rawIdentifiers, normalized.rawTraits, request.verified);
    if (read.tooMany) {
        return reject('too_many_identifiers', '/identifiers', `at most ${limits.identifiersPerEventMax} identifiers`);
    }
    const { event } = normalized;
    const facet = read.claims.length > 0 ? input.facetOf(read.claims) : unattributedFacet(event);
    const combination = read.claims.length > 2 ? combinationKey(read.claims) : facet;
    return { index, normalized, claims: read.claims, dropped: read.dropped, facet, combination };
}
/** Facet keys of warm claims: a hash costs 0.8 µs, remembering it a quarter. */
function createFacetCache() {
    const known = new LRUCache({ max: limits.identifierCacheEntries });
    const nameOf = ({ type, hash: index, verified }) => `${type}${index}${verified ? 'v' : 's'}`;
    return (claims) => {
        const weakest = claims[0];
        const strongest = claims[claims.length - 1];
        const name = claims.length === 1 ? nameOf(weakest) : nameOf(weakest) + nameOf(strongest);
        const found = known.get(name);
        if (found !== undefined)
            return found;
        const made = facetKey(claims);
        known.set(name, made);
        return made;
    };
}
function unattributedFacet({ order, source, id }) {
    return pseudoFacetOf({ source, id, ...(order && { orderKey: `${order.namespace}\0${order.order_id}` }) });
}
/** Seals every draft; waits only for facets whose key is not at hand. */
async function sealAll(drafts, sealing) {
    const { keyring, introduced } = sealing;
    const waiting = new Map();
    // Events of one call stay in order, so only the first of each combination has to introduce it.
    const first = new Set();
    const ready = new Map();
    for (const { facet, normalized, claims, combination } of drafts) {
        if (ready.has(facet) || waiting.has(facet))
            continue;
        if (normalized.personal.length === 0 && (claims.length === 0 || introduced.has(combination)))
            continue;
        const key = keyring.facetKey(facet);
        if (key instanceof Promise)
            waiting.set(facet, key);
        else
            ready.set(facet, key);
    }
    for (const [facet, key] of waiting)
        ready.set(facet, await key);
    return drafts.map((entry) => {
        const introduces = !introduced.has(entry.combination) && !first.has(entry.combination);
        if (introduces)
            first.add(entry.combination);
        return sealDraft(entry, { key: ready.get(entry.facet), introduces, sealer: sealing.sealer });
    });
}
function sealDraft(entry, { key, introduces, sealer }) {
    const { normalized, claims, facet, combination } = entry;
    const { event, personal } = normalized;
    const seals = key !== undefined && introduces;
    const sealed = claims.map(({ type, hash: index, verified, value }) => seals
        ? {
            type,
            hash: index,
            verified,
            sealed: sealer.seal(key, { facet, path: identifierPath(type) }, value),
        }
        : { type, hash: index, verified });
    if (key !== undefined)
        for (const value of personal)
            sealInPlace(event, value, { key, facet, sealer });
    // The normalizer made this object for this event alone: completing it is cheaper than a copy.
    const complete = event;
    complete.claims = sealed;
    complete.facet = facet;
    if (combination !== facet)
        complete.combination = combination;
    return complete;
}
/** The path that a sealed identifier is bound to. */
export function identifierPath(type) {
    return `identifiers.${type}`;
}
function sealInPlace(event, personal, { key, facet, sealer }) {
    // The normalizer made these objects for this event alone, so they may be changed.
    let holder = event;
    for (const step of personal.keys.slice(0, -1))
        holder = holder[step];
    const last = personal.keys.at(-1);
    if (last === undefined)
        return;
    const value = holder[last];
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    holder[last] = { $sealed: sealer.seal(key, { facet, path: personal.path }, text), kind: personal.kind };
}
function quarantineRecord(entry, context, options) {
    const { rejection, text, index } = entry;
    const sealed = options.sealer.sealQuarantined(text);
    const id = `q-${hash('sha256', `${context.receivedAt}\0${context.index}\0${index}\0${sealed}`, 'hex').slice(0, 24)}`;
    return {
        kind: 'quarantine',
        id,
        source: context.source,
        receivedAt: context.receivedAt,
        code: rejection.code,
        path: rejection.path,
        message: rejection.message,
        sealed,
    };
}
async function appendAll(input, { log, outcomes, tally }) {
    const withdraw = input.wait ? outcomes.announce() : undefined;
    try {
        let positions;
        try {
            positions = await log.append(input.records);
        }
        catch (error) {
            tally.refused.add(input.records.length);
            throw error;
        }
        const loggedAt = performance.now();
        if (!input.wait)
            return { loggedAt };
        return { loggedAt, outcomes: await outcomes.outcomesOf(positions.slice(0, input.accepted)) };
    }
    finally {
        withdraw?.();
    }
}
function acceptedItem({ index, dropped }, event, outcome) {
    return { index, event, dropped, ...(outcome === undefined ? {} : { outcome }) };
}
function withoutQuarantine({ index, id, rejection }) {
    const { code, path, message } = rejection;
    return { index, ...(id === undefined ? {} : { id }), code, path, message };
}
function timingsOf(started, validated, appended) {
    const loggedAt = appended?.loggedAt ?? validated;
    return {
        validate_us: Math.round((validated - started) * 1000),
        log_us: Math.round((loggedAt - validated) * 1000),
        apply_us: Math.round((performance.now() - loggedAt) * 1000),
    };
}
//# sourceMappingURL=admit.js.map