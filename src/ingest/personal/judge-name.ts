import { limits } from '../../limits.ts';
import type { PersonalKind } from '../../model/mask.ts';
import type { OwnNames } from '../../model/personal-fields.ts';
import {
  ADDRESS_NAMES,
  ALSO_OF_THINGS,
  CHINESE_ENDINGS,
  CHINESE_THINGS,
  EMPTY_CHINESE,
  EMPTY_WORDS,
  GLUED_ENDINGS,
  NAME_ENDINGS,
  NAMES_BENEATH_PERSONS,
  NAMES_OF_PERSONS,
  NOT_PERSONAL,
  PARTS_OF_PERSONS,
  PERSONS,
  PERSONS_BY_NAME,
  THINGS,
  WHICH_CHINESE,
  WHICH_ONE,
} from '../../model/personal-names.ts';
import { foldName, wordsOf } from './name-words.ts';
import type { PersonalValue } from './personal-value.ts';

/** Whose fields are looked at: a name that may be about anything counts only from the place on that it needs. */
export const PLACE = { anywhere: 0, properties: 1, traits: 2, person: 3 } as const;
export type Place = (typeof PLACE)[keyof typeof PLACE];

/** What the name of a field says of its value. */
export interface NameVerdict {
  /** Absent: nothing personal. */
  readonly kind: PersonalKind | undefined;
  /** From what place on the kind counts. */
  readonly from: Place;
  /** Whether an object of that name speaks of a person or of a thing; undefined: of the same as what is around it. */
  readonly speaksOf: 'person' | 'thing' | undefined;
  /** Not personal, whatever it looks like: the operator's word, and ids. */
  readonly isCleared: boolean;
  /** The operator's word: it counts before what a schema lists without a mark. */
  readonly isOwn: boolean;
  /** What a schema marks: sealed whatever it holds. */
  readonly field: PersonalValue | undefined;
}

/** The name says nothing, which most do: the same object for all of them. */
export const PLAIN: NameVerdict = Object.freeze({
  kind: undefined,
  from: PLACE.anywhere,
  speaksOf: undefined,
  isCleared: false,
  isOwn: false,
  field: undefined,
});
export const CLEARED: NameVerdict = Object.freeze({ ...PLAIN, isCleared: true });
const HAN = /\p{Script=Han}/u;

/**
 * What names mean, each judged once: the names of events are few, whatever their number. Judging takes some microseconds, looking it up some
 * nanoseconds.
 */
export class NameBook {
  readonly #known = new Map<string, NameVerdict>();
  readonly #judge: (name: string) => NameVerdict;

  constructor(judge: (name: string) => NameVerdict) {
    this.#judge = judge;
  }

  get(name: string): NameVerdict {
    return this.#known.get(name) ?? this.#learn(name);
  }

  #learn(name: string): NameVerdict {
    const verdict = this.#judge(name);
    // A sender who makes names up empties the memory for all; the next few events fill it again.
    if (this.#known.size >= limits.personalNamesKnown) this.#known.clear();
    if (name.length <= limits.personalNameCharactersKnown) this.#known.set(name, verdict);
    return verdict;
  }
}

/** By the engine's table, and what an operator says of names, in whatever spelling. */
export function createNameBook({ seal = {}, clear = [] }: OwnNames = {}): NameBook {
  const own = new Map<string, NameVerdict>();
  for (const name of clear) own.set(foldName(name), CLEARED);
  for (const [name, kind] of Object.entries(seal)) own.set(foldName(name), { ...PLAIN, kind, isOwn: true });
  return new NameBook((name) => {
    const words = wordsOf(name);
    return own.get(words.join('')) ?? judge(words);
  });
}

/** By the engine's table alone. */
export function judgeName(name: string): NameVerdict {
  return judge(wordsOf(name));
}

function judge(words: readonly string[]): NameVerdict {
  const whole = words.join('');
  if (whole === '' || words[0] === 'utm') return PLAIN;
  const speaksOf = subjectOf(words);
  const [kind, from] = kindOf(words, whole);
  if (kind === undefined && speaksOf === undefined) return PLAIN;
  return { ...PLAIN, kind, from, speaksOf };
}

