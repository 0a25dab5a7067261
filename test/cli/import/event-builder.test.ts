import { describe, expect, it } from 'vitest';
import { compileEventBuilder } from '../../../src/cli/import/event-builder.ts';
import type { FieldSpecs, ImportMap } from '../../../src/cli/import/import-map.ts';
import type { Row } from '../../../src/cli/import/writers.ts';

const AT = '2026-01-02T03:04:05Z';
const COLUMNS = ['at', 'a', 'b', 'key'];

function mapOf(properties: FieldSpecs, rest: Partial<ImportMap> = {}): ImportMap {
  return {
    name: 'm',
    source: 's',
    channel: 'web',
    format: { type: 'csv', header: true },
    time: { column: 'at', format: 'rfc3339' },
    events: [{ type: 'custom', properties }],
    ...rest,
  };
}

function build(map: ImportMap, rows: readonly Row[], shiftMs = 0): Record<string, unknown> {
  const builder = compileEventBuilder(map, COLUMNS);
  const row = builder.agree(rows);
  return JSON.parse(builder.build({ row, rows, line: 7, key: row[3] ?? '' }, shiftMs));
}

const properties = (specs: FieldSpecs, a: string, b = ''): unknown =>
  build(mapOf(specs), [[AT, a, b, '']]).properties;
const failing = (code: string) => expect.objectContaining({ code });

