import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import { formatTable, printable } from './text-table.ts';

/** What a person agreed to and was told, as tables: what holds, what is kept back, what was said before. */
export function describeStanding(standing: JsonObject): string {
  const { profile_id: id, consents, notices, withheld, history } = standing;
  const holds = listOf(consents).map((each) => [
    textOf(each.name),
    wordOf(each),
    moment(each.since),
    textOf(each.source),
    textOf(each.text_version),
    provedOf(each),
  ]);
  const told = listOf(notices).map((each) => [
    textOf(each.notice),
    textOf(each.version),
    moment(each.since),
    textOf(each.source),
    provedOf(each),
  ]);
  const kept = Object.entries(isJsonObject(withheld) ? withheld : {}).map(([trait, why]) => [
    trait,
    textOf(why),
  ]);
  return [
    `${textOf(id)}\n`,
    holds.length === 0
      ? 'has agreed to nothing, and refused nothing\n'
      : formatTable(['consent', 'given', 'since', 'source', 'text', 'proved'], holds),
    ...(told.length === 0 ? [] : [formatTable(['told of', 'version', 'since', 'source', 'proved'], told)]),
    ...(kept.length === 0 ? [] : [formatTable(['not used', 'why'], kept)]),
    ...describeHistory(listOf(history)),
  ].join('\n');
}

function describeHistory(history: readonly JsonObject[]): readonly string[] {
  if (history.length === 0) return [];
  const rows = history.map((each) => [
    moment(each.time),
    each.kind === 'notice' ? `told of ${textOf(each.name)}` : textOf(each.name),
    each.kind === 'notice' ? textOf(each.version) : wordOf(each),
    textOf(each.source),
    textOf(each.method),
    textOf(each.text_version),
    textOf(each.author),
    textOf(each.reason),
  ]);
  return [formatTable(['said at', 'what', 'word', 'source', 'method', 'text', 'author', 'reason'], rows)];
}

/** Whom to tell of which notice, a line for each of both. */
export function describeDue(people: readonly JsonObject[], next: string | undefined): string {
  if (people.length === 0 && next === undefined) return 'nobody has to be told of anything\n';
  const rows = people.flatMap(({ profile_id: id, due }) =>
    listOf(due).map(({ notice, version, told, fields }) => [
      textOf(id),
      textOf(notice),
      textOf(version),
      typeof told === 'number' ? String(told) : 'nothing',
      Array.isArray(fields) ? fields.map(textOf).join(', ') : '',
    ]),
  );
  const more = next === undefined ? '' : `\nthere may be more: --after ${printable(next)}\n`;
  return formatTable(['profile', 'notice', 'version', 'was told', 'kept back until then'], rows) + more;
}

/** The objects of a list of the engine's. */
export function listOf(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function wordOf({ given }: JsonObject): string {
  return given === true || given === 1 ? 'yes' : 'no';
}

function provedOf({ stated }: JsonObject): string {
  return stated === true ? 'no' : 'yes';
}

function textOf(value: JsonValue | undefined): string {
  return value === undefined || value === null ? '' : String(value);
}

function moment(value: JsonValue | undefined): string {
  return typeof value === 'number' ? new Date(value).toISOString() : '';
}
