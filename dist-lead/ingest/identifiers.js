/**
 * Identifiers as sent → claims: normalized, blocked values taken out, the value replaced by its blind index (a keyed
 * hash), sorted weakest first. The order is a total one over (strength, claim, type, hash), so the claims of an event,
 * and with them its facet, do not depend on the order in which a client wrote them.
 */
import { createHmac, createSecretKey } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { limits } from "../limits.js";
import { createBlocklist } from "./blocked-identifiers.js";
import { createNormalizers } from "./normalize-identifier.js";
const HASH_BYTES = 16;
const ISSUED_TYPE = /^([a-z][a-z0-9_]{0,63})@([A-Za-z0-9._-]{1,64})$/;
export function createIdentifierReader(options) {
    const types = new Map(options.policy.types.map((rule, rank) => [rule.type, { name: rule.type, rule, rank }]));
    const resolve = createResolver(options, types);
    const read = (identifiers, traits, verified) => {
        const reading = new Reading(resolve, verified);
        for (const type in identifiers)
            reading.take(type, identifiers[type]);
        if (traits !== undefined) {
            for (const name in traits)
                if (types.has(name))
                    reading.take(name, traits[name]);
        }
        return reading.finish();
    };
    return {
        read,
        find(type, value) {
            const found = resolve(type, value);
            return 'code' in found ? found : found.stated;
        },
    };
}
/** Collects the claims of one event. */
class Reading {
    #resolve;
    #verified;
    #claims = [];
    #dropped = [];
    #values = 0;
    constructor(resolve, verified) {
        this.#resolve = resolve;
        this.#verified = verified;
    }
    take(type, value) {
        // SDKs send null for "nobody yet": that is no identifier, and nothing to complain about.
        if (value === undefined || value === null)
            return;
        if (!isList(value)) {
            this.#takeOne(type, value);
            return;
        }
        for (const entry of value) {
            this.#takeOne(type, entry);
            if (this.#values > limits.identifiersPerEventMax)
                return;
        }
    }
    finish() {
        const tooMany = this.#values > limits.identifiersPerEventMax;
        if (tooMany)
            return { claims: [], dropped: [], tooMany };
        if (this.#claims.length > 1)
            this.#claims.sort(compareClaims);
        return { claims: this.#claims, dropped: this.#dropped, tooMany };
    }
    #takeOne(type, value) {
        this.#values += 1;
        if (this.#values > limits.identifiersPerEventMax)
            return;
        const text = identifierText(value);
        const found = text === undefined ? drop(type, 'invalid_identifier', NOT_TEXT) : this.#resolve(type, text);
        if ('code' in found) {
            this.#dropped.push(found);
            return;
        }
        const claim = this.#verified ? found.verified : found.stated;
        for (const other of this.#claims)
            if (other.hash === claim.hash && other.type === claim.type)
                return;
        this.#claims.push(claim);
    }
}
const NOT_TEXT = 'An identifier is a text, an integer, or a list of these.';
function isList(value) {
    return Array.isArray(value);
}
function identifierText(value) {
    if (typeof value === 'string')
        return value;
    return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : undefined;
}
/** Weak before strong; among strong ones stated before verified; then the weaker type, then the hash. */
function compareClaims(a, b) {
    if (a.strong !== b.strong)
        return a.strong ? 1 : -1;
    if (a.verified !== b.verified)
        return a.verified ? 1 : -1;
    if (a.rank !== b.rank)
        return b.rank - a.rank;
    if (a.type !== b.type)
        return a.type < b.type ? -1 : 1;
    return a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : 0;
}
/** From type and value as sent to the claim, remembering what was read: HMAC and phone rules cost microseconds. */
function createResolver(options, types) {
    const cache = new LRUCache({ max: limits.identifierCacheEntries });
    const normalizers = createNormalizers(options.defaultRegion);
    const isBlocked = createBlocklist(options.policy);
    const indexKey = createSecretKey(options.indexKey);
    const compute = (type, raw) => {
        const known = knownType(types, type);
        if (known === undefined)
            return drop(type, 'unknown_identifier_type', 'The identifier type is not configured.');
        if (isBlocked(raw))
            return drop(known.name, 'blocked_identifier', 'The value never identifies anyone.');
        const value = normalizers[known.rule.normalize](raw);
        if (value === undefined || value.length > limits.identifierCharactersMax) {
            return drop(known.name, 'invalid_identifier', `The value is not a valid ${known.rule.type}.`);
        }
        if (isBlocked(value))
            return drop(known.name, 'blocked_identifier', 'The value never identifies anyone.');
        const hash = createHmac('sha256', indexKey).update(`${known.name}\u0000${value}`).digest();
        return claims(known, value, hash.toString('base64url', 0, HASH_BYTES));
    };
    return (type, raw) => {
        if (type.length > limits.identifierCharactersMax || raw.length > limits.identifierCharactersMax) {
            return drop(type.slice(0, limits.identifierCharactersMax), 'invalid_identifier', 'The identifier is too long.');
        }
        const key = `${type}\u0000${raw}`;
        const cached = cache.get(key);
        if (cached !== undefined)
            return cached;
        const resolved = compute(type, raw);
        cache.set(key, resolved);
        return resolved;
    };
}
function knownType(types, type) {
    const plain = types.get(type);
    if (plain !== undefined)
        return plain;
    const [, base, issuer] = ISSUED_TYPE.exec(type) ?? [];
    const known = base === undefined ? undefined : types.get(base);
    if (known?.rule.issued !== true)
        return undefined;
    return issuer === known.rule.issuer ? known : { ...known, name: type };
}
/** Weak identifiers are never verified, so that the web and the till agree about a device. */
function claims({ name, rule, rank }, value, hash) {
    const stated = { type: name, hash, verified: false, value, rank, strong: rule.strong };
    return { stated, verified: rule.strong ? { ...stated, verified: true } : stated };
}
function drop(type, code, message) {
    return { type, code, message };
}
//# sourceMappingURL=identifiers.js.map