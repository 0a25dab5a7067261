import type { JsonObject } from '../../model/json.ts';
import { type Ask, rate } from '../analysis.ts';
import { listed, quoted } from '../sql-pieces.ts';
import { alert, type QualityAlert, type QualityPart } from './judge.ts';
import type { NamesSeen } from './names-seen.ts';
import { FROM_OUTSIDE, type QualityQuestion, received } from './question.ts';

/*
 * Which fields events have: properties that the schema of the type names, types of identifiers, and what the quality definition
 * expects. Completeness is the share of expected fields that are there. One pass over the events' JSON gives all of it, and how
 * many events have a property that their schema does not name.
 */
export interface FieldRow extends JsonObject {
  readonly type: string;
  readonly field: string;
  readonly source: string;
  readonly channel: string;
  readonly events: number;
  readonly present: number;
  readonly rate: number | null;
  readonly expected: boolean;
}

export interface Completeness extends JsonObject {
  /** Of all expected fields of all events. */
  readonly rate: number | null;
  readonly target: number;
  readonly expected: number;
  readonly present: number;
  /** One event in so many was read. */
  readonly sampled: number;
  readonly types: readonly JsonObject[];
  readonly fields: readonly FieldRow[];
}

/** Events by type, source and channel, and of each how many have a field. */
export interface FieldCounts {
  readonly sampled: number;
  readonly cells: ReadonlyMap<string, Cell>;
}

interface Cell {
  readonly type: string;
  readonly source: string;
  readonly channel: string;
  events: number;
  /** With a property that the schema does not name. */
  strange: number;
  readonly fields: Map<string, number>;
}

/** In the place of fields: no property of these names is in any schema. */
const EVENT = '*';
const STRANGE = '';

export async function countFields(
  question: QualityQuestion,
  names: NamesSeen,
  ask: Ask,
): Promise<FieldCounts> {
  const sampled = Math.max(1, Math.ceil(names.events / question.eventsReadMax));
  const cells = new Map<string, Cell>();
  if (question.known.size === 0) return { sampled, cells };
  for (const slice of slicesOf(question, names))
    for (const row of await ask(fieldsSql(slice, names, sampled))) addTo(cells, row);
  return { sampled, cells };
}

/** Stretches of about so many events that are read, because the time of each question is bounded. */
function slicesOf(question: QualityQuestion, { events }: NamesSeen): readonly QualityQuestion[] {
  const { from, to, eventsReadMax, eventsAtOnce } = question;
  const slices = Math.max(1, Math.ceil(Math.min(events, eventsReadMax) / eventsAtOnce));
  const edge = (n: number): number => from + Math.floor(((to - from) * n) / slices);
  return Array.from({ length: slices }, (_, n) => ({ ...question, from: edge(n), to: edge(n + 1) }));
}

function addTo(cells: Map<string, Cell>, row: JsonObject): void {
  const [type = '', source = '', channel = '', field = ''] = [
    row.type,
    row.source,
    row.channel,
    row.field,
  ].map(String);
  const key = JSON.stringify([type, source, channel]);
  const cell = cells.get(key) ?? newCell(type, source, channel);
  cells.set(key, cell);
  const events = Number(row.events);
  if (field === EVENT) cell.events += events;
  else if (field === STRANGE) cell.strange += events;
  else cell.fields.set(field, (cell.fields.get(field) ?? 0) + events);
}

function newCell(type: string, source: string, channel: string): Cell {
  return { type, source, channel, events: 0, strange: 0, fields: new Map() };
}

export function completenessOf(
  question: QualityQuestion,
  { sampled, cells }: FieldCounts,
): QualityPart<Completeness> {
  const { targets } = question.rules;
  const rows = [...cells.values()].flatMap((cell) => rowsOf(cell, expectedOf(cell.type, question)));
  const expected = rows.filter((row) => row.expected);
  const [due, present] = [sum(expected, ({ events }) => events), sum(expected, (row) => row.present)];
  const overall = rate(present, due);
  const low = expected.filter(
    ({ events, rate: share }) => events >= targets.events && (share ?? 1) < targets.completeness,
  );
  const alerts: QualityAlert[] =
    overall !== null && due >= targets.events && overall < targets.completeness
      ? [alert('completeness_low', '', [overall, targets.completeness])]
      : [];
  for (const row of low.sort(byRate))
    alerts.push(alert('completeness_low', subjectOf(row), [row.rate ?? 0, targets.completeness]));
  const fields = [...expected.sort(byRate), ...rows.filter((row) => !row.expected).sort(byEvents)];
  const found: Completeness = {
    rate: overall,
    target: targets.completeness,
    expected: due,
    present,
    sampled,
    types: byType(expected),
    fields: fields.slice(0, question.rowsMax),
  };
  const lines = found.fields.map((row) => ({
    ...{ part: row.expected ? 'expected_field' : 'field', subject: subjectOf(row), events: row.events },
    ...{ value: row.present, rate: row.rate, target: row.expected ? targets.completeness : null },
  }));
  return { found, alerts, rows: lines };
}

