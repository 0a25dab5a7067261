import trackers from '../../../docs/trackers.md?raw';

/** A way to send events, as docs/trackers.md has it: the very text that the contract tests run. */
export interface Snippet {
  readonly name: string;
  /** The heading that it stands under. */
  readonly title: string;
  readonly code: string;
}

/** What stands in the page for the engine's address and the key. */
const ADDRESS = 'https://cdp.shop.example';
const KEY = 'WRITE_KEY';
const MARKED = /^(#{2,3}) (.+)$|^<!-- snippet: (\S+) -->\n+```\w+\n([\s\S]*?)\n```/gm;

export function readSnippets(document: string = trackers): readonly Snippet[] {
  const snippets: Snippet[] = [];
  let chapter = '';
  let section = '';
  for (const [, level, heading, name, code] of document.matchAll(MARKED)) {
    if (level === '##') {
      chapter = heading ?? '';
      section = '';
    } else if (level === '###') section = heading ?? '';
    else if (name !== undefined && code !== undefined)
      snippets.push({ name, title: section === '' ? chapter : `${chapter}: ${section}`, code });
  }
  return snippets;
}

export function fillSnippet(
  { code }: Snippet,
  place: { readonly address: string; readonly key: string },
): string {
  return code.replaceAll(ADDRESS, place.address).replaceAll(KEY, place.key);
}