describe('building events', () => {
  it('writes the canonical envelope with a deterministic id', () => {
    const map = mapOf({ x: '{a}' }, { identifiers: { member_id: '{b}' }, context: { store: 'S1' } });
    expect(build(map, [[AT, '1', 'm-1', '']], 1_000)).toEqual({
      id: 'm-7',
      time: Date.parse(AT) + 1_000,
      type: 'custom',
      source: 's',
      channel: 'web',
      identifiers: { member_id: 'm-1' },
      properties: { x: '1' },
      context: { store: 'S1' },
    });
  });

  it('writes consents by purpose and channel, and what was told with them', () => {
    const given = (column: string) => ({ column, values: { J: true, N: false } });
    const consent: FieldSpecs = {
      'marketing.sms': given('a'),
      'marketing.email': given('b'),
      sharing: false,
      text_version: 'v1',
      'notices.privacy': 2,
    };
    const map = (fields: FieldSpecs) => mapOf({}, { events: [{ type: 'consent_changed', consent: fields }] });
    expect(build(map(consent), [[AT, 'J', 'N', '']]).consent).toEqual({
      marketing: { sms: true, email: false },
      sharing: false,
      text_version: 'v1',
      notices: { privacy: 2 },
    });
    expect(build(map({ 'marketing.sms': given('a') }), [[AT, '', '', '']]).consent).toBeUndefined();
    expect(() => build(map({ ...consent, marketing: true }), [[AT, '', '', '']])).toThrow(
      failing('invalid_map'),
    );
  });

  it('leaves out what is blank, also a template of which one column is blank', () => {
    expect(properties({ x: '{a}', y: 'yc-{b}', z: { column: 'b', as: 'decimal' }, w: 'w' }, '1')).toEqual({
      x: '1',
      w: 'w',
    });
    expect(build(mapOf({ x: '{a}' }), [[AT, '', '', '']]).properties).toBeUndefined();
    expect(() => properties({ x: { column: 'a', required: true } }, '')).toThrow(failing('invalid_row'));
  });

  it('escapes whatever the file holds', () => {
    for (const text of ['"', '\\', 'a\nb', '\u0000', '\u2028', '😀', '{"$x":1}', '{b}']) {
      expect(properties({ x: '{a}', y: 'pre {a} post', z: { column: 'a' } }, text)).toEqual({
        x: text,
        y: `pre ${text} post`,
        z: text,
      });
    }
  });

  it('converts in the order in which the format lists the steps', () => {
    expect(
      properties({ x: { column: 'a', trim: true, strip_suffix: '.0', case: 'lower' } }, ' AB12.0 '),
    ).toEqual({ x: 'ab12' });
    expect(properties({ x: { column: 'a', strip_prefix: '0', as: 'integer' } }, '012.0')).toEqual({ x: 12 });
    const kind = { column: 'a', values: { POST: 'fee', N: 1 }, otherwise: 'goods' };
    expect(['POST', 'N', 'X'].map((a) => properties({ x: kind }, a))).toEqual([
      { x: 'fee' },
      { x: 1 },
      { x: 'goods' },
    ]);
  });

  it('keeps amounts as exact text and refuses what a number cannot hold', () => {
    expect(properties({ x: { column: 'a', as: 'decimal' } }, '123456789012345678.90')).toEqual({
      x: '123456789012345678.90',
    });
    expect(properties({ x: { column: 'a', as: 'number', absolute: true } }, '-2.50')).toEqual({ x: 2.5 });
    expect(() => properties({ x: { column: 'a', as: 'decimal' } }, '1,5')).toThrow(failing('invalid_amount'));
    expect(() => properties({ x: { column: 'a', as: 'integer' } }, '1.5')).toThrow(failing('invalid_row'));
    expect(() => properties({ x: { column: 'a', as: 'integer' } }, '9007199254740993')).toThrow(
      failing('invalid_row'),
    );
    expect(() => properties({ x: { column: 'a', as: 'number' } }, '0.1234567890123456789')).toThrow(
      failing('unsafe_number'),
    );
  });

  it('makes one event of a group: the earliest time, the exact sum, one line per row', () => {
    const map = mapOf(
      {
        total: { sum: ['a', 'b'], absolute: true },
        products: { lines: { n: { column: 'a', as: 'integer' }, at: '{at}' } },
      },
      { group: { by: 'key' } },
    );
    const event = build(map, [
      ['2026-01-02T10:00:00Z', '-3', '4.15', 'k1'],
      ['2026-01-02T09:00:00Z', '-1', '0.1', 'k1'],
    ]);
    expect(event.id).toBe('m-k1');
    expect(event.time).toBe(Date.parse('2026-01-02T09:00:00Z'));
    expect(event.properties).toEqual({
      total: '12.55',
      products: [
        { n: -3, at: '2026-01-02T10:00:00Z' },
        { n: -1, at: '2026-01-02T09:00:00Z' },
      ],
    });
  });

  it('refuses a group whose rows differ in what is said of the whole, and fills blanks from its other rows', () => {
    const map = mapOf(
      { n: { lines: { b: '{b}' } } },
      { group: { by: 'key' }, identifiers: { member_id: '{a}' } },
    );
    const rows = (first: string, second: string): Row[] => [
      [AT, first, '1', 'k'],
      [AT, second, '2', 'k'],
    ];
    expect(build(map, rows('', 'ann')).identifiers).toEqual({ member_id: 'ann' });
    expect(() => build(map, rows('bob', 'ann'))).toThrow(failing('invalid_row'));
  });

  it('takes the first event whose condition holds on every row, and refuses what fits none', () => {
    const map = mapOf(
      {},
      {
        group: { by: 'key' },
        events: [
          { type: 'gone', when: { key: { starts_with: 'C' }, a: { lt: 0 } } },
          { type: 'kept', when: { a: { gte: 0, lte: 10 }, b: { exists: false } } },
          { type: 'listed', when: { b: { in: ['x', 'y'] } } },
          { type: 'exact', when: { b: { equals: 'z' }, a: { gt: 5 } } },
        ],
      },
    );
    const type = (...rows: readonly (readonly [string, string, string])[]): unknown =>
      build(
        map,
        rows.map(([a, b, key]) => [AT, a, b, key]),
      ).type;
    expect(type(['-1', '', 'C1'], ['-2.5', '', 'C1'])).toBe('gone');
    expect(type(['10', '', '1'])).toBe('kept');
    expect(type(['11', 'y', '1'])).toBe('listed');
    expect(type(['6', 'z', '1'])).toBe('exact');
    expect(() => type(['-1', '', '1'], ['1', '', '1'])).toThrow(failing('invalid_row'));
    expect(() => type(['no', 'w', '1'])).toThrow(failing('invalid_row'));
  });

  it('refuses an event whose id would be incomplete', () => {
    expect(() => build(mapOf({}, { id: 'x-{a}' }), [[AT, '', '', '']])).toThrow(failing('invalid_row'));
    expect(build(mapOf({}, { id: 'x-{a}-{$line}' }), [[AT, '1', '', '']]).id).toBe('x-1-7');
  });
});
