/**
 * Calls of the Segment family, which Segment's, RudderStack's and Jitsu's libraries share, as canonical events: `track`
 * keeps its event name, which normalization makes canonical; the others have one each. Current browser libraries send
 * `userId: null` for anonymous visitors.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { reject } from '../rejection.ts';
import { canonicalTraits } from './canonical-traits.ts';
import type { Dialect } from './dialect.ts';
import { isGiven, present } from './present.ts';

/** The calls, with their short names. `merge` is RudderStack's. */
export const CALLS = {
  track: 't',
  identify: 'i',
  page: 'p',
  screen: 's',
  group: 'g',
  alias: 'a',
  merge: 'merge',
} as const;
type Call = keyof typeof CALLS;

/** What imports send are historical times, to which an offset of the sender's clock does not apply. */
export const IMPORT_PATH = '/v1/import';

const SERVER_LIBRARY = /node|python|ruby|java(?!script)|php|go\b|\.net|csharp|rust|http/i;
const APP_LIBRARY = /ios|android|kotlin|swift|react-native|flutter|cordova|unity|expo/i;

export const decodeCall: Dialect['decode'] = (item, envelope, route) => {
  const call = route.call ?? item.type;
  const context = contextOf(item, envelope);
  const decoded = isCall(call) ? DECODERS[call](item) : undefined;
  if (decoded === undefined) {
    return reject(
      'unknown_type',
      '/type',
      'The call must be track, identify, page, screen, group, alias or merge.',
    );
  }
  // Assigned one by one: with a spread for each field that may be missing, decoding cost twice as much as scanning.
  const event: Fields = { channel: channelOf(item, context) };
  give(event, 'id', item.messageId);
  give(event, 'type', decoded.type);
  give(event, 'time', item.originalTimestamp ?? item.timestamp);
  event.identifiers = identifiersOf(item, context, decoded.identifiers);
  event.properties = decoded.properties;
  give(event, 'traits', traitsOf(context?.traits, decoded.traits));
  if (context !== undefined) event.context = withoutPersonal(context);
  const sentAt = route.path === IMPORT_PATH ? undefined : (item.sentAt ?? envelope.sentAt ?? undefined);
  return sentAt === undefined ? { ok: true, event } : { ok: true, event, sentAt };
};

/** An object while it is made. */
type Fields = Record<string, JsonValue>;

/** One field, unless there is nothing to say. */
function give(to: Fields, name: string, value: JsonValue | undefined): void {
  if (isGiven(value)) to[name] = value;
}

/** What is particular to one kind of call. */
interface DecodedCall {
  readonly type: JsonValue | undefined;
  /** Something else than an object goes on as it is: validation refuses it by name. */
  readonly properties: JsonValue;
  readonly traits?: JsonValue | undefined;
  readonly identifiers?: JsonObject;
}

const DECODERS: Readonly<Record<Call, (item: JsonObject) => DecodedCall>> = {
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
  merge: (item) => ({ type: 'profile_identified', properties: {}, identifiers: mergedIdentifiers(item) }),
};

function isCall(call: JsonValue | undefined): call is Call {
  return typeof call === 'string' && Object.hasOwn(CALLS, call);
}

/** The batch's context lies under each item's. */
function contextOf(item: JsonObject, envelope: JsonObject): JsonObject | undefined {
  const own = item.context;
  const shared = envelope.context;
  if (!isJsonObject(shared)) return isJsonObject(own) ? own : undefined;
  return isJsonObject(own) ? { ...shared, ...own } : shared;
}

/**
 * What is personal leaves the context, which is kept in the clear: traits have a place of their own, and identifiers,
 * addresses of networks and ids of devices are kept sealed or not at all.
 */
function withoutPersonal(context: JsonObject): JsonObject {
  const { traits: _traits, ip: _ip, externalId: _one, externalIds: _all, ...rest } = context;
  if (!isJsonObject(rest.device)) return rest;
  const { id: _id, advertisingId: _advertising, token: _token, ...device } = rest.device;
  return { ...rest, device };
}

function identifiersOf(
  item: JsonObject,
  context: JsonObject | undefined,
  more: JsonObject | undefined,
): JsonObject {
  const identifiers: Fields = {};
  give(identifiers, 'user_id', item.userId);
  give(identifiers, 'anonymous_id', item.anonymousId);
  const device = context?.device;
  if (isJsonObject(device)) give(identifiers, 'device_id', device.id);
  return more === undefined ? identifiers : { ...identifiers, ...more };
}

/** `alias` says that the previous id and the user id are one person; the previous id is nearly always anonymous. */
function aliasIdentifiers(item: JsonObject): JsonObject {
  const { previousId, anonymousId } = item;
  if (!isGiven(previousId)) return {};
  const both = isGiven(anonymousId) && anonymousId !== previousId;
  return { anonymous_id: both ? [anonymousId, previousId] : previousId };
}

/** Names that `merge` uses for identifiers which have another one here. */
const MERGE_TYPES: Readonly<Record<string, string>> = {
  mobile: 'phone',
  userId: 'user_id',
  anonymousId: 'anonymous_id',
};

/** `merge` lists identifiers of one person: `mergeProperties: [{ type, value }, …]`. */
function mergedIdentifiers({ mergeProperties }: JsonObject): JsonObject {
  const found: Fields = Object.create(null);
  for (const entry of Array.isArray(mergeProperties) ? mergeProperties : []) {
    if (!isJsonObject(entry) || typeof entry.type !== 'string' || !isGiven(entry.value)) continue;
    const type = Object.hasOwn(MERGE_TYPES, entry.type) ? MERGE_TYPES[entry.type]! : entry.type;
    const known = found[type];
    found[type] = known === undefined ? entry.value : [known, entry.value].flat();
  }
  return found;
}

function traitsOf(shared: JsonValue | undefined, own: JsonValue | undefined): JsonValue | undefined {
  if (own !== undefined && !isJsonObject(own)) return own;
  const traits = isJsonObject(shared) ? { ...shared, ...own } : own;
  return traits === undefined ? undefined : canonicalTraits(traits);
}

/** Properties of a page or screen, with the name and category that stand beside them. */
function named(item: JsonObject): JsonValue {
  const properties = item.properties ?? {};
  if (!isJsonObject(properties)) return properties;
  const { name, category } = item;
  if (!isGiven(name) && !isGiven(category)) return properties;
  return { ...present('name', name), ...present('category', category), ...properties };
}

function channelOf(item: JsonObject, context: JsonObject | undefined): string {
  const stated = item.channel ?? context?.channel;
  if (stated === 'mobile') return 'app';
  if (typeof stated === 'string' && stated !== '' && stated !== 'browser') return stated;
  const library = context?.library;
  if (!isJsonObject(library)) return 'web';
  const name = typeof library.name === 'string' ? library.name : '';
  // By far the most frequent one, and neither of the others.
  if (name === 'analytics.js') return 'web';
  if (APP_LIBRARY.test(name)) return 'app';
  // Jitsu's library has one name in pages and on servers, and says where it runs.
  return SERVER_LIBRARY.test(name) || library.env === 'node' ? 'server' : 'web';
}
