import type { JsonValue } from '../../model/json.ts';
import type { PersonalKind } from '../../model/mask.ts';

/*
 * Values that say by themselves whose they are, whatever their field is called. `mayTell` comes first.
 */
const PLUS = 0x2b;
const WIDE_PLUS = 0xff0b;
const OPENING = 0x28;
const H = 0x68;
const COLON = 0x3a;
const PERCENT = 0x25;
const EQUALS = 0x3d;
const AT = 0x40;
const WIDE_AT = 0xff20;
/** `mailto:` and such are as long. */
const SCHEME_CHARACTERS_MAX = 9;

/** Short texts are looked through step by step, which is cheaper than four searches; in longer ones the searches are. */
const SHORT = 20;

/** Whether a text is worth a look at all: this is asked of every text of every event, and nearly always the answer is no. */
export function mayTell(text: string): boolean {
  const first = text.charCodeAt(0);
  if (first === PLUS || first === WIDE_PLUS || first === OPENING) return true;
  const head = Math.min(text.length, SHORT);
  for (let i = 1; i < head; i += 1) {
    const code = text.charCodeAt(i);
    if (code === AT || code === EQUALS || code === PERCENT || code === WIDE_AT) return true;
    // Most texts with a colon begin with http.
    if (code === COLON && i < SCHEME_CHARACTERS_MAX && i > 2 && first !== H) return true;
  }
  if (text.length <= SHORT) return false;
  return text.includes('@') || text.includes('=') || text.includes('%') || text.includes('\uff20');
}

const MAIL = /^[^\s@<>(),;:"[\]\\/?#&=]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.){1,8}\p{L}[\p{L}\p{N}-]{1,62}$/u;
/** Lists of so many characters are taken for what they are; longer ones are no field about somebody. */
const MAILS_CHARACTERS_MAX = 20_000;
/** `logo@2x.png`, `chart.js@next.js`: a file, not a mailbox. */
const FILE = /\.(?:png|jpe?g|gif|webp|svg|avif|ico|js|css|map|html?|json)$/i;
/** `Ann Lee <ann@example.com>`. */
const NAMED_MAIL = /<([^<>\s]{3,320})>$/;

/** Of several in one text. */
const BETWEEN = /[,;|\s]+/;
/** What stands around an address in a sentence. */
const AROUND = /^["'`(<[{]+|["'`)>\]}.,;:!?]+$/g;

/** Whether the whole text is an address of mail, with a name before it or without, or several of them. */
export function isMail(text: string): boolean {
  if (text.length > MAILS_CHARACTERS_MAX || !/[@\uff20]/.test(text)) return false;
  const trimmed = text.normalize('NFKC').trim();
  const mails = (NAMED_MAIL.exec(trimmed)?.[1] ?? trimmed)
    .split(BETWEEN)
    .map((each) => each.replace(AROUND, ''));
  const said = mails.filter((each) => each !== '');
  return said.length > 0 && said.every((each) => MAIL.test(each) && !FILE.test(each));
}

const PHONE_CHARACTERS_MAX = 32;
const INTERNATIONAL = /^\(?\+\d[\d\s()./-]{8,22}$/;
/** They come from word processors. */
const DASHES = /[\u2010-\u2015]/g;

/** Whether the whole text is a phone number with its country code: nothing else is written so. */
export function isInternationalPhone(text: string): boolean {
  if (text.length > PHONE_CHARACTERS_MAX) return false;
  const usual = text.normalize('NFKC').replace(DASHES, '-');
  if (!INTERNATIONAL.test(usual)) return false;
  const digits = usual.replaceAll(/\D/g, '').length;
  return digits >= 9 && digits <= 15;
}

/** What the text is by itself; undefined where it says nothing. */
export function kindOfText(text: string): PersonalKind | undefined {
  if (isMail(text)) return 'email';
  return isInternationalPhone(text) ? 'phone' : undefined;
}

/** Up to here a number says how many or which one, not who. */
const COUNT_MAX = 9_999;

/** Whether a value may be somebody's: yes and no, and how many there are of something, are not, whatever their field is called. */
export function saysWho(value: JsonValue | undefined, kind: PersonalKind): boolean {
  switch (typeof value) {
    case 'string':
      return value.trim() !== '';
    case 'number':
      return Math.abs(value) > COUNT_MAX || kind === 'birthday';
    case 'object':
      if (value === null) return false;
      // Of lists and objects it is enough that something in them does.
      return Object.values(value).some((inner: JsonValue | undefined) => saysWho(inner, kind));
    default:
      return false;
  }
}
