/**
 * Sensors Analytics (神策). Every library sends base64 of JSON, or of gzip of it: as the address of an image (which is
 * what the browser's does by default), as a form, as a beacon, one record (`data`) or a list (`data_list`). The
 * browser's asks for `/sa.gif` whatever it was told, also with POST. The project in the address is the write key.
 */
import type { JsonObject, JsonValue } from '../../../model/json.ts';
import { type Rejection, reject } from '../../rejection.ts';
import { canonicalTraits } from '../canonical-traits.ts';
import type { DecodedEvent, Dialect, DialectRoute } from '../dialect.ts';
import { gifAnswer } from '../gif-answer.ts';
import { asObject, givenText, isGiven, present } from '../present.ts';
import { stableId } from '../stable-id.ts';
import { commerceName, commerceProperties } from './sensors-commerce.ts';
import { sensorsContext } from './sensors-context.ts';
import { sensorsIdentifiers } from './sensors-identifiers.ts';
import { unwrapSensors } from './unwrap-sensors.ts';

export const sensors: Dialect = {
  name: 'sensors',
  routes: ['/sa', '/sa.gif'].map(route),
  decode(item) {
    const decoded = decodeRecord(item);
    if (decoded === undefined) return refuse(item.type);
    const properties = asObject(item.properties);
    const event: JsonObject = {
      id: idOf(item),
      type: decoded.type,
      ...present('time', item.time),
      ...present('channel', channelOf(item, properties)),
      identifiers: sensorsIdentifiers(item, properties),
      properties: decoded.properties,
      ...(decoded.traits === undefined ? {} : { traits: decoded.traits }),
      context: sensorsContext(item, properties),
    };
    return withSentAt(event, item);
  },
};

function route(path: string): DialectRoute {
  return {
    path,
    methods: ['GET', 'POST'],
    key: { parameters: ['project', 'token'] },
    unwrap: unwrapSensors,
    accepted: gifAnswer,
    failed: ({ code }) => (code === 'empty_batch' ? gifAnswer : undefined),
  };
}

interface DecodedRecord {
  readonly type: JsonValue;
  readonly properties: JsonObject;
  readonly traits?: JsonObject;
}

/** What happened, by the kind of record; undefined for those that are no events. */
function decodeRecord(item: JsonObject): DecodedRecord | undefined {
  const properties = asObject(item.properties);
  switch (item.type) {
    case 'track':
      return decodeTrack(item.event ?? '', properties);
    case 'track_signup':
    case 'track_id_bind':
      return { type: 'profile_identified', properties: authors(properties) };
    case 'profile_set':
      return { type: 'profile_identified', properties: {}, traits: traitsOf(properties) };
    // Traits are what was said last; what is to be set once stays a property, of which a feature can keep the first.
    case 'profile_set_once':
      return { type: 'profile_identified', properties: { set_once: traitsOf(properties) } };
    case 'profile_increment':
      return { type: 'profile_incremented', properties: authors(properties) };
    case 'profile_append':
      return { type: 'profile_appended', properties: authors(properties) };
    case 'profile_unset':
      return { type: 'profile_identified', properties: {}, traits: unset(properties) };
    default:
      return undefined;
  }
}

function decodeTrack(event: JsonValue, properties: JsonObject): DecodedRecord {
  const own = commerceProperties(authors(properties));
  switch (event) {
    case '$pageview':
      return { type: 'page_viewed', properties: { ...pageOf(properties), ...own } };
    case '$WebClick':
    case '$AppClick':
    case '$MPClick':
      return { type: 'element_clicked', properties: { ...elementOf(properties), ...own } };
    case '$WebStay':
      return { type: 'page_stayed', properties: { ...pageOf(properties), ...own } };
    case '$WebPageLeave':
      return { type: 'page_left', properties: { ...pageOf(properties), ...own } };
    case '$AppViewScreen':
    case '$MPViewScreen':
      return { type: 'screen_viewed', properties: { ...screenOf(properties), ...own } };
    default:
      return { type: typeof event === 'string' ? commerceName(event) : event, properties: own };
  }
}

function pageOf(properties: JsonObject): JsonObject {
  return {
    ...present('url', properties.$url),
    ...present('path', properties.$url_path),
    ...present('title', properties.$title),
    ...present('referrer', properties.$referrer),
    ...present('seconds', properties.event_duration ?? properties.$event_duration),
  };
}

function screenOf(properties: JsonObject): JsonObject {
  return {
    ...present('name', properties.$screen_name ?? properties.$url_path ?? properties.$url),
    ...present('title', properties.$title),
  };
}

function elementOf(properties: JsonObject): JsonObject {
  const { $element_id: id, $element_name: name, $element_class_name: className } = properties;
  const element = [id, name, className, properties.$element_selector, properties.$element_type].find(isGiven);
  return {
    element: element ?? 'element',
    ...present('text', properties.$element_content),
    ...present('kind', properties.$element_type),
    ...present('url', properties.$element_target_url ?? properties.$url),
  };
}

/** The author's properties, without those that the library adds. */
function authors(properties: JsonObject): JsonObject {
  const own: Record<string, JsonValue | undefined> = {};
  for (const key in properties) if (!key.startsWith('$')) own[key] = properties[key];
  return own;
}

/** Preset attributes of people lose their mark: `$city` is a city. */
function traitsOf(properties: JsonObject): JsonObject {
  const named = Object.entries(properties).map(([key, value]) => [key.replace(/^\$/, ''), value] as const);
  return canonicalTraits(Object.fromEntries(named));
}

function unset(properties: JsonObject): JsonObject {
  return Object.fromEntries(Object.keys(traitsOf(properties)).map((key) => [key, null]));
}

function refuse(type: JsonValue | undefined): Rejection {
  return reject(
    'unknown_type',
    '/type',
    type === 'item_set' || type === 'item_delete'
      ? 'Goods are changed by PUT /v1/catalog/items.'
      : 'The record is neither an event nor a statement about a person; people are erased and taken apart by operators.',
  );
}

/** `_track_id` alone has about nine digits, so that it repeats; the record's place and time make it unique. */
function idOf(item: JsonObject): string {
  const { _flush_time: _sent, ...record } = item;
  if (!isGiven(item._track_id)) return stableId(['sensors', record]);
  return stableId(['sensors', item.distinct_id, item.type, item.event, item.time, item._track_id]);
}

function channelOf(item: JsonObject, properties: JsonObject): string | undefined {
  const library = givenText(asObject(item.lib).$lib) ?? givenText(properties.$lib);
  if (library === undefined) return undefined;
  if (library === 'js') return 'web';
  if (/mini|^MP$/i.test(library)) return 'mini_program';
  return /ios|android|harmony|flutter|react|uni/i.test(library) ? 'app' : 'server';
}

/** An import of history (`time_free`) states times that an offset of the sender's clock has nothing to do with. */
function withSentAt(event: JsonObject, item: JsonObject): DecodedEvent {
  const sentAt = item._flush_time;
  if (item.time_free === true || typeof sentAt !== 'number') return { ok: true, event };
  return { ok: true, event, sentAt };
}
