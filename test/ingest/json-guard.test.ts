import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type GuardedBody, type GuardFault, JsonGuard } from '../../src/ingest/json-guard.ts';
import { limits } from '../../src/limits.ts';

const guard = new JsonGuard();

function scan(text: string | Buffer, listKey?: string): GuardedBody | GuardFault {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  return guard.scan(bytes, 0, bytes.length, { listKey });
}

/** The verdict on one event: `ok`, the code it is refused with, or `broken`. */
function verdict(text: string): string {
  const bytes = Buffer.from(text);
  const body = guard.scan(bytes, 0, bytes.length, { single: true });
  if ('fault' in body) return 'broken';
  expect(body.items).toHaveLength(1);
  return body.items[0]?.problem?.code ?? 'ok';
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Decimal value of a JSON number, exactly: digits without trailing zeros, and the power of ten of the last one. */
function decimal(text: string): { digits: bigint; exponent: number } {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  const fraction = match?.[3] ?? '';
  let digits = BigInt(`${match?.[1]}${match?.[2]}${fraction}`);
  let exponent = Number(match?.[4] ?? 0) - fraction.length;
  if (digits === 0n) return { digits, exponent: 0 };
  while (digits % 10n === 0n) {
    digits /= 10n;
    exponent += 1;
  }
  return { digits, exponent };
}

/**
 * The written value against the double's own, in units of the last digit written: less than half apart, nothing was
 * altered; more, it was; exactly half, both verdicts are right.
 */
function isUnaltered(text: string): boolean | 'halfway' {
  const value = Number(text);
  if (!Number.isFinite(value)) return false;
  const written = decimal(text);
  if (written.digits === 0n) return value === 0;
  const length = (written.digits < 0n ? -written.digits : written.digits).toString().length;
  if (length > 17) return false;
  const read = decimal(exactly(value));
  if (read.digits === 0n) return false;
  const scale = Math.min(written.exponent, read.exponent);
  const a = written.digits * 10n ** BigInt(written.exponent - scale);
  const b = read.digits * 10n ** BigInt(read.exponent - scale);
  const difference = a > b ? a - b : b - a;
  const unit = 10n ** BigInt(written.exponent - scale);
  return difference * 2n === unit ? 'halfway' : difference * 2n < unit;
}

/** All the decimals of a double: mantissa × 2^e, by integers. */
function exactly(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const raw = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  const mantissa = raw === 0 ? fraction : fraction | 0x10000000000000n;
  const power = (raw === 0 ? 1 : raw) - 1075;
  const sign = bits >> 63n === 1n ? '-' : '';
  return power >= 0
    ? `${sign}${mantissa << BigInt(power)}`
    : `${sign}${mantissa * 5n ** BigInt(-power)}e${power}`;
}

const BROKEN = [
  '',
  ' ',
  '[',
  ']',
  '{',
  '}',
  '[1,]',
  '[,1]',
  '[1,,2]',
  '{"a":1,}',
  '{,}',
  '{"a"}',
  '{"a":}',
  '{"a" 1}',
  '{a:1}',
  "{'a':1}",
  '{"a":1 "b":2}',
  '[1 2]',
  '{"a":1]',
  '[1}',
  'nul',
  'True',
  'nulll',
  'NaN',
  'Infinity',
  '-',
  '-a',
  '+1',
  '.5',
  '1.',
  '1.e3',
  '1e',
  '1e+',
  '01',
  '-01',
  '0x10',
  '1_000',
  '"',
  '"abc',
  '"\\x41"',
  '"\\u12"',
  '"\\u12g4"',
  '"\\"',
  '"a\nb"',
  '"a\tb"',
  '"\u0000"',
  '{} {}',
  '1 2',
  '[1]x',
  '// c\n1',
  '/**/1',
  '[1]/* */',
  '\ufeff{}',
  '"\\',
  '{"a":1,"b"',
  '[[[[',
  '{"a":{"b":{',
  '\v1',
  '\f1',
  '\u00a01',
  '[1\u2028]',
  '{"a":1}}',
  '[]]',
  '"\\ud8',
  'undefined',
];

const ACCEPTED = [
  '{}',
  '[]',
  '0',
  '-0',
  '1',
  '-1',
  '1.5',
  '1e5',
  '1E+5',
  '1e-5',
  '0.1',
  '-0.0',
  '123456789012345',
  '""',
  '"a"',
  '"\\u0041\\n\\/\\\\\\""',
  '"\u2028é😀"',
  '"\\ud83d\\ude00"',
  'true',
  'false',
  'null',
  ' \t\r\n[ 1 , 2 ] \n',
  '{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}',
  '{"":1," ":2}',
  '"\u007f"',
  '9007199254740991',
  '-9007199254740991',
  '0.30000000000000004',
  '-639511218464053.2',
  '-639511218464053.3',
  '3.1415926535897931',
  '1e22',
  '1.7976931348623157e308',
  '5e-324',
  '2.2250738585072014e-308',
  '1.00000000000000000000000000',
  '0.00000000000000000000000000000001',
  '{"constructor":1,"proto":2}',
  '123e45',
];

describe('the grammar', () => {
  it.each(BROKEN)('refuses %j, as JSON.parse does', (text) => {
    expect(parses(text)).toBe(false);
    expect(verdict(text)).toBe('broken');
  });

  it.each(ACCEPTED)('accepts %j, as JSON.parse does', (text) => {
    expect(parses(text)).toBe(true);
    expect(verdict(text)).toBe('ok');
  });

  it('agrees with JSON.parse about any text that was damaged in one place', () => {
    const damage = fc.record({
      json: fc.json(),
      at: fc.nat(),
      put: fc.constantFrom('', '"', '\\', '{', ']', ',', ':', '0', 'e', '-', '\n', '\u0001'),
    });
    fc.assert(
      fc.property(damage, ({ json, at, put }) => {
        const index = at % (json.length + 1);
        const text = json.slice(0, index) + put + json.slice(index + 1);
        expect(verdict(text) === 'broken').toBe(!parses(text));
      }),
      { numRuns: 1_000 },
    );
  });

  it('agrees with JSON.parse about any short text over the characters of JSON', () => {
    const text = fc.string({ unit: fc.constantFrom(...'{}[]",:\\u0d8e1.-+ntf '), maxLength: 12 });
    fc.assert(
      fc.property(text, (value) => {
        expect(verdict(value) === 'broken').toBe(!parses(value));
      }),
      { numRuns: 1_500 },
    );
  });

  it('says where the text breaks', () => {
    expect(scan('{"a":1,"b":}')).toEqual({ fault: 'a value is missing', at: 11 });
  });
});

describe('what parsing would alter', () => {
  it.each([
    ['{"a":1,"a":2}', 'duplicate_key'],
    ['{"a":1,"\\u0061":2}', 'duplicate_key'],
    ['{"\\u0061":1,"a":2}', 'duplicate_key'],
    ['{"\\u0061":1,"\\u0061":2}', 'duplicate_key'],
    ['{"é":1,"\\u00e9":2}', 'duplicate_key'],
    ['{"":1,"":2}', 'duplicate_key'],
    ['{"x":[{"a":1,"b":2,"a":3}]}', 'duplicate_key'],
    ['{"a":{"b":1},"c":2,"a":3}', 'duplicate_key'],
    ['{"__proto__":1}', 'forbidden_key'],
    ['{"a":{"\\u005f_proto__":1}}', 'forbidden_key'],
    ['"\\ud800"', 'lone_surrogate'],
    ['"\\udc00\\ud800"', 'lone_surrogate'],
    ['"\\ud800\\u0041"', 'lone_surrogate'],
    ['"\\ud800\\ud800\\udc00"', 'lone_surrogate'],
    ['{"\\udfff":1}', 'lone_surrogate'],
    ['9007199254740992', 'unsafe_number'],
    ['-9007199254740993', 'unsafe_number'],
    ['123456789012345678901234567890', 'unsafe_number'],
    ['0.123456789012345678', 'unsafe_number'],
    ['9007199254740993.0', 'unsafe_number'],
    ['12345678901234.567', 'unsafe_number'],
    ['1e999', 'unsafe_number'],
    ['-1e309', 'unsafe_number'],
    ['1e-400', 'unsafe_number'],
    [`0.${'0'.repeat(400)}1`, 'unsafe_number'],
    [`1${'0'.repeat(400)}.5`, 'unsafe_number'],
  ])('refuses %j with %s', (text, code) => {
    expect(parses(text)).toBe(true);
    expect(verdict(text)).toBe(code);
  });

  it('accepts a number exactly when the double is the nearest to what was written, to the digits written', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 19 });
    const number = fc.tuple(
      fc.constantFrom('', '-'),
      digits,
      fc.option(digits),
      fc.option(fc.integer({ min: -345, max: 330 })),
    );
    fc.assert(
      fc.property(number, ([sign, whole, fraction, exponent]) => {
        const integer = whole.replace(/^0+(?=\d)/, '');
        const text = `${sign}${integer}${fraction === null ? '' : `.${fraction}`}${exponent === null ? '' : `e${exponent}`}`;
        const isInteger = fraction === null && exponent === null;
        const unaltered = isUnaltered(text);
        fc.pre(unaltered !== 'halfway');
        const expected = unaltered && (!isInteger || Number.isSafeInteger(Number(text)));
        expect(verdict(text)).toBe(expected ? 'ok' : 'unsafe_number');
      }),
      { numRuns: 1_500 },
    );
  });

  it('accepts every double as JavaScript, and as programs with 17 digits, write it', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!/^-?\d+$/.test(text) || Number.isSafeInteger(value));
        expect(verdict(text)).toBe('ok');
        const long = value.toExponential(16);
        expect(verdict(long)).toBe('ok');
      }),
      { numRuns: 1_000 },
    );
  });

  it('lets generated JSON through unaltered, and finds a key repeated anywhere in it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ depthSize: 'medium' }), fc.boolean(), (value, spaced) => {
        const text = JSON.stringify(value, null, spaced ? 2 : 0);
        const code = verdict(text);
        if (code === 'ok') expect(JSON.stringify(JSON.parse(text), null, spaced ? 2 : 0)).toBe(text);
        else expect(hasReason(value, code)).toBe(true);
        expect(verdict(`{"k":1,"v":${text},"k":2}`)).toBe(code === 'ok' ? 'duplicate_key' : code);
      }),
      { numRuns: 500 },
    );
  });

  it('finds a repeated key among few and among many keys, escaped or not', () => {
    const keys = fc.uniqueArray(fc.string({ maxLength: 6 }), { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(keys, fc.nat(), fc.boolean(), fc.boolean(), (names, pick, asEscape, repeat) => {
        const again = names[pick % names.length]!;
        const written = names.map((name) => JSON.stringify(name));
        if (repeat) written.push(asEscape ? `"${escaped(again)}"` : JSON.stringify(again));
        const code = verdict(`{${written.map((name) => `${name}:0`).join(',')}}`);
        if (names.includes('__proto__')) expect(code).not.toBe('ok');
        else expect(code).toBe(repeat ? 'duplicate_key' : 'ok');
      }),
      { numRuns: 500 },
    );
  });

  const blns = new URL('../../../shared/data/blns.json', import.meta.url);
  test.skipIf(!existsSync(blns))(
    'lets every naughty string through (skipped where ../shared/data is absent)',
    () => {
      const strings: unknown = JSON.parse(readFileSync(blns, 'utf8'));
      expect(strings).toHaveLength(515);
      for (const value of strings as string[]) {
        const key = JSON.stringify(value);
        expect(verdict(`{"value":${key},"key":{${key}:1}}`)).toBe('ok');
      }
    },
  );
});

