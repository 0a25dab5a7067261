import { limits } from "../limits.js";
import { isJsonObject, isSealed } from "../model/json.js";
/**
 * Traits and consents are registers: the newest wins, ties go to the greater (source, event id). So they merge
 * in any order, and an unmerge takes exactly its own away.
 */
export function applyRegisters(facet, event) {
    if (event.traits === undefined && event.consent === undefined)
        return;
    const tie = `${event.source}\0${event.id}`;
    if (event.traits !== undefined) {
        for (const name of Object.keys(event.traits)) {
            const value = event.traits[name];
            if (value !== undefined)
                write(facet.traits, name, { value, time: event.time, tie }, limits.traitsPerFacetMax);
        }
    }
    if (event.consent !== undefined) {
        for (const [purpose, value] of flattenConsent(event.consent)) {
            write(facet.consents, purpose, { value, time: event.time, tie }, limits.consentsPerFacetMax);
        }
    }
}
function write(registers, name, next, max) {
    const current = registers.get(name);
    if (current === undefined && registers.size >= max)
        return;
    if (current === undefined || isNewer(next, current))
        registers.set(name, next);
}
function isNewer(a, b) {
    return a.time !== b.time ? a.time > b.time : a.tie > b.tie;
}
/** Takes over another facet's registers for good. */
export function uniteRegisters(into, from) {
    for (const [name, register] of from.traits)
        write(into.traits, name, register, limits.traitsPerFacetMax);
    for (const [name, register] of from.consents)
        write(into.consents, name, register, limits.consentsPerFacetMax);
}
/** `{ marketing: { sms: true }, sharing: false }` becomes `marketing.sms` and `sharing`. */
function* flattenConsent(consent) {
    for (const purpose of Object.keys(consent)) {
        const value = consent[purpose];
        if (typeof value === 'boolean')
            yield [purpose, value];
        else if (isJsonObject(value)) {
            for (const channel of Object.keys(value)) {
                const given = value[channel];
                if (typeof given === 'boolean')
                    yield [`${purpose}.${channel}`, given];
            }
        }
    }
}
/** The value in force over the facets of a profile, or undefined. */
export function readRegister(facets, kind, name) {
    let newest;
    for (const facet of facets) {
        const register = facet[kind].get(name);
        if (register !== undefined && (newest === undefined || isNewer(register, newest)))
            newest = register;
    }
    return newest;
}
/** All registers in force, by name; each says which facet it came from, whose key opens it if it is sealed. */
export function readRegisters(facets, kind) {
    const newest = new Map();
    for (const facet of facets) {
        for (const [name, register] of facet[kind]) {
            const current = newest.get(name);
            if (current === undefined || isNewer(register, current))
                newest.set(name, { ...register, name, facet: facet.id });
        }
    }
    return [...newest.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
/** A register's value for conditions: sealed ones are never visible to them. */
export function comparableRegister(register) {
    return register === undefined || isSealed(register.value) ? undefined : register.value;
}
//# sourceMappingURL=registers.js.map