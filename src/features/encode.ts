import { TesseraError } from '../errors.ts';
import type { JsonValue } from '../model/json.ts';
import type {
  Facet,
  KindRegister,
  ListedKind,
  OrderFact,
  ProfileKind,
  Register,
  TagRegister,
} from '../model/profile.ts';
import type { FeatureSet } from './compile.ts';
import { decodeCoupons, encodeCoupons } from './encode-coupons.ts';
import { decodeItems, encodeItems } from './encode-items.ts';
import { decodeLedger, encodeLedger } from './encode-ledger.ts';
import type { FactValues } from './orders.ts';

/**
 * A facet as plain arrays, numbers and strings: compact, and equal for equal facets whatever the order in which
 * they came to be. Aggregates are stored as they are, since states are canonical. What belongs to definitions
 * that are gone is left out. The arrays are the facet's own: encode them to bytes before the next event.
 */
type EncodedFact = readonly [key: string, time: number, tie: string, since: number, ...values: unknown[]];
type EncodedTag = readonly [
  name: string,
  on: boolean,
  author: string,
  reason: string,
  time: number,
  tie: string,
  expires: number | null,
  /** Left out where there are none. */
  lifts?: readonly string[],
];
type EncodedListed = readonly [entry: string, kind: string, time: number, tie: string];
type EncodedFacet = readonly [
  id: string,
  events: number,
  first: number,
  last: number,
  dedupDays: readonly number[],
  /** number, state, number, state, … */
  aggregates: readonly unknown[],
  /** Numbers of the extractors that the order facts refer to by index. */
  extractors: readonly number[],
  orders: readonly EncodedFact[],
  /** name, value, time, tie, … */
  traits: readonly unknown[],
  consents: readonly unknown[],
  /** Left out while 0 and followed by nothing. */
  epoch?: number,
  /** kind, by, time, tie of what was said beside lists, then what each entry of a list says; left out while empty. */
  kind?: readonly [string, string, number, string, ...EncodedListed[]] | null,
  /** Left out while there are none. */
  tags?: readonly EncodedTag[] | null,
  /** Left out while there is none, or null where more follows. */
  ledger?: readonly unknown[] | null,
  /** Left out while there are none, or null where more follows. */
  coupons?: readonly unknown[] | null,
  /** Left out while there are none. */
  items?: readonly unknown[],
];

/** The column of aggregates: whoever asks for no feature may leave it empty. */
export const FACET_AGGREGATES = 5;

const FACET_COLUMNS = 10;
const FACET_COLUMNS_MAX = 16;
const FACT_COLUMNS = 4;
const REGISTER_COLUMNS = 4;
const KIND_COLUMNS = 4;

