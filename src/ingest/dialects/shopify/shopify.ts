/**
 * Webhooks of Shopify. Topic, shop and the event's id are headers, the body is the object as it is now. Each request is
 * signed with the shop's secret (base64 of HMAC-SHA256 over the raw body), which stands instead of a key.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { limits } from '../../../limits.ts';
import type { JsonObject, JsonValue } from '../../../model/json.ts';
import { pickJson } from '../../pick-json.ts';
import { type Rejection, reject } from '../../rejection.ts';
import type { WireRequest } from '../../wire-request.ts';
import type { Dialect, Signature, WireAnswer } from '../dialect.ts';
import { asObject, givenText, isGiven, present, presentPart } from '../present.ts';
import { checkoutProperties, customerTraits, marketingConsent, orderProperties } from './shopify-objects.ts';
import { listOf, refundProperties } from './shopify-refund.ts';
import { isTyped } from './typed-contact.ts';
import { GOODS_ALONE, WANTED } from './wanted-fields.ts';

const ACCEPTED: WireAnswer = { status: 200, body: '' };
const EMPTY_OBJECT = Buffer.from('{}');

const signed: Signature = {
  source: ({ headers }) => headerOf(headers['x-shopify-shop-domain']),
  holds({ headers, bytes }, secret) {
    const shown = Buffer.from(headerOf(headers['x-shopify-hmac-sha256']) ?? '', 'base64');
    const due = createHmac('sha256', secret).update(bytes).digest();
    return shown.length === due.length && timingSafeEqual(shown, due);
  },
};

export const shopify: Dialect = {
  name: 'shopify',
  routes: [{ path: '/v1/webhooks/shopify', signed, unwrap, accepted: ACCEPTED }],
  decode(item) {
    const object = asObject(item.object);
    const topic = givenText(item.topic) ?? '';
    const reports = decodeTopic(topic, object);
    if ('code' in reports) return reports;
    const typed = isTyped(topic, object);
    return reports.map((report) => {
      const event = eventOf(item, object, report);
      return typed ? { ok: true, event, stated: true } : { ok: true, event };
    });
  },
};

function eventOf(item: JsonObject, object: JsonObject, report: Report): JsonObject {
  const { id = item.event_id, time = item.triggered_at, traits, consent } = report;
  return {
    ...present('id', isGiven(id) ? `${report.type}:${String(id)}` : undefined),
    type: report.type,
    ...present('time', time),
    channel: channelOf(object),
    identifiers: identifiersOf(String(item.topic), object),
    properties: report.properties,
    ...(traits === undefined ? {} : presentPart('traits', traits)),
    ...(consent === undefined ? {} : presentPart('consent', consent)),
    context: contextOf(item, object),
  };
}

/**
 * Headers and body as one object, so that an event in quarantine has both. An order of hundreds of lines is larger than an
 * event may be, nearly all of it what nobody reads: of such a one only what is read is kept, and where that is still too
 * much, its goods without their names, which the catalog knows.
 */
function unwrap({ headers, bytes }: WireRequest): Buffer {
  const head = JSON.stringify({
    topic: headerOf(headers['x-shopify-topic']) ?? '',
    shop: headerOf(headers['x-shopify-shop-domain']),
    event_id: headerOf(headers['x-shopify-event-id']) ?? headerOf(headers['x-shopify-webhook-id']),
    triggered_at: headerOf(headers['x-shopify-triggered-at']),
  });
  const opening = Buffer.from(`${head.slice(0, -1)},"object":`);
  const room = limits.eventBytesMax - opening.length - 1;
  return Buffer.concat([opening, objectWithin(bytes, room), Buffer.from('}')]);
}

function objectWithin(bytes: Buffer, room: number): Buffer {
  if (bytes.length === 0) return EMPTY_OBJECT;
  if (bytes.length <= room) return bytes;
  const read = pickJson(bytes, WANTED);
  return read.length <= room ? read : pickJson(bytes, GOODS_ALONE);
}

function headerOf(value: string | string[] | undefined): string | undefined {
  const first = Array.isArray(value) ? value[0] : value;
  return first === '' ? undefined : first;
}

