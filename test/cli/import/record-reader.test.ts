import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitPlain, splitQuoted } from '../../../src/cli/import/fields.ts';
import { RecordReader } from '../../../src/cli/import/record-reader.ts';
import { naiveCsv } from './naive-csv.ts';

interface Found {
  readonly line: number;
  readonly fields: readonly string[] | undefined;
  readonly problem: string | undefined;
  readonly offset: number;
  readonly nextLine: number;
}

interface Reading {
  readonly recordBytesMax?: number;
  readonly offset?: number;
  readonly line?: number;
  readonly quotes?: boolean;
}

/** Reads the bytes in chunks of the given sizes (repeating). */
function read(bytes: Buffer, sizes: readonly number[], options: Reading = {}): Found[] {
  const offset = options.offset ?? 0;
  const reader = new RecordReader({
    quotedDelimiter: options.quotes === false ? undefined : ',',
    recordBytesMax: options.recordBytesMax ?? 1_000_000,
    offset,
    line: options.line ?? 1,
  });
  const found: Found[] = [];
  const take = (): void => {
    while (reader.next()) {
      if (reader.problem === undefined && reader.blank) continue;
      const fields = reader.quoted ? splitQuoted(reader.text(), ',') : splitPlain(reader.text(), ',');
      found.push({
        line: reader.line,
        fields: reader.problem === undefined ? fields : undefined,
        problem: reader.problem,
        offset: reader.offset,
        nextLine: reader.nextLine,
      });
    }
  };
  for (let at = offset, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    reader.push(bytes.subarray(at, at + size));
    at += size;
    take();
  }
  reader.end();
  take();
  return found;
}

const field = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
  fc.constantFrom('', 'plain', 'a,b', 'line\nbreak', 'crlf\r\nbreak', '"quoted"', '""', '"', 'é中😀', ' '),
);

function writeField(text: string, always: boolean): string {
  return always || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const file = fc
  .record({
    rows: fc.array(fc.array(fc.tuple(field, fc.boolean()), { minLength: 1, maxLength: 4 }), {
      maxLength: 12,
    }),
    ending: fc.constantFrom('\n', '\r\n'),
    lastEnding: fc.boolean(),
    sizes: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
  })
  .map(({ rows, ending, lastEnding, sizes }) => {
    const lines = rows.map((row) => row.map(([text, always]) => writeField(text, always)).join(','));
    const text = lines.join(ending) + (lastEnding && lines.length > 0 ? ending : '');
    return { text, sizes };
  });

describe('reading records', () => {
  it('agrees with a naive reading of RFC 4180 however the bytes are cut into chunks', () => {
    fc.assert(
      fc.property(file, ({ text, sizes }) => {
        const found = read(Buffer.from(text), sizes);
        // Inside of fields a CRLF stays what it is; the oracle reads line ends alike, so compare them alike.
        const seen = found.map(({ line, fields }) => ({
          line,
          fields: fields?.map((f) => f.replaceAll('\r\n', '\n')),
        }));
        expect(seen).toEqual(naiveCsv(text, ','));
      }),
      { numRuns: 400 },
    );
  });

  it('goes on at the offset and line of any record as if it had never stopped', () => {
    fc.assert(
      fc.property(file, fc.nat(), ({ text, sizes }, choice) => {
        const bytes = Buffer.from(text);
        const all = read(bytes, sizes);
        const stop = all[choice % Math.max(1, all.length)];
        if (stop === undefined) return;
        const rest = read(bytes, sizes, { offset: stop.offset, line: stop.nextLine });
        expect(rest).toEqual(all.slice(all.indexOf(stop) + 1));
      }),
      { numRuns: 200 },
    );
  });

  it('takes a quote inside of an unquoted field as a character', () => {
    expect(read(Buffer.from('5" pipe,a "b"\nnext,2\n'), [100]).map((r) => r.fields)).toEqual([
      ['5" pipe', 'a "b"'],
      ['next', '2'],
    ]);
  });

  it('gives up only the first line of a quote that is never closed', () => {
    const found = read(Buffer.from('a,b\n"open,c\nd,e\nf,g\n'), [7]);
    expect(found.map((r) => [r.line, r.problem ?? r.fields])).toEqual([
      [1, ['a', 'b']],
      [2, 'unclosed_quote'],
      [3, ['d', 'e']],
      [4, ['f', 'g']],
    ]);
  });

  it('waits for a quoted record no further than the limit', () => {
    const text = `"open,${'x'.repeat(30)}\n${'y,z\n'.repeat(50)}`;
    const found = read(Buffer.from(text), [16], { recordBytesMax: 64 });
    expect(found[0]).toMatchObject({ line: 1, problem: 'unclosed_quote' });
    expect(found.slice(1).map((r) => r.fields)).toEqual(Array.from({ length: 50 }, () => ['y', 'z']));
  });

  it('skips a line that is too long, names it once and keeps the numbers and offsets right', () => {
    const text = `a,b\n${'x'.repeat(500)}\nc,d\n`;
    const found = read(Buffer.from(text), [50], { recordBytesMax: 100 });
    expect(found.map((r) => [r.line, r.problem ?? r.fields, r.offset])).toEqual([
      [1, ['a', 'b'], 4],
      [2, 'row_too_large', 505],
      [3, ['c', 'd'], 509],
    ]);
    const unended = read(Buffer.from(`a,b\n${'x'.repeat(500)}`), [50], { recordBytesMax: 100 });
    expect(unended.map((r) => r.problem)).toEqual([undefined, 'row_too_large']);
  });

  it('refuses exactly the lines that are not UTF-8', () => {
    const bytes = Buffer.concat([
      Buffer.from('é,1\n'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from(',2\nok,3\n中'),
      Buffer.from([0xe4]),
    ]);
    for (const size of [1, 3, 100]) {
      expect(read(bytes, [size]).map((r) => r.problem ?? r.fields)).toEqual([
        ['é', '1'],
        'invalid_utf8',
        ['ok', '3'],
        'invalid_utf8',
      ]);
    }
  });

  it('treats quotes as characters where the format has none', () => {
    expect(read(Buffer.from('"a,b\nc,d"\n'), [4], { quotes: false }).map((r) => r.fields)).toEqual([
      ['"a', 'b'],
      ['c', 'd"'],
    ]);
  });
});
