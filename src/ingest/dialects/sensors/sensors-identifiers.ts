/**
 * Whom a record of Sensors Analytics is about. Newer libraries list `identities`; all of them have a `distinct_id`,
 * which is either the login or a made-up id. Which of the two, other fields say; where they do not (servers), the form
 * of the ids that libraries make up decides.
 */
import type { JsonObject, JsonValue } from '../../../model/json.ts';
import { asObject, givenText, isGiven } from '../present.ts';

/** Preset identities → types of the identity policy. */
const TYPES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    $identity_login_id: 'user_id',
    $identity_cookie_id: 'anonymous_id',
    $identity_anonymous_id: 'anonymous_id',
    $identity_mp_id: 'anonymous_id',
    $identity_mobile: 'phone',
    $identity_email: 'email',
    $identity_mp_openid: 'wechat_openid',
    $identity_mp_unionid: 'wechat_unionid',
    $identity_android_id: 'device_id',
    $identity_android_uuid: 'device_id',
    $identity_harmony_uuid: 'device_id',
    $identity_ios_uuid: 'device_id',
    $identity_idfv: 'device_id',
    $identity_idfa: 'device_id',
    $identity_oaid: 'device_id',
  }),
);

/** A browser's id, such as 19c0a1-0b2c3d-1a2b3c4d-1296000-19c0a2, a UUID, or the id of an Android device. */
const MADE_UP =
  /^(?:[0-9a-f]+-[0-9a-f]+-[0-9a-f]+-\d+-[0-9a-f]+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16})$/i;

export function sensorsIdentifiers(item: JsonObject, properties: JsonObject): JsonObject {
  const found = new Map<string, JsonValue[]>();
  const take = (type: string, value: JsonValue | undefined) => {
    if (!isGiven(value)) return;
    const list = found.get(type) ?? [];
    found.set(type, list);
    for (const each of Array.isArray(value) ? value : [value]) if (!list.includes(each)) list.push(each);
  };
  const identities = asObject(item.identities);
  for (const key in identities) {
    if (key !== '$identity_distinct_id') take(typeOfIdentity(key), identities[key]);
  }
  const keyed = Object.keys(identities).length > 0;
  if (!keyed || isPlain(item.login_id)) take('user_id', item.login_id);
  take('anonymous_id', item.anonymous_id);
  // Who signs up was somebody else before: nearly always a made-up id.
  if (item.type === 'track_signup') take('anonymous_id', item.original_id);
  if (!keyed) take(typeOfDistinct(item, properties), item.distinct_id);
  return listed(found);
}

/** Identities that the shop has named itself are called as they are: the policy decides whether it knows the type. */
function typeOfIdentity(key: string): string {
  return TYPES.get(key) ?? (key.startsWith('$identity_') ? key.slice('$identity_'.length) : key);
}

/** A login under a key of the shop's choice is written `key+value`, and the identities have it in the right form. */
function isPlain(login: JsonValue | undefined): boolean {
  return givenText(login)?.includes('+') !== true;
}

function typeOfDistinct(item: JsonObject, properties: JsonObject): string {
  const { distinct_id: id, login_id: login, anonymous_id: anonymous } = item;
  if (item.type === 'track_signup' || id === login) return 'user_id';
  if (id === anonymous) return 'anonymous_id';
  const stated = properties.$is_login_id;
  if (typeof stated === 'boolean') return stated ? 'user_id' : 'anonymous_id';
  return typeof id === 'string' && MADE_UP.test(id) ? 'anonymous_id' : 'user_id';
}

function listed(found: ReadonlyMap<string, readonly JsonValue[]>): JsonObject {
  return Object.fromEntries(
    [...found].map(([type, values]) => [type, values.length > 1 ? values : values[0]]),
  );
}
