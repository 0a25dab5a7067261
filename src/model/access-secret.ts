/**
 * The text of a key: `wk_` or `sk_`, 256 random bits in 43 digits of base 62, and a CRC-32 of all that in six more. So a
 * text that is no key is known for one without asking anybody, and scanners for leaked secrets find real ones alone (the
 * form that GitHub gave its tokens in 2021: https://github.blog/2021-04-05-behind-githubs-new-authentication-token-formats/).
 */
import { crc32 } from 'node:zlib';
import { assert } from '../errors.ts';
import type { KeyKind } from './access-key.ts';

export const SECRET_BYTES = 32;
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 62^43 > 2^256, and 62^6 > 2^32. */
const BODY_DIGITS = 43;
const TAIL_DIGITS = 6;
const FORM = new RegExp(`^[ws]k_[0-9A-Za-z]{${BODY_DIGITS + TAIL_DIGITS}}$`);

/** `random` are 32 bytes; the text says them all, so it is kept nowhere. */
export function writeAccessSecret(kind: KeyKind, random: Uint8Array): string {
  assert(random.length === SECRET_BYTES, 'a key is made of 32 random bytes');
  const number = BigInt(`0x${Buffer.from(random).toString('hex')}`);
  const body = `${kind === 'write' ? 'wk_' : 'sk_'}${inBase62(number, BODY_DIGITS)}`;
  return body + tailOf(body);
}

/** Whether the text can be a key that an engine has made: its form and its checksum. Takes no secret to tell. */
export function isAccessSecret(text: string): boolean {
  return FORM.test(text) && text.endsWith(tailOf(text.slice(0, -TAIL_DIGITS)));
}

/** Asked at every request, so without numbers of any size, which are a hundred times as slow. */
function tailOf(body: string): string {
  let rest = crc32(body);
  let text = '';
  for (let i = 0; i < TAIL_DIGITS; i++) {
    text = `${DIGITS[rest % 62]}${text}`;
    rest = Math.floor(rest / 62);
  }
  return text;
}

function inBase62(number: bigint, digits: number): string {
  let rest = number;
  let text = '';
  for (let i = 0; i < digits; i++) {
    text = `${DIGITS[Number(rest % 62n)]}${text}`;
    rest /= 62n;
  }
  return text;
}
