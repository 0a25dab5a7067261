import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import type { Answer, EngineApi } from './support/engine-api.ts';
import { EnginePlace } from './support/engine-place.ts';
import type { EngineProcess } from './support/engine-process.ts';

const KIBIBYTE = 1024;

const place = new EnginePlace();
let api: EngineApi;
let engine: EngineProcess;
/** Events that were sent one by one, by what became of them. */
const books = { kept: 0, quarantined: 0, refused: 0 };
beforeAll(async () => {
  ({ api, process: engine } = await place.start());
});
afterAll(() => place.remove());

/** A product view with these identifiers, written as JSON so that anything can stand there. */
async function send(identifiers: string): Promise<Answer> {
  const id = `e-${books.kept + books.quarantined + books.refused}`;
  const text = `{"id":"${id}","type":"product_viewed","properties":{"item_id":"spu-1"},"identifiers":${identifiers}}`;
  const answer = await api.post('/v1/events?wait=applied', `[${text}]`);
  for (const { quarantine_id } of answer.body.rejected ?? [])
    books[quarantine_id === undefined ? 'refused' : 'quarantined']++;
  books.kept += answer.body.results?.length ?? 0;
  return answer;
}

const phone = (value: string) => JSON.stringify({ anonymous_id: 'a-1', phone: value });
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
const many = (count: number): string => JSON.stringify(Array.from({ length: count }, (_, n) => `a-${n}`));

describe('an identifier that is none', () => {
  it.each<[string, string, string]>([
    ['a phone in words', phone('call me'), 'invalid_identifier'],
    ['a phone that is too short', phone('+86139'), 'invalid_identifier'],
    ['a phone that nobody can have', phone('+8613900001111222'), 'invalid_identifier'],
    ['a phone of another country without its code', phone('(555) 0100'), 'invalid_identifier'],
    ['a service number', phone('4008123123'), 'invalid_identifier'],
    ['a phone with an extension', phone('13812345678-1234'), 'blocked_identifier'],
    ['the phone of every test', phone('138 0013 8000'), 'blocked_identifier'],
    ['a phone of 10 KB', phone('1'.repeat(10 * KIBIBYTE)), 'invalid_identifier'],
    ['an e-mail without a host', '{"anonymous_id":"a-1","email":"ann@"}', 'invalid_identifier'],
    [
      'an e-mail of 10 KB',
      `{"anonymous_id":"a-1","email":"${'a'.repeat(10 * KIBIBYTE)}@x.cn"}`,
      'invalid_identifier',
    ],
    [
      'a user of 10 KB',
      `{"anonymous_id":"a-1","user_id":"${'王'.repeat(3 * KIBIBYTE)}"}`,
      'invalid_identifier',
    ],
    ['a type that is not configured', '{"anonymous_id":"a-1","passport":"P1"}', 'unknown_identifier_type'],
    ['a type of 10 KB', `{"anonymous_id":"a-1","${'t'.repeat(10 * KIBIBYTE)}":"P1"}`, 'invalid_identifier'],
    [
      'an issuer where none is',
      '{"anonymous_id":"a-1","phone@wx1":"13900001111"}',
      'unknown_identifier_type',
    ],
    ['an issuer of nonsense', '{"anonymous_id":"a-1","member_id@../..":"1"}', 'unknown_identifier_type'],
    ['a truth value', '{"anonymous_id":"a-1","user_id":true}', 'invalid_identifier'],
    ['a fraction', '{"anonymous_id":"a-1","user_id":1.5}', 'invalid_identifier'],
    ['nothing but spaces', '{"anonymous_id":"a-1","user_id":" \\u00a0\\u3000 "}', 'blocked_identifier'],
    ['null in quotes', '{"anonymous_id":"a-1","user_id":"\\"null\\""}', 'blocked_identifier'],
    ['a wide null', '{"anonymous_id":"a-1","user_id":"ｎｕｌｌ"}', 'blocked_identifier'],
    ['a control character', '{"anonymous_id":"a-1","user_id":"u\\u0000-1"}', 'invalid_identifier'],
    [
      'an invisible character in an e-mail',
      '{"anonymous_id":"a-1","email":"ann\\u200b@example.com"}',
      'invalid_identifier',
    ],
    [
      'a member number written backwards',
      '{"anonymous_id":"a-1","member_id":"\\u202e7001"}',
      'invalid_identifier',
    ],
  ])('is dropped, and its event is kept with the others: %s', async (_what, identifiers, code) => {
    const { status, body } = await send(identifiers);
    expect([status, body.results.length, body.rejected]).toEqual([200, 1, []]);
    expect(new Set(body.dropped_identifiers.map((each: { code: string }) => each.code))).toEqual(
      new Set([code]),
    );
    // Nothing of a dropped value comes back, however long it was.
    expect(JSON.stringify(body.dropped_identifiers).length).toBeLessThan(2 * KIBIBYTE);
    expect(body.results[0].profile_id).toBe((await api.profile('anonymous_id:a-1')).profile_id);
  });

  it('leaves an event that names nobody, which counts all the same', async () => {
    const { body } = await send('{"user_id":"undefined","phone":"12","passport":["P1","P2"]}');
    expect(body).toMatchObject({ results: [{ status: 'applied' }], rejected: [] });
    expect(body.dropped_identifiers).toHaveLength(4);
    expect(body.results[0].profile_id).toBe('unattributed');
  });

  it('is passed over in silence where it is null', async () => {
    const { body } = await send('{"anonymous_id":"a-1","user_id":null,"phone":[]}');
    expect([body.results.length, body.dropped_identifiers]).toEqual([1, undefined]);
  });
});

