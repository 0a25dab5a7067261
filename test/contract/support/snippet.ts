import { readFileSync } from 'node:fs';
import { TesseraError } from '../../../src/errors.ts';

const DOCUMENT = new URL('../../../docs/trackers.md', import.meta.url);

/** What stands in the document for the engine's address and the key. */
const ADDRESS = 'https://cdp.shop.example';
const KEY = 'WRITE_KEY';

/** A snippet of the document, as it stands there under `<!-- snippet: name -->`, with an address and a key of this run. */
export function readSnippet(name: string, place: { readonly address: string; readonly key: string }): string {
  const text = readFileSync(DOCUMENT, 'utf8');
  const [, code] =
    new RegExp(`<!-- snippet: ${name} -->\\n+\`\`\`\\w+\\n([\\s\\S]*?)\n\`\`\``).exec(text) ?? [];
  if (code === undefined || !code.includes(KEY) || !code.includes(ADDRESS)) {
    throw new TesseraError('internal', `docs/trackers.md has no snippet ${name} with address and key`);
  }
  return code.replaceAll(ADDRESS, place.address).replaceAll(KEY, place.key);
}
