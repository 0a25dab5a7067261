import { domainToASCII } from 'node:url';
import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { TesseraError } from '../errors.ts';
import type { Normalization } from '../model/identity-policy.ts';

/**
 * Makes a value comparable; undefined where it cannot be a value of its type, empty where it is one that never
 * identifies anybody.
 */
export type Normalizer = (value: string) => string | undefined;

/** Numbers that belong to a service or an organization, never to one person. */
const SERVICE_NUMBERS: ReadonlySet<string> = new Set([
  'TOLL_FREE',
  'PREMIUM_RATE',
  'SHARED_COST',
  'UAN',
  'VOICEMAIL',
]);

/** Control characters, line separators, halves of surrogate pairs. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;
/** Invisible ones too: they make two numbers differ that look alike. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
/** How extensions are written that the library does not know, at the end of a number: 转1234, -1234, [1234]. */
const EXTENSION = / ?(?:转|轉|分机|分機|[-[(_p ]) ?\d{1,6} ?[\])]?$/u;
const LOCAL_PART = /^[^\s"(),:;<>@[\\\]]{1,64}$/u;
const DOMAIN =
  /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})$/;

export function createNormalizers(defaultRegion: string): Readonly<Record<Normalization, Normalizer>> {
  if (!isSupportedCountry(defaultRegion)) {
    throw new TesseraError(
      'invalid_config',
      `the default region ${defaultRegion} is not an ISO 3166 country code`,
    );
  }
  return {
    phone: phoneNormalizer(defaultRegion),
    email: normalizeEmail,
    number: normalizeNumber,
    exact: normalizeExact,
  };
}

/**
 * E.164. An extension stands for somebody behind the number: a switchboard, or the number that a marketplace puts in
 * place of its customer's (eleven digits that many customers share, and four that change with the order).
 */
function phoneNormalizer(defaultCountry: CountryCode): Normalizer {
  const options = { defaultCountry, extract: false };
  return (value) => {
    const text = value.normalize('NFKC').trim().replace(/\s+/gu, ' ');
    const number = parsePhoneNumberFromString(text, options);
    if (number === undefined || !number.isValid()) {
      const [main = ''] = text.split(EXTENSION, 1);
      const isMain = main !== text && parsePhoneNumberFromString(main, options)?.isValid() === true;
      return isMain ? '' : undefined;
    }
    if (number.ext !== undefined) return '';
    return SERVICE_NUMBERS.has(number.getType() ?? '') ? undefined : number.number;
  };
}

/** Lower case, trimmed. Not width folded: that would turn characters that only look alike into the same address. */
function normalizeEmail(value: string): string | undefined {
  const text = value.normalize('NFC').trim().toLowerCase();
  const at = text.lastIndexOf('@');
  const local = text.slice(0, Math.max(at, 0));
  if (INVISIBLE.test(text) || !LOCAL_PART.test(local) || local.startsWith('.') || local.endsWith('.'))
    return undefined;
  const domain = domainToASCII(text.slice(at + 1));
  return DOMAIN.test(domain) ? `${local}@${domain}` : undefined;
}

/** Numbers of members: width folded and trimmed; case and leading zeros are part of them. */
function normalizeNumber(value: string): string | undefined {
  const text = value.normalize('NFKC').trim();
  return INVISIBLE.test(text) ? undefined : text;
}

function normalizeExact(value: string): string | undefined {
  const text = value.normalize('NFC').trim();
  return UNPRINTABLE.test(text) ? undefined : text;
}