/** Of the fields that are expected of each type. */
function byType(expected: readonly FieldRow[]): readonly JsonObject[] {
  const types = [...new Set(expected.map(({ type }) => type))].sort();
  return types.map((type) => {
    const own = expected.filter((row) => row.type === type);
    const [due, present] = [sum(own, ({ events }) => events), sum(own, (row) => row.present)];
    return { type, expected: due, present, rate: rate(present, due) };
  });
}

/** What a definition expects of events of a type. */
export function expectedOf(type: string, { rules }: Pick<QualityQuestion, 'rules'>): ReadonlySet<string> {
  const of = (name: string): readonly string[] =>
    Object.hasOwn(rules.expected, name) ? (rules.expected[name] ?? []) : [];
  return new Set([...of('*'), ...of(type)]);
}

function rowsOf(cell: Cell, expected: ReadonlySet<string>): readonly FieldRow[] {
  const { type, source, channel, events, fields } = cell;
  const row = (field: string, present: number): FieldRow => ({
    ...{ type, field, source, channel, events, present },
    rate: rate(present, events),
    expected: expected.has(field),
  });
  return [
    ...[...expected].map((field) => row(field, fields.get(field) ?? 0)),
    ...[...fields].flatMap(([field, present]) => (expected.has(field) ? [] : [row(field, present)])),
  ];
}

function subjectOf({ type, field, source, channel }: FieldRow): string {
  return `${type}.${field} ${source}/${channel}`;
}

function byRate(a: FieldRow, b: FieldRow): number {
  return (a.rate ?? 1) - (b.rate ?? 1) || b.events - a.events;
}

function byEvents(a: FieldRow, b: FieldRow): number {
  return b.events - a.events || b.present - a.present;
}

function sum<Row>(rows: readonly Row[], of: (row: Row) => number): number {
  return rows.reduce((total, row) => total + of(row), 0);
}

/** Whether the schema of the event's type names the property `k`. */
export function namedSql({ known }: Pick<QualityQuestion, 'known'>): string {
  const pairs = [...known].flatMap(([type, names]) =>
    names.map((name) => `(${quoted(type)}, ${quoted(name)})`),
  );
  return pairs.length === 0 ? '0' : `(type, k) IN (${pairs.join(', ')})`;
}

/** Of the events that are looked at in full. */
export function readSql(question: QualityQuestion, sampled: number): string {
  const picked = sampled === 1 ? '' : ` AND cityHash64(event_id) % ${sampled} = 0`;
  return `${received(question)} AND ${FROM_OUTSIDE} AND type IN (${listed([...question.known.keys()])})${picked}`;
}

/**
 * Events have few sets of names, so they are counted by these, and what the names mean is asked of each set and not of each event:
 * that takes a third of the time.
 */
function fieldsSql(question: QualityQuestion, { source, channel }: NamesSeen, sampled: number): string {
  const wanted = [...new Set(Object.values(question.rules.expected).flat())];
  const named = (part: string): string => {
    const keys = wanted.flatMap((field) =>
      field.startsWith(`${part}.`) ? [field.slice(part.length + 1)] : [],
    );
    return keys.length === 0
      ? '[]'
      : `arrayFilter(k -> k IN (${listed(keys)}), JSONExtractKeys(raw, '${part}'))`;
  };
  const sets =
    `SELECT toString(type) AS type, ${source} AS source_name, ${channel} AS channel_name, ` +
    `JSONExtractKeys(raw, 'properties') AS properties, ${named('traits')} AS traits, ${named('context')} AS context, ` +
    `JSONExtract(raw, 'claims', 'Array(Tuple(type String))').1 AS claims, count() AS events FROM events ` +
    `WHERE ${readSql(question, sampled)} GROUP BY type, source_name, channel_name, properties, traits, context, claims`;
  const fields = [
    `[${quoted(EVENT)}]`,
    `arrayDistinct(arrayMap(k -> if(${namedSql(question)}, k, ${quoted(STRANGE)}), properties))`,
    `arrayMap(k -> concat('traits.', k), traits)`,
    `arrayMap(k -> concat('context.', k), context)`,
    identifiersSql(question),
  ];
  return (
    `SELECT type, source_name AS source, channel_name AS channel, field, sum(events) AS events FROM (` +
    `SELECT type, source_name, channel_name, events, arrayJoin(arrayConcat(${fields.join(', ')})) AS field FROM (${sets})) ` +
    `GROUP BY type, source, channel, field`
  );
}

/** Whoever issued them, and whether there is any. */
function identifiersSql({ identifiers }: QualityQuestion): string {
  const types = `arrayDistinct(arrayMap(claim -> splitByChar('@', claim)[1], claims))`;
  const named = `arrayMap(k -> concat('identifiers.', k), arrayFilter(k -> k IN (${listed(identifiers)}), ${types}))`;
  return `${identifiers.length === 0 ? '[]' : named}, if(notEmpty(claims), ['identifiers'], [])`;
}
