import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { Chart } from './charts.ts';

/** What a report says, whatever it is written as. Texts are as they came: whoever writes them escapes them. */
export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
  readonly table?: { readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] };
  readonly chart?: Chart;
}

export interface QualityPaper {
  readonly title: string;
  readonly sections: readonly Section[];
}

/** Rows of a table on paper; the JSON has all of them. */
const ROWS_MAX = 25;

/** The report as a paper, from the answer of `GET /v1/analytics/quality`. */
export function paperOf(report: JsonObject): QualityPaper {
  const zone = String(report.zone ?? 'UTC');
  const moment = momentIn(zone);
  const span = `${moment(report.from)} to ${moment(report.to)} (${zone})`;
  return {
    title: `Quality of data, ${span}`,
    sections: [
      alertsSection(report),
      completenessSection(partOf(report, 'completeness')),
      volumeSection(partOf(report, 'volume')),
      arrivalSection(report),
      namesSection(partOf(report, 'unknown')),
      identitySection(partOf(report, 'conflicts')),
      flagsSection(report),
      ...voicesSection(report),
    ],
  };
}

function alertsSection(report: JsonObject): Section {
  const alerts = rowsIn(report.alerts);
  const events = numberOf(report.events).toLocaleString('en-US');
  if (alerts.length === 0)
    return { title: 'Alerts', lines: [`${events} events came in. Nothing is worth an alert.`] };
  return {
    title: 'Alerts',
    lines: [
      `${events} events came in. ${alerts.length} ${alerts.length === 1 ? 'thing is' : 'things are'} worth a look.`,
    ],
    table: table(['alert', 'of', 'value', 'target'], alerts, (row) => [
      textOf(row.code),
      textOf(row.subject),
      figure(row.value),
      figure(row.target),
    ]),
  };
}

function completenessSection(part: JsonObject): Section {
  const types = rowsIn(part.types);
  const expected = rowsIn(part.fields).filter((row) => row.expected === true);
  return {
    title: 'Completeness',
    lines: [
      `${share(part.rate)} of the expected fields are there; the target is ${share(part.target)}.` +
        (numberOf(part.sampled) > 1 ? ` One event in ${numberOf(part.sampled)} was read.` : ''),
    ],
    chart: {
      kind: 'shares',
      label: 'Share of expected fields that are there, by type',
      rows: types.map((row) => ({ name: textOf(row.type), value: numberOf(row.rate) })),
      target: numberOf(part.target),
    },
    table: table(['field', 'source', 'channel', 'events', 'there'], expected, (row) => [
      `${textOf(row.type)}.${textOf(row.field)}`,
      textOf(row.source),
      textOf(row.channel),
      figure(row.events),
      share(row.rate),
    ]),
  };
}

function volumeSection(part: JsonObject): Section {
  const hours = rowsIn(part.hours);
  const unusual = rowsIn(part.anomalies);
  return {
    title: 'Volume',
    lines: [
      unusual.length === 0
        ? `No hour was unusual, of ${numberOf(part.judged)} that could be judged.`
        : `${unusual.length} hours of sources and types were unusual, of ${numberOf(part.judged)} that could be judged.`,
    ],
    chart: {
      kind: 'hours',
      label: 'Events by hour, and what usually comes',
      rows: hours.map((row) => ({
        name: `${textOf(row.day)} ${clock(row.hour)}`,
        value: numberOf(row.events),
        usual: typeof row.usual === 'number' ? row.usual : undefined,
      })),
    },
    ...(unusual.length === 0
      ? {}
      : {
          table: table(['hour', 'of', 'events', 'usual', 'score'], unusual, (row) => [
            `${textOf(row.day)} ${clock(row.hour)}`,
            `${textOf(row.by)} ${textOf(row.name)}${row.promotion === null ? '' : ` (${textOf(row.promotion)})`}`,
            figure(row.events),
            figure(row.median),
            figure(row.score),
          ]),
        }),
  };
}

function arrivalSection(report: JsonObject): Section {
  const [late, skew, again] = ['lateness', 'skew', 'duplicates'].map((name) => partOf(report, name));
  return {
    title: 'Arrival',
    lines: [
      `${share(late?.rate)} of the events came late (target ${share(late?.target)}), ${share(skew?.rate)} from clocks that are off ` +
        `(target ${share(skew?.target)}), ${share(again?.rate)} had come before (target ${share(again?.target)}).`,
    ],
    chart: {
      kind: 'shares',
      label: 'Share of events over the lateness budget, by channel',
      rows: rowsIn(late?.channels).map((row) => ({ name: textOf(row.channel), value: numberOf(row.rate) })),
      target: numberOf(late?.target),
    },
    table: table(
      ['channel', 'events', 'late', 'within a minute', 'an hour', 'a day', 'a week', 'later'],
      rowsIn(late?.channels),
      (row) => [
        textOf(row.channel),
        ...['events', 'late', 'within_minute', 'within_hour', 'within_day', 'within_week', 'older'].map(
          (name) => figure(row[name]),
        ),
      ],
    ),
  };
}