describe('in steps', () => {
  const options = { listKey: 'events' };

  function inSteps(bytes: Buffer, byteCount: number): GuardedBody | GuardFault {
    guard.begin(bytes, options);
    let steps = 0;
    while (!guard.step(byteCount)) steps += 1;
    // A step reads on, whatever stands there.
    expect(steps).toBeLessThanOrEqual(bytes.length / byteCount + 1);
    return guard.finish();
  }

  const jsonTexts = fc.oneof(
    fc.json({ maxDepth: 6 }),
    fc.array(fc.json()).map((items) => `{"sentAt":1,"events":[${items.join()}],"after":[[]]}`),
    fc.array(fc.json()).map((items) => ` [ ${items.join(' , ')} ] `),
  );
  /** Broken somewhere, or cut off. */
  const anyTexts = fc.oneof(
    jsonTexts,
    fc
      .tuple(jsonTexts, fc.nat(), fc.constantFrom('', ',', ']', '}', '"', '[[', '{"a":1,"a":2}'))
      .map(([text, at, put]) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + put + text.slice(place + 1);
      }),
    jsonTexts.map((text) => text.slice(0, text.length / 2)),
  );

  it('finds what it finds at once, however short the steps are', () => {
    fc.assert(
      fc.property(anyTexts, fc.integer({ min: 1, max: 40 }), (text, byteCount) => {
        const bytes = Buffer.from(text);
        const whole = guard.scan(bytes, 0, bytes.length, options);
        expect(inSteps(bytes, byteCount)).toEqual(whole);
      }),
      { numRuns: 2_000 },
    );
  });

  it('rests among brackets that open, and among those that close', () => {
    const deep = Buffer.from('['.repeat(50_000) + ']'.repeat(50_000));
    guard.begin(deep, options);
    let steps = 1;
    while (!guard.step(1_000)) steps += 1;
    expect(guard.finish()).toMatchObject({ items: [{ problem: { code: 'event_too_large' } }] });
    expect(steps).toBeGreaterThanOrEqual(99);
  });
});