function subjectOf(words: readonly string[]): NameVerdict['speaksOf'] {
  const full = words.findLastIndex((word) => !EMPTY_WORDS.has(word));
  const last = words[full] ?? '';
  const whole = words
    .slice(0, full + 1)
    .join('')
    .replace(EMPTY_CHINESE, '');
  if (PERSONS.has(last) || PERSONS.has(whole) || PARTS_OF_PERSONS.has(whole)) return 'person';
  const isThing =
    THINGS.has(last) || (HAN.test(whole) && CHINESE_THINGS.some((thing) => whole.endsWith(thing)));
  return isThing ? 'thing' : undefined;
}

type Kind = readonly [kind: PersonalKind | undefined, from: Place];
const NONE: Kind = [undefined, PLACE.anywhere];

function kindOf(words: readonly string[], whole: string): Kind {
  if (PERSONS_BY_NAME.has(whole)) return ['name', PLACE.anywhere];
  if (ADDRESS_NAMES.has(whole)) return ['address', PLACE.properties];
  const ofPersons = NAMES_OF_PERSONS.get(whole);
  if (ofPersons !== undefined) return [ofPersons, PLACE.traits];
  const beneath = NAMES_BENEATH_PERSONS.get(whole);
  if (beneath !== undefined) return [beneath, PLACE.person];
  const kind = HAN.test(whole)
    ? (chineseKind(whole.replace(WHICH_CHINESE, '')) ?? englishKind(words, whole))
    : (englishKind(words, whole) ?? kindOfOne(words));
  return kind === undefined ? NONE : [kind, PLACE.anywhere];
}

/** The kind of what the name says which one it is of: one can be had by several mailboxes and phones only. */
function kindOfOne(words: readonly string[]): PersonalKind | undefined {
  const last = words.findLastIndex((word) => !WHICH_ONE.has(word));
  if (last < 0 || last === words.length - 1) return undefined;
  const bare = words.slice(0, last + 1);
  const kind = englishKind(bare, bare.join(''));
  return kind === 'email' || kind === 'phone' ? kind : undefined;
}

function chineseKind(whole: string): PersonalKind | undefined {
  const found = CHINESE_ENDINGS.find(([ending]) => whole.endsWith(ending));
  if (found === undefined) return undefined;
  const before = whole.slice(0, -found[0].length);
  return CHINESE_THINGS.some((thing) => before.endsWith(thing)) ? undefined : found[1];
}

/** The most words that an ending is written in: `national_id_card_number`. */
const ENDING_WORDS = 4;

function englishKind(words: readonly string[], whole: string): PersonalKind | undefined {
  if (NOT_PERSONAL.has(whole)) return undefined;
  const exact = NAME_ENDINGS.get(whole);
  if (exact !== undefined) return exact;
  for (let count = Math.min(ENDING_WORDS, words.length); count > 0; count -= 1) {
    const ending = words.slice(-count).join('');
    if (NOT_PERSONAL.has(ending)) return undefined;
    const kind = NAME_ENDINGS.get(ending) ?? ownedKind(ending, words.at(-count - 1));
    if (kind !== undefined) return isOfThing(ending, kind, words.at(-count - 1)) ? undefined : kind;
  }
  return gluedKind(words, whole);
}

function isOfThing(ending: string, kind: PersonalKind, owner = ''): boolean {
  if (!THINGS.has(owner)) return false;
  return kind === 'email' || kind === 'phone' || kind === 'address' || ALSO_OF_THINGS.has(ending);
}

/** `buyer_name`, `shipping address`: whose name it is decides. */
function ownedKind(word: string, owner: string | undefined): PersonalKind | undefined {
  if (owner === undefined || !PERSONS.has(owner)) return undefined;
  if (word === 'name' || word === 'address') return word;
  return undefined;
}

function gluedKind(words: readonly string[], whole: string): PersonalKind | undefined {
  for (const text of [words.at(-1) ?? '', whole]) {
    if (text === '' || [...NOT_PERSONAL].some((word) => text.endsWith(word))) continue;
    const ending = GLUED_ENDINGS.find((each) => text.endsWith(each));
    const kind = ending === undefined ? undefined : NAME_ENDINGS.get(ending);
    if (ending !== undefined && kind !== undefined)
      return isOfThing(ending, kind, text.slice(0, -ending.length)) ? undefined : kind;
    if (text.endsWith('name') && PERSONS.has(text.slice(0, -'name'.length))) return 'name';
    if (text.endsWith('address') && PERSONS.has(text.slice(0, -'address'.length))) return 'address';
  }
  return undefined;
}
