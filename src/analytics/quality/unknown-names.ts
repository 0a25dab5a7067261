import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { type Ask, rate } from '../analysis.ts';
import { listed } from '../sql-pieces.ts';
import { type FieldCounts, namedSql, readSql } from './completeness.ts';
import { alert, type QualityPart, type QualityRow } from './judge.ts';
import { FROM_OUTSIDE, type QualityQuestion, received } from './question.ts';

/** Types and properties that no schema names: misspelled ones mostly, which every feature and figure misses. */
export interface UnknownNames extends JsonObject {
  readonly types: JsonObject & {
    readonly events: number;
    readonly rate: number | null;
    readonly names: readonly JsonObject[];
  };
  readonly properties: JsonObject & {
    readonly events: number;
    readonly rate: number | null;
    readonly names: readonly JsonObject[];
  };
}

/** Longer names of properties are cut: they are of whatever length a sender likes. */
const NAME_CHARACTERS = 100;

/**
 * Names are counted by the space-saving sketch of topK, which takes the same memory whatever senders make up; up to three times as
 * many names as are told its counts are exact.
 */
export async function unknownNames(
  question: QualityQuestion,
  { counts, events }: { readonly counts: FieldCounts; readonly events: number },
  ask: Ask,
): Promise<QualityPart<UnknownNames>> {
  const { targets } = question.rules;
  const types = await unknownTypes(question, ask);
  const cells = [...counts.cells.values()];
  const read = cells.reduce((total, cell) => total + cell.events, 0);
  const strange = cells.reduce((total, cell) => total + cell.strange, 0);
  const sparse = Math.max(counts.sampled, Math.ceil(events / question.eventsAtOnce));
  const found: UnknownNames = {
    types: {
      events: types.events,
      rate: rate(types.events, events),
      target: targets.unknown_types,
      names: types.names,
    },
    properties: {
      events: strange,
      rate: rate(strange, read),
      target: targets.unknown_properties,
      // Of their names fewer events tell enough.
      sampled: sparse,
      names: strange === 0 ? [] : await unknownProperties(question, { counts, sparse }, ask),
    },
  };
  const over = (part: { readonly rate: number | null }, of: number, target: number): boolean =>
    of >= targets.events && (part.rate ?? 0) > target;
  const rows = [
    ...found.types.names.map(({ type, events: count }) => row('unknown_type', String(type), Number(count))),
    ...found.properties.names.map(({ type, property, events: count }) =>
      row('unknown_property', `${String(type)}.${String(property)}`, Number(count)),
    ),
  ];
  return {
    found,
    rows,
    alerts: [
      ...(over(found.types, events, targets.unknown_types)
        ? [alert('unknown_types', '', [found.types.rate ?? 0, targets.unknown_types])]
        : []),
      ...(over(found.properties, read, targets.unknown_properties)
        ? [alert('unknown_properties', '', [found.properties.rate ?? 0, targets.unknown_properties])]
        : []),
    ],
  };
}

function row(part: string, subject: string, events: number): QualityRow {
  return { part, subject, events };
}

async function unknownTypes(
  question: QualityQuestion,
  ask: Ask,
): Promise<{ readonly events: number; readonly names: readonly JsonObject[] }> {
  const known = [...question.known.keys()];
  const strange = known.length === 0 ? '' : ` AND type NOT IN (${listed(known)})`;
  const [row] = await ask(
    `SELECT count() AS events, topK(${question.rowsMax}, 3, 'counts')(toString(type)) AS names ` +
      `FROM events WHERE ${received(question)} AND ${FROM_OUTSIDE}${strange}`,
  );
  return {
    events: Number(row?.events ?? 0),
    names: countedIn(row?.names).map(([type, count]) => ({ type, events: count })),
  };
}

async function unknownProperties(
  question: QualityQuestion,
  { counts: { cells }, sparse }: { readonly counts: FieldCounts; readonly sparse: number },
  ask: Ask,
): Promise<readonly JsonObject[]> {
  const types = [...new Set([...cells.values()].flatMap(({ type, strange }) => (strange > 0 ? [type] : [])))];
  const [row] = await ask(
    `SELECT topK(${question.rowsMax}, 3, 'counts')((type, substringUTF8(property, 1, ${NAME_CHARACTERS}))) AS names FROM (` +
      `SELECT toString(type) AS type, arrayJoin(arrayFilter(k -> NOT (${namedSql(question)}), JSONExtractKeys(raw, 'properties'))) AS property ` +
      `FROM events WHERE ${readSql(question, sparse)} AND type IN (${listed(types)}))`,
  );
  return countedIn(row?.names).map(([name, count]) => {
    const [type = '', property = ''] = Array.isArray(name) ? name.map(String) : [];
    return { type, property, events: count };
  });
}

/** As topK answers with counts. */
function countedIn(value: JsonValue | undefined): readonly (readonly [name: JsonValue, count: number])[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((each) => {
    const { item, count } = isJsonObject(each) ? each : {};
    return item === undefined ? [] : [[item, Number(count)] as const];
  });
}
