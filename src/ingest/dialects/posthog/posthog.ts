/**
 * PostHog: the browser's library (`/e/`, gzip labelled as text, or base64 in a form when the page closes), those of
 * servers and apps (`/batch/`), and what the browser's fetches before it sends: a configuration that switches
 * recordings, surveys and flags off, so that it asks nobody else for them.
 */
import type { JsonObject, JsonValue } from '../../../model/json.ts';
import { decodeBase64, readForm, type WireRequest } from '../../wire-request.ts';
import { canonicalTraits } from '../canonical-traits.ts';
import type { DecodedEvent, Dialect, DialectRoute, WireAnswer, WireFailure } from '../dialect.ts';
import { asObject, givenText, isGiven, present, presentPart } from '../present.ts';
import { posthogBootstrap } from './posthog-bootstrap.ts';
import { isAuthors, posthogContext } from './posthog-context.ts';
import { posthogIdentifiers } from './posthog-identifiers.ts';

const LIST_PATHS: readonly string[] = ['/batch', '/e', '/capture', '/i/v0/e'];
/** The browser's library takes every status but 200 for a failure, 204 included. */
const ACCEPTED: WireAnswer = { status: 200, body: '{"status":1}', type: 'application/json' };

/** What the library says about itself or the page's inside: no deeds of a customer. */
const SILENT: ReadonlySet<string> = new Set([
  '$snapshot',
  '$snapshot_items',
  '$performance_event',
  '$web_vitals',
  '$$heatmap',
  '$feature_flag_called',
  '$exception',
  '$rageclick',
  '$dead_click',
  '$copy_autocapture',
  '$opt_in',
  '$$client_ingestion_warning',
]);
/** Events that say who somebody is, and nothing that they did. */
const STATEMENTS: ReadonlySet<string> = new Set(['$identify', '$set', '$create_alias', '$merge_dangerously']);

export const posthog: Dialect = {
  name: 'posthog',
  routes: LIST_PATHS.flatMap((path) => [route(path), route(`${path}/`)]),
  bootstrap: posthogBootstrap,
  decode(item, envelope) {
    const name = givenText(item.event);
    if (name !== undefined && SILENT.has(name)) return [];
    const properties = asObject(item.properties);
    const event: JsonObject = {
      ...present('id', item.uuid ?? properties.$insert_id),
      type: typeOf(name, properties) ?? item.event ?? '',
      ...present('time', item.timestamp),
      ...present('channel', channelOf(properties)),
      identifiers: posthogIdentifiers(name, item, properties),
      properties:
        name !== undefined && STATEMENTS.has(name)
          ? onceOf(item, properties)
          : propertiesOf(name, properties),
      ...traitsOf(item, properties),
      context: posthogContext(properties),
    };
    return withSentAt(event, item, envelope);
  },
};

function route(path: string): DialectRoute {
  return {
    path,
    methods: ['POST', 'GET'],
    listKey: 'batch',
    key: {
      parameters: ['token', 'api_key'],
      fields: ['api_key', 'token', 'properties.token', '$token'],
    },
    unwrap,
    accepted: ACCEPTED,
    failed,
  };
}

/** `?compression=base64` and images carry the JSON in a field; everything else is the JSON, compressed or not. */
function unwrap(request: WireRequest): Buffer {
  const { query, bytes } = request;
  if (request.method === 'GET') return decodeBase64(query.data ?? '');
  if (query.compression !== 'base64' && !isForm(bytes)) return bytes;
  const { data } = readForm(bytes);
  return data === undefined ? bytes : decodeBase64(data);
}

/** Whatever it is labelled as: `data=` cannot begin a JSON text. */
function isForm(bytes: Buffer): boolean {
  return bytes.length > 5 && bytes.toString('latin1', 0, 5) === 'data=';
}

