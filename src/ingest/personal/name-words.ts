/*
 * A name of a field as the words that it is made of: `contactEmail`, `CONTACT-EMAIL`, `ｃｏｎｔａｃｔ＿ｅｍａｉｌ` and `contact emails_2` all are
 * contact, email.
 */
const CAMEL = /(\p{Ll}|\p{N})(\p{Lu})/gu;
const ACRONYM = /(\p{Lu})(\p{Lu}\p{Ll})/gu;
const NO_WORD = /[^\p{L}\p{N}]+/u;
/** Numbers of columns and of addresses: `phone2`, `address_line_1`. */
const COUNTED = /(?<=\p{L})\d{1,3}$/u;

/** In small letters, usual width and the singular; the last one without its number. */
export function wordsOf(name: string): readonly string[] {
  const words = name
    .normalize('NFKC')
    .replace(CAMEL, '$1 $2')
    .replace(ACRONYM, '$1 $2')
    .toLowerCase()
    .split(NO_WORD)
    .filter((word) => word !== '');
  while (words.length > 1 && /^\d{1,3}$/.test(words.at(-1) ?? '')) words.pop();
  const last = words.pop();
  if (last !== undefined) words.push(last.replace(COUNTED, ''));
  return words.map(singular);
}

function singular(word: string): string {
  if (/(?:ss|us|is|os)$/.test(word)) return word;
  if (/(?:sses|ches|xes)$/.test(word)) return word.slice(0, -2);
  if (word === 'children') return 'child';
  return word.length > 3 && word.endsWith('s') ? word.slice(0, -1) : word;
}

/** The name without case and separators: two spellings of one name are equal by it. */
export function foldName(name: string): string {
  return wordsOf(name).join('');
}
