import { computed, signal } from '@preact/signals';
import { leave, unsaved } from './leaving.ts';

/** Where the console is: `#/customer/phone%3A139…?tab=events` is the page `customer` with one argument. */
export interface Place {
  readonly page: string;
  readonly args: readonly string[];
  readonly query: URLSearchParams;
}

const hash = signal(location.hash);
/** Which entry of the tab's history is shown. Entries carry their numbers, so that one that was left can be gone back to. */
const shown = signal(numberOf(history.state) ?? 0);
history.replaceState({ entry: shown.value }, '');

addEventListener('hashchange', () => {
  const wanted = location.hash;
  if (wanted === hash.value) return;
  // A link makes an entry that has no number yet.
  const entry = numberOf(history.state);
  if (!unsaved.value) {
    arrive(wanted, entry);
    return;
  }
  // Until somebody has said that they leave, the address is that of what they see.
  const way = entry === undefined ? 1 : entry - shown.value;
  history.go(-way);
  leave(() => {
    if (entry === undefined) location.hash = wanted;
    else history.go(way);
  });
});

function arrive(wanted: string, entry: number | undefined): void {
  hash.value = wanted;
  shown.value = entry ?? shown.value + 1;
  if (entry === undefined) history.replaceState({ entry: shown.value }, '');
}

function numberOf(state: unknown): number | undefined {
  const { entry } = (state ?? {}) as { readonly entry?: unknown };
  return typeof entry === 'number' ? entry : undefined;
}

export const place = computed<Place>(() => parse(hash.value));

function parse(text: string): Place {
  const [path = '', query = ''] = text.replace(/^#\/?/, '').split('?');
  const [page = '', ...args] = path.split('/').map(decode);
  return {
    page: page === '' ? 'live' : page,
    args: args.filter((arg) => arg !== ''),
    query: new URLSearchParams(query),
  };
}

/** Somebody may have typed an address that is no encoding of anything. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function addressOf(
  page: string,
  args: readonly string[] = [],
  query: Readonly<Record<string, string>> = {},
): string {
  const asked = new URLSearchParams(query).toString();
  return `#/${[page, ...args].map(encodeURIComponent).join('/')}${asked === '' ? '' : `?${asked}`}`;
}

export function go(
  page: string,
  args: readonly string[] = [],
  query: Readonly<Record<string, string>> = {},
): void {
  location.hash = addressOf(page, args, query);
}