/** Something that an object reports. */
interface Report {
  readonly type: string;
  /** Where the object names it itself; the header's id of the webhook's event elsewhere. */
  readonly id?: JsonValue | undefined;
  /** When it happened; what the header says where the object does not. */
  readonly time?: JsonValue | undefined;
  readonly properties: JsonObject;
  readonly traits?: JsonObject;
  readonly consent?: JsonObject;
}

function decodeTopic(topic: string, object: JsonObject): readonly Report[] | Rejection {
  switch (topic) {
    case 'orders/create':
      return [{ type: 'order_placed', time: object.created_at, properties: orderProperties(object) }];
    case 'orders/paid':
      return [{ type: 'order_completed', properties: orderProperties(object) }];
    case 'orders/fulfilled':
      return [{ type: 'order_shipped', properties: present('order_id', object.id) }];
    case 'orders/cancelled':
      return [{ type: 'order_cancelled', time: object.cancelled_at, properties: cancelled(object) }];
    // A refund by itself does not say whose it is; an order that has changed names its buyer and all of its refunds.
    case 'orders/updated':
      return listOf(object.refunds).map(refundReport);
    case 'refunds/create':
      return [refundReport(object)];
    case 'checkouts/create':
      return [{ type: 'checkout_started', time: object.created_at, properties: checkoutProperties(object) }];
    case 'customers/create':
      return [{ type: 'signed_up', time: object.created_at, properties: {}, ...about(object) }];
    case 'customers/update':
    case 'customers/enable':
      return [{ type: 'profile_identified', time: object.updated_at, properties: {}, ...about(object) }];
    default:
      return reject('unknown_type', '/topic', refusalOf(topic));
  }
}

function refusalOf(topic: string): string {
  return topic === 'customers/redact' || topic === 'customers/data_request'
    ? 'Erasures and exports are for a key with the scope privacy to start.'
    : 'Webhooks of this topic report nothing that a customer has done.';
}

function refundReport(refund: JsonObject): Report {
  return {
    type: 'order_refunded',
    id: refund.id,
    time: refund.created_at,
    properties: refundProperties(refund),
  };
}

function about(customer: JsonObject): Pick<Report, 'traits' | 'consent'> {
  return { traits: customerTraits(customer), consent: marketingConsent(customer) };
}

function cancelled(order: JsonObject): JsonObject {
  return { ...present('order_id', order.id), ...present('reason', order.cancel_reason) };
}

/** Only what the buyer gave as their own: the phone of an address may be somebody else's. */
function identifiersOf(topic: string, object: JsonObject): JsonObject {
  const customer = topic.startsWith('customers/') ? object : asObject(object.customer);
  return {
    ...present('user_id', customer.id),
    ...present('email', [object.email, object.contact_email, customer.email].find(isGiven)),
    ...present('phone', [object.phone, customer.phone].find(isGiven)),
    ...present('anonymous_id', attribute(object.note_attributes, 'anonymous_id')),
  };
}

/** A cart can hand the browser's id on: `attributes[anonymous_id]` of its form, with or without an underscore. */
function attribute(attributes: JsonValue | undefined, name: string): JsonValue | undefined {
  if (!Array.isArray(attributes)) return undefined;
  const found = attributes.map(asObject).find((each) => each.name === name || each.name === `_${name}`);
  return found?.value;
}

function channelOf({ source_name: source }: JsonObject): string {
  if (source === 'pos') return 'pos';
  return source === 'web' || source === undefined || source === null ? 'web' : 'server';
}

function contextOf(item: JsonObject, object: JsonObject): JsonObject {
  return {
    ...present('userAgent', asObject(object.client_details).user_agent),
    ...present('locale', object.customer_locale),
    ...presentPart('page', {
      ...present('url', object.landing_site),
      ...present('referrer', object.referring_site),
    }),
    ...presentPart('shopify', {
      ...present('shop', item.shop),
      ...present('topic', item.topic),
      ...present('order_name', object.name),
      ...present('source_name', object.source_name),
      ...present('cart_token', object.cart_token),
      ...present('checkout_token', object.checkout_token),
    }),
  };
}
