import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import { DAY_MS } from '../model/time.ts';
import { formatTable, printable } from './text-table.ts';

/** What `tessera identity` prints: answers of the engine in words and tables. */

/** The identity graph of one profile. */
export function describeGraph(graph: JsonObject): string {
  const identifiers = objectsOf(graph.identifiers);
  const names = new Map(identifiers.map((each) => [textOf(each.identifier), nameOf(each)]));
  const rows = identifiers.flatMap((each) => rowsOf(each, names));
  const facets = objectsOf(graph.facets);
  const closed = facets.filter((facet) => facet.closed === true).length;
  const events = facets.reduce((sum, facet) => sum + Number(facet.events ?? 0), 0);
  const lines = [
    `profile ${textOf(graph.profile_id)}`,
    `facets: ${facets.length}, ${closed} of them closed; events: ${events}`,
    ...listed('merged from', stringsOf(graph.merged)),
    ...listed('kept apart from', stringsOf(graph.apart)),
    ...listed('shared with others', objectsOf(graph.shared_with_others).map(nameOf)),
    ...(graph.split_limited === true ? ['old facets were folded into one, which cannot be taken apart'] : []),
  ];
  return `${lines.map(printable).join('\n')}\n\n${formatTable(['identifier', 'state', 'since', 'because'], rows)}`;
}

function stateOf(identifier: JsonObject): string {
  const marks = ['alias', 'shared', 'blocked'].filter((mark) => identifier[mark] === true);
  return [identifier.verified === true ? 'verified' : 'stated', ...marks].join(', ');
}

/** One line per reason; the identifier stands on the first. */
function rowsOf(identifier: JsonObject, names: ReadonlyMap<string, string>): readonly (readonly string[])[] {
  const [first = '', ...others] = objectsOf(identifier.evidence).map((each) => whyOf(each, names));
  return [
    [nameOf(identifier), stateOf(identifier), timeOf(identifier.valid_from), first],
    ...others.map((why) => ['', '', '', why]),
  ];
}

function whyOf(evidence: JsonObject, names: ReadonlyMap<string, string>): string {
  const { with: other, rule, source, event_id: event } = evidence;
  const along = typeof other === 'string' ? ` with ${names.get(other) ?? 'one that left'}` : '';
  const by = event === '' ? `by ${textOf(source)}` : `in ${textOf(event)} from ${textOf(source)}`;
  return `${textOf(rule)}${along} ${by}`;
}

function nameOf({ type, value }: JsonObject): string {
  return `${textOf(type)}:${value === null ? '(not readable)' : textOf(value)}`;
}

function listed(label: string, values: readonly string[]): readonly string[] {
  return values.length === 0 ? [] : [`${label}: ${values.join(', ')}`];
}

/** The review queue. */
export function describeReviews(page: JsonObject): string {
  const rows = objectsOf(page.reviews).map((review) => [
    textOf(review.n),
    textOf(review.kind),
    textOf(review.status),
    `${Math.floor(Number(review.age_ms) / DAY_MS)} d`,
    objectsOf(review.identifiers).map(nameOf).join(' = '),
    textOf(review.reason),
  ]);
  const table = formatTable(['n', 'kind', 'status', 'age', 'the same person?', 'reason'], rows);
  const more = page.next === undefined ? '' : `more: --after ${textOf(page.next)}\n`;
  return `${table}${textOf(page.open)} open\n${more}`;
}

/** Values per profile and profiles per value, by type. */
export function describeLint(report: JsonObject): string {
  const rows = objectsOf(report.identifiers).map((each) => [
    textOf(each.type),
    textOf(each.values),
    textOf(each.profiles),
    spreadOf(each.values_per_profile),
    spreadOf(each.profiles_per_value),
    textOf(each.verdict),
  ]);
  const head = ['type', 'values', 'profiles', 'values per profile', 'profiles per value', 'verdict'];
  return `${formatTable(head, rows)}spreads are median / 99th percentile / largest\n`;
}

function spreadOf(value: JsonValue | undefined): string {
  return isJsonObject(value) ? [value.p50, value.p99, value.max].map(textOf).join(' / ') : '';
}

/** A report of any shape: scalars by line, lists of objects as tables. */
export function describeReport(report: JsonObject, heading = ''): string {
  let text = '';
  for (const [name, value] of Object.entries(report)) {
    const label = `${heading}${name.replaceAll('_', ' ')}`;
    const rows = objectsOf(value);
    if (isJsonObject(value)) text += describeReport(value, `${label}, `);
    else if (rows.length > 0) text += `\n${label}:\n${tableOf(rows)}`;
    else
      text += `${label}: ${printable(Array.isArray(value) ? stringsOf(value).join(', ') : textOf(value))}\n`;
  }
  return text;
}

function tableOf(rows: readonly JsonObject[]): string {
  const head = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return formatTable(
    head.map((name) => name.replaceAll('_', ' ')),
    rows.map((row) => head.map((name) => textOf(row[name]))),
  );
}

function objectsOf(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function stringsOf(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.map(textOf) : [];
}

function textOf(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function timeOf(value: JsonValue | undefined): string {
  return typeof value === 'number' ? new Date(value).toISOString() : '';
}
