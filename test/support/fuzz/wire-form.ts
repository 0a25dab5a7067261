import { createHmac } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { JsonObject, JsonValue } from '../../../src/model/json.ts';
import { compressToBits, toBytes } from '../../ingest/dialects/lz-compress.ts';
import type { RecordedRequest } from '../../ingest/dialects/open-recorded.ts';

/** How a protocol dresses its JSON: in the body, compressed, as base64 in a field or the address, or as fields alone. */
export type WireForm =
  | 'json'
  | 'gzip'
  | 'lz'
  | 'fields'
  | { readonly field: string; readonly at: 'body' | 'address'; readonly gzip: boolean };

/** A request taken apart, so that what is inside can be changed and dressed again. */
export interface OpenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly form: WireForm;
  readonly payload: JsonValue;
  /** Signs the body as Shopify does. */
  readonly secret?: string;
}

/** A request as bytes, ready to be sent. */
export interface SentRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export function takeApart({ method, url, headers, body = '' }: RecordedRequest): OpenRequest {
  const { pathname: path, searchParams } = new URL(url, 'http://engine');
  const query = Object.fromEntries(searchParams);
  const bytes = Buffer.from(body, 'base64');
  const open = { method, path, query, headers };
  if (path === '/i') return { ...open, form: 'fields', payload: query };
  if (query.data !== undefined) {
    const { data, ext: _checksum, ...rest } = query;
    const payload = JSON.parse(Buffer.from(data, 'base64').toString());
    return { ...open, query: rest, form: { field: 'data', at: 'address', gzip: false }, payload };
  }
  if (bytes[0] === 0x1f) return { ...open, form: 'gzip', payload: JSON.parse(gunzipSync(bytes).toString()) };
  const text = bytes.toString();
  if (!text.startsWith('data')) return { ...open, form: 'json', payload: JSON.parse(text) };
  const [[field, value] = ['', '']] = new URLSearchParams(text);
  const inner = Buffer.from(value, 'base64');
  const gzip = inner[0] === 0x1f;
  const payload = JSON.parse((gzip ? gunzipSync(inner) : inner).toString());
  return { ...open, form: { field, at: 'body', gzip }, payload };
}

/** Dresses a request; `payload` may be anything, also where the form wants fields. */
export function putTogether({
  method,
  path,
  query,
  headers,
  form,
  payload,
  secret,
}: OpenRequest): SentRequest {
  const text = JSON.stringify(payload) ?? '';
  const { added, body } = dress(form, text, payload);
  const search = new URLSearchParams({ ...query, ...added }).toString();
  const signed = secret === undefined ? {} : { 'x-shopify-hmac-sha256': hmac(secret, body) };
  return {
    method,
    url: search === '' ? path : `${path}?${search}`,
    headers: { ...headers, ...signed },
    body,
  };
}

interface Dressed {
  readonly added: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const NOTHING = Buffer.alloc(0);

function dress(form: WireForm, text: string, payload: JsonValue): Dressed {
  if (form === 'json') return { added: {}, body: Buffer.from(text) };
  if (form === 'gzip') return { added: {}, body: gzipSync(text) };
  if (form === 'lz') return { added: { compress: '1' }, body: toBytes(compressToBits(text)) };
  if (form === 'fields') return { added: fieldsOf(payload), body: NOTHING };
  const encoded = (form.gzip ? gzipSync(text) : Buffer.from(text)).toString('base64');
  if (form.at === 'address') return { added: { [form.field]: encoded }, body: NOTHING };
  return { added: {}, body: Buffer.from(new URLSearchParams({ [form.field]: encoded }).toString()) };
}

function fieldsOf(payload: JsonValue): Record<string, string> {
  if (typeof payload !== 'object' || payload === null) return { value: String(payload) };
  return Object.fromEntries(
    Object.entries(payload as JsonObject).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value ?? null),
    ]),
  );
}

function hmac(secret: string, body: Buffer): string {
  return createHmac('sha256', secret).update(body).digest('base64');
}
