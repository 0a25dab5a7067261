import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BodyOptions, createBodyReader, type DecodedBody } from '../../src/ingest/body.ts';
import { limits } from '../../src/limits.ts';

const reader = createBodyReader();
const EVENTS: BodyOptions = { listKey: 'events' };

async function read(body: string | Buffer, contentType?: string, options = EVENTS): Promise<DecodedBody> {
  return reader.read(typeof body === 'string' ? Buffer.from(body) : body, contentType, options);
}

async function codeOf(body: string | Buffer, contentType?: string, options = EVENTS): Promise<unknown> {
  try {
    await read(body, contentType, options);
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return 'accepted';
}

const values = (body: DecodedBody) => body.items.map((item) => (item.ok ? item.value : item.code));

describe('a JSON body', () => {
  it('is an event, an array of events, or an object with the list', async () => {
    expect(values(await read('{"type":"a"}'))).toEqual([{ type: 'a' }]);
    expect(values(await read('[{"type":"a"},{"type":"é"}]'))).toEqual([{ type: 'a' }, { type: 'é' }]);
    const body = await read('{"sentAt":"now","events":[{"type":"a"}],"context":{"é":1}}');
    expect(values(body)).toEqual([{ type: 'a' }]);
    expect(body.envelope).toEqual({ sentAt: 'now', events: [], context: { é: 1 } });
  });

  it('is read whatever the content type says', async () => {
    for (const type of [undefined, '', 'text/plain', 'application/x-www-form-urlencoded', 'nonsense']) {
      expect(values(await read('{"type":"a"}', type))).toEqual([{ type: 'a' }]);
    }
  });

  it('answers at once when it is not compressed', () => {
    expect(reader.read(Buffer.from('{}'), undefined, EVENTS)).not.toBeInstanceOf(Promise);
  });

  it('is read in slices when it is large, and says the same', async () => {
    const items = Array.from({ length: 2_000 }, (_, n) => (n % 7 === 0 ? `{"a":1,"a":${n}}` : `{"é":${n}}`));
    const small = Buffer.from(`{"events":[${items.slice(0, 100).join()}]}`);
    const large = Buffer.from(`{"events":[${items.join()}],"rest":"${'x'.repeat(limits.bodySliceBytes)}"}`);
    expect(reader.read(small, undefined, EVENTS)).not.toBeInstanceOf(Promise);
    const reading = reader.read(large, undefined, EVENTS);
    expect(reading).toBeInstanceOf(Promise);
    // A small one that comes meanwhile is read at once, and neither disturbs the other.
    const first = (await reader.read(small, undefined, EVENTS)).items;
    const { items: all } = await reading;
    expect(all.slice(0, 100)).toEqual(first);
    expect(values(await read(`[${items.join()}]`))).toEqual(values({ envelope: {}, items: all }));
    const lines = await read(items.join('\n'), 'application/x-ndjson');
    expect(values(lines)).toEqual(values({ envelope: {}, items: all }));
  });

  it('leaves the thread to others while a large one is read', async () => {
    const large = Buffer.from('['.repeat(limits.bodySliceBytes * 20));
    let turns = 0;
    let reading = true;
    const turn = (): void => {
      turns += 1;
      if (reading) setImmediate(turn);
    };
    setImmediate(turn);
    await expect(reader.read(large, undefined, EVENTS)).rejects.toMatchObject({ code: 'unreadable_body' });
    reading = false;
    expect(turns).toBeGreaterThanOrEqual(20);
  });

  it('may not surround its events with more than is kept with each of them', async () => {
    const around = (size: number) => `{"events":[{"type":"a"}],"x":"${'x'.repeat(size)}"}`;
    const empty = around(0).length - '[{"type":"a"}]'.length;
    await read(around(limits.envelopeBytesMax - empty));
    await expect(read(around(limits.envelopeBytesMax - empty + 1))).rejects.toMatchObject({
      code: 'body_too_large',
    });
  });

  it('keeps the text of each event as it was sent', async () => {
    const body = await read('[ {"a" : 1.50} ,{"b":"é"}]');
    expect(body.items.map((item) => item.text)).toEqual(['{"a" : 1.50}', '{"b":"é"}']);
  });

  it('loses no event to a bad neighbor, and says which one is bad, where and why', async () => {
    const good = Array.from({ length: 100 }, (_, i) => `{"id":"e-${i}","type":"a"}`);
    good[41] = '{"id":"e-41","type":"a","properties":{"a/b":[0,{"price":1e999}]}}';
    const body = await read(`{"events":[${good.join(',')}]}`);
    expect(body.items.filter((item) => item.ok)).toHaveLength(99);
    expect(body.items[41]).toMatchObject({
      code: 'unsafe_number',
      path: '/properties/a~1b/1/price',
      id: 'e-41',
    });
    expect(body.items[41]?.text).toBe(good[41]);
  });

  it.each([
    ['{"id":"x","a":{"b":1,"b":2}}', 'duplicate_key', '/a/b', 'x'],
    ['{"messageId":"m","__proto__":{}}', 'forbidden_key', '/__proto__', 'm'],
    ['{"a":["\\ud800"]}', 'lone_surrogate', '/a/0', undefined],
    ['[1]', 'not_an_object', '', undefined],
    ['"text"', 'not_an_object', '', undefined],
    ['null', 'not_an_object', '', undefined],
  ])('refuses the event %j with %s at %j', async (text, code, path, id) => {
    const [item] = (await read(`[${text}]`)).items;
    expect(item).toMatchObject({ ok: false, code, path, text });
    expect(item).toHaveProperty('message');
    expect((item as { id?: string }).id).toBe(id);
  });

  it('survives 200,000 nested arrays', async () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    expect(values(await read(`[{"type":"a"},${deep}]`))).toEqual([{ type: 'a' }, 'event_too_large']);
    expect(await codeOf('['.repeat(200_000))).toBe('unreadable_body');
  });

  it('refuses bytes that are not UTF-8 for the event that holds them, and keeps every byte', async () => {
    const bytes = Buffer.from('[{"a":"\xff"},{"b":"\xc3\xa9"}]', 'latin1');
    const body = await read(bytes);
    expect(values(body)).toEqual(['invalid_utf8', { b: 'é' }]);
    expect(Buffer.from(body.items[0]?.text ?? '', 'latin1')).toEqual(bytes.subarray(1, 10));
    expect(await codeOf(Buffer.from('{"x":"\xff","events":[{}]}', 'latin1'))).toBe('unreadable_body');
    expect(values(await read(Buffer.from('[{"a":"\xed\xa0\x80"}]', 'latin1')))).toEqual(['invalid_utf8']);
  });

  it.each([
    ['', 'unreadable_body'],
    ['{"a":}', 'unreadable_body'],
    ['[{"a":1},{"b":]', 'unreadable_body'],
    ['{"a":1,"a":2,"events":[{}]}', 'unreadable_body'],
    ['\ufeff{}', 'unreadable_body'],
    ['[]', 'empty_batch'],
    ['{"events":[]}', 'empty_batch'],
    [`[${Array.from({ length: limits.batchEventsMax + 1 }, () => '{}').join(',')}]`, 'batch_too_large'],
    [' '.repeat(limits.bodyBytesMax + 1), 'body_too_large'],
  ])('is refused: %.40j with %s', async (text, code) => {
    expect(await codeOf(text)).toBe(code);
  });

  it('names the byte where it breaks', async () => {
    await expect(read('{"a":1,"b":}')).rejects.toThrow('at byte 11');
  });

  it('needs its list where the dialect requires one', async () => {
    const options = { listKey: 'batch', listRequired: true };
    expect(await codeOf('{"events":[{}]}', undefined, options)).toBe('unreadable_body');
    expect(values(await read('{"batch":[{"a":1}]}', undefined, options))).toEqual([{ a: 1 }]);
  });

  it('gives each event as JSON.parse of the whole would', async () => {
    const event = fc.dictionary(fc.string(), fc.jsonValue());
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 1 }), fc.nat(2), async (events, space) => {
        const text = JSON.stringify(events, null, space);
        const parsed: unknown = JSON.parse(text);
        const { items } = await read(text);
        expect(items).toHaveLength(events.length);
        for (const [i, item] of items.entries())
          if (item.ok) expect([item.value]).toEqual((parsed as unknown[]).slice(i, i + 1));
      }),
      { numRuns: 200 },
    );
  });
});