function sortedEntries<Value>(map: ReadonlyMap<string, Value>): [string, Value][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

function encodeAggregates(set: FeatureSet, facet: Facet): unknown[] {
  const encoded: unknown[] = [];
  for (const { number } of set.features) {
    const state = facet.aggregates.get(number);
    if (Array.isArray(state) && state.length > 0) encoded.push(number, state);
  }
  return encoded;
}

/** Values that no definition in force can count any more are dropped, so that caches and restarts agree. */
function isWanted(set: FeatureSet, extractor: number, fact: OrderFact): boolean {
  if (extractor === set.mark) return true;
  const found = set.extractors.get(extractor);
  if (found === undefined) return false;
  return found.since <= fact.since || (found.fills && set.mark !== undefined && fact.values.has(set.mark));
}

function usedExtractors(set: FeatureSet, facet: Facet): number[] {
  const used = new Set<number>();
  for (const fact of facet.orders.values()) {
    for (const number of fact.values.keys()) if (isWanted(set, number, fact)) used.add(number);
  }
  return [...used].sort((a, b) => a - b);
}

function encodeFact(set: FeatureSet, fact: OrderFact, extractors: readonly number[]): EncodedFact {
  const values: unknown[] = [];
  extractors.forEach((number, index) => {
    if (fact.values.has(number) && isWanted(set, number, fact)) values.push(index, fact.values.get(number));
  });
  return [fact.key, fact.time, fact.tie, fact.since, ...values];
}

function encodeRegisters(registers: ReadonlyMap<string, Register>): unknown[] {
  return sortedEntries(registers).flatMap(([name, register]) => [
    name,
    encodeValue(register),
    register.time,
    register.tie,
  ]);
}

/** The verified word on a consent stands behind the newer one, under the same name. */
function encodeConsents({ consents, proved }: Facet): unknown[] {
  if (proved === undefined) return encodeRegisters(consents);
  return sortedEntries(consents).flatMap(([name, register]) => {
    const before = proved.get(name);
    return encodeRegisters(new Map([[name, register]])).concat(
      before === undefined ? [] : encodeRegisters(new Map([[name, before]])),
    );
  });
}

/** A value with what few of them have: a foreign facet that seals it, a rank, that it was only stated, the text agreed to. */
function encodeValue({ value, facet, rank, stated, text }: Register): unknown[] {
  if (text !== undefined) return [value, facet ?? null, rank, stated ? 1 : 0, text];
  if (stated) return [value, facet ?? null, rank, 1];
  if (rank !== 0) return [value, facet ?? null, rank];
  return facet === undefined ? [value] : [value, facet];
}

function encodeKinds(said: KindRegister | undefined, listed: readonly ListedKind[]): unknown[] {
  const { kind, by, time, tie } = said ?? { kind: '', by: '', time: 0, tie: '' };
  return [kind, by, time, tie, ...listed.map((each) => [each.entry, each.kind, each.time, each.tie])];
}

function encodeTags(tags: ReadonlyMap<string, TagRegister>): EncodedTag[] {
  return sortedEntries(tags).map(([name, { on, author, reason, time, tie, expires, lifts }]) => {
    const word = [name, on, author, reason, time, tie, expires ?? null] as const;
    return lifts === undefined ? word : [...word, lifts];
  });
}

function decodeTags(rows: readonly unknown[]): Pick<Facet, 'tags'> {
  const tags = new Map<string, TagRegister>();
  for (const index of rows.keys()) {
    const row = listAt(rows, index);
    const word = { on: row[1] === true, author: textAt(row, 2), reason: textAt(row, 3) };
    const lifts = row[7] === undefined ? {} : { lifts: listAt(row, 7).map(String) };
    const said = { ...word, time: numberAt(row, 4), tie: textAt(row, 5), ...lifts };
    tags.set(textAt(row, 0), row[6] === null ? said : { ...said, expires: numberAt(row, 6) });
  }
  return { tags };
}

export function encodeFacet(set: FeatureSet, facet: Facet): unknown {
  const extractors = usedExtractors(set, facet);
  const { epoch, kind, listed = [] } = facet;
  const columns: EncodedFacet = [
    facet.id,
    facet.events,
    facet.first,
    facet.last,
    facet.dedupDays.toSorted((a, b) => a - b),
    encodeAggregates(set, facet),
    extractors,
    sortedEntries(facet.orders).map(([, fact]) => encodeFact(set, fact, extractors)),
    encodeRegisters(facet.traits),
    encodeConsents(facet),
  ];
  const kinds = kind !== undefined || listed.length > 0 ? encodeKinds(kind, listed) : null;
  const tags = facet.tags === undefined ? null : encodeTags(facet.tags);
  const ledger = facet.ledger === undefined ? null : encodeLedger(facet.ledger);
  const coupons = facet.coupons === undefined ? null : encodeCoupons(facet.coupons);
  if (facet.items !== undefined)
    return [...columns, epoch, kinds, tags, ledger, coupons, encodeItems(facet.items)];
  if (coupons !== null) return [...columns, epoch, kinds, tags, ledger, coupons];
  if (ledger !== null) return [...columns, epoch, kinds, tags, ledger];
  if (tags !== null) return [...columns, epoch, kinds, tags];
  if (kinds !== null) return [...columns, epoch, kinds];
  return epoch === 0 ? columns : [...columns, epoch];
}

function malformed(what: string): never {
  throw new TesseraError('data_format', `a stored facet is malformed: ${what}`);
}

function numberAt(row: readonly unknown[], index: number): number {
  const value = row[index];
  return typeof value === 'number' ? value : malformed('a number is missing');
}

function textAt(row: readonly unknown[], index: number): string {
  const value = row[index];
  return typeof value === 'string' ? value : malformed('a text is missing');
}

function listAt(row: readonly unknown[], index: number): unknown[] {
  const value = row[index];
  return Array.isArray(value) ? value : malformed('a list is missing');
}

function decodeAggregates(set: FeatureSet, encoded: readonly unknown[]): Map<number, unknown> {
  const aggregates = new Map<number, unknown>();
  for (let index = 0; index < encoded.length; index += 2) {
    const number = numberAt(encoded, index);
    const feature = set.byNumber.get(number);
    if (feature === undefined) continue;
    const state = listAt(encoded, index + 1);
    aggregates.set(number, feature.operation.renewed?.(state) ?? state);
  }
  return aggregates;
}

function decodeFact(set: FeatureSet, row: unknown, extractors: readonly unknown[]): OrderFact {
  if (!Array.isArray(row)) malformed('an order fact is not a list');
  const values = new Map<number, FactValues>();
  for (let index = FACT_COLUMNS; index < row.length; index += 2) {
    const number = numberAt(extractors, numberAt(row, index));
    const [currency, ...rest] = listAt(row, index + 1);
    if (typeof currency !== 'string') malformed('a fact has no currency');
    // encodeFact wrote scalars after the currency; the checksum of the entry guards against anything else.
    if (set.extractors.has(number) || number === set.mark)
      values.set(number, [currency, ...(rest as (string | number | boolean)[])]);
  }
  return {
    key: textAt(row, 0),
    time: numberAt(row, 1),
    tie: textAt(row, 2),
    since: numberAt(row, 3),
    values,
  };
}

function decodeConsents(encoded: readonly unknown[]): Pick<Facet, 'consents' | 'proved'> {
  const consents = new Map<string, Register>();
  const proved = new Map<string, Register>();
  for (const [name, register] of decodeRegisters(encoded)) {
    (consents.has(name) ? proved : consents).set(name, register);
  }
  return { consents, ...(proved.size === 0 ? {} : { proved }) };
}

function* decodeRegisters(encoded: readonly unknown[]): Generator<[string, Register]> {
  for (let index = 0; index < encoded.length; index += REGISTER_COLUMNS) {
    // The value went in as JSON, wrapped in a list; see encodeRegisters.
    const [value = null, facet, rank, stated, text] = listAt(encoded, index + 1) as JsonValue[];
    const register = {
      value,
      time: numberAt(encoded, index + 2),
      tie: textAt(encoded, index + 3),
      rank: typeof rank === 'number' ? rank : 0,
      ...(typeof facet === 'string' ? { facet } : {}),
      ...(stated === 1 ? { stated: true as const } : {}),
      ...(typeof text === 'string' ? { text } : {}),
    };
    yield [textAt(encoded, index), register];
  }
}

const KINDS: ReadonlySet<unknown> = new Set<ProfileKind>([
  'customer',
  'staff',
  'test',
  'business',
  'reseller',
  'bot',
]);
const SOURCES_OF_KINDS: ReadonlySet<unknown> = new Set<KindRegister['by']>(['list', 'event', 'rule']);

function decodeKinds(row: readonly unknown[]): Pick<Facet, 'kind' | 'listed'> {
  const listed = row.slice(KIND_COLUMNS).map((_, at) => decodeListed(listAt(row, KIND_COLUMNS + at)));
  return {
    ...(row[0] === '' ? {} : { kind: decodeKind(row) }),
    ...(listed.length === 0 ? {} : { listed }),
  };
}

function decodeKind(row: readonly unknown[]): KindRegister {
  const [, by] = row;
  if (!SOURCES_OF_KINDS.has(by)) malformed('a kind is unknown');
  // It was just found in the set of what there is.
  return { kind: kindAt(row, 0), by: by as KindRegister['by'], time: numberAt(row, 2), tie: textAt(row, 3) };
}

function decodeListed(row: readonly unknown[]): ListedKind {
  return {
    kind: kindAt(row, 1),
    by: 'list',
    time: numberAt(row, 2),
    tie: textAt(row, 3),
    entry: textAt(row, 0),
  };
}

function kindAt(row: readonly unknown[], index: number): ProfileKind {
  if (!KINDS.has(row[index])) malformed('a kind is unknown');
  // It was just found in the set of what there is.
  return row[index] as ProfileKind;
}

/** The facet that `encodeFacet` wrote; throws `data_format` for anything else. The data becomes the facet's own. */
export function decodeFacet(set: FeatureSet, data: unknown): Facet {
  if (!Array.isArray(data) || data.length < FACET_COLUMNS || data.length > FACET_COLUMNS_MAX)
    malformed('it is not a list of its columns');
  const extractors = listAt(data, 6);
  const facts = listAt(data, 7).map((row) => decodeFact(set, row, extractors));
  return {
    id: textAt(data, 0),
    epoch: data.length > FACET_COLUMNS ? numberAt(data, FACET_COLUMNS) : 0,
    events: numberAt(data, 1),
    first: numberAt(data, 2),
    last: numberAt(data, 3),
    dedupDays: listAt(data, 4).map((_, index, days) => numberAt(days, index)),
    aggregates: decodeAggregates(set, listAt(data, 5)),
    orders: new Map(facts.map((fact) => [fact.key, fact])),
    traits: new Map(decodeRegisters(listAt(data, 8))),
    ...decodeConsents(listAt(data, 9)),
    ...(Array.isArray(data[FACET_COLUMNS + 1]) ? decodeKinds(listAt(data, FACET_COLUMNS + 1)) : {}),
    ...(Array.isArray(data[FACET_COLUMNS + 2]) ? decodeTags(listAt(data, FACET_COLUMNS + 2)) : {}),
    ...(Array.isArray(data[FACET_COLUMNS + 3])
      ? { ledger: decodeLedger(listAt(data, FACET_COLUMNS + 3)) }
      : {}),
    ...(Array.isArray(data[FACET_COLUMNS + 4])
      ? { coupons: decodeCoupons(listAt(data, FACET_COLUMNS + 4)) }
      : {}),
    ...(data.length > FACET_COLUMNS + 5 ? { items: decodeItems(listAt(data, FACET_COLUMNS + 5)) } : {}),
  };
}
