/** A request of any protocol, as far as dialects may look at it; and how fields and base64 become bytes. */
import type { IncomingHttpHeaders } from 'node:http';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';

export interface WireRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** As it was sent; several libraries label their bodies as something else than they are. */
  readonly contentType: string | undefined;
  /** Decoded. Of a parameter that is repeated the first one. */
  readonly query: Readonly<Record<string, string>>;
  /** Parameters of the path. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The body, inflated where it was gzip; empty of a GET. */
  readonly bytes: Buffer;
}

const AMPERSAND = 0x26;

/**
 * Fields of a form (`application/x-www-form-urlencoded`, WHATWG URL), of repeated ones the first. Fails with
 * `unreadable_body` beyond `limits.formFieldsMax` fields.
 */
export function readForm(bytes: Buffer): Readonly<Record<string, string>> {
  // Counted first: the parser would make objects of millions of fields before anybody could look at one.
  let count = 1;
  for (let at = bytes.indexOf(AMPERSAND); at >= 0; at = bytes.indexOf(AMPERSAND, at + 1)) {
    count += 1;
    if (count > limits.formFieldsMax)
      throw new TesseraError('unreadable_body', 'The form has too many fields.');
  }
  const fields: Record<string, string> = Object.create(null);
  for (const [name, value] of new URLSearchParams(bytes.toString('utf8'))) fields[name] ??= value;
  return fields;
}

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/**
 * Bytes of base64 in either alphabet. Senders that do not escape their plus signs have them arrive as spaces, which
 * base64 does not have. Fails with `unreadable_body`.
 */
export function decodeBase64(text: string): Buffer {
  const restored = text.trim().replaceAll(' ', '+');
  if (!BASE64.test(restored)) throw new TesseraError('unreadable_body', 'A field is not base64.');
  return Buffer.from(restored, 'base64');
}

/** JSON bytes of an object made of fields, for protocols whose events are addresses. */
export function jsonBytes(value: Readonly<Record<string, unknown>>): Buffer {
  return Buffer.from(JSON.stringify(value));
}
