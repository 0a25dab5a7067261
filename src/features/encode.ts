import { TesseraError } from '../errors.ts';
import type { JsonValue } from '../model/json.ts';
import type { Facet, KindRegister, OrderFact, ProfileKind, Register } from '../model/profile.ts';
import type { FeatureSet } from './compile.ts';
import type { FactValues } from './orders.ts';

/**
 * A facet as plain arrays, numbers and strings: compact, and equal for equal facets whatever the order in which
 * they came to be. Aggregates are stored as they are, since states are canonical. What belongs to definitions
 * that are gone is left out. The arrays are the facet's own: encode them to bytes before the next event.
 */
type EncodedFact = readonly [key: string, time: number, tie: string, since: number, ...values: unknown[]];
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
  /** kind, by, time, tie; left out while nothing was said of it. */
  kind?: readonly [string, string, number, string],
];

const FACET_COLUMNS = 10;
const FACET_COLUMNS_MAX = 12;
const FACT_COLUMNS = 4;
const REGISTER_COLUMNS = 4;

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
  const found = set.extractors.get(extractor);
  return found !== undefined && found.since <= fact.since;
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

/** A value with what few of them have: a foreign facet that seals it, a rank. */
function encodeValue({ value, facet, rank }: Register): unknown[] {
  if (rank !== 0) return [value, facet ?? null, rank];
  return facet === undefined ? [value] : [value, facet];
}

export function encodeFacet(set: FeatureSet, facet: Facet): unknown {
  const extractors = usedExtractors(set, facet);
  const { epoch, kind } = facet;
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
    encodeRegisters(facet.consents),
  ];
  if (kind !== undefined) return [...columns, epoch, [kind.kind, kind.by, kind.time, kind.tie]];
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
    if (set.byNumber.has(number)) aggregates.set(number, listAt(encoded, index + 1));
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
    if (set.extractors.has(number))
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

function decodeRegisters(encoded: readonly unknown[]): Map<string, Register> {
  const registers = new Map<string, Register>();
  for (let index = 0; index < encoded.length; index += REGISTER_COLUMNS) {
    // The value went in as JSON, wrapped in a list; see encodeRegisters.
    const [value = null, facet, rank] = listAt(encoded, index + 1) as JsonValue[];
    registers.set(textAt(encoded, index), {
      value,
      time: numberAt(encoded, index + 2),
      tie: textAt(encoded, index + 3),
      rank: typeof rank === 'number' ? rank : 0,
      ...(typeof facet === 'string' ? { facet } : {}),
    });
  }
  return registers;
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

function decodeKind(row: readonly unknown[]): KindRegister {
  const [kind, by] = row;
  if (!KINDS.has(kind) || !SOURCES_OF_KINDS.has(by)) malformed('a kind is unknown');
  // Both were just found in the sets of what there is.
  return {
    kind: kind as ProfileKind,
    by: by as KindRegister['by'],
    time: numberAt(row, 2),
    tie: textAt(row, 3),
  };
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
    traits: decodeRegisters(listAt(data, 8)),
    consents: decodeRegisters(listAt(data, 9)),
    ...(data.length === FACET_COLUMNS_MAX ? { kind: decodeKind(listAt(data, FACET_COLUMNS + 1)) } : {}),
  };
}
