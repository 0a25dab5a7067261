import { judgeName, PLACE } from '../../ingest/personal/judge-name.ts';
import { isFieldName } from '../../ingest/shown-path.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { maskIdentifier } from '../../model/mask.ts';

/*
 * A kept event is one that nobody understood, so nobody knows which of its fields are personal. What is shown without the scope for
 * personal data errs on the side of hiding: the structure as it is, values only where the name of their field says what they are
 * and they look like it, and of everything else its first character and its length.
 */

/** Fields of the trade and of protocols, whose values are about goods, money and time. */
const PLAIN: ReadonlySet<string> = new Set(
  [
    'id, messageid, type, event, method, channel, source, version, dialect, path, time, timestamp, sentat, receivedat, originaltimestamp',
    'item_id, variant_id, product_id, sku, spu, category, brand, size, color, variant, position, store, currency, price, quantity',
    'total, subtotal, revenue, value, amount, tax, shipping, discount, points, kind, reason, status, rating, score, unit',
  ].flatMap((line) => line.split(', ')),
);

const PLAIN_TEXT = /^[\w $./:+,-]{0,64}$/;
/** What phone numbers, card numbers, numbers of documents and addresses of mail have. */
const TELLING = /\d{7}|@[\w-]+\./;
const MOMENT = /^\d{4}-\d{2}-\d{2}[T ][\d:.]+(?:Z|[+-]\d{2}:?\d{2})?$|^1[0-9]{12}$/;
const SMALL = 100_000;

/** The event without its people. */
export function maskKept(value: JsonValue, name = ''): JsonValue {
  // JSON.parse makes arrays of what the type says.
  if (Array.isArray(value)) return value.map((entry: JsonValue) => maskKept(entry, name));
  if (isJsonObject(value)) return maskObject(value, name);
  if (value === null || typeof value === 'boolean') return value;
  const text = String(value);
  if (isPersonal(name)) return hidden(text);
  if (isPlain(text, name)) return value;
  if (typeof value === 'number' && Math.abs(value) < SMALL && !isBirth(name)) return value;
  return hidden(text);
}

function maskObject(value: JsonObject, name: string): JsonObject {
  // Sealed values stay what they are: ciphertext says nothing, and nothing would be gained by showing it.
  if (typeof value.$sealed === 'string') return { $sealed: '***' };
  const identifiers = name === 'identifiers';
  return Object.fromEntries(
    Object.entries(value).map(([key, entry = null]): [string, JsonValue] => {
      // Steps of names, such as those of feature flags, are names themselves.
      const shown = key.split('/').every(isFieldName) && !TELLING.test(key);
      if (!shown) return [hidden(key), maskKept(entry)];
      if (identifiers && typeof entry === 'string') return [key, maskIdentifier(key, entry)];
      return [key, identifiers && typeof entry === 'number' ? hidden(String(entry)) : maskKept(entry, key)];
    }),
  );
}

/** By the same table as ingest: what it would seal is hidden whatever it looks like. */
function isPersonal(name: string): boolean {
  if (name === '' || PLAIN.has(name.toLowerCase())) return false;
  const { kind, from } = judgeName(name);
  return kind !== undefined && from <= PLACE.properties;
}

function isPlain(text: string, name: string): boolean {
  if (!PLAIN.has(name.toLowerCase())) return false;
  return MOMENT.test(text) || (PLAIN_TEXT.test(text) && !TELLING.test(text));
}

function isBirth(name: string): boolean {
  return /birth|age|year/i.test(name);
}

/** How long it is tells an empty value from a wrong one. */
function hidden(text: string): string {
  const first = text.codePointAt(0);
  const length = [...text].length;
  return `${first === undefined ? '' : String.fromCodePoint(first)}*** (${length} character${length === 1 ? '' : 's'})`;
}
