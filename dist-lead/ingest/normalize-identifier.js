import { domainToASCII } from 'node:url';
import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { TesseraError } from "../errors.js";
/** Numbers that belong to a service or an organization, never to one person. */
const SERVICE_NUMBERS = new Set([
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
const LOCAL_PART = /^[^\s"(),:;<>@[\\\]]{1,64}$/u;
const DOMAIN = /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})$/;
export function createNormalizers(defaultRegion) {
    if (!isSupportedCountry(defaultRegion)) {
        throw new TesseraError('invalid_config', `the default region ${defaultRegion} is not an ISO 3166 country code`);
    }
    return {
        phone: phoneNormalizer(defaultRegion),
        email: normalizeEmail,
        number: normalizeNumber,
        exact: normalizeExact,
    };
}
/** E.164, or undefined. An extension stands for a switchboard, which many people share. */
function phoneNormalizer(defaultCountry) {
    const options = { defaultCountry, extract: false };
    return (value) => {
        const number = parsePhoneNumberFromString(value.normalize('NFKC').trim(), options);
        if (number === undefined || !number.isValid() || number.ext !== undefined)
            return undefined;
        return SERVICE_NUMBERS.has(number.getType() ?? '') ? undefined : number.number;
    };
}
/** Lower case, trimmed. Not width folded: that would turn characters that only look alike into the same address. */
function normalizeEmail(value) {
    const text = value.normalize('NFC').trim().toLowerCase();
    const at = text.lastIndexOf('@');
    const local = text.slice(0, Math.max(at, 0));
    if (INVISIBLE.test(text) || !LOCAL_PART.test(local) || local.startsWith('.') || local.endsWith('.'))
        return undefined;
    const domain = domainToASCII(text.slice(at + 1));
    return DOMAIN.test(domain) ? `${local}@${domain}` : undefined;
}
/** Numbers of members: width folded and trimmed; case and leading zeros are part of them. */
function normalizeNumber(value) {
    const text = value.normalize('NFKC').trim();
    return INVISIBLE.test(text) ? undefined : text;
}
function normalizeExact(value) {
    const text = value.normalize('NFC').trim();
    return UNPRINTABLE.test(text) ? undefined : text;
}
//# sourceMappingURL=normalize-identifier.js.map