import { limits } from '../limits.ts';
import { isJsonObject } from '../model/json.ts';
import type { PersonalKind } from '../model/mask.ts';
import { NAME_PLACES, type OwnNames, type PersonalFields } from '../model/personal-fields.ts';
import type { Refuse } from './setting-readers.ts';

const KINDS: readonly PersonalKind[] = ['phone', 'email', 'name', 'address', 'birthday', 'id_number'];
const WORDS: readonly string[] = ['seal', 'clear'];

/** `personal_fields`: names that are personal beside those that the engine knows, and names that are not, everywhere or in one part of events. */
export function readPersonalFields(value: unknown, refuse: Refuse): PersonalFields {
  if (!isJsonObject(value)) return refuse(`must be a mapping of ${NAME_PLACES.join(', ')}`);
  const fields: Partial<Record<(typeof NAME_PLACES)[number], OwnNames>> = {};
  for (const [written, names] of Object.entries(value)) {
    const place = NAME_PLACES.find((each) => each === written);
    if (place === undefined)
      return refuse(`speaks of ${written}; names are listed under ${NAME_PLACES.join(', ')}`);
    fields[place] = readNames(names, (problem) => refuse(`has under ${place} ${problem}`));
  }
  return Object.freeze(fields);
}

function readNames(value: unknown, refuse: Refuse): OwnNames {
  if (!isJsonObject(value)) return refuse('no mapping of seal and clear');
  const unknown = Object.keys(value).find((word) => !WORDS.includes(word));
  if (unknown !== undefined) refuse(`the word ${unknown}, where only seal and clear have a meaning`);
  const seal = value.seal === undefined ? {} : readSeal(value.seal, refuse);
  const clear = value.clear === undefined ? [] : readClear(value.clear, refuse);
  const count = clear.length + Object.keys(seal).length;
  if (count > limits.personalFieldsMax) refuse(`more than ${limits.personalFieldsMax} names`);
  const both = clear.find((name) => Object.keys(seal).some((each) => sameName(each, name)));
  if (both !== undefined) refuse(`${both} both as personal and as not`);
  return Object.freeze({ seal, clear });
}

function readSeal(value: unknown, refuse: Refuse): Readonly<Record<string, PersonalKind>> {
  if (!isJsonObject(value)) return refuse('a seal that is no mapping of names to kinds');
  const seal: Record<string, PersonalKind> = Object.create(null);
  for (const [name, kind] of Object.entries(value)) {
    const known = KINDS.find((each) => each === kind);
    if (known === undefined) return refuse(`${name}, whose kind must be one of ${KINDS.join(', ')}`);
    seal[readName(name, refuse)] = known;
  }
  return seal;
}

function readClear(value: unknown, refuse: Refuse): readonly string[] {
  if (!Array.isArray(value)) return refuse('a clear that is no list of names');
  return value.map((name: unknown) => readName(name, refuse));
}

/** A name needs a letter: without one every name of signs alone would be it. */
function readName(name: unknown, refuse: Refuse): string {
  const isName =
    typeof name === 'string' && name.length <= limits.personalNameCharactersKnown && /\p{L}/u.test(name);
  return isName
    ? name
    : refuse(`a name that is no text of 1 to ${limits.personalNameCharactersKnown} characters`);
}

/** As far as case and separators go. */
function sameName(a: string, b: string): boolean {
  const plain = (name: string): string =>
    name
      .normalize('NFKC')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}]/gu, '');
  return plain(a) === plain(b);
}