describe('limits', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

  it('counts depth from the event, not from what surrounds it', () => {
    const deep = nested(limits.jsonDepthMax);
    expect(verdict(deep)).toBe('ok');
    expect(verdict(`[${deep}]`)).toBe('too_deep');
    expect(codes(scan(`[${deep},[${deep}]]`))).toEqual(['ok', 'too_deep']);
    expect(codes(scan(`{"events":[${deep},[${deep}]]}`, 'events'))).toEqual(['ok', 'too_deep']);
  });

  it('survives 200,000 nested arrays, closed or not', () => {
    expect(codes(scan(`[${nested(limits.eventBytesMax / 2)},1]`))).toEqual(['too_deep', 'ok']);
    expect(codes(scan(`[${nested(200_000)},1]`))).toEqual(['event_too_large', 'ok']);
    expect(scan('['.repeat(200_000))).toMatchObject({ at: 200_000 });
    expect(scan('{"a":'.repeat(200_000))).toMatchObject({ at: 1_000_000 });
  });

  it('counts the keys of each event on its own', () => {
    const keys = (n: number, from = 0) => Array.from({ length: n }, (_, i) => `"k${from + i}":1`).join(',');
    const full = `{${keys(limits.jsonKeysMax)}}`;
    const half = limits.jsonKeysMax / 2;
    expect(codes(scan(`[${full},${full},{${keys(limits.jsonKeysMax + 1)}},${full}]`))).toEqual([
      'ok',
      'ok',
      'too_many_keys',
      'ok',
    ]);
    expect(verdict(`{"a":{${keys(half)}},"b":{${keys(half)}}}`)).toBe('too_many_keys');
  });

  it('refuses an event that is too large, and only that one', () => {
    const large = JSON.stringify('x'.repeat(limits.eventBytesMax));
    expect(codes(scan(`[1,${large},2]`))).toEqual(['ok', 'event_too_large', 'ok']);
  });

  it('says of a large event first that it is too large, whatever else is wrong with it', () => {
    const list = Array.from({ length: 2_000 }, () => '{"type":"phone","value":"13900001111"}').join();
    expect(verdict(`{"identifiers":[${list}]}`)).toBe('event_too_large');
    expect(codes(scan(`[{"a":[${list}],"a":1},{"b":1,"b":2}]`))).toEqual([
      'event_too_large',
      'duplicate_key',
    ]);
  });

  it('throws batch_too_large for one event more than a batch may hold', () => {
    const items = (n: number) => `[${Array.from({ length: n }, () => '1').join(',')}]`;
    expect(codes(scan(items(limits.batchEventsMax)))).toHaveLength(limits.batchEventsMax);
    expect(() => scan(items(limits.batchEventsMax + 1))).toThrow(
      expect.objectContaining({ code: 'batch_too_large' }),
    );
  });
});

