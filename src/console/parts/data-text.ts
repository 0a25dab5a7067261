/*
 * Text that came from outside, so that it stays where it is put. Letters that are written from right to left pull what stands
 * beside them to their other side, and invisible characters can turn or hide whatever follows: those are shown as what they
 * are, and such a text is kept apart from its neighbors.
 */

/** Isolates are left alone where they are closed: they turn nothing around them. */
const ISOLATES = /[\u2066-\u2069]/g;
const FIRST_STRONG = '\u2068';
const POP = '\u2069';
/** Embeddings, overrides and marks of direction; separators of lines that no line shows; controls but tab and line feeds. */
const TURNING = /[\u202a-\u202e\u200e\u200f\u061c\u2028\u2029\ufeff]|(?![\t\n\r])\p{Cc}/gu;
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** With every character that would act unseen written out. */
export function visible(text: string): string {
  const shown = text.replace(TURNING, nameOf);
  return isClosed(shown) ? shown : shown.replace(ISOLATES, nameOf);
}

/** The same for places that hold nothing but text, and for a part of a sentence: what is around it stays in its order. */
export function isolated(text: string): string {
  const shown = visible(text);
  return RIGHT_TO_LEFT.test(shown) ? `${FIRST_STRONG}${shown}${POP}` : shown;
}

/** Whether something in it was set apart. */
export function hasParts(text: string): boolean {
  return text.includes(FIRST_STRONG);
}

function nameOf(character: string): string {
  return `[U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}]`;
}

function isClosed(text: string): boolean {
  let depth = 0;
  for (const [character] of text.matchAll(ISOLATES)) {
    depth += character === POP ? -1 : 1;
    if (depth < 0) return false;
  }
  return depth === 0;
}
