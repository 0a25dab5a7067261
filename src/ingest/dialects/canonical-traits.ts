import type { JsonObject, JsonValue } from '../../model/json.ts';
import { foldName } from '../personal/name-words.ts';

/**
 * Traits that the engine reads by their names. Libraries write them as their languages do (`firstName`, `Email`, `E-MAIL`), and what a trait named like an
 * identifier says identifies. Another word for the same (`mobile`, `手机号`) is sealed like it, and stays what its sender calls it: whose it is
 * nobody has said.
 */
const TRAIT_NAMES: ReadonlyMap<string, string> = new Map(
  [
    ...[
      'email',
      'phone',
      'name',
      'first_name',
      'last_name',
      'full_name',
      'real_name',
      'nickname',
      'birthday',
      'address',
    ],
    ...['created_at', 'user_id', 'member_id', 'anonymous_id', 'device_id'],
  ].map((name) => [foldName(name), name]),
);

/** Traits under their canonical names; the same object where they have those already. */
export function canonicalTraits(traits: JsonObject): JsonObject {
  const names = Object.keys(traits);
  const canonicalNames = names.map(canonicalName);
  if (canonicalNames.every((name, n) => name === names[n])) return traits;
  const canonical: Record<string, JsonValue | undefined> = {};
  for (const [n, name] of names.entries()) {
    const to = canonicalNames[n] ?? name;
    // Where several spellings are there, the canonical one stands, and otherwise the first.
    if (to === name || (traits[to] === undefined && canonical[to] === undefined))
      canonical[to] = traits[name];
  }
  return canonical;
}

const CHARACTERS_MAX = 24;
/** Written as the engine does, as nearly all are. */
const SMALL = /^[a-z0-9_]+$/;

function canonicalName(name: string): string {
  if (SMALL.test(name) || name.length > CHARACTERS_MAX) return name;
  return TRAIT_NAMES.get(foldName(name)) ?? name;
}
