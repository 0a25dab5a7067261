import { describe, expect, it } from 'vitest';
import { cloudevents } from '../../../src/ingest/dialects/cloudevents.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import { type Outcome, openRecorded, readRecorded } from './open-recorded.ts';

const recorded = readRecorded('cloudevents');
const url = '/v1/cloudevents';

async function open(
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<readonly Outcome[]> {
  const bytes = Buffer.from(body).toString('base64');
  return await openRecorded(cloudevents, { from: 'test', method: 'POST', url, headers, body: bytes });
}

async function decode(event: JsonObject): Promise<Outcome | undefined> {
  return (await open(JSON.stringify(event)))[0];
}

const EVENT = { specversion: '1.0', id: '1', source: '/pos', type: 'product_viewed' };

describe('what the library sends', () => {
  it('is the same event in headers and in JSON', async () => {
    const [binary, structured] = await Promise.all(
      recorded.map((request) => openRecorded(cloudevents, request)),
    );
    expect(binary).toEqual(structured);
    expect(binary).toMatchObject([
      {
        event: {
          id: expect.stringMatching(/^\/pos\/7#[0-9a-f-]{36}$/),
          type: 'product_viewed',
          identifiers: { anonymous_id: 'a-1' },
          properties: { item_id: 'spu-1' },
          context: { cloudevents: { source: '/pos/7', subject: 'ünïcode x' } },
        },
      },
    ]);
  });
});

describe('modes', () => {
  it('take a batch', async () => {
    const found = await open(JSON.stringify([EVENT, { ...EVENT, id: '2' }]), {
      'content-type': 'application/cloudevents-batch+json',
    });
    expect(found.map((outcome) => outcome.ok && outcome.event.id)).toEqual(['/pos#1', '/pos#2']);
  });

  it('read headers as they are escaped, and take a body that is no JSON for text', async () => {
    const headers = {
      'ce-specversion': '1.0',
      'ce-id': '1',
      'ce-type': 'x',
      'ce-source': '/a%20b',
      'ce-shop': '100%',
    };
    expect(await open('', headers)).toMatchObject([
      { event: { id: '/a b#1', context: { cloudevents: { shop: '100%' } } } },
    ]);
    const text = await open('hello', { ...headers, 'content-type': 'text/plain' });
    expect(text).toMatchObject([{ ok: false, code: 'schema_violation', path: '/data' }]);
  });

  it('let no header pass for data, and no body for an attribute', async () => {
    const headers = { 'ce-type': 'x', 'ce-data': '{}', 'content-type': 'application/json' };
    expect(await open('{"identifiers":{"user_id":"u-1"}}', headers)).toMatchObject([
      { event: { identifiers: { user_id: 'u-1' } } },
    ]);
    await expect(open('{}', { 'ce-type': 'x', 'ce-id': 'a"b' })).resolves.toMatchObject([
      { event: { id: 'a"b' } },
    ]);
    // What would close the object early makes a key that is there twice, or no JSON at all.
    const twice = await open('{},"type":"y"', { 'ce-type': 'x', 'content-type': 'application/json' });
    expect(twice).toMatchObject([{ ok: false, code: 'duplicate_key' }]);
  });
});

describe('an event', () => {
  it('may have its properties alone as data', async () => {
    expect(await decode({ ...EVENT, data: { item_id: 'spu-1' } })).toMatchObject({
      event: { properties: { item_id: 'spu-1' } },
    });
  });

  it('has everything that the canonical one has', async () => {
    const data = {
      identifiers: { user_id: 'u-1' },
      properties: { item_id: 'spu-1' },
      traits: { email: 'a@b.example' },
      consent: { sharing: false },
      context: { store: 'SH-001' },
      channel: 'pos',
    };
    expect(await decode({ ...EVENT, time: '2026-11-22T10:00:00Z', data })).toMatchObject({
      event: {
        ...data,
        time: '2026-11-22T10:00:00Z',
        context: { store: 'SH-001', cloudevents: { source: '/pos' } },
      },
    });
  });

  it('with a long source has an id all the same, and a stable one', async () => {
    const long = { ...EVENT, source: `/${'x'.repeat(300)}` };
    const [first, again, other] = await Promise.all([
      decode(long),
      decode(long),
      decode({ ...long, id: '2' }),
    ]);
    expect(first).toEqual(again);
    expect(first?.ok && first.event.id).toMatch(/^[\w-]{22}$/);
    expect(other?.ok && other.event.id).not.toBe(first?.ok && first.event.id);
  });

  it.each<[string, JsonObject, string]>([
    ['without a type', { id: '1' }, '/type'],
    ['with data that is a list', { ...EVENT, data: [] }, '/data'],
    ['with binary data', { ...EVENT, data_base64: 'AA==' }, '/data'],
  ])('%s is refused with the reason', async (_title, event, path) => {
    expect(await decode(event)).toMatchObject({ ok: false, code: 'schema_violation', path });
  });
});