describe('an NDJSON body', () => {
  const ndjson = 'application/x-ndjson; charset=utf-8';

  it('holds one event a line; blank lines and carriage returns do not matter', async () => {
    expect(values(await read('{"a":1}\r\n\n  \n{"b":2}', ndjson))).toEqual([{ a: 1 }, { b: 2 }]);
    expect(values(await read('{"a":1}\n', 'application/jsonl'))).toEqual([{ a: 1 }]);
  });

  it('loses only the lines that are bad', async () => {
    const lines = ['{"a":1}', '{"a":', '[1]', '{"a":1,"a":2}', '{"b":2}', '{"a":1}{"a":2}'];
    const body = await read(lines.join('\n'), ndjson);
    expect(values(body)).toEqual([
      { a: 1 },
      'invalid_json',
      'not_an_object',
      'duplicate_key',
      { b: 2 },
      'invalid_json',
    ]);
    expect(body.items.map((item) => item.text)).toEqual(lines);
  });

  it('refuses a line that is not UTF-8 alone', async () => {
    const bytes = Buffer.from('{"a":"\xff"}\n{"b":"\xc3\xa9"}', 'latin1');
    expect(values(await read(bytes, ndjson))).toEqual(['invalid_utf8', { b: 'é' }]);
  });

  it('calls a line too large before it calls it broken', async () => {
    const filler = 'x'.repeat(limits.eventBytesMax);
    const bytes = Buffer.from(`{"a":"${filler}\n{"a":"\xff${filler}"}\n{"b":1}`, 'latin1');
    expect(values(await read(bytes, ndjson))).toEqual(['event_too_large', 'event_too_large', { b: 1 }]);
  });

  it('is refused when empty, and when it has too many lines', async () => {
    expect(await codeOf('\n \n', ndjson)).toBe('empty_batch');
    expect(await codeOf('{}\n'.repeat(limits.batchEventsMax + 1), ndjson)).toBe('batch_too_large');
  });
});