function namesSection(unknown: JsonObject): Section {
  const [types, properties] = ['types', 'properties'].map((name) => partOf(unknown, name));
  const names = [
    ...rowsIn(types?.names).map((row) => ({ name: textOf(row.type), kind: 'type', events: row.events ?? 0 })),
    ...rowsIn(properties?.names).map((row) => ({
      name: `${textOf(row.type)}.${textOf(row.property)}`,
      kind: 'property',
      events: row.events ?? 0,
    })),
  ];
  return {
    title: 'Unknown names',
    lines: [
      `${share(types?.rate)} of the events are of types that no schema knows (target ${share(types?.target)}), ` +
        `${share(properties?.rate)} have properties that theirs does not name (target ${share(properties?.target)}).`,
    ],
    ...(names.length === 0
      ? {}
      : {
          table: table(['name', 'is a', 'events'], names, (row) => [
            textOf(row.name),
            textOf(row.kind),
            figure(row.events),
          ]),
        }),
  };
}

function identitySection(part: JsonObject): Section {
  const reasons = rowsIn(part.reasons);
  return {
    title: 'Identity',
    lines: [
      `${figure(part.refused)} links were refused (${share(part.rate)} of the events, target ${share(part.target)}), ` +
        `${figure(part.reviews)} questions were opened, ${figure(part.merges)} people were merged.`,
    ],
    ...(reasons.length === 0
      ? {}
      : {
          table: table(['source', 'reason', 'refused'], reasons, (row) => [
            textOf(row.source),
            textOf(row.reason),
            figure(row.refused),
          ]),
        }),
  };
}

function flagsSection(report: JsonObject): Section {
  const flags = partOf(report, 'flags');
  const kept = rowsIn(report.quarantine);
  return {
    title: 'Flags and quarantine',
    lines: [
      `${figure(flags.price)} prices, ${figure(flags.quantity)} quantities and ${figure(flags.people)} buyers are hard to believe; ` +
        `${figure(flags.open)} of these flags are open.`,
    ],
    ...(kept.length === 0
      ? {}
      : {
          table: table(['source', 'in quarantine for', 'events'], kept, (row) => [
            textOf(row.source),
            textOf(row.code),
            figure(row.events),
          ]),
        }),
  };
}

/** What customers say, where anybody said something. */
function voicesSection(report: JsonObject): readonly Section[] {
  const [preferences, complaints] = ['preferences', 'complaints'].map((name) => partOf(report, name));
  const sources = rowsIn(preferences?.sources);
  if (sources.length === 0 && numberOf(complaints?.people_contacted) === 0) return [];
  return [
    {
      title: 'What customers say',
      lines: [
        `${share(preferences?.rate)} of those who said what they like have bought it (target ${share(preferences?.target)}). ` +
          `${share(complaints?.rate)} of the people contacted complained about privacy or unwanted contact (target ${share(complaints?.target)}).`,
      ],
      ...(sources.length === 0
        ? {}
        : {
            table: table(['answers of', 'answerers', 'bought'], sources, (row) => [
              textOf(row.source),
              figure(row.answerers),
              share(row.rate),
            ]),
          }),
    },
  ];
}

function table<Row extends JsonObject>(
  columns: readonly string[],
  rows: readonly Row[],
  cells: (row: Row) => readonly string[],
): NonNullable<Section['table']> {
  return { columns, rows: rows.slice(0, ROWS_MAX).map(cells) };
}

function momentIn(zone: string): (at: JsonValue | undefined) => string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
  return (at) => format.format(numberOf(at));
}

function clock(hour: JsonValue | undefined): string {
  return `${String(numberOf(hour)).padStart(2, '0')}:00`;
}

function partOf(report: JsonObject, name: string): JsonObject {
  const part = report[name];
  return isJsonObject(part) ? part : {};
}

function rowsIn(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function numberOf(value: JsonValue | undefined): number {
  return typeof value === 'number' ? value : 0;
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function share(value: JsonValue | undefined): string {
  return typeof value === 'number' ? `${(value * 100).toFixed(1)} %` : 'no share';
}

function figure(value: JsonValue | undefined): string {
  if (typeof value !== 'number') return '';
  return value.toLocaleString('en-US', { maximumFractionDigits: 3 });
}
