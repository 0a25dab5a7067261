import { Card } from '../parts/card.tsx';
import type { Words } from '../words/en.ts';
import { words } from '../words/words.ts';
import { type FigureColumn, FiguresTable } from './figures-table.tsx';
import type { IdentifierFinding, QualityReport } from './quality-answer.ts';

interface Part {
  readonly name: Exclude<keyof Words['insight']['parts'], 'identifiers'>;
  readonly rows: (report: QualityReport) => readonly object[];
  readonly columns: readonly FigureColumn[];
}

/** As many fields as one mends in a day. */
const FIELDS_SHOWN = 30;
/** Tables of more columns have a row of their own. */
const COLUMNS_OF_NARROW = 4;

const PARTS: readonly Part[] = [
  {
    name: 'fields',
    rows: ({ completeness: { fields } }) =>
      fields
        .filter(({ expected, rate }) => expected && rate < 1)
        .sort((a, b) => a.rate - b.rate)
        .slice(0, FIELDS_SHOWN),
    columns: [
      ['type', 'text'],
      ['field', 'text'],
      ['source', 'text'],
      ['channel', 'text'],
      ['events', 'count'],
      ['rate', 'share'],
    ],
  },
  {
    name: 'types',
    rows: ({ unknown }) => unknown.types.names,
    columns: [
      ['type', 'text'],
      ['events', 'count'],
    ],
  },
  {
    name: 'properties',
    rows: ({ unknown }) => unknown.properties.names,
    columns: [
      ['type', 'text'],
      ['property', 'text'],
      ['events', 'count'],
    ],
  },
  {
    name: 'anomalies',
    rows: ({ volume }) => volume.anomalies,
    columns: [
      ['name', 'text'],
      ['day', 'text'],
      ['hour', 'count'],
      ['events', 'count'],
      ['median', 'count'],
      ['score', 'count'],
    ],
  },
  {
    name: 'quarantine',
    rows: ({ quarantine }) => quarantine,
    columns: [
      ['source', 'text'],
      ['code', 'text'],
      ['events', 'count'],
    ],
  },
  {
    name: 'lateness',
    rows: ({ lateness }) => lateness.channels,
    columns: [
      ['channel', 'text'],
      ['events', 'count'],
      ['late', 'count'],
      ['rate', 'share'],
    ],
  },
  {
    name: 'duplicates',
    rows: ({ duplicates }) => duplicates.sources,
    columns: [
      ['source', 'text'],
      ['events', 'count'],
      ['duplicates', 'count'],
      ['rate', 'share'],
    ],
  },
  {
    name: 'skew',
    rows: ({ skew }) => skew.sources,
    columns: [
      ['source', 'text'],
      ['channel', 'text'],
      ['skewed', 'count'],
      ['rate', 'share'],
      ['median_ms', 'count'],
    ],
  },
  {
    name: 'conflicts',
    rows: ({ conflicts }) => conflicts.reasons,
    columns: [
      ['source', 'text'],
      ['reason', 'text'],
      ['refused', 'count'],
    ],
  },
];

/** What lies behind the findings: a table for each part that has something to tell. */
export function QualityParts({ report }: { readonly report: QualityReport }) {
  const titles = words.value.insight.parts;
  return (
    <>
      {PARTS.map(({ name, rows, columns }) => ({ name, columns, rows: rows(report) }))
        .filter(({ rows }) => rows.length > 0)
        .map(({ name, rows, columns }) => (
          <Card key={name} title={titles[name]} wide={columns.length > COLUMNS_OF_NARROW}>
            <FiguresTable label={titles[name]} rows={rows} columns={columns} />
          </Card>
        ))}
    </>
  );
}

export function IdentifierCard({ identifiers }: { readonly identifiers: readonly IdentifierFinding[] }) {
  const { parts, verdicts } = words.value.insight;
  return (
    <Card title={parts.identifiers} wide>
      <FiguresTable
        label={parts.identifiers}
        rows={identifiers
          .filter(({ values }) => values > 0)
          .map((each) => ({ ...each, verdict: verdicts[each.verdict] ?? each.verdict }))}
        columns={[
          ['type', 'text'],
          ['values', 'count'],
          ['profiles', 'count'],
          ['shared', 'count'],
          ['blocked', 'count'],
          ['verdict', 'text'],
        ]}
      />
    </Card>
  );
}
