import { type NameBook, PLACE } from './judge-name.ts';
import { isInternationalPhone, isMail, mayTell } from './telling-values.ts';

/*
 * Addresses of pages tell on people: forms that are sent by GET, links in mails. What a parameter says of somebody is taken out of the text, before
 * anything is kept; everything else of the address stays, so that it can be counted and followed as before.
 */

/** User and password before the host. */
const CREDENTIALS = /^([a-z][a-z0-9+.-]{0,31}:)?\/\/[^/?#@]{0,512}@/i;
const CONTACT_LINK = /^(mailto|tel|sms|smsto|facetime|callto):[^?]*/i;
const ADDRESS_START = /^(?:[a-z][a-z0-9+.-]{0,31}:|[/?#])/i;
/** A step of a path that may be an address of mail. */
const STEP = /(^|[/?&#;])([^/?&#;=]*(?:@|%40)[^/?&#;=]*)/gi;
/** An address within an address, such as where to go after signing in, or parameters alone. */
const NESTED = /^(?:[a-z][a-z0-9+.-]{0,31}:|[/?#]|[\w.[\]-]{1,64}=)/i;
const NESTED_MAX = 3;

/** The text itself where it is no address, or one that says nothing of anybody. */
export function cleanAddress(text: string, book: NameBook, depth = 0): string {
  if (text.includes(' ') && !ADDRESS_START.test(text.trimStart())) return text;
  if (CONTACT_LINK.test(text)) return text.replace(CONTACT_LINK, '$1:');
  const clean = text.includes('=') ? withoutParameters(text, { book, depth }) : text;
  if (!clean.includes('@') && !clean.includes('%40')) return clean;
  const hosted = clean.replace(CREDENTIALS, '$1//');
  if (!hosted.includes('/')) return hosted;
  return hosted.replace(STEP, (whole, before: string, step: string) =>
    isMail(decoded(step)) ? `${before}*` : whole,
  );
}

interface Within {
  readonly book: NameBook;
  readonly depth: number;
}

/** Looks at each `name=value`; nothing is put together anew unless a value has to go. */
function withoutParameters(text: string, within: Within): string {
  let clean = '';
  let copied = 0;
  for (let equals = text.indexOf('='); equals >= 0; ) {
    const end = endOf(text, equals + 1);
    const value = text.slice(equals + 1, end);
    const kept = value === '' ? value : keptOf(nameBefore(text, equals), value, within);
    if (kept !== value) {
      clean += text.slice(copied, equals + 1) + kept;
      copied = end;
    }
    equals = text.indexOf('=', end);
  }
  return copied === 0 ? text : clean + text.slice(copied);
}

const AMPERSAND = 0x26;
const SEMICOLON = 0x3b;
const HASH = 0x23;
const QUESTION = 0x3f;

function endOf(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === AMPERSAND || code === SEMICOLON || code === HASH) break;
    at += 1;
  }
  return at;
}

function nameBefore(text: string, equals: number): string {
  let from = equals;
  while (from > 0) {
    const code = text.charCodeAt(from - 1);
    if (code === AMPERSAND || code === SEMICOLON || code === HASH || code === QUESTION) break;
    from -= 1;
  }
  return decoded(text.slice(from, equals));
}

/** Says whether, or how many. */
const ANSWER = /^(?:true|false|yes|no|on|off|\d{1,4})$/i;

function keptOf(name: string, value: string, { book, depth }: Within): string {
  const { kind, from, isCleared } = book.get(name);
  if (isCleared) return value;
  if (kind !== undefined && from <= PLACE.properties) return ANSWER.test(value) ? value : '';
  const text = decoded(value);
  if (isMobile(text) && !NUMBERED.test(name)) return '';
  if (!mayTell(text)) return value;
  if (isMail(text) || isInternationalPhone(text.trim())) return '';
  if (!NESTED.test(text)) return value;
  // What nests deeper than anybody means it to is not looked through.
  if (depth === NESTED_MAX) return '';
  const inner = cleanAddress(text, book, depth + 1);
  return inner === text ? value : encodeURIComponent(inner);
}

/** As they are dialed in China. */
const MOBILE = /^(?:\+?(?:00)?86[\s-]?)?1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}$/;
const MOBILE_DIGITS = 11;
/** Ids of goods and orders have as many digits. */
const NUMBERED = /(?:id|no|sku|spu|item|product|order|goods|ts|time|timestamp|[_v])$/i;

function isMobile(text: string): boolean {
  return text.length >= MOBILE_DIGITS && MOBILE.test(text);
}

/** As a form writes it; what is no such text stays as it is. */
function decoded(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text;
  const spaced = text.startsWith('+') ? `+${text.slice(1).replaceAll('+', ' ')}` : text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}
