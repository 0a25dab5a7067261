import { createHmac, createSecretKey } from 'node:crypto';
import { limits } from '../limits.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';

/**
 * The blind index of a person's name: it tells whether two holders of one number are called the same, and nothing else.
 * Never an identifier, so writing habits may be folded generously.
 */
export type ReadName = (traits: JsonObject) => string | undefined;

const HASH_BYTES = 16;
/** No identifier type begins like this, so that a name never has the index of an identifier. */
const DOMAIN = '\u0000name\u0000';
const WHOLE = ['name', 'full_name', 'fullName', 'real_name'] as const;
const FIRST = ['first_name', 'firstName'] as const;
const LAST = ['last_name', 'lastName'] as const;
const HAN = /\p{Script=Han}/u;
/** `张**`, as marketplaces show names, and `张先生`, as people answer the phone, fit too many people to tell anything. */
const VAGUE = /[*＊]|(?:先生|女士|小姐|太太)$/u;

export function createNameReader(indexKey: Uint8Array, isNobody: (value: string) => boolean): ReadName {
  const key = createSecretKey(indexKey);
  return (traits) => {
    const text = nameOf(traits);
    if (text === undefined || text.length > limits.identifierCharactersMax) return undefined;
    const name = fold(text);
    if (name === '' || VAGUE.test(name) || isNobody(name)) return undefined;
    return createHmac('sha256', key)
      .update(DOMAIN)
      .update(name)
      .digest()
      .toString('base64url', 0, HASH_BYTES);
  };
}

/** A whole name, or one of its two parts put together: in Chinese the family name comes first, without a space. */
function nameOf(traits: JsonObject): string | undefined {
  const whole = firstText(traits, WHOLE);
  if (whole !== undefined) return whole;
  const first = firstText(traits, FIRST);
  const last = firstText(traits, LAST);
  if (first === undefined || last === undefined) return undefined;
  return HAN.test(last) ? `${last}${first}` : `${first} ${last}`;
}

function firstText(traits: JsonObject, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value: JsonValue | undefined = Object.hasOwn(traits, name) ? traits[name] : undefined;
    if (typeof value === 'string' && value.trim() !== '') return value;
  }
  return undefined;
}

function fold(text: string): string {
  const name = text.normalize('NFKC').trim().toLowerCase().replace(/\s+/gu, ' ');
  return HAN.test(name) ? name.replaceAll(' ', '') : name;
}
