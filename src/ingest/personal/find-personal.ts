/**
 * What of an event is somebody's: by the marks of its schema, by the names of its fields, at any depth, by what a value looks like. Says where it is,
 * to be sealed once its facet is known; takes what parameters of addresses say out of them at once. One walk; nothing is copied that does not change.
 */
import type { JsonObject, JsonValue } from '../../model/json.ts';
import type { PersonalKind } from '../../model/mask.ts';
import type { Plan } from '../property-plans.ts';
import { pointer } from '../rejection.ts';
import { cleanAddress } from './clean-address.ts';
import { type NameBook, type NameVerdict, PLACE, type Place } from './judge-name.ts';
import type { NameBooks } from './name-books.ts';
import type { PersonalValue } from './personal-value.ts';
import { kindOfText, mayTell, saysWho } from './telling-values.ts';

/** The parts of an event that its sender has filled. */
export interface SentParts {
  properties: JsonObject;
  traits?: JsonObject;
  context?: JsonObject;
}

export interface FindOptions {
  readonly books: NameBooks;
  /** Of the traits themselves, of which the schemas mark some. */
  readonly traits: NameBook;
}

/** What a schema says of fields beneath the top: nothing that lies within one of them, or around one, is looked for by name. */
export interface MarkedBelow {
  readonly at: ReadonlySet<string>;
  readonly around: ReadonlySet<string>;
}

/** Puts cleaned parts in the place of those that had to be, and answers what is to be sealed. */
export function findPersonal(
  event: SentParts,
  plan: Plan,
  { books, traits }: FindOptions,
): readonly PersonalValue[] {
  const found: PersonalValue[] = [];
  const { properties } = event;
  const kept = new Walk(found, books.properties, plan.below).part('properties', properties, plan.names);
  if (kept !== properties) event.properties = kept;
  if (plan.personalBelow.length > 0) findMarked(event, plan.personalBelow, found);
  if (event.traits !== undefined) {
    const own = new Walk(found, books.traits, undefined).part('traits', event.traits, traits);
    if (own !== event.traits) event.traits = own;
  }
  if (event.context !== undefined) {
    const own = new Walk(found, books.context, undefined).part('context', event.context, books.context);
    if (own !== event.context) event.context = own;
  }
  return found;
}

function findMarked(event: SentParts, marked: readonly PersonalValue[], found: PersonalValue[]): void {
  for (const field of marked) {
    let value: unknown = event;
    for (const key of field.keys)
      value = typeof value === 'object' && value !== null ? (value as JsonObject)[key] : undefined;
    if (value !== undefined && value !== null) found.push(field);
  }
}

/**
 * Where the fields of a part itself stand, and where what lies beneath them does unless a name says otherwise: bare names count in traits at any
 * depth, while context and properties speak of devices, pages and goods.
 */
const PARTS = {
  properties: { place: PLACE.properties, beneath: PLACE.anywhere },
  traits: { place: PLACE.traits, beneath: PLACE.traits },
  context: { place: PLACE.traits, beneath: PLACE.anywhere },
} as const;

type Copy = Record<string, JsonValue | undefined>;

class Walk {
  readonly #found: PersonalValue[];
  readonly #book: NameBook;
  readonly #below: MarkedBelow | undefined;
  /** Where the walk is. */
  readonly #keys: string[] = [];

  constructor(found: PersonalValue[], book: NameBook, below: MarkedBelow | undefined) {
    this.#found = found;
    this.#book = book;
    this.#below = below;
  }

  part(name: keyof typeof PARTS, part: JsonObject, book: NameBook): JsonObject {
    this.#keys.push(name);
    const { place, beneath } = PARTS[name];
    let copy: Copy | undefined;
    for (const key in part) {
      const value = part[key];
      if (value === undefined || value === null) continue;
      const verdict = book.get(key);
      const next = isQuiet(verdict)
        ? this.#plain(key, value, placeBeneath(verdict, beneath))
        : this.#telling(key, value, { verdict, place, beneath });
      if (next === value) continue;
      copy ??= { ...part };
      copy[key] = next;
    }
    return copy ?? part;
  }

  #object(object: JsonObject, place: Place): JsonObject {
    let copy: Copy | undefined;
    for (const key in object) {
      const value = object[key];
      if (value === undefined || value === null) continue;
      const verdict = this.#book.get(key);
      const next = isQuiet(verdict)
        ? this.#plain(key, value, placeBeneath(verdict, place))
        : this.#telling(key, value, { verdict, place, beneath: place });
      if (next === value) continue;
      copy ??= { ...object };
      copy[key] = next;
    }
    return copy ?? object;
  }

  #list(list: readonly JsonValue[], place: Place): JsonValue {
    let copy: JsonValue[] | undefined;
    for (let i = 0; i < list.length; i += 1) {
      const value: JsonValue | undefined = list[i];
      if (typeof value !== 'string' && (typeof value !== 'object' || value === null)) continue;
      const next = this.#plain(String(i), value, place);
      if (next === value) continue;
      copy ??= [...list];
      copy[i] = next;
    }
    return copy ?? list;
  }

  /** Its name says nothing, its value may. */
  #plain(key: string, value: JsonValue, place: Place): JsonValue {
    if (typeof value === 'string') return mayTell(value) ? this.#text(key, value) : value;
    return typeof value === 'object' && value !== null ? this.#inside(key, value, place) : value;
  }

  #telling(key: string, value: JsonValue, { verdict, place, beneath }: Telling): JsonValue {
    const { kind, field, isCleared, from } = verdict;
    if (field !== undefined) this.#found.push(field);
    if (field !== undefined || isCleared) return value;
    if (kind !== undefined && from <= place && saysWho(value, kind) && !this.#isAroundMark(key)) {
      this.#note(key, kind);
      return value;
    }
    return this.#plain(key, value, placeBeneath(verdict, beneath));
  }

  #inside(key: string, value: JsonValue & object, place: Place): JsonValue {
    this.#keys.push(key);
    const isMarked = this.#below?.at.has(this.#keys.join('\0')) === true;
    const next = isMarked ? value : isList(value) ? this.#list(value, place) : this.#object(value, place);
    this.#keys.pop();
    return next;
  }

  #text(key: string, text: string): string {
    const kind = kindOfText(text);
    if (kind === undefined) return cleanAddress(text, this.#book);
    this.#note(key, kind);
    return text;
  }

  #note(key: string, kind: PersonalKind): void {
    const keys = [...this.#keys, key];
    if (this.#below?.at.has(keys.join('\0')) === true) return;
    this.#found.push({ path: keys.reduce(pointer, ''), keys, kind });
  }

  #isAroundMark(key: string): boolean {
    return this.#below?.around.has([...this.#keys, key].join('\0')) === true;
  }
}

/** Nothing of the value can be told by the name: so of nearly all. */
function isQuiet({ kind, field, isCleared }: NameVerdict): boolean {
  return kind === undefined && field === undefined && !isCleared;
}

function placeBeneath({ speaksOf }: NameVerdict, beneath: Place): Place {
  if (speaksOf === undefined) return beneath;
  return speaksOf === 'person' ? PLACE.person : PLACE.anywhere;
}

interface Telling {
  readonly verdict: NameVerdict;
  /** Where the field itself stands. */
  readonly place: Place;
  /** Where what lies beneath it stands, unless its name says otherwise. */
  readonly beneath: Place;
}

function isList(value: JsonValue & object): value is readonly JsonValue[] {
  return Array.isArray(value);
}
