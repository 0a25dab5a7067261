import { assert } from '../../errors.ts';

/*
 * Where the entries of a partition lie. Redis keeps no order of keys, so entries are gathered in hashes, the buckets,
 * named after the first part of their keys: entries in the order of (bucket, field) are in the order of their keys, and
 * one sorted set of bucket names per partition is all the index that a scan needs. How long that first part is goes by
 * what the key begins with, so that a bucket holds neither one entry nor a million:
 *
 * - identifiers, facets and combinations go by two characters of their hash, 4,096 buckets each;
 * - what goes by a person's or a profile's id, which begins with its time, shares a bucket with those of the same four
 *   seconds;
 * - a profile is a bucket of its own: its facets, and its header as the field without a name.
 *
 * The header's key lies outside of its bucket's range (`h/<id>` in `f/<id>/`), so a scan takes headers for themselves.
 * They come in the order of their ids as long as no id begins another one; ids have one length.
 */

export interface Place {
  readonly bucket: string;
  readonly field: string;
}

/** A bucket ends so many characters after the mark's n-th occurrence; a key without that many is a bucket itself. */
interface Rule {
  readonly mark: string;
  readonly occurrence: number;
  readonly characters: number;
}

/** Characters of a person's id in the name of a bucket: the first 36 bits of its 48 bits of milliseconds. */
export const PERSON_CHARACTERS = 10;

const HASHED: Rule = { mark: '/', occurrence: 1, characters: 2 };

const RULES: Readonly<Record<string, Rule>> = {
  'c/': HASHED,
  'o/': HASHED,
  'r/': HASHED,
  'i/': { mark: ':', occurrence: 1, characters: 2 },
  'g/': { mark: '/', occurrence: 1, characters: PERSON_CHARACTERS },
  'd/': { mark: '/', occurrence: 2, characters: PERSON_CHARACTERS },
  'f/': { mark: '/', occurrence: 2, characters: 0 },
  // Fifteen digits of milliseconds: what is due within the same ten seconds.
  't/': { mark: '/', occurrence: 1, characters: 11 },
  // Numbers with leading zeros: a hundred reviews, a thousand messages of one destination.
  'v/': { mark: '/', occurrence: 1, characters: 8 },
  'x/': { mark: '/', occurrence: 2, characters: 9 },
  // Deliveries to one webhook that are due within the same ten seconds, a hundred of its dead letters, of a pool's codes.
  'q/': { mark: '/', occurrence: 2, characters: 11 },
  'z/': { mark: '/', occurrence: 2, characters: 8 },
  'l/': { mark: '/', occurrence: 2, characters: 7 },
  // Who waits for an item since the same four seconds.
  'w/': { mark: '/', occurrence: 2, characters: PERSON_CHARACTERS },
  // Two letters of a hash of the item, three of one of store and variant.
  'a/': HASHED,
  'b/': { mark: '/', occurrence: 1, characters: 3 },
  // Moments of a hundred changes of the catalog.
  'p/': { mark: '/', occurrence: 1, characters: 13 },
  'j/': HASHED,
  'u/': HASHED,
  'y/': HASHED,
  // Erasures, and what is left of erased identifiers.
  er: HASHED,
  et: HASHED,
};

const OTHERS_CHARACTERS = 2;
const HEADERS = 'h/';
const FACETS = 'f/';

export function placeOf(key: string): Place {
  if (key.startsWith(HEADERS)) return { bucket: headerBucket(key), field: '' };
  const end = bucketEnd(key);
  const bucket = key.slice(0, end);
  assert(!(isProfile(bucket) && end === key.length), 'a facet has a name');
  return { bucket, field: key.slice(end) };
}

/** The bucket that this key, or the first key after it, would lie in. */
export function bucketOf(key: string): string {
  return key.slice(0, bucketEnd(key));
}

export function headerKey(bucket: string): string {
  return HEADERS + bucket.slice(FACETS.length, -1);
}

/** The keys of a bucket's fields, headers left out. */
export function keysIn(bucket: string, fields: readonly string[]): string[] {
  const named = isProfile(bucket) ? fields.filter((field) => field !== '') : fields;
  return named.map((field) => bucket + field);
}

/** A stretch of the index that a scan walks through, in the form that ZRANGEBYLEX takes its bounds. */
export interface ScanRange {
  readonly kind: 'entries' | 'headers';
  readonly from: string;
  readonly to: string;
}

/** Beyond every character of a key. */
const LAST = '\u007f';

/**
 * The stretches, in order, of all entries with this prefix after that key. The bucket of `before` is the last one where a
 * stretch of entries has it: what lies in buckets behind it, however large, is not looked at.
 */
export function scanRanges(prefix: string, after: string, before?: string): readonly ScanRange[] {
  const from = after > prefix ? after : prefix;
  const end = prefix + LAST;
  if (from > end || (before !== undefined && from >= before)) return [];
  const hasHeaders = HEADERS.startsWith(prefix) || prefix.startsWith(HEADERS);
  if (before?.startsWith(prefix) && !hasHeaders)
    return [{ kind: 'entries', from: `[${bucketOf(from)}`, to: `[${bucketOf(before)}` }];
  if (prefix.startsWith(HEADERS)) return [headersFrom(from, prefix)];
  if (!HEADERS.startsWith(prefix)) return [entriesBetween(from, end)];
  const beyond = HEADERS + LAST;
  if (from >= beyond) return [entriesBetween(from, end)];
  const behind = [headersFrom(from, HEADERS), entriesBetween(beyond, end)];
  return from < HEADERS ? [entriesBetween(from, HEADERS), ...behind] : behind;
}

function entriesBetween(from: string, to: string): ScanRange {
  return { kind: 'entries', from: `[${bucketOf(from)}`, to: `(${to}` };
}

function headersFrom(from: string, prefix: string): ScanRange {
  const id = from.startsWith(HEADERS) ? from.slice(HEADERS.length) : '';
  const end = FACETS + prefix.slice(HEADERS.length) + LAST;
  return { kind: 'headers', from: `[${FACETS}${id}`, to: `(${end}` };
}

function headerBucket(key: string): string {
  const id = key.slice(HEADERS.length);
  assert(id !== '' && !id.includes('/'), 'a profile id is not empty and has no slash');
  return `${FACETS}${id}/`;
}

function isProfile(bucket: string): boolean {
  return bucket.startsWith(FACETS) && bucket.length > FACETS.length && bucket.endsWith('/');
}

function bucketEnd(key: string): number {
  const rule = RULES[key.slice(0, 2)];
  if (rule === undefined) return Math.min(OTHERS_CHARACTERS, key.length);
  let at = -1;
  for (let n = 0; n < rule.occurrence; n += 1) {
    at = key.indexOf(rule.mark, at + 1);
    if (at < 0) return key.length;
  }
  return Math.min(at + 1 + rule.characters, key.length);
}
