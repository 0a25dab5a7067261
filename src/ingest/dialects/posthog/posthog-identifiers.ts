/**
 * Whom an event of PostHog is about. It knows one kind of id, `distinct_id`, which is a number that the library made
 * up until somebody is identified, and the shop's own afterwards. The browser's library says which of the two it is;
 * servers do not, and pass on either. Ids that libraries make up are version 7 UUIDs (RFC 9562).
 */
import type { JsonObject, JsonValue } from '../../../model/json.ts';
import { isGiven, present } from '../present.ts';

const MADE_UP = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
/** Ids that every visitor without cookies shares. */
const COOKIELESS = '$posthog_cookieless';

export function posthogIdentifiers(
  name: string | undefined,
  item: JsonObject,
  properties: JsonObject,
): JsonObject {
  const { $device_id: device, $anon_distinct_id: former, $user_id: user } = properties;
  const distinct = isGiven(properties.distinct_id) ? properties.distinct_id : item.distinct_id;
  const anonymous: JsonValue[] = [];
  const users: JsonValue[] = [];
  const take = (id: JsonValue | undefined, known: boolean) => {
    if (!isGiven(id) || id === COOKIELESS) return;
    const list = known ? users : anonymous;
    if (!list.includes(id)) list.push(id);
  };
  const known = isKnown(name, distinct, properties);
  // After a reset the browser keeps its id while the visitor is somebody new, who is not to join whoever signed in before.
  if (known || !isGiven(distinct) || distinct === device) take(device, false);
  take(former, false);
  if (name === '$create_alias' || name === '$merge_dangerously') {
    take(properties.alias, !isMadeUp(properties.alias));
  }
  take(distinct, known);
  // A server that identifies somebody under a made-up id means the browser's: later events join by it.
  if (known && isMadeUp(distinct)) take(distinct, false);
  if (isGiven(user) && user !== device) take(user, true);
  return {
    ...present('user_id', listed(users)),
    ...present('anonymous_id', listed(anonymous)),
  };
}

function isKnown(
  name: string | undefined,
  distinct: JsonValue | undefined,
  { $is_identified: identified, $device_id: device, $process_person_profile: person }: JsonObject,
): boolean {
  if (name === '$identify') return true;
  if (typeof identified === 'boolean') return identified;
  if (isGiven(device)) return distinct !== device;
  return person !== false && !isMadeUp(distinct);
}

function isMadeUp(id: JsonValue | undefined): boolean {
  return typeof id === 'string' && MADE_UP.test(id);
}

function listed(values: readonly JsonValue[]): JsonValue | undefined {
  return values.length > 1 ? values : values[0];
}
