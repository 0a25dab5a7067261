import type { ErasureUnderWay } from '../../model/erasure.ts';
import { facetKeyOf } from '../../model/facet-id.ts';

/** Hashes of identifiers and keys of facets are so long, ids of profiles so long. */
const WORD = 22;
const PROFILE = 36;
const RUN = /[A-Za-z0-9_-]{22,}/g;

/** What somebody who is erased is called in records, rows and files. */
export class ErasedWords {
  readonly profiles: ReadonlySet<string>;
  /** Hashes of their identifiers, and keys of the facets that were theirs alone. */
  readonly words: ReadonlySet<string>;

  /** `alive` are keys of facets of which somebody else has a part: a device that changed hands. */
  constructor({ profiles, identifiers, facets }: ErasureUnderWay, alive: ReadonlySet<string>) {
    this.profiles = new Set(profiles);
    const hashes = identifiers.map(({ key }) => key.slice(key.indexOf(':') + 1));
    const keys = facets
      .map(({ id }) => facetKeyOf(id))
      .filter((key) => !alive.has(key) && key.length === WORD);
    this.words = new Set([...hashes, ...keys]);
  }

  /** Whether a text holds one of the words, or names a profile of theirs. */
  names(text: string): boolean {
    return find(text, WORD, this.words) || find(text, PROFILE, this.profiles);
  }

  /** The text without the words. */
  blank(text: string): string {
    return text.replace(RUN, (run) => {
      let left = run;
      for (let at = 0; at + WORD <= left.length; ) {
        if (this.words.has(left.slice(at, at + WORD))) left = left.slice(0, at) + left.slice(at + WORD);
        else at += 1;
      }
      return left;
    });
  }

  /** The same for what lies in files, where profiles may still be named and identifiers may have come back. */
  without(returned: ReadonlySet<string>): (text: string) => boolean {
    const words = new Set([...this.words].filter((word) => !returned.has(word)));
    return (text) => find(text, WORD, words);
  }
}

/** Words may stand in a longer run of letters: in binary entries nothing parts them from what comes before. */
function find(text: string, length: number, wanted: ReadonlySet<string>): boolean {
  if (wanted.size === 0) return false;
  for (const [run] of text.matchAll(RUN)) {
    for (let at = 0; at + length <= run.length; at += 1) {
      if (wanted.has(run.slice(at, at + length))) return true;
    }
  }
  return false;
}