describe('identifiers that look alike', () => {
  it.each<[string, string, string]>([
    ['composed and decomposed letters', '{"user_id":"Ame\\u0301lie"}', 'user_id:Am\u00e9lie'],
    ['wide digits of a member number', '{"member_id":"００７001"}', 'member_id:007001'],
    ['spaces around', '{"user_id":"  u-77 "}', 'user_id:u-77'],
    ['a number and its text', '{"user_id":77001}', 'user_id:77001'],
    ['capitals of an e-mail', '{"email":" Ann@EXAMPLE.com"}', 'email:ann@example.com'],
    ['wide and spaced digits of a phone', '{"phone":"＋86 139 0000 2222"}', 'phone:13900002222'],
  ])('are one: %s', async (_what, identifiers, reference) => {
    const { body } = await send(identifiers);
    expect(body.results).toHaveLength(1);
    expect((await api.profile(reference)).profile_id).toBe(body.results[0].profile_id);
  });

  it.each<[string, string, string]>([
    ['a Cyrillic letter', '{"email":"b\\u043eb@example.com"}', 'email:bob@example.com'],
    ['leading zeros', '{"member_id":"0042"}', 'member_id:42'],
    ['capitals of an account', '{"user_id":"U-5"}', 'user_id:u-5'],
  ])('stay apart: %s', async (_what, identifiers, other) => {
    expect((await send(identifiers)).body.results).toHaveLength(1);
    expect((await api.get(`/v1/profiles/${encodeURIComponent(other)}`)).status).toBe(404);
  });
});

