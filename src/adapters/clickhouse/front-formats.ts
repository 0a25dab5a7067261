import { sqlFormats } from './read-only.ts';

/** Formats of answers to ClickHouse clients. Those that read a schema or a template from a file are left out. */
export const frontFormats: readonly string[] = Object.freeze([
  ...sqlFormats,
  ...['Native', 'RowBinary', 'RowBinaryWithNames', 'RowBinaryWithNamesAndTypes', 'ODBCDriver2', 'RawBLOB'],
  ...['Arrow', 'ArrowStream', 'Parquet', 'ORC', 'MsgPack', 'BSONEachRow'],
  ...['JSONColumns', 'JSONColumnsWithMetadata', 'JSONCompactColumns', 'JSONCompactStrings'],
  ...['JSONStringsEachRow', 'JSONObjectEachRow', 'JSONEachRowWithProgress', 'JSONLines', 'NDJSON'],
  ...['JSONCompactEachRowWithNames', 'JSONCompactEachRowWithNamesAndTypes', 'JSONCompactStringsEachRow'],
  ...['JSONCompactStringsEachRowWithNames', 'JSONCompactStringsEachRowWithNamesAndTypes'],
  ...['TabSeparatedWithNamesAndTypes', 'TSVWithNamesAndTypes', 'TabSeparatedRaw', 'TSVRaw'],
  ...['CSVWithNamesAndTypes', 'Values', 'XML', 'LineAsString', 'PrettyNoEscapes', 'PrettyCompactNoEscapes'],
]);

/** Formats of inserts whose rows are lines, so that lines count rows. */
const LINES = /^(JSON(Compact)?(Strings)?EachRow|JSONLines|NDJSON|TabSeparated|TSV)$/i;

/** Data of inserts that can stand as text behind a statement. */
const TEXT = /^(JSON\w*|NDJSON|CSV\w*|TSV\w*|TabSeparated\w*|LineAsString|Values)$/i;

export function isTextFormat(format: string): boolean {
  return TEXT.test(format);
}

export function countsRows(format: string): boolean {
  return LINES.test(format);
}

/** Rows of a text; 0 where the format does not tell. */
export function rowsOf(format: string, data: string): number {
  if (!countsRows(format)) return 0;
  let rows = 0;
  for (let start = 0; start < data.length; ) {
    const end = data.indexOf('\n', start);
    const stop = end === -1 ? data.length : end;
    if (stop > start) rows += 1;
    start = stop + 1;
  }
  return rows;
}

export function contentTypeOf(format: string): string {
  if (/^JSON.*EachRow|^NDJSON$|^JSONLines$/i.test(format)) return 'application/x-ndjson; charset=UTF-8';
  if (/^JSON/i.test(format)) return 'application/json; charset=UTF-8';
  if (/^(TSV|TabSeparated)/i.test(format)) return 'text/tab-separated-values; charset=UTF-8';
  if (/^CSV/i.test(format)) return 'text/csv; charset=UTF-8; header=absent';
  if (/^XML$/i.test(format)) return 'application/xml; charset=UTF-8';
  if (/^(Pretty|Vertical|Markdown|Values|LineAsString|Null)/i.test(format))
    return 'text/plain; charset=UTF-8';
  return 'application/octet-stream';
}
