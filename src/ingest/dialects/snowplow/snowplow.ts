/**
 * Snowplow's tracker protocol 2: rows of short names and texts, several in a POST (`tp2`) or one in the address of an
 * image (`/i`). What happened is a self-describing event, its circumstances are entities; both name a schema. The
 * protocol has no key, so the write key is the tracker's `appId`.
 */
import type { JsonObject, JsonValue } from '../../../model/json.ts';
import { type Rejection, reject } from '../../rejection.ts';
import { jsonBytes } from '../../wire-request.ts';
import type { DecodedEvent, Dialect, WireAnswer, WireFailure } from '../dialect.ts';
import { gifAnswer } from '../gif-answer.ts';
import { isGiven, present } from '../present.ts';
import { decodeSelfDescribing } from './self-describing.ts';
import { snowplowContext } from './snowplow-context.ts';
import { type Entities, readDescribed, readEntities } from './snowplow-entities.ts';

const PATH = '/com.snowplowanalytics.snowplow/tp2';
const ACCEPTED: WireAnswer = { status: 200, body: 'ok', type: 'text/plain; charset=utf-8' };

export const snowplow: Dialect = {
  name: 'snowplow',
  routes: [
    {
      path: PATH,
      listKey: 'data',
      listRequired: true,
      key: { fields: ['aid'] },
      credentials: true,
      accepted: ACCEPTED,
      failed,
    },
    {
      path: '/i',
      methods: ['GET'],
      key: { parameters: ['aid'] },
      credentials: true,
      unwrap: ({ query }) => jsonBytes(query),
      accepted: gifAnswer,
      failed,
    },
  ],
  decode(item) {
    const entities = readEntities(item);
    if (entities === undefined) return reject('invalid_json', '/cx', 'The entities are not valid JSON.');
    const decoded = decodeRow(item, entities);
    if (decoded === undefined) return [];
    if ('code' in decoded) return decoded;
    return assemble(item, entities, decoded);
  },
};

/** Trackers go on sending whatever is answered with another status than 400, 401, 403, 410 or 422. */
function failed({ status, code, detail }: WireFailure): WireAnswer | undefined {
  if (status !== 413 && status !== 404) return undefined;
  return { status: 422, body: JSON.stringify({ code, detail }), type: 'application/json' };
}

/** What is particular to one kind of row. */
export interface DecodedRow {
  readonly type: JsonValue;
  readonly properties: JsonObject;
  readonly traits?: JsonObject;
}

/** Undefined for rows that report no deed. */
function decodeRow(item: JsonObject, entities: Entities): DecodedRow | Rejection | undefined {
  switch (item.e) {
    case 'pv':
      return { type: 'page_viewed', properties: pageOf(item) };
    case 'pp':
      // A page that is looked at pings every few seconds, which is no view of its own.
      return undefined;
    case 'se':
      return { type: item.se_ac ?? '', properties: structured(item) };
    case 'tr':
      return { type: 'order_completed', properties: transaction(item) };
    case 'ti':
      return { type: 'order_line_reported', properties: transactionItem(item) };
    case 'ue': {
      const described = readDescribed(item);
      return described === undefined
        ? reject('invalid_json', '/ue_px', 'The self-describing event is not valid JSON.')
        : decodeSelfDescribing(described, entities);
    }
    default:
      return reject('unknown_type', '/e', 'must be pv, pp, se, tr, ti or ue');
  }
}

function pageOf(item: JsonObject): JsonObject {
  return { ...present('url', item.url), ...present('title', item.page), ...present('referrer', item.refr) };
}

function structured(item: JsonObject): JsonObject {
  return {
    ...present('category', item.se_ca),
    ...present('label', item.se_la),
    ...present('property', item.se_pr),
    ...present('value', item.se_va),
  };
}

function transaction(item: JsonObject): JsonObject {
  return {
    ...present('order_id', item.tr_id),
    ...present('total', item.tr_tt),
    ...present('tax', item.tr_tx),
    ...present('shipping', item.tr_sh),
    ...present('currency', item.tr_cu),
    ...present('affiliation', item.tr_af),
  };
}

/** Lines come as rows of their own, so they cannot be part of their order. */
function transactionItem(item: JsonObject): JsonObject {
  return {
    ...present('order_id', item.ti_id),
    ...present('variant_id', item.ti_sk),
    ...present('name', item.ti_nm),
    ...present('category', item.ti_ca),
    ...present('price', item.ti_pr),
    ...present('quantity', item.ti_qu),
    ...present('currency', item.ti_cu),
  };
}

const CHANNELS: ReadonlyMap<JsonValue | undefined, string> = new Map([
  ['mob', 'app'],
  ['srv', 'server'],
]);

function assemble(item: JsonObject, entities: Entities, decoded: DecodedRow): DecodedEvent {
  const session = entities.first.get('client_session');
  const user = entities.first.get('user');
  const registered = user?.is_guest === true ? undefined : user?.id;
  const traits = { ...present('email', user?.email), ...decoded.traits };
  const event: JsonObject = {
    ...present('id', item.eid),
    type: decoded.type,
    ...present('time', item.ttm ?? item.dtm),
    ...present('channel', CHANNELS.get(item.p) ?? item.p),
    identifiers: {
      ...present('user_id', isGiven(item.uid) ? item.uid : registered),
      ...present('anonymous_id', [item.duid, session?.userId, item.nuid, item.tnuid].find(isGiven)),
    },
    properties: decoded.properties,
    ...(Object.keys(traits).length === 0 ? {} : { traits }),
    context: snowplowContext(item, entities),
  };
  // A true timestamp is the sender's word about the event; only a device's clock needs correction.
  return isGiven(item.stm) && !isGiven(item.ttm)
    ? { ok: true, event, sentAt: item.stm }
    : { ok: true, event };
}
