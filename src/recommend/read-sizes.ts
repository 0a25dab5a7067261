import { limits } from '../limits.ts';

export interface Size {
  /** Sizes of other systems cannot be compared with it. */
  readonly system: string;
  /** Written one way: `2XL`, not `XXL`. */
  readonly size: string;
}

/** Reads sizes and whom categories are for; remembers what it has read, since a catalog has few different ones. */
export class SizeReader {
  readonly #sizes = new Map<string, Size | undefined>();
  readonly #groups = new Map<string, string>();

  /** Undefined of what has one size, or none. */
  size(text: string | undefined): Size | undefined {
    if (text === undefined) return undefined;
    const known = this.#sizes.get(text);
    if (known !== undefined || this.#sizes.has(text)) return known;
    return remember(this.#sizes, text, readSize(text));
  }

  /** Wearer and group of a category. */
  group(category: string | undefined): string {
    const path = category ?? '';
    return this.#groups.get(path) ?? remember(this.#groups, path, readGroup(path));
  }
}

function remember<Value>(known: Map<string, Value>, text: string, value: Value): Value {
  if (known.size >= limits.sizeTextsMax) known.clear();
  known.set(text, value);
  return value;
}

const ONE_SIZE: ReadonlySet<string> = new Set(['ONE', 'ONE SIZE', 'ONESIZE', 'OS', 'F', 'FREE', 'U', '均码']);
const LETTERS = /^(?:(\d{1,2})X|(X{0,6}))(S|M|L)$/;
const NUMBER = /^\d{1,3}(?:\.\d)?$/;
const PAIR = /^\d{2,3}\/\d{2,3}/;

/**
 * Letters (XS to 6XL), numbers by what they can mean (US or UK below 20, inches below 34, EU below 65, body height in
 * centimeters below 200, feet in millimeters), Chinese pairs (170/92A), anything else as it is.
 */
export function readSize(text: string): Size | undefined {
  const written = text.normalize('NFKC').trim().toUpperCase();
  if (written === '' || ONE_SIZE.has(written)) return undefined;
  const letters = LETTERS.exec(written);
  if (letters !== null) {
    const [, digits, repeated = '', letter = ''] = letters;
    const times = digits === undefined ? repeated.length : Number(digits);
    return { system: 'letters', size: times === 0 ? letter : `${times}X${letter}` };
  }
  if (NUMBER.test(written)) {
    const number = Number(written);
    return { system: systemOf(number), size: String(number) };
  }
  return { system: PAIR.test(written) ? 'pair' : 'other', size: written };
}

const SYSTEMS: readonly (readonly [below: number, system: string])[] = [
  [20, 'us'],
  [34, 'inches'],
  [65, 'eu'],
  [200, 'height'],
  [Number.POSITIVE_INFINITY, 'millimeters'],
];

function systemOf(number: number): string {
  return SYSTEMS.find(([below]) => number < below)?.[1] ?? 'other';
}

/** Who wears what a category path holds, where one of its steps says so. */
const WEARERS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    women: 'women ladies female woman 女 女装 女士 女鞋',
    men: 'men male man 男 男装 男士 男鞋',
    children: 'kids children girls boys baby toddler 童 童装 儿童 婴儿 母婴',
  }).flatMap(([wearer, words]) => words.split(' ').map((word) => [word, wearer] as const)),
);

/** The first step of the path that says what it is rather than for whom, with whom it is for. */
function readGroup(category: string): string {
  const steps = category.toLowerCase().split('/');
  const wearer = steps.map((step) => WEARERS.get(step)).find((found) => found !== undefined) ?? '';
  const group = steps.find((step) => !WEARERS.has(step)) ?? '';
  return `${wearer}\u0000${group}`;
}