describe('where the events are', () => {
  const slices = (text: string, listKey?: string) => {
    const body = scan(text, listKey);
    if ('fault' in body) return body.fault;
    return body.items.map(({ start, end }) => Buffer.from(text).toString('utf8', start, end));
  };

  it('takes an object as one event, an array as many, and the named list of an object as many', () => {
    expect(slices(' {"a":1} ')).toEqual(['{"a":1}']);
    expect(slices('[ {"a":1} , 2,[3]]')).toEqual(['{"a":1}', '2', '[3]']);
    expect(slices('{"x":[9],"events":[ {"a":1},2 ],"y":[8]}', 'events')).toEqual(['{"a":1}', '2']);
    expect(slices('{"\\u0065vents":[1]}', 'events')).toEqual(['1']);
    expect(slices('{"events":[]}', 'events')).toEqual([]);
  });

  it('takes the list only from the top level, and only where it is an array', () => {
    expect(slices('{"events":{"events":[1]}}', 'events')).toHaveLength(1);
    expect(slices('{"a":{"events":[1,2]}}', 'events')).toEqual(['{"a":{"events":[1,2]}}']);
    expect(slices('{"events":1,"a":[1,2]}', 'events')).toHaveLength(1);
    expect(slices('{"batch":[1,2]}', 'events')).toHaveLength(1);
  });

  it('refuses the body when what surrounds the events is refused, before or after them', () => {
    expect(scan('{"a":1,"a":2,"events":[1]}', 'events')).toHaveProperty('fault');
    expect(scan('{"events":[1],"events":[2]}', 'events')).toHaveProperty('fault');
    expect(scan('{"events":[1],"a":1e999}', 'events')).toHaveProperty('fault');
  });

  it('gives for any list the items that parsing it gives', () => {
    const body = fc.record({
      items: fc.array(fc.jsonValue()),
      before: fc.jsonValue(),
      after: fc.jsonValue(),
    });
    fc.assert(
      fc.property(body, ({ items, before, after }) => {
        const text = JSON.stringify({ before, events: items, after });
        const found = slices(text, 'events');
        fc.pre(typeof found !== 'string');
        expect(found).toEqual(items.map((item) => JSON.stringify(item)));
      }),
      { numRuns: 300 },
    );
  });

  it('keeps bad events apart from their neighbors', () => {
    const text = '[{"a":1},{"a":1,"a":2},{"b":[1e999,"\\ud800"]},{"a":1,"b":2}]';
    expect(codes(scan(text))).toEqual(['ok', 'duplicate_key', 'unsafe_number', 'ok']);
  });
});

function codes(body: GuardedBody | GuardFault): string[] {
  return 'fault' in body ? [body.fault] : body.items.map((item) => item.problem?.code ?? 'ok');
}

function escaped(text: string): string {
  return text.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Does the generated value hold what the code complains about? */
function hasReason(value: unknown, code: string): boolean {
  if (typeof value === 'number') return code === 'unsafe_number' && !Number.isSafeInteger(value);
  if (typeof value === 'string') return code === 'lone_surrogate' && !isWellFormed(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(
    ([key, inner]) =>
      (code === 'forbidden_key' && key === '__proto__') ||
      (code === 'lone_surrogate' && !isWellFormed(key)) ||
      hasReason(inner, code),
  );
}

function isWellFormed(text: string): boolean {
  return !/\p{Cs}/u.test(text);
}
