import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pickJson, type WantedJson } from '../../src/ingest/pick-json.ts';
import { isJsonObject, type JsonValue } from '../../src/model/json.ts';

const WANTED: WantedJson = { a: 'all', b: { a: 'all', b: { c: 'all' } } };

const pick = (text: string, wanted = WANTED): string => pickJson(Buffer.from(text), wanted).toString();

/** The same by what JSON.parse makes of it. */
function picked(value: JsonValue, wanted: 'all' | WantedJson): JsonValue {
  if (wanted === 'all') return value;
  if (Array.isArray(value)) {
    // What JSON.parse gives is JSON.
    return value.map((each: JsonValue) => (Array.isArray(each) ? each : picked(each, wanted)));
  }
  if (!isJsonObject(value)) return value;
  const kept: [string, JsonValue][] = [];
  for (const [name, inner] of Object.entries(value)) {
    const part = Object.hasOwn(wanted, name) ? wanted[name] : undefined;
    if (part !== undefined && inner !== undefined) kept.push([name, picked(inner, part)]);
  }
  return Object.fromEntries(kept);
}

it('keeps the wanted members of every value, and nothing else', () => {
  const { json } = fc.letrec((tie) => ({
    json: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.oneof(fc.string({ unit: 'grapheme' }), fc.double({ noNaN: true }), fc.constantFrom(null, true, -1)),
      fc.array(tie('json'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'b', 'c', 'toString', '"', 'é'), tie('json'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(json, fc.constantFrom(0, 2), (value, spaces) => {
      const text = JSON.stringify(value, null, spaces);
      const found: JsonValue = JSON.parse(pick(text));
      expect(found).toEqual(picked(JSON.parse(text), WANTED));
    }),
    { verbose: 1, numRuns: 300 },
  );
});

it('leaves what it keeps as it was written, faults included', () => {
  expect(pick('{"x":[1,{"]":"}"}], "a":1.50e0 ,"a":9007199254740993}')).toBe(
    '{"a":1.50e0 ,"a":9007199254740993}',
  );
  expect(pick('{"b":[{"a":"\\ud800","z":1},[{"z":1}],7]}')).toBe('{"b":[{"a":"\\ud800"},[{"z":1}],7]}');
});

it.each([
  '',
  '{',
  '{"a"',
  '{"a":',
  '{"a":1',
  '{"a":1,}',
  '{"a" 1}',
  '{1:1}',
  '[1',
  '[,]',
  '{"a":[}',
  '{"x":"',
  '{} x',
])('calls the broken text %j unreadable', (text) => {
  expect(() => pick(text)).toThrow(expect.objectContaining({ code: 'unreadable_body' }));
});

it('takes any depth of what it skips or copies', () => {
  const deep = '['.repeat(100_000) + ']'.repeat(100_000);
  expect(pick(`{"x":${deep},"a":1}`)).toBe('{"a":1}');
  expect(pick(`{"a":${deep}}`)).toBe(`{"a":${deep}}`);
});
