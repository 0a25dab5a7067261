import type { JsonObject } from './json.ts';

/** A sentence for whoever reads an answer, with what it says as data: a page may put it into another language. */
export interface Saying extends JsonObject {
  /** Which sentence it is; the other fields are what is different each time. */
  readonly code: string;
  /** The sentence in English. */
  readonly text: string;
}

/** As answers have it: the sentences alone, as they always were, and once more with what they are made of. */
export function saidAs(sayings: readonly Saying[]): {
  readonly says: readonly string[];
  readonly sentences: readonly Saying[];
} {
  return { says: sayings.map(({ text }) => text), sentences: sayings };
}