describe('a compressed body', () => {
  it('is recognized by its first bytes', async () => {
    expect(values(await read(gzipSync('{"type":"a"}'), 'text/plain'))).toEqual([{ type: 'a' }]);
    expect(values(await read(gzipSync('{"a":1}\n{"b":1}'), 'application/x-ndjson'))).toEqual([
      { a: 1 },
      { b: 1 },
    ]);
  });

  it('is refused as too large beyond the ratio and beyond the size, without inflating it all', async () => {
    expect(await codeOf(gzipSync(Buffer.alloc(50 * 1024 * 1024, 0x20)))).toBe('body_too_large');
    expect(await codeOf(gzipSync(Buffer.alloc(200_000, 0x20)))).toBe('body_too_large');
  });

  it('is refused when it is damaged or cut off', async () => {
    const whole = gzipSync(JSON.stringify([{ type: 'a', id: 'some id' }]));
    expect(await codeOf(whole.subarray(0, whole.length - 9))).toBe('invalid_gzip');
    expect(await codeOf(Buffer.from([0x1f, 0x8b, 1, 2, 3]))).toBe('invalid_gzip');
    const damaged = Buffer.from(whole);
    damaged[15] = damaged[15]! ^ 0xff;
    expect(await codeOf(damaged)).toBe('invalid_gzip');
  });

  it('is not inflated twice', async () => {
    expect(await codeOf(gzipSync(gzipSync('{}')))).toBe('unreadable_body');
  });
});

describe('a body that its protocol wraps', () => {
  const request = (bytes: Buffer) => ({
    method: 'POST',
    headers: {},
    contentType: undefined,
    query: {},
    parameters: {},
    bytes,
  });
  const unwrapping = (unwrap: BodyOptions['unwrap']): BodyOptions => ({ ...EVENTS, unwrap });
  // Numbers, so that the ratio is one that ordinary JSON has.
  const numbers = Array.from({ length: 8_000 }, (_, i) => (i * 7_919) % 100_003).join();
  const event = `{"type":"a","pad":[${numbers}]}`;
  const large = Buffer.from(`{"events":[${Array.from({ length: 130 }, () => event).join()}]}`);

  it('may be as large inside of gzip as anywhere else, whoever has compressed it', async () => {
    expect(large.length).toBeGreaterThan(limits.bodyBytesMax);
    const asItIs = unwrapping(({ bytes }) => bytes);
    const inside = unwrapping(() => gzipSync(large));
    for (const [bytes, options] of [
      [gzipSync(large), asItIs],
      [Buffer.from('x'), inside],
    ] as const) {
      expect((await reader.open(request(bytes), options)).items).toHaveLength(130);
    }
  });

  it('is refused where it is larger than a body may be, or a bomb in a bomb', async () => {
    const open = async (bytes: Buffer, unwrap: BodyOptions['unwrap']) =>
      await reader.open(request(bytes), unwrapping(unwrap));
    const code = { code: 'body_too_large' };
    await expect(open(large, ({ bytes }) => bytes)).rejects.toMatchObject(code);
    const bomb = gzipSync(gzipSync(Buffer.alloc(limits.inflatedBytesMax + 1, 0x20)));
    await expect(open(bomb, ({ bytes }) => bytes)).rejects.toMatchObject(code);
  });
});