/** The browser's library drops what is answered with 429 and tries 503 again; a page that closes sends empty lists. */
function failed({ status, code, detail }: WireFailure): WireAnswer | undefined {
  if (code === 'empty_batch') return ACCEPTED;
  if (status !== 429) return undefined;
  return { status: 503, body: JSON.stringify({ code, detail }), type: 'application/json' };
}

function typeOf(name: string | undefined, properties: JsonObject): string | undefined {
  if (name === undefined) return undefined;
  if (STATEMENTS.has(name)) return 'profile_identified';
  switch (name) {
    case '$groupidentify':
      return 'group_identified';
    case '$pageleave':
      return 'page_left';
    case '$autocapture':
      return properties.$event_type === 'click' ? 'element_clicked' : 'element_used';
    default:
      return name;
  }
}

/** Properties of the page's author keep their names; of the library's own those that the taxonomy has. */
function propertiesOf(name: string | undefined, properties: JsonObject): JsonObject {
  const own: Record<string, JsonValue | undefined> = {};
  if (name === '$pageview' || name === '$pageleave') Object.assign(own, pageOf(properties));
  else if (name === '$autocapture') Object.assign(own, elementOf(properties));
  else if (name === '$screen') Object.assign(own, present('name', properties.$screen_name));
  else if (name === '$groupidentify') Object.assign(own, groupOf(properties));
  for (const key in properties) {
    if (isAuthors(key) && properties[key] !== null) own[key] = properties[key];
  }
  return own;
}

function pageOf(properties: JsonObject): JsonObject {
  const referrer = properties.$referrer;
  return {
    ...present('url', properties.$current_url),
    ...present('path', properties.$pathname),
    ...present('referrer', referrer === '$direct' ? undefined : referrer),
  };
}

/** The innermost element comes first; its text and address say what was clicked. */
function elementOf(properties: JsonObject): JsonObject {
  const { $elements: elements } = properties;
  const first = asObject(Array.isArray(elements) ? (elements[0] as JsonValue | undefined) : undefined);
  const chain = givenText(properties.$elements_chain);
  return {
    element: first.attr__id ?? first.tag_name ?? chain?.split(/[.:;]/, 1)[0] ?? 'element',
    ...present('text', first.$el_text ?? properties.$el_text),
    ...present('url', first.attr__href ?? properties.$current_url),
  };
}

function groupOf(properties: JsonObject): JsonObject {
  return {
    ...present('group_type', properties.$group_type),
    ...present('group_id', properties.$group_key),
    ...present('group_traits', properties.$group_set),
  };
}

function onceOf(item: JsonObject, properties: JsonObject): JsonObject {
  const once = { ...asObject(properties.$set_once), ...asObject(item.$set_once) };
  return presentPart('set_once', canonicalTraits(once));
}

/**
 * `$set` may stand beside the properties or among them. What is to be set once only stays a property of the event:
 * traits are what was said last, and a feature over `properties.set_once` can keep the first.
 */
function traitsOf(item: JsonObject, properties: JsonObject): JsonObject {
  const traits = { ...asObject(properties.$set), ...asObject(item.$set) };
  return Object.keys(traits).length === 0 ? {} : { traits: canonicalTraits(traits) };
}

function channelOf(properties: JsonObject): string | undefined {
  const library = givenText(properties.$lib);
  if (library === undefined) return undefined;
  if (library === 'web' || library === 'js') return 'web';
  return /ios|android|react-native|flutter/.test(library) ? 'app' : 'server';
}

/** Servers say when they sent; the browser's library how many milliseconds ago the event was. */
function withSentAt(event: JsonObject, item: JsonObject, envelope: JsonObject): DecodedEvent {
  const sentAt = item.sent_at ?? envelope.sent_at;
  if (isGiven(sentAt)) return { ok: true, event, sentAt };
  const { offset, timestamp } = item;
  const at = typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN;
  if (typeof offset !== 'number' || !Number.isFinite(at + offset) || offset < 0) return { ok: true, event };
  return { ok: true, event, sentAt: Math.round(at + offset) };
}
