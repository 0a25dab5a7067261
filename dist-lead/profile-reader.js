import { readFeatures } from "./features/read.js";
import { identifierPath } from "./ingest/admit.js";
import { limits } from "./limits.js";
import { isJsonObject } from "./model/json.js";
import { keys, UNATTRIBUTED } from "./model/keys.js";
import { maskIdentifier, maskPersonal } from "./model/mask.js";
import { readRegisters } from "./profile/registers.js";
export function createProfileReader(options) {
    const reader = new EntryReader(options);
    const byId = async (id, read) => {
        const header = await followForwards(reader, id);
        return header && (await viewOf(header, read, { reader, options }));
    };
    return {
        byId,
        async byIdentifier(type, value, read) {
            const index = options.indexOf(type, value);
            const link = index && (await reader.get(keys.link(index.type, index.hash)));
            return link && (await byId(link.owner, read));
        },
        list: (after, limit, read) => listProfiles({ after, limit, read }, { reader, options }),
        async unattributed(read) {
            const header = (await reader.get(keys.header(UNATTRIBUTED))) ?? {
                id: UNATTRIBUTED,
                createdAt: 0,
                kind: 'pseudo',
                facets: [],
                triggers: new Map(),
            };
            return await viewOf(header, read, { reader, options });
        },
    };
}
class EntryReader {
    #options;
    constructor(options) {
        this.#options = options;
    }
    async get(key) {
        const [value] = await this.all([key]);
        return value;
    }
    async all(wanted) {
        const { store, partition, codec } = this.#options;
        const found = await store.read(partition, wanted);
        // The codec answers the type that belongs to the key's prefix.
        return found.map((bytes, i) => bytes && codec.decode(wanted[i], bytes));
    }
}
async function followForwards(reader, id) {
    let header = await reader.get(keys.header(id));
    for (let hop = 0; header?.forward !== undefined && hop < limits.forwardHopsMax; hop++) {
        header = await reader.get(keys.header(header.forward));
    }
    return header;
}
async function viewOf(header, read, { reader, options }) {
    const facets = (await reader.all(header.facets.map((id) => keys.facet(header.id, id)))).filter((facet) => facet !== undefined);
    const person = await reader.get(keys.person(header.id));
    const links = (await reader.all((person?.links ?? []).map((key) => `i/${key}`))).filter((link) => link !== undefined);
    return {
        profile_id: header.id,
        kind: header.kind,
        identifiers: await identifiersOf(links, read, options),
        traits: await traitsOf(readRegisters(facets, 'traits'), read, options),
        features: readFeatures(options.definitions.features, facets, options.now()),
        segments: [],
        tags: [],
        lifecycle: null,
        consents: consentsOf(readRegisters(facets, 'consents')),
        loyalty: null,
        first_seen: facets.length === 0 ? null : Math.min(...facets.map((facet) => facet.first)),
        last_seen: facets.length === 0 ? null : Math.max(...facets.map((facet) => facet.last)),
    };
}
async function identifiersOf(links, { reveal }, { open }) {
    const shown = {};
    for (const { type, sealed, sealedBy } of links) {
        const value = await open(sealedBy, identifierPath(type), sealed);
        if (value === undefined)
            continue;
        const values = shown[type] ?? [];
        shown[type] = values;
        values.push(reveal ? value : maskIdentifier(type, value));
    }
    return shown;
}
async function traitsOf(registers, { reveal }, { open }) {
    const traits = {};
    for (const { name, value, facet } of registers) {
        const opened = await openDeep(value, `/traits/${name}`, { open, facet, reveal });
        if (opened !== undefined)
            traits[name] = opened;
    }
    return traits;
}
/** Opens or masks every sealed value inside; undefined where its key was destroyed. */
async function openDeep(value, path, opening) {
    if (Array.isArray(value)) {
        const list = value;
        const opened = await Promise.all(list.map((entry, i) => openDeep(entry, `${path}/${i}`, opening)));
        return opened.filter((entry) => entry !== undefined);
    }
    if (!isJsonObject(value))
        return value;
    if (typeof value.$sealed === 'string') {
        const text = await opening.open(opening.facet, path, value.$sealed);
        if (text === undefined)
            return undefined;
        return opening.reveal ? text : maskPersonal(value.kind, text);
    }
    const opened = {};
    for (const key of Object.keys(value)) {
        const inner = value[key];
        const shown = inner === undefined ? undefined : await openDeep(inner, `${path}/${key}`, opening);
        if (shown !== undefined)
            opened[key] = shown;
    }
    return opened;
}
/** `marketing.sms` and its kind go back into the nested shape in which they came. */
function consentsOf(registers) {
    const consents = {};
    for (const { name, value } of registers) {
        const dot = name.indexOf('.');
        if (dot < 0) {
            consents[name] = value;
            continue;
        }
        const purpose = name.slice(0, dot);
        const channels = consents[purpose];
        consents[purpose] = { ...(isJsonObject(channels) ? channels : {}), [name.slice(dot + 1)]: value };
    }
    return consents;
}
async function listProfiles({ after, limit, read }, { reader, options }) {
    const profiles = [];
    let cursor = after === '' ? '' : keys.header(after);
    for (;;) {
        const page = await options.store.scan(options.partition, 'h/', cursor, limit);
        for (const [key, bytes] of page) {
            cursor = key;
            const header = options.codec.decode(key, bytes);
            if (header.forward !== undefined || header.kind === 'pseudo')
                continue;
            profiles.push(await viewOf(header, read, { reader, options }));
            if (profiles.length === limit)
                return { profiles, next: header.id };
        }
        if (page.length < limit)
            return { profiles };
    }
}
//# sourceMappingURL=profile-reader.js.map