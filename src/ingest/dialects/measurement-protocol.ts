/**
 * The Measurement Protocol of Google Analytics 4: servers report what happened to a visitor (`client_id`, which the
 * browser's cookie holds) or a user. It answers 204 whatever was sent; its `/debug` twin says what is wrong. Its
 * secret is the write key.
 */
import type { JsonObject, JsonValue } from '../../model/json.ts';
import { canonicalTraits } from './canonical-traits.ts';
import {
  type Dialect,
  type DialectRoute,
  jsonAnswer,
  type RejectedEvent,
  type WireAnswer,
} from './dialect.ts';
import { asObject, givenText, isGiven, present, presentPart } from './present.ts';
import { stableId } from './stable-id.ts';

const ACCEPTED: WireAnswer = { status: 204, body: '' };

/** In the form in which Google's validation server answers. */
function validation(rejected: readonly RejectedEvent[]): WireAnswer {
  const messages = rejected.map(({ path, message }) => ({
    fieldPath: path,
    description: message,
    validationCode: 'VALUE_INVALID',
  }));
  return jsonAnswer({ validationMessages: messages });
}

export const measurementProtocol: Dialect = {
  name: 'ga4',
  routes: [
    route('/mp/collect'),
    { ...route('/debug/mp/collect'), check: validation, accepted: jsonAnswer({ validationMessages: [] }) },
  ],
  decode(item, envelope) {
    const params = asObject(item.params);
    const time = timeOf(item, envelope);
    const traits = traitsOf(envelope.user_properties);
    const event: JsonObject = {
      ...present('id', idOf(item, envelope, time)),
      type: item.name ?? '',
      ...present('time', time),
      channel: isGiven(envelope.app_instance_id) ? 'app' : 'web',
      identifiers: {
        ...present('user_id', envelope.user_id),
        ...present('anonymous_id', envelope.client_id ?? envelope.app_instance_id),
      },
      properties: propertiesOf(givenText(item.name), params),
      ...(traits === undefined ? {} : { traits }),
      ...presentPart('context', contextOf(params, envelope)),
    };
    return { ok: true, event };
  },
};

function route(path: string): DialectRoute {
  return {
    path,
    listKey: 'events',
    listRequired: true,
    key: { parameters: ['api_secret'] },
    accepted: ACCEPTED,
  };
}

/** Microseconds since 1970, of the event or of the whole request, as milliseconds. */
function timeOf(item: JsonObject, envelope: JsonObject): JsonValue | undefined {
  const stated = item.timestamp_micros ?? envelope.timestamp_micros;
  if (!isGiven(stated)) return undefined;
  const micros = Number(stated);
  // What is no number goes on as it is, so that validation can name it.
  return Number.isFinite(micros) ? Math.floor(micros / 1000) : stated;
}

/** The protocol has no ids: an event that says when it happened is the same when it is sent again. */
function idOf(item: JsonObject, envelope: JsonObject, time: JsonValue | undefined): JsonValue | undefined {
  const stated = asObject(item.params).event_id;
  if (isGiven(stated)) return stated;
  if (time === undefined) return undefined;
  const sender = [envelope.client_id, envelope.app_instance_id, envelope.user_id];
  return stableId([
    'ga4',
    ...sender,
    item.timestamp_micros ?? envelope.timestamp_micros,
    item.name,
    item.params,
  ]);
}

/** Events about one product have it at the top, events about several in `products`. */
const ABOUT_ONE: ReadonlySet<string> = new Set([
  'view_item',
  'add_to_cart',
  'remove_from_cart',
  'add_to_wishlist',
  'select_item',
]);

function propertiesOf(name: string | undefined, params: JsonObject): JsonObject {
  const { items, ...properties } = params;
  if (!Array.isArray(items)) return params;
  const products = items.map(productOf);
  const [first] = products;
  if (name === undefined || !ABOUT_ONE.has(name) || first === undefined) return { ...properties, products };
  return products.length === 1 ? { ...properties, ...first } : { ...properties, ...first, products };
}

/**
 * An item of Google's. Its price is what is paid for one piece, with the discount taken off already, while a line's
 * discount is still to be taken off its price: so the discount changes its name.
 */
function productOf(item: JsonValue): JsonObject {
  const { item_category: category, item_variant: variant, discount, ...rest } = asObject(item);
  const levels = [
    category,
    rest.item_category2,
    rest.item_category3,
    rest.item_category4,
    rest.item_category5,
  ];
  const path = levels.filter((level) => typeof level === 'string' && level !== '').join('/');
  return {
    ...rest,
    ...present('category', path),
    ...present('variant', variant),
    ...present('unit_discount', discount),
  };
}

/** `{ size: { value: "L" } }` */
function traitsOf(properties: JsonValue | undefined): JsonObject | undefined {
  const stated = asObject(properties);
  const traits: Record<string, JsonValue> = {};
  for (const name in stated) {
    const { value } = asObject(stated[name]);
    if (value !== undefined) traits[name] = value;
  }
  return Object.keys(traits).length === 0 ? undefined : canonicalTraits(traits);
}

function contextOf(params: JsonObject, envelope: JsonObject): JsonObject {
  return {
    ...presentPart('page', {
      ...present('url', params.page_location),
      ...present('title', params.page_title),
      ...present('referrer', params.page_referrer),
    }),
    ...presentPart('campaign', {
      ...present('source', params.source),
      ...present('medium', params.medium),
      ...present('name', params.campaign),
    }),
    ...present('locale', params.language),
    ...present('session_id', params.session_id),
    ...presentPart('device', { ...present('type', asObject(envelope.device).category) }),
    // Its consent is about advertising at Google's, which says nothing about ours.
    ...presentPart('ga4', {
      ...present('consent', envelope.consent),
      ...present('device', envelope.device),
    }),
  };
}
