/**
 * The Segment family (Segment's libraries, RudderStack's on the same paths). Calls become canonical events: `track`
 * keeps its event name, which normalization makes canonical; the others have one each. Current browser libraries use
 * the short paths and send `userId: null` for anonymous visitors.
 */
import { isJsonObject } from "../../model/json.js";
import { reject } from "../rejection.js";
const CALLS = {
    track: 't',
    identify: 'i',
    page: 'p',
    screen: 's',
    group: 'g',
    alias: 'a',
};
const IMPORT_PATH = '/v1/import';
/** Traits whose camel-case names would hide personal data from the schemas, which mark the canonical names. */
const TRAIT_NAMES = {
    firstName: 'first_name',
    lastName: 'last_name',
    createdAt: 'created_at',
    userId: 'user_id',
    anonymousId: 'anonymous_id',
    deviceId: 'device_id',
};
const SERVER_LIBRARY = /node|python|ruby|java(?!script)|php|go\b|\.net|csharp|rust|http/i;
const APP_LIBRARY = /ios|android|kotlin|swift|react-native|flutter|cordova|unity|expo/i;
export const segment = {
    name: 'segment',
    routes: [...callRoutes(), ...listRoutes()],
    decode(item, envelope, route) {
        const call = route.call ?? item.type;
        const context = contextOf(item, envelope);
        const decoded = isCall(call) ? DECODERS[call](item) : undefined;
        if (decoded === undefined) {
            return reject('unknown_type', '/type', 'The call must be track, identify, page, screen, group or alias.');
        }
        const event = {
            ...present('id', item.messageId),
            ...present('type', decoded.type),
            ...present('time', item.originalTimestamp ?? item.timestamp),
            channel: channelOf(item, context),
            identifiers: { ...identifiersOf(item, context), ...decoded.identifiers },
            properties: decoded.properties,
            ...present('traits', traitsOf(context?.traits, decoded.traits)),
            ...present('context', context === undefined ? undefined : withoutTraits(context)),
        };
        // Imports state historical times; an offset of the sender's clock has no meaning there.
        const sentAt = route.path === IMPORT_PATH ? undefined : (item.sentAt ?? envelope.sentAt ?? undefined);
        return sentAt === undefined ? { ok: true, event } : { ok: true, event, sentAt };
    },
};
const DECODERS = {
    track: (item) => ({ type: item.event, properties: item.properties ?? {} }),
    identify: (item) => ({ type: 'profile_identified', properties: {}, traits: item.traits ?? {} }),
    page: (item) => ({ type: 'page_viewed', properties: named(item) }),
    screen: (item) => ({ type: 'screen_viewed', properties: named(item) }),
    // The traits of a group describe the group, so they must not end up on the person.
    group: (item) => ({
        type: 'group_identified',
        properties: { ...present('group_id', item.groupId), ...present('group_traits', item.traits) },
    }),
    alias: (item) => ({ type: 'profile_identified', properties: {}, identifiers: aliasIdentifiers(item) }),
};
function callRoutes() {
    const routes = [];
    for (const [call, short] of Object.entries(CALLS)) {
        for (const name of [call, short]) {
            routes.push({ path: `/v1/${name}`, call, keyInBody: true, status: 200 });
        }
    }
    return routes;
}
function listRoutes() {
    return ['/v1/batch', '/v1/b', IMPORT_PATH].map((path) => ({
        path,
        listKey: 'batch',
        listRequired: true,
        keyInBody: true,
        status: 200,
    }));
}
function isCall(call) {
    return typeof call === 'string' && Object.hasOwn(CALLS, call);
}
/** The batch's context lies under each item's. */
function contextOf(item, envelope) {
    const own = item.context;
    const shared = envelope.context;
    if (!isJsonObject(shared))
        return isJsonObject(own) ? own : undefined;
    return isJsonObject(own) ? { ...shared, ...own } : shared;
}
/** Traits leave the context, since they are personal and have a place of their own. */
function withoutTraits(context) {
    if (context.traits === undefined)
        return context;
    const { traits: _traits, ...rest } = context;
    return rest;
}
function identifiersOf(item, context) {
    const device = context?.device;
    return {
        ...present('user_id', item.userId),
        ...present('anonymous_id', item.anonymousId),
        ...present('device_id', isJsonObject(device) ? device.id : undefined),
    };
}
/** `alias` says that the previous id and the user id are one person; the previous id is nearly always anonymous. */
function aliasIdentifiers(item) {
    const { previousId, anonymousId } = item;
    if (!isGiven(previousId))
        return {};
    const both = isGiven(anonymousId) && anonymousId !== previousId;
    return { anonymous_id: both ? [anonymousId, previousId] : previousId };
}
function traitsOf(shared, own) {
    if (own !== undefined && !isJsonObject(own))
        return own;
    const traits = isJsonObject(shared) ? { ...shared, ...own } : own;
    return traits === undefined ? undefined : canonicalTraits(traits);
}
function canonicalTraits(traits) {
    const names = Object.keys(traits);
    if (!names.some(isRenamed))
        return traits;
    const canonical = {};
    for (const name of names) {
        const to = isRenamed(name) ? TRAIT_NAMES[name] : name;
        // Where both spellings are there, the canonical one stands.
        if (to === name || traits[to] === undefined)
            canonical[to] = traits[name];
    }
    return canonical;
}
function isRenamed(name) {
    return Object.hasOwn(TRAIT_NAMES, name);
}
/** Properties of a page or screen, with the name and category that stand beside them. */
function named(item) {
    const properties = item.properties ?? {};
    if (!isJsonObject(properties))
        return properties;
    return { ...present('name', item.name), ...present('category', item.category), ...properties };
}
function channelOf(item, context) {
    const stated = item.channel ?? context?.channel;
    if (stated === 'mobile')
        return 'app';
    if (typeof stated === 'string' && stated !== '' && stated !== 'browser')
        return stated;
    const library = context?.library;
    const name = isJsonObject(library) && typeof library.name === 'string' ? library.name : '';
    if (APP_LIBRARY.test(name))
        return 'app';
    return SERVER_LIBRARY.test(name) ? 'server' : 'web';
}
/** One field, unless there is nothing to say. */
function present(key, value) {
    return isGiven(value) ? { [key]: value } : {};
}
function isGiven(value) {
    return value !== undefined && value !== null && value !== '';
}
//# sourceMappingURL=segment.js.map