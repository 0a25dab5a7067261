/**
 * GrowingIO's browser library: a list of events per request, as JSON or compressed by LZ-string, also in the address of
 * an image. The project in the path is the write key. It takes any status but 204 for a failure and sends again.
 */
import { TesseraError } from '../../../errors.ts';
import type { JsonObject, JsonValue } from '../../../model/json.ts';
import type { WireRequest } from '../../wire-request.ts';
import { canonicalTraits } from '../canonical-traits.ts';
import type { DecodedEvent, Dialect, DialectRoute, WireAnswer } from '../dialect.ts';
import { asObject, givenText, isGiven, present, presentPart } from '../present.ts';
import { stableId } from '../stable-id.ts';
import { decompressBytes, decompressUriPart } from './lz-string.ts';

const ACCEPTED: WireAnswer = { status: 204, body: '' };
const LIST = 'events';

const route: DialectRoute = {
  path: '/v3/projects/:project/collect',
  methods: ['POST', 'GET'],
  listKey: LIST,
  listRequired: true,
  key: { path: 'project' },
  unwrap,
  accepted: ACCEPTED,
};

export const growingio: Dialect = {
  name: 'growingio',
  routes: [route],
  decode(item, envelope) {
    const attributes = asObject(item.attributes);
    const decoded = decodeKind(item, attributes);
    if (decoded === undefined) return [];
    const event: JsonObject = {
      id: idOf(item),
      type: decoded.type,
      ...present('time', item.timestamp),
      channel: channelOf(item),
      identifiers: { ...userOf(item), ...present('anonymous_id', item.deviceId) },
      properties: decoded.properties,
      ...(decoded.traits === undefined ? {} : { traits: canonicalTraits(decoded.traits) }),
      context: contextOf(item),
    };
    return withSentAt(event, envelope);
  },
};

/** The list of events, with the sender's clock beside it. */
function unwrap({ method, query, bytes }: WireRequest): Buffer {
  const text = method === 'GET' ? textOfAddress(query) : textOfBody(query, bytes);
  const list = text.trimStart().startsWith('[') ? text : `[${text}]`;
  return Buffer.from(`{"stm":${JSON.stringify(query.stm ?? null)},"${LIST}":${list}}`);
}

function textOfAddress({ data, compress }: WireRequest['query']): string {
  if (data === undefined) throw new TesseraError('unreadable_body', 'The address needs data.');
  return compress === '11' ? decompressUriPart(data) : data;
}

function textOfBody({ compress }: WireRequest['query'], bytes: Buffer): string {
  if (compress === '1') return decompressBytes(bytes);
  const text = bytes.toString('utf8');
  return compress === '11' ? decompressUriPart(text.replace(/^data=/, '')) : text;
}

interface DecodedKind {
  readonly type: JsonValue;
  readonly properties: JsonObject;
  readonly traits?: JsonObject;
}

/** Undefined for what says nothing about a customer. */
function decodeKind(item: JsonObject, attributes: JsonObject): DecodedKind | undefined {
  switch (item.eventType) {
    case 'PAGE':
      return { type: 'page_viewed', properties: { ...pageOf(item), ...attributes } };
    case 'CUSTOM':
      return { type: item.eventName ?? '', properties: attributes };
    case 'LOGIN_USER_ATTRIBUTES':
    case 'VISITOR_ATTRIBUTES':
      return { type: 'profile_identified', properties: {}, traits: attributes };
    case 'VIEW_CLICK':
      return { type: 'element_clicked', properties: elementOf(item) };
    case 'FORM_SUBMIT':
      return { type: 'form_submitted', properties: elementOf(item) };
    case 'VISIT':
      return { type: 'session_started', properties: present('referrer', item.referralPage) };
    default:
      return undefined;
  }
}

function pageOf(item: JsonObject): JsonObject {
  const { domain, path, query } = item;
  return {
    ...present('path', path),
    ...present('search', query),
    ...present('title', item.title),
    ...present('referrer', item.referralPage),
    ...present(
      'url',
      isGiven(domain) && isGiven(path) ? `https://${String(domain)}${String(path)}` : undefined,
    ),
  };
}

/** A click holds what was clicked at the top or in a list of elements. */
function elementOf(item: JsonObject): JsonObject {
  const { element } = item;
  const clicked = asObject(Array.isArray(element) ? (element[0] as JsonValue | undefined) : item);
  return {
    element: clicked.xpath ?? clicked.nodeType ?? 'element',
    ...present('text', clicked.textValue),
    ...present('url', clicked.hyperlink),
  };
}

/** A login of another kind than the account's is named by its key, which the policy may know as a type. */
function userOf({ userId, userKey }: JsonObject): JsonObject {
  return present(givenText(userKey) ?? 'user_id', userId);
}

function idOf(item: JsonObject): string {
  const { deviceId, sessionId, eventType, eventName, timestamp, globalSequenceId, eventSequenceId } = item;
  const place = globalSequenceId ?? eventSequenceId;
  if (!isGiven(place)) return stableId(['growingio', item]);
  return stableId(['growingio', deviceId, sessionId, eventType, eventName, timestamp, place]);
}

function channelOf({ platform }: JsonObject): string {
  const name = givenText(platform)?.toLowerCase() ?? 'web';
  if (name === 'web') return 'web';
  return /^(?:android|ios|harmony)/.test(name) ? 'app' : 'mini_program';
}

function contextOf(item: JsonObject): JsonObject {
  return {
    ...presentPart('page', pageOf(item)),
    ...presentPart('library', { name: 'growingio', ...present('version', item.sdkVersion) }),
    ...present('locale', item.language),
    ...present('userAgent', item.userAgent),
    ...present('session_id', item.sessionId),
    ...presentPart('growingio', {
      ...present('data_source_id', item.dataSourceId),
      ...present('event_type', item.eventType),
      ...present('platform', item.platform),
    }),
  };
}

function withSentAt(event: JsonObject, { stm }: JsonObject): DecodedEvent {
  return isGiven(stm) ? { ok: true, event, sentAt: stm } : { ok: true, event };
}
