import type { JsonObject, JsonValue } from '../../model/json.ts';

/** Traits whose camel-case names would hide personal data from the schemas, which mark the canonical names. */
const TRAIT_NAMES: Readonly<Record<string, string>> = {
  firstName: 'first_name',
  lastName: 'last_name',
  createdAt: 'created_at',
  userId: 'user_id',
  anonymousId: 'anonymous_id',
  deviceId: 'device_id',
};

/** Traits under their canonical names; the same object where they have those already. */
export function canonicalTraits(traits: JsonObject): JsonObject {
  const names = Object.keys(traits);
  if (!names.some(isRenamed)) return traits;
  const canonical: Record<string, JsonValue | undefined> = {};
  for (const name of names) {
    const to = isRenamed(name) ? TRAIT_NAMES[name]! : name;
    // Where both spellings are there, the canonical one stands.
    if (to === name || traits[to] === undefined) canonical[to] = traits[name];
  }
  return canonical;
}

function isRenamed(name: string): boolean {
  return Object.hasOwn(TRAIT_NAMES, name);
}