describe('more identifiers than one event may have', () => {
  it.each<[string, string]>([
    ['one more than the limit', `{"anonymous_id":${many(limits.identifiersPerEventMax + 1)}}`],
    ['2,000 in one list', `{"anonymous_id":${many(2_000)}}`],
    ['spread over types', `{"anonymous_id":${many(10)},"device_id":${many(10)},"user_id":"u-1"}`],
    ['among them none that is valid', `{"phone":${many(2_000)}}`],
  ])('make it quarantined with the reason: %s', async (_what, identifiers) => {
    const { body } = await send(identifiers);
    expect(body).toMatchObject({
      results: [],
      rejected: [{ code: 'too_many_identifiers', path: '/identifiers' }],
    });
    expect(body.rejected[0].quarantine_id).toBeDefined();
  });

  it('are refused by the guard where they are keys', async () => {
    const keys = Array.from({ length: limits.jsonKeysMax + 1 }, (_, n) => `"${n.toString(36)}":1`).join();
    const [rejected] = (await send(`{${keys}}`)).body.rejected;
    expect(rejected).toMatchObject({ code: 'too_many_keys', quarantine_id: expect.any(String) });
  });

  it('are refused for their size where they make the event too large, and not kept', async () => {
    const list = Array.from({ length: 2_000 }, (_, n) => `{"type":"phone","value":"1390000${n}"}`).join();
    const [rejected] = (await send(`[${list}]`)).body.rejected;
    expect(rejected).toMatchObject({ code: 'event_too_large' });
    expect(rejected).not.toHaveProperty('quarantine_id');
  });

  it('make the others of the request none the worse', async () => {
    const bad = {
      id: 'x',
      type: 'product_viewed',
      properties: { item_id: 'spu-1' },
      identifiers: { phone: [] as string[] },
    };
    bad.identifiers.phone = Array.from({ length: 2_000 }, (_, n) => `1390000${String(n).padStart(4, '0')}`);
    const good = (id: string) => ({ ...bad, id, identifiers: { anonymous_id: 'a-2' } });
    const { body } = await api.post('/v1/events?wait=applied', [good('g-1'), bad, good('g-2')]);
    expect(body).toMatchObject({ results: [{}, {}], rejected: [{ index: 1, code: 'too_many_identifiers' }] });
    books.kept += 2;
    books.quarantined++;
  });
});

describe('identifiers of the wrong shape', () => {
  it.each<[string, string, string]>([
    ['a text', '"a-1"', 'schema_violation'],
    ['a list', '["a-1"]', 'schema_violation'],
    ['an object as a value', '{"user_id":{"id":"u-1"}}', 'schema_violation'],
    ['an array of arrays', '{"user_id":[["u-1"],[["u-2"]]]}', 'schema_violation'],
    [
      'lists in lists, not yet too deep',
      `{"user_id":${nested(limits.jsonDepthMax - 4)}}`,
      'schema_violation',
    ],
    ['an object in an object, too deep', `{"user_id":${nested(limits.jsonDepthMax)}}`, 'too_deep'],
    ['20,000 nested lists', `{"user_id":${nested(20_000)}}`, 'too_deep'],
    ['half a character', '{"user_id":"\\ud83d"}', 'lone_surrogate'],
    ['one that no double holds', '{"user_id":12345678901234567890}', 'unsafe_number'],
    ['one twice', '{"user_id":"u-1","user_id":"u-2"}', 'duplicate_key'],
    ['the prototype', '{"__proto__":"u-1"}', 'forbidden_key'],
  ])('make the event bad: %s', async (_what, identifiers, code) => {
    const { body } = await send(identifiers);
    expect(body).toMatchObject({ results: [], rejected: [{ code }] });
  });

  it('are refused outright where they exceed an event', async () => {
    const { body } = await send(`{"user_id":"${'x'.repeat(limits.eventBytesMax)}"}`);
    expect(body).toMatchObject({ results: [], rejected: [{ code: 'event_too_large' }] });
    expect(body.rejected[0].quarantine_id).toBeUndefined();
  });
});

describe('after all of it', () => {
  it('received = applied + duplicate + quarantined + refused', async () => {
    await api.settled();
    const names = ['received', 'applied', 'duplicate', 'quarantined', 'refused'];
    const values = await api.metric(...names.map((name) => `tessera_events_${name}_total`));
    expect(Object.values(values)).toEqual([
      books.kept + books.quarantined + books.refused,
      books.kept,
      0,
      books.quarantined,
      books.refused,
    ]);
  });

  it('nobody was merged with anybody, and no line of the log is an error', async () => {
    expect(await api.sql('SELECT * FROM merges')).toEqual([]);
    expect(engine.output.split('\n').filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
  });
});
