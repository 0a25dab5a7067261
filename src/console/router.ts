import { computed, signal } from '@preact/signals';

/** Where the console is: `#/customer/phone%3A139…?tab=events` is the page `customer` with one argument. */
export interface Place {
  readonly page: string;
  readonly args: readonly string[];
  readonly query: URLSearchParams;
}

const hash = signal(location.hash);
addEventListener('hashchange', () => {
  hash.value = location.hash;
});

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
