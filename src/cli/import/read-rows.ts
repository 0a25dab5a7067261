import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { FileFormat } from './import-map.ts';
import { type Chunks, type Input, readChunks } from './input.ts';
import { RecordReader } from './record-reader.ts';
import { quotedDelimiterOf, type RowParser, splitRecord } from './row-parser.ts';
import type { Row } from './writers.ts';

/** A place between two records: what a resumed import starts from. */
export interface FilePosition {
  readonly offset: number;
  readonly line: number;
}

/** Takes the rows of a file. A promise as the answer holds the reading until it is kept: back-pressure. */
export interface RowVisitor {
  row(row: Row, reader: RecordReader): Promise<void> | undefined;
  bad(error: TesseraError, reader: RecordReader): Promise<void> | undefined;
  /** Asked after each row: whether that was enough. */
  readonly stopped: boolean;
}

const PROBLEMS = {
  invalid_utf8: () => new TesseraError('invalid_utf8', 'The row is not valid UTF-8.'),
  unclosed_quote: () => new TesseraError('invalid_row', 'A quote that opens in this row is never closed.'),
  row_too_large: () =>
    new TesseraError(
      'invalid_row',
      `The row is longer than ${limits.importRowBytesMax} bytes, or its quotes are wrong.`,
    ),
} as const;

export interface RowsOptions {
  readonly input: Input;
  readonly format: FileFormat;
  readonly parse: RowParser;
  readonly from: FilePosition;
  /** Called once per chunk with the share of the file that has been read. */
  readonly onShare?: (share: number) => void;
}

/** Reads records from a position on and hands them over one by one, good or bad; blank lines are nothing. */
export async function readRows(options: RowsOptions, visitor: RowVisitor): Promise<void> {
  const reader = readerAt(options.format, options.from);
  const chunks = readChunks(options.input, options.from.offset);
  for await (const chunk of chunks) {
    reader.push(chunk);
    await drain(reader, options.parse, visitor);
    if (visitor.stopped) return;
    options.onShare?.(chunks.share());
  }
  reader.end();
  await drain(reader, options.parse, visitor);
}

/** Names of the columns and where the first row starts. Fails with `import_failed` where there is no header. */
export async function readHeader(
  input: Input,
  format: FileFormat,
): Promise<{ readonly columns: readonly string[] | undefined; readonly first: FilePosition }> {
  const start = { offset: input.start, line: 1 };
  if (format.header !== true) return { columns: format.columns, first: start };
  const reader = readerAt(format, start);
  if (!(await firstRecord(reader, readChunks(input, input.start)))) {
    throw new TesseraError('import_failed', `${input.path} is empty; its first line must be a header.`);
  }
  const columns =
    reader.problem === undefined ? splitRecord(format, reader.text(), reader.quoted) : undefined;
  if (columns === undefined)
    throw new TesseraError('import_failed', 'The header of the file cannot be read.');
  const repeated = columns.find((name, at) => columns.indexOf(name) !== at);
  if (repeated !== undefined) throw new TesseraError('import_failed', `The header names ${repeated} twice.`);
  return { columns, first: { offset: reader.offset, line: reader.nextLine } };
}

async function firstRecord(reader: RecordReader, chunks: Chunks): Promise<boolean> {
  for await (const chunk of chunks) {
    reader.push(chunk);
    if (reader.next()) return true;
  }
  reader.end();
  return reader.next();
}

function readerAt(format: FileFormat, from: FilePosition): RecordReader {
  return new RecordReader({
    quotedDelimiter: quotedDelimiterOf(format),
    recordBytesMax: limits.importRowBytesMax,
    offset: from.offset,
    line: from.line,
  });
}

async function drain(reader: RecordReader, parse: RowParser, visitor: RowVisitor): Promise<void> {
  while (!visitor.stopped && reader.next()) {
    const wait = visit(reader, parse, visitor);
    if (wait !== undefined) await wait;
  }
}

function visit(reader: RecordReader, parse: RowParser, visitor: RowVisitor): Promise<void> | undefined {
  if (reader.problem !== undefined) return visitor.bad(PROBLEMS[reader.problem](), reader);
  if (reader.blank) return undefined;
  let row: Row;
  try {
    row = parse(reader.text(), reader.quoted);
  } catch (error) {
    if (!(error instanceof TesseraError)) throw error;
    // A record of several lines that makes no sense is more likely one stray quote than a lost cause.
    reader.keepFirstLine();
    return visitor.bad(error, reader);
  }
  return visitor.row(row, reader);
}
